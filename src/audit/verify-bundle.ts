import type { OpenedCheckpoint } from './checkpoint.ts';
import { AuditError } from './error.ts';
import { leafHash } from './leaf.ts';
import type { VerifierKey } from './note.ts';
import { verifyTlogProof } from './tlog-proof.ts';
import { headText, refused, type Verdict, type VerifiedHead, verifiedHead } from './verify.ts';
import { keptProblem, readLeaf, redactedType, targetsOf, textProblem } from './verify-events.ts';
import type { Problem } from './verify-finding.ts';
import { openHead } from './verify-head.ts';
import type { LeafFrame } from './verify-leaf.ts';
import type { Source } from './verify-lines.ts';
import { TextReader } from './verify-texts.ts';
import type { Watcher } from './verify-walk.ts';

/** The evidence of one request, or proofs of single events: its files as they are, nothing in them believed. */
export interface EvidenceBundle {
  /** Those that the reader trusts. */
  readonly keys: readonly VerifierKey[];
  readonly checkpoint: Uint8Array;
  /** `evidence.json` */
  readonly manifest: Uint8Array;
  readonly disclosures: Source | null;
  /** The file of that path; null: there is none, or it is larger than any of ours. */
  readonly file: (path: string) => Uint8Array | null;
  /** The names in the folder of that path. */
  readonly names: (path: string) => readonly string[];
}

export interface BundleCounts {
  /** Null: proofs of single events. */
  readonly request: string | null;
  readonly events: number;
  readonly disclosed: number;
  /** Texts that are not in the bundle: redacted, or not for this reader. */
  readonly absent: number;
}

const requestId = /^req_[0-9a-z]{12}$/;
const format = 'countersign-evidence/1';
/** Of the proofs beside a report. They name no request, so that they cannot pass for all there is of one. */
const proofsFormat = 'countersign-proofs/1';

/** An event as `evidence.json` lists it. */
interface Listed {
  readonly index: number;
  readonly type: string;
  readonly stream: string;
  readonly leaf: string;
}
interface Manifest {
  readonly request: string | null;
  /** By index. */
  readonly events: readonly Listed[];
}

/** Answers ok, or the first bad position and what it means. Throws only what `file`, `names` or a source throws. */
export function verifyBundle(bundle: EvidenceBundle, watcher: Watcher): Verdict<VerifiedHead & BundleCounts> {
  const head = openHead(bundle.checkpoint, bundle.keys);
  if ('code' in head) return refused(head);
  watcher.tell('head', headText(head));
  const manifest = readManifest(bundle.manifest);
  if ('code' in manifest) return refused(manifest);
  const { request, events } = manifest;

  const extra = unlisted(bundle, events);
  if (extra !== null) return refused(extra);
  const members = readMembers(bundle, head, events);
  if ('code' in members) return refused(members);
  watcher.tell('events', `all ${events.length} that are listed, each proven to be in the log`);
  const gap = request === null ? null : gapIn(members, request);
  if (gap !== null) return refused(gap);
  if (request !== null) watcher.tell('request', requestText(members, request));

  const texts = readTexts(bundle.disclosures && new TextReader(bundle.disclosures), members);
  if ('code' in texts) return refused(texts);
  watcher.tell('texts', `${texts.disclosed} match their events, ${texts.absent} are not here`);
  watcher.tell('not checked', NOT_CHECKED);
  return { ok: true, ...verifiedHead(head), request, events: events.length, ...texts };
}

