import type { EventCounts } from '../audit/verify-events.ts';
import { type Finding, findingOf, type Problem } from '../audit/verify-finding.ts';
import type { OlderHead } from '../audit/verify-head.ts';
import { StoredLog, subtreeProblem } from '../audit/verify-rows.ts';
import type { Watcher } from '../audit/verify-walk.ts';
import type { Verdict } from '../audit/verify.ts';
import { LIMITS } from '../limits.ts';
import type { LogTree, TreeHead } from '../ports/audit-log.ts';
import type { SealedText, SealedTexts } from '../store/sqlite/sealed-texts.ts';

type Stored = LogTree & SealedTexts;

export interface StoredCounts extends TreeHead, EventCounts {
  /** Signed heads that the log was held against. */
  readonly heads: number;
}

/** How often the log is read from the start, at most, when texts were redacted while it was read. */
export const TRIES_MAX = 3;

/** Whether it may be so only because a text went, with its redaction on record, while the log was read. */
export const mayBeRedacted = ({ code }: Finding): boolean =>
  code === 'disclosure_missing' || code === 'disclosure_kept';

/** Holds the database against itself and against `older` heads: every row, text and stored hash. */
export async function verifyStored(
  store: Stored,
  older: readonly OlderHead[],
  watcher: Watcher,
): Promise<Verdict<StoredCounts>> {
  for (let tries = 1; ; tries++) {
    const head = await store.head();
    const verdict = await verifyUpTo(store, head, older, watcher);
    if (verdict.ok || !mayBeRedacted(verdict.finding) || tries === TRIES_MAX) return verdict;
    if ((await store.head()).size === head.size) return verdict;
  }
}

async function verifyUpTo(
  store: Stored,
  head: TreeHead,
  older: readonly OlderHead[],
  watcher: Watcher,
): Promise<Verdict<StoredCounts>> {
  const root = Buffer.from(head.root, 'hex');
  const log = new StoredLog({ older, seed: root.readInt32LE() });
  const problem =
    (await findInRows(store, log, head.size, watcher)) ??
    log.end({ size: head.size, root }) ??
    (await findOutside(store));
  if (problem !== null) return { ok: false, finding: findingOf(problem) };
  const { streams, disclosed, redacted } = log.counts;
  watcher.tell(
    'events',
    `all ${head.size}: each gives its stored hash, and they give those stored over them`,
  );
  watcher.tell('streams', `${streams} without a gap; no id twice`);
  watcher.tell('texts', `${disclosed} match their events, ${redacted} redacted on record`);
  watcher.tell('heads', headsText(older.length));
  return { ok: true, ...head, ...log.counts, heads: older.length };
}

const headsText = (count: number): string =>
  count === 0 ? 'none was signed before' : `${count} signed before: the log begins with what each covers`;

async function findInRows(
  store: Stored,
  log: StoredLog,
  size: number,
  watcher: Watcher,
): Promise<Problem | null> {
  for (let from = 0; from < size; from += LIMITS.leavesMax) {
    const end = Math.min(from + LIMITS.leavesMax, size);
    const problem = await findInBatch(store, log, from, end);
    if (problem !== null) return problem;
    const subtrees = log.completed();
    const wrong = subtreeProblem(subtrees, await store.hashes(subtrees));
    if (wrong !== null) return wrong;
    watcher.progress(end, size);
  }
  return null;
}

/** Rows before the first event or beyond the head are part of no tree. The head is read last: it only moves on. */
async function findOutside(store: LogTree): Promise<Problem | null> {
  const [first] = await store.stored(Number.MIN_SAFE_INTEGER, 1);
  const [beyond] = await store.stored((await store.head()).size, 1);
  const { size } = await store.head();
  const stray = [first, beyond].find((row) => row !== undefined && (row.index < 0 || row.index >= size));
  if (stray === undefined) return null;
  const what = `there is an event ${stray.index}, outside the log of ${size} events`;
  return { code: 'row_foreign', index: stray.index, what };
}

async function findInBatch(
  store: Stored,
  log: StoredLog,
  from: number,
  end: number,
): Promise<Problem | null> {
  const rows = await store.stored(from, end - from);
  const texts = await store.sealedTexts(from, end);
  let next = 0;
  for (const row of rows) {
    const first = next;
    while (texts[next]?.index === row.index) next++;
    const problem = log.next(row, next === first ? none : texts.slice(first, next));
    if (problem !== null) return problem;
  }
  return null;
}

const none: readonly SealedText[] = [];
