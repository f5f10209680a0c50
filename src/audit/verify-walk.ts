import { leafMaxBytes } from './event-leaf.ts';
import { leafHash } from './leaf.ts';
import { hashBytes } from './tree.ts';
import { type EventRules, readLeaf } from './verify-events.ts';
import { type Finding, findingOf, type Problem, unprovenFinding } from './verify-finding.ts';
import type { GrowingTree } from './verify-head.ts';
import { isEnded, linesOf, recordsOf, type Source } from './verify-lines.ts';
import type { TextReader } from './verify-texts.ts';

/** Told what was found to be right, while it is found; `part` says in a word or two what that is of. */
export interface Watcher {
  tell(part: string, text: string): void;
  progress(done: number, size: number): void;
}

export interface Walk {
  /** What was signed. */
  readonly head: { readonly size: number; readonly root: Uint8Array };
  /** One leaf a line. */
  readonly events: Source;
  /** The hashes of all leaves, known to give the signed root; null: not known. */
  readonly hashes: Source | null;
  readonly texts: TextReader | null;
  /** Empty where `hashes` is null: it is filled on the way. */
  readonly tree: GrowingTree;
  readonly rules: EventRules;
  readonly watcher: Watcher;
}

/** The first event that is not what was signed, or breaks a rule of the log. */
export function findInEvents(walk: Walk): Finding | null {
  return walk.hashes === null ? findByRoot(walk) : findByHashes(walk, walk.hashes);
}

/** Each event is held against the hash that belongs there: whatever differs first is the bad one. */
function findByHashes(walk: Walk, source: Source): Finding | null {
  const { head, watcher } = walk;
  const lines = linesOf(walk.events, leafMaxBytes);
  const hashes = recordsOf(source, hashBytes);
  for (let index = 0; index < head.size; index++) {
    const { done, value: line } = lines.next();
    if (done) return findingOf(cutOff(index, head.size));
    const hash: Buffer = hashes.next().value;
    if (!leafHash(leafIn(line)).equals(hash)) return findingOf(differing(index, line, hash, lines, source));
    const problem = lineProblem(index, line) ?? ruleProblem(walk, index, leafIn(line));
    if (problem !== null) return findingOf(problem);
    if (index % progressEvery === 0) watcher.progress(index, head.size);
  }
  return lines.next().done ? null : findingOf(beyond(head.size));
}

/** All events together must give the root; only if they do is it proven where a rule is broken. */
function findByRoot(walk: Walk): Finding | null {
  const { head, tree, watcher } = walk;
  const lines = linesOf(walk.events, leafMaxBytes);
  let suspect: Problem | null = null;
  for (let index = 0; index < head.size; index++) {
    const { done, value: line } = lines.next();
    if (done) return unprovenFinding(cutOff(index, head.size), suspect);
    tree.append(leafHash(leafIn(line)));
    suspect ??= lineProblem(index, line) ?? ruleProblem(walk, index, leafIn(line));
    if (index % progressEvery === 0) watcher.progress(index, head.size);
  }
  if (!tree.isAt(head)) return unprovenFinding(otherRoot, suspect);
  if (suspect !== null) return findingOf(suspect);
  return lines.next().done ? null : findingOf(beyond(head.size));
}

const progressEvery = 16_384;

const leafIn = (line: Buffer): Buffer => (isEnded(line) ? line.subarray(0, -1) : line);

function lineProblem(index: number, line: Buffer): Problem | null {
  const at = `line ${index + 1} of the events`;
  if (line.length > leafMaxBytes + 1)
    return { code: 'line_too_long', index, what: `${at} is longer than ${leafMaxBytes} bytes` };
  if (!isEnded(line)) return { code: 'line_unfinished', index, what: `${at} has no newline at its end` };
  if (line.at(-2) === carriageReturn)
    return { code: 'line_ending', index, what: `${at} ends in a carriage return` };
  return null;
}

const carriageReturn = 0x0d;

function ruleProblem({ texts, rules }: Walk, index: number, bytes: Buffer): Problem | null {
  const given = texts?.of(index) ?? [];
  if ('code' in given) return given;
  const leaf = readLeaf(index, bytes);
  return 'code' in leaf ? leaf : rules.next(index, bytes, leaf, given);
}

/** What became of the event that belongs at `index`, by what stands there and what comes next. */
function differing(
  index: number,
  line: Buffer,
  expected: Buffer,
  lines: Generator<Buffer>,
  hashes: Source,
): Problem {
  const unfit = lineProblem(index, line);
  if (unfit !== null) return unfit;
  const at = `line ${index + 1} of the events`;
  const place = placeOf(leafHash(leafIn(line)), hashes);
  if (place !== null && place > index)
    return { code: 'event_moved', index, what: `${at} holds event ${place}, where event ${index} belongs` };
  if (place !== null) return { code: 'event_repeated', index, what: `${at} holds event ${place} again` };
  const next = lines.next();
  if (!next.done && leafHash(leafIn(next.value)).equals(expected))
    return { code: 'event_foreign', index, what: `${at} was put in before event ${index}` };
  return { code: 'event_changed', index, what: `${at} is not the event that was signed` };
}

function placeOf(hash: Buffer, hashes: Source): number | null {
  let place = 0;
  for (const each of recordsOf(hashes, hashBytes)) {
    if (each.equals(hash)) return place;
    place++;
  }
  return null;
}

const cutOff = (index: number, size: number): Problem => ({
  code: 'events_missing',
  index,
  what: `there are ${index} events, and ${size} were signed`,
});

const beyond = (size: number): Problem => ({
  code: 'events_beyond',
  index: size,
  what: `more follows after the ${size} events that were signed`,
});

const otherRoot: Problem = {
  code: 'root_differs',
  index: null,
  what: 'the events do not give the root that was signed',
};