function readManifest(bytes: Uint8Array): Manifest | Problem {
  const malformed = (what: string): Problem => ({ code: 'bundle_malformed', index: null, what });
  const manifest = parsed(bytes) as { [name in 'format' | 'request' | 'events']?: unknown } | null;
  const isOfRequest = manifest?.format === format;
  if (!isOfRequest && manifest?.format !== proofsFormat)
    return malformed(`evidence.json is not of the format ${format}`);
  const { request, events } = manifest;
  const named = typeof request === 'string' && requestId.test(request) ? request : null;
  if ((named === null) === isOfRequest || !Array.isArray(events) || !events.every(isListed))
    return malformed('evidence.json does not say of which request it is and which events it has');
  if (events.length === 0) return malformed('evidence.json lists no event, and so nothing is proven');
  if (events.some(({ index }, i) => i > 0 && index <= (events[i - 1]?.index ?? 0)))
    return malformed('evidence.json does not list its events in log order');
  return { request: named, events };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

function isListed(event: Partial<Listed> | null): event is Listed {
  if (event === null || !Number.isSafeInteger(event.index) || Number(event.index) < 0) return false;
  return [event.type, event.stream, event.leaf].every((each) => typeof each === 'string');
}

const eventFile = (index: number): string => `${index}.json`;
const proofFile = (index: number): string => `${index}.tlog-proof`;

function unlisted({ names }: EvidenceBundle, events: readonly Listed[]): Problem | null {
  for (const [folder, fileOf] of [
    ['events', eventFile],
    ['proofs', proofFile],
  ] as const) {
    const listed = new Set(events.map(({ index }) => fileOf(index)));
    const extra = names(folder).find((name) => !listed.has(name));
    if (extra !== undefined)
      return {
        code: 'bundle_unlisted',
        index: null,
        what: `evidence.json does not list a file that is in ${folder}/`,
      };
  }
  return null;
}

/** An event whose proof holds. */
interface Member {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly leaf: LeafFrame;
}

function readMembers(
  bundle: EvidenceBundle,
  head: OpenedCheckpoint,
  events: readonly Listed[],
): readonly Member[] | Problem {
  const members: Member[] = [];
  for (const listed of events) {
    const member = readMember(bundle, head, listed);
    if ('code' in member) return member;
    members.push(member);
  }
  return members;
}

function readMember(
  { file, keys }: EvidenceBundle,
  head: OpenedCheckpoint,
  listed: Listed,
): Member | Problem {
  const { index } = listed;
  const paths = [`events/${eventFile(index)}`, `proofs/${proofFile(index)}`] as const;
  const [bytes, proof] = paths.map(file);
  if (!bytes || !proof) {
    const what = `event ${index} is listed, and ${bytes ? paths[1] : paths[0]} is not there`;
    return { code: 'bundle_missing', index, what };
  }
  const hash = leafHash(bytes);
  const unproven = proofProblem(Buffer.from(proof).toString('utf8'), hash, index, head, keys);
  if (unproven !== null) return { code: 'proof_refused', index, what: unproven };
  const leaf = readLeaf(index, bytes);
  if ('code' in leaf) return leaf;
  const { type, stream } = leaf;
  if (listed.leaf === hash.toString('hex') && listed.type === type && listed.stream === stream)
    return { index, bytes, leaf };
  return {
    code: 'bundle_malformed',
    index,
    what: `evidence.json says of event ${index} what the event does not say`,
  };
}

/** In words; null: the proof leads from this leaf at this index to the head of the bundle. */
function proofProblem(
  text: string,
  hash: Uint8Array,
  index: number,
  head: OpenedCheckpoint,
  keys: readonly VerifierKey[],
): string | null {
  try {
    const proven = verifyTlogProof(text, hash, keys, head.origin);
    if (proven.index !== index) return `the proof of event ${index} is of event ${proven.index}`;
    if (proven.size === head.size && proven.root.equals(head.root)) return null;
    return `the proof of event ${index} leads to another head than the checkpoint`;
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return `the proof of event ${index} is refused: ${error.message}`;
  }
}

/** A tree proves that an event is there, not that none came later. */
function requestText(members: readonly Member[], request: string): string {
  const last = members.findLast(({ leaf }) => leaf.stream === streamOf(request));
  return `every event of ${request} up to ${last?.index}, ${last?.leaf.type}; whether more came later is not told`;
}

const NOT_CHECKED =
  'what other files say: nothing vouches for a page, an anchor’s receipt, or what evidence.json says beyond its list of events';

const streamOf = (request: string): string => `request/${request}`;

/** The request's own events are all here from the first on: what was left out could tell another story. */
function gapIn(members: readonly Member[], request: string): Problem | null {
  const own = members.filter(({ leaf }) => leaf.stream === streamOf(request));
  const gap = own.find(({ leaf }, i) => leaf.version !== i + 1);
  if (gap === undefined && own.length > 0) return null;
  const what = `an event of ${request} is left out${gap ? ` before event ${gap.index}` : ''}`;
  return { code: 'bundle_missing', index: gap?.index ?? null, what };
}

function readTexts(
  reader: TextReader | null,
  members: readonly Member[],
): Pick<BundleCounts, 'disclosed' | 'absent'> | Problem {
  const disclosed = new Set<string>();
  let digests = 0;
  for (const { index, bytes, leaf } of members) {
    const given = reader?.of(index) ?? [];
    if ('code' in given) return given;
    const problem = given.map((text) => textProblem(text, leaf.sd ?? {})).find((each) => each !== null);
    if (problem) return problem;
    for (const { field, disclosure } of given) if (disclosure !== null) disclosed.add(`${index} ${field}`);
    digests += Object.keys(leaf.sd ?? {}).length;
    const targets = leaf.type === redactedType ? targetsOf(bytes) : [];
    const kept = targets.find((target) => disclosed.has(`${target.index} ${target.field}`));
    if (kept !== undefined) return keptProblem(index, kept);
  }
  return reader?.end() ?? { disclosed: disclosed.size, absent: digests - disclosed.size };
}
