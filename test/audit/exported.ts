import { createHash } from 'node:crypto';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { type EventLeaf, encodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { parseVkey, signerFromSeed } from '../../src/audit/note.ts';
import { Frontier } from '../../src/audit/tree.ts';
import { type LogExport, type Verdict, verifyExport } from '../../src/audit/verify.ts';
import { textLine } from '../../src/audit/verify-texts.ts';

/** Logs as they are exported, made by the log's own encoders. */

export const ORIGIN = 'log.test/access';
export const signer = signerFromSeed(ORIGIN, Buffer.alloc(32, 1));
export const stranger = signerFromSeed(ORIGIN, Buffer.alloc(32, 2));

export interface Written {
  readonly stream: string;
  readonly type?: string;
  readonly id?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Texts beside the event, by field. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Of texts of earlier events: by index and field. */
  readonly redacts?: readonly (readonly [number, string])[];
}

export interface Text {
  readonly index: number;
  readonly field: string;
  readonly disclosure: string;
}

/** A log in memory: leaves, and the texts beside them that are still there. */
export interface Log {
  readonly leaves: readonly Buffer[];
  readonly texts: readonly Text[];
}

export function logOf(events: readonly Written[]): Log {
  const versions = new Map<string, number>();
  const leaves: Buffer[] = [];
  const sds: Record<string, string>[] = [];
  let texts: Text[] = [];
  for (const [index, { stream, type = 'Noted', id = idOf(index), data = {}, ...more }] of events.entries()) {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    const beside = Object.entries(more.texts ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, text]) => ({ index, field, disclosure: disclose(saltOf(index, field), field, text) }));
    const sd = Object.fromEntries(beside.map((each) => [each.field, disclosureDigest(each.disclosure)]));
    const targets = more.redacts?.map(([at, field]) => ({
      index: at,
      field,
      digest: sds[at]?.[field] ?? '',
    }));
    const leaf: EventLeaf = { id, type, v: 1, at: 1_795_000_000_000 + index, stream, version, data, sd };
    const redaction = { type: 'DisclosuresRedacted', data: { targets } };
    leaves.push(encodeLeaf(targets === undefined ? leaf : { ...leaf, ...redaction }));
    sds.push(sd);
    const isGone = (text: Text): boolean =>
      targets?.some((t) => t.index === text.index && t.field === text.field) === true;
    texts = [...texts.filter((text) => !isGone(text)), ...beside];
  }
  return { leaves, texts };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
export const saltOf = (index: number, field: string): Buffer => sha256(`${index} ${field}`).subarray(0, 16);

/** A UUID as an event has it. */
export function idOf(index: number): string {
  const hex = sha256(`event ${index}`).toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The files of an exported folder. */
export interface Files {
  readonly events: Buffer;
  readonly checkpoint: Buffer;
  readonly leafHashes: Buffer | null;
  readonly disclosures: Buffer | null;
  readonly keys: readonly string[];
  readonly since: Buffer | null;
}

export function rootOf(leaves: readonly Buffer[]): Buffer {
  const frontier = Frontier.empty();
  for (const leaf of leaves) frontier.append(leafHash(leaf));
  return frontier.root();
}

export const checkpointOf = (leaves: readonly Buffer[], by = signer, origin = ORIGIN): Buffer =>
  Buffer.from(signCheckpoint({ origin, size: leaves.length, root: rootOf(leaves), extensions: [] }, [by]));

export const linesOf = (leaves: readonly Uint8Array[]): Buffer =>
  Buffer.concat(leaves.flatMap((leaf) => [leaf, Buffer.from('\n')]));

export function filesOf({ leaves, texts }: Log, more: Partial<Files> = {}): Files {
  return {
    events: linesOf(leaves),
    checkpoint: checkpointOf(leaves),
    leafHashes: Buffer.concat(leaves.map(leafHash)),
    disclosures: Buffer.from(texts.map(textLine).join('')),
    keys: [signer.vkey],
    since: null,
    ...more,
  };
}

/** As the verifier gets them: in pieces of `piece` bytes. */
export function verdictOf(
  { keys, events, leafHashes, disclosures, ...files }: Files,
  piece = 1_000,
): Verdict {
  const source = (bytes: Buffer) => () => piecesOf(bytes, piece);
  const log: LogExport = {
    ...files,
    keys: keys.map(parseVkey),
    events: source(events),
    leafHashes: leafHashes && source(leafHashes),
    disclosures: disclosures && source(disclosures),
  };
  return verifyExport(log, { tell: () => {}, progress: () => {} });
}

function* piecesOf(bytes: Buffer, piece: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

/** Code and position of what was found; `ok` when nothing was. */
export function found(files: Files, piece?: number): string {
  const verdict = verdictOf(files, piece);
  return verdict.ok ? 'ok' : `${verdict.finding.code} at ${verdict.finding.index}`;
}
