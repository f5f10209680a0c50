import type { OpenedCheckpoint } from './checkpoint.ts';
import type { VerifierKey } from './note.ts';
import { hashBytes } from './tree.ts';
import { type EventCounts, EventRules } from './verify-events.ts';
import { type Finding, findingOf, type Problem } from './verify-finding.ts';
import { GrowingTree, type OlderHead, openHead, openOlder } from './verify-head.ts';
import { recordsOf, type Source } from './verify-lines.ts';
import { TextReader } from './verify-texts.ts';
import { findInEvents, type Watcher } from './verify-walk.ts';

/** An exported log: its files as they are, nothing in them believed. */
export interface LogExport {
  /** Those that the reader trusts. */
  readonly keys: readonly VerifierKey[];
  readonly checkpoint: Uint8Array;
  readonly events: Source;
  /** The hash of every leaf: a hint that needs no trust, for it counts only where it gives the signed root. */
  readonly leafHashes: Source | null;
  readonly disclosures: Source | null;
  /** A checkpoint of an earlier day. */
  readonly since: Uint8Array | null;
}

/** What was signed. `root` in hex, `signedBy` name and id of each key. */
export interface VerifiedHead {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly signedBy: readonly string[];
}

export type Verdict<T = VerifiedHead & EventCounts> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly finding: Finding };

/** Answers ok, or the first bad position and what it means. Throws only what a source throws. */
export function verifyExport(log: LogExport, watcher: Watcher): Verdict {
  const head = openHead(log.checkpoint, log.keys);
  if ('code' in head) return refused(head);
  const since = log.since && openOlder('the older checkpoint', log.since, log.keys, head.origin);
  if (since !== null && 'code' in since) return refused(since);
  watcher.tell('head', headText(head));

  const { tree, hashes } = treeFor(head, log.leafHashes, since);
  watcher.tell('leaf hashes', hintText(log.leafHashes, hashes));
  const texts = log.disclosures && new TextReader(log.disclosures);
  const rules = new EventRules({ withTexts: texts !== null, seed: head.root.readInt32LE() });
  const finding = findInEvents({ head, events: log.events, hashes, texts, tree, rules, watcher });
  if (finding !== null) return { ok: false, finding };
  watcher.progress(head.size, head.size);
  watcher.tell('events', `all ${head.size}, and together they give the signed root`);
  watcher.tell('streams', `${rules.counts.streams} without a gap; no id twice`);

  const problem = texts?.end() ?? rules.end();
  if (problem) return refused(problem);
  watcher.tell('texts', textsText(rules.counts));
  const rewritten = tree.end();
  if (rewritten !== null) return refused(rewritten);
  if (since !== null) watcher.tell('since', `it begins with the ${since.size} events signed earlier`);
  return { ok: true, ...verifiedHead(head), ...rules.counts };
}

/** The tree of the leaf hashes where they give the signed root, else an empty one that the events have to fill. */
function treeFor(head: OpenedCheckpoint, leafHashes: Source | null, since: OlderHead | null) {
  const older = since === null ? [] : [since];
  if (leafHashes !== null) {
    const tree = new GrowingTree(older);
    for (const hash of recordsOf(leafHashes, hashBytes)) {
      if (hash.length < hashBytes || tree.size === head.size) break;
      tree.append(hash);
    }
    if (tree.isAt(head)) return { tree, hashes: leafHashes };
  }
  return { tree: new GrowingTree(older), hashes: null };
}
export const verifiedHead = ({ origin, size, root, verifiedBy }: OpenedCheckpoint): VerifiedHead => ({
  origin,
  size,
  root: root.toString('hex'),
  signedBy: verifiedBy.map(({ name, id }) => `${name}+${id.toString('hex')}`),
});

export const refused = (problem: Problem) => ({ ok: false, finding: findingOf(problem) }) as const;

export const headText = (head: OpenedCheckpoint): string => {
  const { size, root, signedBy } = verifiedHead(head);
  return `${size} events, root ${root.slice(0, 16)}…, signed by ${signedBy.join(', ')}`;
};

function hintText(given: Source | null, used: Source | null): string {
  if (used !== null) return 'they give the signed root: each event is held against its own';
  const why = given === null ? 'there are none' : 'they do not give the signed root, and are not used';
  return `${why}; a bad event could not be located`;
}

function textsText({ disclosed, redacted, withheld }: EventCounts): string {
  return `${disclosed} match their events, ${redacted} redacted on record, ${withheld} not given`;
}
