import { disclose, disclosureDigest } from '../audit/disclosure.ts';
import { AuditError } from '../audit/error.ts';
import { decodeLeaf, type EventLeaf, encodeLeaf } from '../audit/event-leaf.ts';
import { leafHash } from '../audit/leaf.ts';
import { EVENTS, type EventType, PERSONAL_FIELDS, type RecordedEvent } from '../domain/events.ts';
import { LIMITS } from '../limits.ts';
import type { Ids } from '../ports/clock.ts';
import { type Commit, type NewEvent, StoreError } from '../ports/store.ts';

/** Version of every event type's schema; a type that changes its shape gets an entry of its own here. */
const schemaVersion = 1;

/** An event on its way into any store: all that does not depend on its log index. */
export interface Recording {
  readonly recorded: Omit<RecordedEvent, 'meta'>;
  readonly leafBytes: Buffer;
  readonly leaf: Buffer;
  readonly id: string;
  readonly at: number;
  readonly stream: string;
  readonly version: number;
  readonly disclosures: readonly { readonly field: string; readonly disclosure: string }[];
}

/** An event as any store keeps it. */
export interface StoredEvent {
  readonly index: number;
  readonly stream: string;
  readonly version: number;
  readonly bytes: Buffer;
  readonly leaf: Buffer;
}

/** Checks and encodes the events of a commit. Throws StoreError `event_invalid` and `event_too_large`. */
export function recordingsOf(commit: Commit, salt: Ids['salt']): readonly Recording[] {
  if (commit.events.length > LIMITS.eventsPerCommitMax)
    throw invalid(
      `a commit to ${commit.stream} has ${commit.events.length} events, at most ${LIMITS.eventsPerCommitMax} fit`,
    );
  return commit.events.map((event, i) =>
    recordingOf(event, commit.stream, commit.expectedVersion + i + 1, salt),
  );
}

function recordingOf(event: NewEvent, stream: string, version: number, salt: Ids['salt']): Recording {
  const { id, type, at } = event;
  const checked = EVENTS[type].safeParse(event.data);
  if (!checked.success)
    throw invalid(`event ${type} of ${stream} does not fit its schema: ${pathsOf(checked.error)}`);
  const disclosures = disclosuresOf(event, stream, salt);
  const sd = Object.fromEntries(disclosures.map((d) => [d.field, disclosureDigest(d.disclosure)]));
  const leafBytes = encode({ id, type, v: schemaVersion, at, stream, version, data: checked.data, sd });
  const recorded = { type, data: checked.data } as Omit<RecordedEvent, 'meta'>;
  return { recorded, leafBytes, leaf: leafHash(leafBytes), id, at, stream, version, disclosures };
}

function disclosuresOf(event: NewEvent, stream: string, salt: Ids['salt']): Recording['disclosures'] {
  if (event.personal === undefined) return [];
  const allowed = PERSONAL_FIELDS[event.type] ?? [];
  return Object.entries(event.personal).map(([field, value]) => {
    if (!allowed.includes(field))
      throw invalid(
        `event ${event.type} of ${stream} has no personal field "${field}"; PERSONAL_FIELDS lists them`,
      );
    if (typeof value !== 'string')
      throw invalid(`personal field "${field}" of event ${event.type} of ${stream} must be text`);
    return { field, disclosure: disclose(salt(), field, value) };
  });
}

function encode(leaf: EventLeaf): Buffer {
  try {
    return encodeLeaf(leaf);
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause;
    if (cause.code !== 'leaf_too_large') throw invalid(cause.message, cause);
    throw new StoreError('event_too_large', cause.message, 'Shorten the scope in the catalogue.', { cause });
  }
}

/** The event with its place in the log. */
export function recordedAt(recording: Recording, index: number): RecordedEvent {
  const { id, stream, version, at, leaf } = recording;
  const meta = { id, index, stream, version, at, leaf: leaf.toString('hex') };
  return { ...recording.recorded, meta } as RecordedEvent;
}

/** Reads a stored event back. Throws StoreError `store_corrupt` where its bytes are not what was hashed. */
export function recordedFrom(row: StoredEvent): RecordedEvent {
  const leaf = leafOf(row);
  const { id, type, at } = leaf;
  if (leaf.v !== schemaVersion || !Object.hasOwn(EVENTS, type))
    throw new StoreError(
      'store_foreign',
      `event ${row.index} is a ${type} of version ${leaf.v}, which this version does not know`,
      'Start the version of Countersign that wrote it, or a newer one.',
    );
  const checked = EVENTS[type as EventType].safeParse(leaf.data);
  if (!checked.success) throw corrupt(row.index, `does not fit its schema: ${pathsOf(checked.error)}`);
  const { index, stream, version } = row;
  const meta = { id, index, stream, version, at, leaf: row.leaf.toString('hex') };
  return { type, data: checked.data, meta } as RecordedEvent;
}

/** The stored leaf, once its bytes give its hash and it stands where its row says. Throws `store_corrupt`. */
export function leafOf(row: StoredEvent): EventLeaf {
  if (!leafHash(row.bytes).equals(row.leaf)) throw corrupt(row.index, 'has bytes that do not give its hash');
  const leaf = decode(row);
  if (leaf.stream !== row.stream || leaf.version !== row.version)
    throw corrupt(row.index, `is filed as ${row.stream} ${row.version}, its bytes say otherwise`);
  return leaf;
}

function decode(row: StoredEvent): EventLeaf {
  try {
    return decodeLeaf(row.bytes);
  } catch (cause) {
    throw corrupt(row.index, 'is no leaf', cause);
  }
}

/** Where a schema was not met, without the values. */
function pathsOf(error: { issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'data'}: ${issue.message}`)
    .join('; ');
}

function invalid(message: string, cause?: unknown): StoreError {
  return new StoreError('event_invalid', message, 'This is a defect of Countersign; please report it.', {
    cause,
  });
}

export function corrupt(index: number, what: string, cause?: unknown): StoreError {
  return new StoreError(
    'store_corrupt',
    `event ${index} of the log ${what}`,
    'Stop, keep the file as evidence, and restore a backup.',
    { cause },
  );
}
