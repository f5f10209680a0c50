import { disclosureDigest, readDisclosure } from '../audit/disclosure.ts';
import { AuditError } from '../audit/error.ts';
import { decodeLeaf, type EventLeaf } from '../audit/event-leaf.ts';
import { leafHash } from '../audit/leaf.ts';
import type { EventMeta } from '../domain/events.ts';
import type { AnyRecordedEvent, StoredLeaf } from '../ports/audit-log.ts';
import { StoreError } from '../ports/store.ts';
import { kindOf, pathsOf, schemaVersion } from './recording.ts';

/** Reads a stored event back. Throws StoreError `store_corrupt` where its bytes are not what was hashed. */
export function recordedFrom(row: StoredLeaf): AnyRecordedEvent {
  const leaf = leafOf(row);
  const { id, type, at, sd } = leaf;
  const { schemas } = kindOf(row.stream);
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (leaf.v !== schemaVersion || schema === undefined)
    throw new StoreError(
      'store_foreign',
      `event ${row.index} is a ${type} of version ${leaf.v}, which this version does not know`,
      'Start the version of Countersign that wrote it, or a newer one.',
    );
  const checked = schema.safeParse(leaf.data);
  if (!checked.success) throw corrupt(row.index, `does not fit its schema: ${pathsOf(checked.error)}`);
  const { index, stream, version } = row;
  const meta: EventMeta = { id, index, stream, version, at, leaf: Buffer.from(row.leaf).toString('hex'), sd };
  return { type, data: checked.data, meta } as AnyRecordedEvent;
}

/** The stored leaf, once its bytes give its hash and it stands where its row says. Throws `store_corrupt`. */
export function leafOf(row: StoredLeaf): EventLeaf {
  if (!leafHash(row.bytes).equals(row.leaf)) throw corrupt(row.index, 'has bytes that do not give its hash');
  const leaf = decode(row);
  if (leaf.stream !== row.stream || leaf.version !== row.version)
    throw corrupt(row.index, `is filed as ${row.stream} ${row.version}, its bytes say otherwise`);
  return leaf;
}

function decode(row: StoredLeaf): EventLeaf {
  try {
    return decodeLeaf(row.bytes);
  } catch (cause) {
    throw corrupt(row.index, 'is no leaf', cause);
  }
}

/** The digest that an event holds of a field. Throws `store_corrupt` where it holds none. */
export function digestOf(leaf: EventLeaf, index: number, field: string): string {
  const digest = Object.hasOwn(leaf.sd, field) ? leaf.sd[field] : undefined;
  if (digest === undefined) throw corrupt(index, `has no field "${field}", and something lies there for it`);
  return digest;
}

/** What a disclosure says. It counts only if its event holds its digest: what is shown is what was recorded. */
export function textOf(leaf: EventLeaf, index: number, field: string, disclosure: string): string {
  if (digestOf(leaf, index, field) !== disclosureDigest(disclosure))
    throw corrupt(index, `does not hold the digest of its disclosed field "${field}"`);
  try {
    const read = readDisclosure(disclosure);
    if (read.field === field) return read.value;
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause;
  }
  throw corrupt(index, `has a disclosure of "${field}" that is of another field or unreadable`);
}

export const corrupt = (index: number, what: string, cause?: unknown): StoreError =>
  damaged(`event ${index} of the log ${what}`, cause);

export function damaged(message: string, cause?: unknown): StoreError {
  return new StoreError('store_corrupt', message, 'Stop, keep the file as evidence, and restore a backup.', {
    cause,
  });
}
