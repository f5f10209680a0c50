import { expect, it } from 'vitest';
import { grants } from '../../src/reports/grants.ts';
import { ANN, ASKER, AUTOMATIC, BEN, event, HOUR, MINUTE, ONE, OWNER, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, rowsOf } from './book.ts';
import { approve, ask, begin, complete, end, grant, issue, requestOf } from './lives.ts';

const DAY = 24 * HOUR;
/** T0 is nine in the morning of this day, in UTC. */
const period = periodOf('2026-11-20', '2026-11-20');
const asked = { period, now: T0 + 30 * DAY };

it('tells of each grant who had what, why, with whose consent, and until when', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  end(book, 1, { at: T0 + HOUR + 3 * MINUTE });
  expect(await rowsOf(grants, book, asked)).toEqual([
    {
      request: requestOf(1),
      requester: ASKER,
      requester_name: 'Ana',
      entitlement: 'orders-db:read',
      resource: 'orders-db',
      environment: 'production',
      classification: 'confidential',
      approvers: [ANN, BEN],
      approvers_names: ['Cleo', 'Dev'],
      rule: null,
      started_at: '2026-11-20T09:03:00.000Z',
      started_at_local: '2026-11-20T09:03:00+00:00',
      expires_at: '2026-11-20T10:03:00.000Z',
      gone_at: '2026-11-20T10:03:02.000Z',
      cause: 'expired',
      extensions: 0,
      issued_at: '2026-11-20T09:03:01.000Z',
      credential: 'jit_a1b2_00000000000000000001',
      policy: 'd1',
      justification: 'INC-1: orders stuck',
      ticket: null,
      exceptions: [],
      log_index: 4,
      leaf_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
});

it('has a grant that stood at any time in the period, and none that ended before or began after', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 - 2 * DAY });
  end(book, 1, { at: T0 - 2 * DAY + HOUR });
  grant(book, 2, { at: T0 - DAY });
  grant(book, 3, { at: T0 });
  end(book, 2, { at: T0 + DAY });
  grant(book, 4, { at: T0 + DAY });
  const rows = await rowsOf(grants, book, asked);
  expect(rows.map(({ request }) => request)).toEqual([requestOf(2), requestOf(3)]);
});

it('has no grant of a request that was made in the period and began after it', async () => {
  const book = new Book();
  grant(book, 1, { at: period.to - MINUTE });
  expect(await rowsOf(grants, book, asked)).toEqual([]);
});

it('has no grant of a request that was only asked for, or denied', async () => {
  const book = new Book();
  ask(book, 1, { at: T0 });
  ask(book, 2, { at: T0 });
  book.add(`request/${requestOf(2)}`, T0 + 1, event('RequestDenied', {}, { reason: 'no' }));
  expect(await rowsOf(grants, book, asked)).toEqual([]);
});

it('says of an open grant that it is active, and nothing of an end that has not come', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  const [row] = await rowsOf(grants, book, { period, now: T0 + 10 * MINUTE });
  expect(row).toMatchObject({ cause: 'active', gone_at: null, exceptions: [] });
});

it('marks a grant whose time is over and that is not proven gone', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  begin(book, 1, { at: T0 + HOUR + 3 * MINUTE });
  const [row] = await rowsOf(grants, book, asked);
  expect(row).toMatchObject({ cause: 'expired', exceptions: ['its time is over and it is not proven gone'] });
});

it('marks a grant without the consent it takes, as a forged log would have it', async () => {
  const book = new Book();
  ask(book, 1, { at: T0 });
  complete(book, 1, T0 + 1, [ANN, OWNER]);
  issue(book, 1, T0 + 2);
  end(book, 1, { at: T0 + MINUTE, trigger: 'done-early' });
  const [row] = await rowsOf(grants, book, asked);
  expect(row).toMatchObject({ exceptions: ['granted without the consent it takes'] });
});

it('marks a grant that rests on the consent of whoever has it', async () => {
  const book = new Book();
  const shown = ask(book, 1, { at: T0, submission: { consent: ONE } });
  approve(book, 1, ASKER, shown, T0 + 1);
  complete(book, 1, T0 + 1, [ASKER]);
  issue(book, 1, T0 + 2);
  const [row] = await rowsOf(grants, book, { period, now: T0 + MINUTE });
  expect(row).toMatchObject({ exceptions: ['granted without the consent it takes'] });
});

it('names the rule that waived consent, and does not mark it', async () => {
  const book = new Book();
  ask(book, 1, { at: T0, submission: { consent: AUTOMATIC } });
  complete(book, 1, T0, []);
  issue(book, 1, T0 + 1);
  const [row] = await rowsOf(grants, book, { period, now: T0 + MINUTE });
  expect(row).toMatchObject({ approvers: [], rule: 'orders-db:read/automatic', exceptions: [] });
});

it('counts what stands out', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  grant(book, 2, { at: T0 });
  end(book, 2, { at: T0 + HOUR + 3 * MINUTE });
  const { figures } = await made(grants, book, { period, now: T0 + 2 * HOUR });
  expect(figures.map(({ label, value }) => [label, value])).toEqual([
    ['Still open', 1],
    ['By rule, without consent', 0],
    ['Extended', 0],
  ]);
});
