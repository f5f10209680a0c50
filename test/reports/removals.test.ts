import { expect, it } from 'vitest';
import { removals } from '../../src/reports/removals.ts';
import { ANN, ASKER, event, HOUR, MINUTE, OWNER, PROOF, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, rowsOf } from './book.ts';
import { begin, end, fail, grant, requestOf } from './lives.ts';

const DAY = 24 * HOUR;
const period = periodOf('2026-11-20', '2026-11-20');
const asked = { period, now: T0 + 30 * DAY };
/** Of a grant that was asked for at T0. */
const EXPIRY = T0 + HOUR + 3 * MINUTE;

it('tells of each end when it was due, when it was proven, and how much later', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  end(book, 1, { at: EXPIRY + 500, tookMs: 2_000 });
  expect(await rowsOf(removals, book, asked)).toEqual([
    {
      request: requestOf(1),
      requester: ASKER,
      requester_name: 'Ana',
      entitlement: 'orders-db:read',
      cause: 'expired',
      due_at: '2026-11-20T10:03:00.000Z',
      due_at_local: '2026-11-20T10:03:00+00:00',
      expires_at: '2026-11-20T10:03:00.000Z',
      revoked_at: '2026-11-20T10:03:01.500Z',
      absence_verified_at: '2026-11-20T10:03:02.500Z',
      lag_s: 2.5,
      retries: 0,
      sessions_ended: 1,
      ended_by: null,
      ended_by_name: null,
      reason: null,
      method: PROOF.method,
      left_behind: [],
      exceptions: [],
      log_index: 8,
      leaf_hash: expect.any(String),
    },
  ]);
});

it('counts an early end from when it was ended, with who and why', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  end(book, 1, { at: T0 + 10 * MINUTE, trigger: 'revoked', by: OWNER, reason: 'laptop lost' });
  expect(await rowsOf(removals, book, asked)).toEqual([
    expect.objectContaining({
      cause: 'revoked',
      due_at: '2026-11-20T09:10:00.000Z',
      expires_at: '2026-11-20T10:03:00.000Z',
      lag_s: 2,
      ended_by: OWNER,
      reason: 'laptop lost',
      exceptions: [],
    }),
  ]);
});

it('has what was due in the period, whenever it began and was gone', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 - DAY });
  grant(book, 2, { at: T0 - HOUR - 3 * MINUTE });
  grant(book, 3, { at: period.to - 30 * MINUTE });
  end(book, 1, { at: EXPIRY - DAY, tookMs: DAY });
  end(book, 2, { at: T0, tookMs: 2 * DAY });
  end(book, 3, { at: period.to + 33 * MINUTE });
  const rows = await rowsOf(removals, book, asked);
  expect(rows.map(({ request, lag_s }) => [request, lag_s])).toEqual([[requestOf(2), 172_800]]);
});

it('has no lag of an open grant: one that is not due is not in it, one that is due is marked', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  expect(await rowsOf(removals, book, { period, now: EXPIRY - 1 })).toEqual([]);
  expect(await rowsOf(removals, book, { period, now: EXPIRY })).toEqual([
    expect.objectContaining({
      lag_s: null,
      revoked_at: null,
      absence_verified_at: null,
      cause: null,
      exceptions: ['its time is over and nothing has begun to remove it'],
    }),
  ]);
});

it('tells the tries that failed, and marks what is not gone yet', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  begin(book, 1, { at: EXPIRY });
  fail(book, 1, EXPIRY + 1, { attempt: 1 });
  fail(book, 1, EXPIRY + 2, { attempt: 4 });
  expect(await rowsOf(removals, book, asked)).toEqual([
    expect.objectContaining({ retries: 4, lag_s: null, exceptions: ['not proven gone'] }),
  ]);
});

it('does not count the try that succeeded', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  begin(book, 1, { at: EXPIRY });
  fail(book, 1, EXPIRY + 1, { attempt: 2 });
  const stream = `request/${requestOf(1)}`;
  book.add(stream, EXPIRY + 2, event('CredentialRemoved', { attempt: 3 }));
  fail(book, 1, EXPIRY + 3, { attempt: 4, step: 'verify' });
  book.add(stream, EXPIRY + 4, event('RevocationVerified', { proof: { ...PROOF, at: EXPIRY + 4 } }));
  expect(await rowsOf(removals, book, asked)).toEqual([
    expect.objectContaining({ retries: 3, exceptions: [] }),
  ]);
});

it.each<[string, number, readonly string[]]>([
  ['a minute', 60_000, []],
  ['longer', 60_001, ['proven gone late']],
])('marks proof that took %s, %d ms: %j', async (_, tookMs, exceptions) => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  end(book, 1, { at: EXPIRY, tookMs });
  const [row] = await rowsOf(removals, book, asked);
  expect(row?.['exceptions']).toEqual(exceptions);
});

it('marks what was left behind, and a proof that proves nothing', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  end(book, 1, { at: EXPIRY, leftovers: ['table audit_trail'] });
  grant(book, 2, { at: T0 });
  begin(book, 2, { at: EXPIRY });
  book.add(`request/${requestOf(2)}`, EXPIRY + 1, event('CredentialRemoved'));
  const proof = { ...PROOF, at: EXPIRY + 2, liveSessions: 1 };
  book.add(`request/${requestOf(2)}`, EXPIRY + 2, event('RevocationVerified', { proof }));
  const rows = await rowsOf(removals, book, asked);
  expect(rows.map((row) => row['exceptions'])).toEqual([
    ['something was left behind'],
    ['closed by a proof that proves nothing'],
  ]);
});

it('gives the median, the 95th percentile and the longest lag, of those that have one', async () => {
  const book = new Book();
  for (let n = 1; n <= 11; n++) {
    grant(book, n, { at: T0 });
    end(book, n, { at: EXPIRY, tookMs: n * 1_000 });
  }
  grant(book, 21, { at: T0 });
  const { figures } = await made(removals, book, asked);
  expect(figures.map(({ label, value }) => [label, value])).toEqual([
    ['Lag, median', 6_000],
    ['Lag, p95', 11_000],
    ['Lag, longest', 11_000],
    ['Not proven gone', 1],
    ['With retries', 0],
  ]);
});

it('has no figures where nothing was due', async () => {
  const book = new Book();
  grant(book, 1, { at: T0, requester: ANN });
  const { figures, rows } = await made(removals, book, {
    period: periodOf('2026-01-01', '2026-01-31'),
    now: T0,
  });
  expect(rows).toEqual([]);
  expect(figures.slice(0, 3).map(({ value }) => value)).toEqual([null, null, null]);
});
