import { LIMITS } from '../limits.ts';
import type { Receipt, TreeHead } from '../ports/audit-log.ts';
import { type IntegrityRow, PLAIN } from './integrity-row.ts';
import { inPeriod, type ReportSource } from './source.ts';
import { beginsWith } from './tree.ts';
import { countText } from './words.ts';

/** The signed heads that left the house, and the longest that an event waited for one. */
export async function anchorRows(source: ReportSource): Promise<readonly IntegrityRow[]> {
  const all = (await source.receipts(LIMITS.reportReceiptsMax)).toReversed();
  const receipts = all.filter(({ at }) => inPeriod(source, at));
  return [
    ...(await checkpointRows(source, receipts)),
    ...(await receiptRows(source, receipts)),
    ...(await intervalRows(source, all)),
    ...cutRows(source, all),
  ];
}

/** The first and the last that left, and the tree that the report is of. */
async function checkpointRows(
  source: ReportSource,
  receipts: readonly Receipt[],
): Promise<readonly IntegrityRow[]> {
  const row = async (what: string, { size, root }: TreeHead, at: number): Promise<IntegrityRow> => ({
    ...PLAIN,
    part: 'checkpoint',
    what,
    at,
    size,
    root,
    exceptions: (await beginsWith(source, { size, root })) ? [] : [CONTRADICTS],
  });
  const [first, last] = [receipts.at(0), receipts.at(-1)];
  return [
    ...(first ? [await row('the first that left in the period', first, first.at)] : []),
    ...(last ? [await row('the last that left in the period', last, last.at)] : []),
    await row('the tree of this report, which begins with them', source.checkpoint, source.now),
  ];
}

const CONTRADICTS = 'the log does not begin with this tree';

/** For each anchor how many heads it took, and whether the log still begins with every one of them. */
async function receiptRows(
  source: ReportSource,
  receipts: readonly Receipt[],
): Promise<readonly IntegrityRow[]> {
  const rows: IntegrityRow[] = [];
  for (const anchor of new Set(receipts.map((receipt) => receipt.anchor))) {
    const theirs = receipts.filter((receipt) => receipt.anchor === anchor);
    const what = `${anchor}: ${countText(theirs.length, 'head')} taken`;
    const [last] = theirs.slice(-1);
    const wrong = await firstWrong(source, theirs);
    rows.push({
      ...PLAIN,
      part: 'anchor',
      what,
      at: last?.at ?? null,
      size: (wrong ?? last)?.size ?? null,
      root: (wrong ?? last)?.root ?? null,
      exceptions: wrong === null ? [] : [CONTRADICTS],
    });
  }
  return rows;
}

async function firstWrong(source: ReportSource, receipts: readonly Receipt[]): Promise<Receipt | null> {
  let checked: TreeHead | null = null;
  for (const receipt of receipts) {
    const again = checked?.size === receipt.size && checked.root === receipt.root;
    if (!again && !(await beginsWith(source, receipt))) return receipt;
    checked = receipt;
  }
  return null;
}

interface Wait {
  /** Of the oldest event that waited. */
  readonly index: number;
  readonly since: number;
  /** Null: no head has taken it out yet. */
  readonly until: number | null;
}

async function intervalRows(
  source: ReportSource,
  receipts: readonly Receipt[],
): Promise<readonly IntegrityRow[]> {
  const lastedMs = ({ since, until }: Wait): number => Math.max(0, (until ?? source.now) - since);
  let longest: Wait | null = null;
  for await (const wait of waitsIn(source, receipts))
    if (longest === null || lastedMs(wait) > lastedMs(longest)) longest = wait;
  if (longest === null) return [];
  const ms = lastedMs(longest);
  const end = longest.until === null ? 'is in no head that has left' : 'was in no head that had left';
  return [
    {
      ...PLAIN,
      part: 'interval',
      what: `the longest in which an event, #${longest.index}, ${end}`,
      at: longest.since,
      lastedMs: ms,
      exceptions: ms > LIMITS.anchorOldMs ? ['longer than a head may take to leave'] : [],
    },
  ];
}

/** For each head that left with events of the period, how long the oldest of those had waited; and those that wait. */
async function* waitsIn(source: ReportSource, receipts: readonly Receipt[]): AsyncGenerator<Wait> {
  const first = await firstFrom(source, source.period.from);
  const end = await firstFrom(source, source.period.to);
  let taken = first;
  for (const { size, at } of receipts) {
    if (taken >= end || size <= taken) continue;
    yield { index: taken, since: await timeOf(source, taken), until: at };
    taken = size;
  }
  if (taken < end) yield { index: taken, since: await timeOf(source, taken), until: null };
}

/** Index of the first event at or after a time. */
async function firstFrom({ log, checkpoint }: ReportSource, from: number): Promise<number> {
  const [event] = await log.search({ from, limit: 1 });
  return Math.min(event?.meta.index ?? checkpoint.size, checkpoint.size);
}

async function timeOf({ log, now }: ReportSource, index: number): Promise<number> {
  const [event] = await log.search({ after: index - 1, limit: 1 });
  return event?.meta.at ?? now;
}

/** Said when there were more receipts than a report looks at, some of them in the period. */
function cutRows({ period }: ReportSource, receipts: readonly Receipt[]): readonly IntegrityRow[] {
  const [oldest] = receipts;
  if (receipts.length < LIMITS.reportReceiptsMax || oldest === undefined || oldest.at < period.from)
    return [];
  const what = 'receipts before this were not looked at: ask for a later period';
  return [
    { ...PLAIN, part: 'anchor', what, at: oldest.at, exceptions: ['more receipts than are looked at'] },
  ];
}
