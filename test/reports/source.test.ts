import { describe, expect, it } from 'vitest';
import type { LogQuery } from '../../src/ports/audit-log.ts';
import { LIMITS } from '../../src/limits.ts';
import { denied } from '../../src/reports/denied.ts';
import { boundRows, eventsOf, inPeriod, livingIn, type ReportSource } from '../../src/reports/source.ts';
import { ASKER, event, HOUR, MINUTE, T0 } from '../domain/facts.ts';
import { Book, periodOf, sourceOf } from './book.ts';
import { ask, end, grant, requestOf } from './lives.ts';

const DAY = 24 * HOUR;
const asked = { period: periodOf('2026-11-20', '2026-11-20'), now: T0 + 2 * DAY };

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The source, and the queries that were put to its log. */
function watched(book: Book): { readonly source: ReportSource; readonly queries: readonly LogQuery[] } {
  const queries: LogQuery[] = [];
  const source = sourceOf(book, asked);
  const search: ReportSource['log']['search'] = (query) => {
    queries.push(query);
    return source.log.search(query);
  };
  return { source: { ...source, log: { ...source.log, search } }, queries };
}

describe('reading the log', () => {
  it('is done in batches, each after the one before, of the types that are wanted', async () => {
    const book = new Book();
    const count = LIMITS.reportBatchEvents + 3;
    ask(book, 1, { at: T0 });
    for (let round = 1; round <= count; round++)
      book.add(`request/${requestOf(1)}`, T0 + round, event('ApproversReminded', { round }));
    const { source, queries } = watched(book);
    const rounds = await collected(eventsOf(source, ['ApproversReminded']));
    expect(rounds.map(({ data }) => data.round)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(queries.map(({ after, limit }) => [after, limit])).toEqual([
      [-1, LIMITS.reportBatchEvents],
      [LIMITS.reportBatchEvents, LIMITS.reportBatchEvents],
      [count, LIMITS.reportBatchEvents],
    ]);
  });

  it('ends with the checkpoint: what came after it is not looked at', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    const { checkpoint } = sourceOf(book, asked);
    end(book, 1, { at: T0 + MINUTE, trigger: 'done-early' });
    ask(book, 2, { at: T0 });
    const source = { ...sourceOf(book, asked), checkpoint };
    const [only, ...more] = await collected(livingIn(source));
    expect(more).toEqual([]);
    expect(only?.state).toMatchObject({ id: requestOf(1), phase: 'active', version: 6 });
  });

  it('shows of each request what happened, with the states before and after', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    const [history] = await collected(livingIn(sourceOf(book, asked)));
    expect(history?.submission.data.requester).toBe(ASKER);
    expect(
      history?.steps.map(({ event: { type }, before, after }) => [type, before.phase, after.phase]),
    ).toEqual([
      ['ApprovalRecorded', 'requested', 'requested'],
      ['ApprovalRecorded', 'requested', 'requested'],
      ['RequestApproved', 'requested', 'approved'],
      ['ProvisioningStarted', 'approved', 'provisioning'],
      ['CredentialIssued', 'provisioning', 'active'],
    ]);
  });

  it('refuses a stream that does not begin with a submission', async () => {
    const book = new Book();
    book.add(`request/${requestOf(1)}`, T0, event('AttemptRefused'));
    await expect(denied.table(sourceOf(book, asked))).rejects.toMatchObject({
      code: 'log_broken',
      message: `request/${requestOf(1)} does not begin with a submission`,
    });
  });
});

it('the first moment of a period is in it, the first after it is not', () => {
  const source = sourceOf(new Book(), asked);
  const { from, to } = source.period;
  expect([from - 1, from, to - 1, to].map((at) => inPeriod(source, at))).toEqual([false, true, true, false]);
});

it('a report of too many rows is refused, with what to do', () => {
  expect(() => boundRows(LIMITS.reportRowsMax)).not.toThrow();
  expect(() => boundRows(LIMITS.reportRowsMax + 1)).toThrow(
    expect.objectContaining({ code: 'too_many_rows', hint: expect.stringContaining('shorter period') }),
  );
});
