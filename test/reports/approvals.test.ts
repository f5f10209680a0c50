import { expect, it } from 'vitest';
import { approvals } from '../../src/reports/approvals.ts';
import { ANN, ASKER, AUTOMATIC, BEN, CLEO, event, HOUR, MINUTE, ONE, STAMP, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, rowsOf } from './book.ts';
import { approve, ask, complete, grant, issue, requestOf } from './lives.ts';

const DAY = 24 * HOUR;
const period = periodOf('2026-11-20', '2026-11-20');
const asked = { period, now: T0 + DAY };
const STREAM = `request/${requestOf(1)}`;

const brief = ({
  decision,
  about,
  decided_by,
  consents,
  latency_s,
  exceptions,
}: Record<string, unknown>) => ({
  decision,
  about,
  decided_by,
  consents,
  latency_s,
  exceptions,
});

it('tells of each decision who made it, under which rules and how fast', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  const rows = await rowsOf(approvals, book, asked);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toEqual({
    request: requestOf(1),
    about: 'request',
    entitlement: 'orders-db:read',
    requester: ASKER,
    requester_name: 'Ana',
    decision: 'approved',
    decided_by: BEN,
    decided_by_name: 'Dev',
    stages: ['dba'],
    consents: '2 of 2',
    decided_at: '2026-11-20T09:02:00.000Z',
    decided_at_local: '2026-11-20T09:02:00+00:00',
    latency_s: 120,
    rule: null,
    policy_rules: STAMP.ids,
    policy: STAMP.digest,
    words: 'go ahead',
    exceptions: [],
    log_index: 2,
    leaf_hash: expect.any(String),
  });
});

it('counts each consent, and says when nothing more was needed', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  expect((await rowsOf(approvals, book, asked)).map(brief)).toEqual([
    {
      decision: 'approved',
      about: 'request',
      decided_by: ANN,
      consents: '1 of 2',
      latency_s: 60,
      exceptions: [],
    },
    {
      decision: 'approved',
      about: 'request',
      decided_by: BEN,
      consents: '2 of 2',
      latency_s: 120,
      exceptions: [],
    },
    {
      decision: 'consent complete',
      about: 'request',
      decided_by: null,
      consents: '2 of 2',
      latency_s: 120,
      exceptions: [],
    },
  ]);
});

it('has the decisions of the period, whenever their request was made', async () => {
  const book = new Book();
  const shown = ask(book, 1, { at: T0 - DAY, submission: { lapseAt: T0 + DAY } });
  approve(book, 1, ANN, shown, T0 - DAY + MINUTE);
  approve(book, 1, BEN, shown, T0);
  complete(book, 1, T0);
  const rows = await rowsOf(approvals, book, asked);
  expect(rows.map(({ decided_by, latency_s }) => [decided_by, latency_s])).toEqual([
    [BEN, 86_400],
    [null, 86_400],
  ]);
});

it('has no row of what was refused: a second click by the same person is no second approval', async () => {
  const book = new Book();
  const shown = ask(book, 1, { at: T0 });
  approve(book, 1, ANN, shown, T0 + 1);
  book.add(STREAM, T0 + 2, event('AttemptRefused', { by: ASKER, action: 'approve', code: 'own-request' }));
  expect((await rowsOf(approvals, book, asked)).map(brief)).toEqual([
    {
      decision: 'approved',
      about: 'request',
      decided_by: ANN,
      consents: '1 of 2',
      latency_s: 0.001,
      exceptions: [],
    },
  ]);
});

it('has both approvals of one person whose first fell away', async () => {
  const book = new Book();
  const shown = ask(book, 1, { at: T0, submission: { consent: ONE } });
  approve(book, 1, ANN, shown, T0 + 1);
  complete(book, 1, T0 + 1, [ANN]);
  book.add(STREAM, T0 + MINUTE, event('ApprovalsVoided', { subjects: [ANN] }));
  approve(book, 1, ANN, shown, T0 + 2 * MINUTE);
  const rows = (await rowsOf(approvals, book, asked)).map(brief);
  expect(rows.filter(({ decision }) => decision === 'approved')).toEqual([
    expect.objectContaining({ decided_by: ANN, latency_s: 0.001, exceptions: [] }),
    expect.objectContaining({ decided_by: ANN, latency_s: 60, exceptions: [] }),
  ]);
});

it('tells a denial with its reason', async () => {
  const book = new Book();
  const shown = ask(book, 1, { at: T0 });
  book.add(STREAM, T0 + 1, event('RequestDenied', { by: ANN, shown }, { reason: 'not today' }));
  expect(await rowsOf(approvals, book, asked)).toEqual([
    expect.objectContaining({
      decision: 'denied',
      decided_by: ANN,
      words: 'not today',
      stages: [],
      exceptions: [],
    }),
  ]);
});

it('counts an extension by itself, from when it was asked for', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 - DAY });
  const { leaf } = book.add(STREAM, T0, event('ExtensionRequested', { consent: ONE })).meta;
  approve(book, 1, CLEO, leaf, T0 + 5_000);
  book.add(STREAM, T0 + 5_000, event('ExtensionApproved', { approvers: [CLEO] }));
  expect((await rowsOf(approvals, book, asked)).map(brief)).toEqual([
    {
      decision: 'approved',
      about: 'extension',
      decided_by: CLEO,
      consents: '1 of 1',
      latency_s: 5,
      exceptions: [],
    },
    {
      decision: 'consent complete',
      about: 'extension',
      decided_by: null,
      consents: '1 of 1',
      latency_s: 5,
      exceptions: [],
    },
  ]);
});

it('names the rule where one waived consent', async () => {
  const book = new Book();
  ask(book, 1, { at: T0, submission: { consent: AUTOMATIC } });
  complete(book, 1, T0, []);
  expect(await rowsOf(approvals, book, asked)).toEqual([
    expect.objectContaining({
      decision: 'consent complete',
      rule: 'orders-db:read/automatic',
      exceptions: [],
    }),
  ]);
});

it('measures the time to consent of people, not of rules', async () => {
  const book = new Book();
  grant(book, 1, { at: T0 });
  ask(book, 2, { at: T0, submission: { consent: AUTOMATIC } });
  complete(book, 2, T0, []);
  const { figures } = await made(approvals, book, asked);
  expect(figures.map(({ label, value }) => [label, value])).toEqual([
    ['Approved', 2],
    ['Denied', 0],
    ['By rule, without consent', 1],
    ['Time to consent, median', 2 * MINUTE],
    ['Time to consent, p95', 2 * MINUTE],
    ['Time to consent, longest', 2 * MINUTE],
  ]);
});

/** What the domain would have refused, and a forger wrote all the same. */
const forged: readonly [string, (book: Book, shown: string) => void, readonly string[][]][] = [
  [
    'someone who consents to their own request',
    (book, shown) => approve(book, 1, ASKER, shown, T0 + 1),
    [['decided on their own request']],
  ],
  [
    'someone who consents twice',
    (book, shown) => {
      approve(book, 1, ANN, shown, T0 + 1);
      approve(book, 1, ANN, shown, T0 + 2);
    },
    [[], ['approved a second time by the same person']],
  ],
  [
    'a decision on something else than was asked',
    (book) => approve(book, 1, ANN, 'e'.repeat(64), T0 + 1),
    [['decided on something else than was asked']],
  ],
  [
    'a quorum that was filled by the requester',
    (book, shown) => {
      approve(book, 1, ANN, shown, T0 + 1);
      approve(book, 1, ASKER, shown, T0 + 2);
      complete(book, 1, T0 + 2, [ANN, ASKER]);
    },
    [[], ['decided on their own request'], ['taken as complete without the consent it takes']],
  ],
  [
    'a quorum that was filled by one person twice',
    (book, shown) => {
      approve(book, 1, ANN, shown, T0 + 1);
      approve(book, 1, ANN, shown, T0 + 2);
      complete(book, 1, T0 + 2, [ANN, ANN]);
    },
    [[], ['approved a second time by the same person'], ['taken as complete without the consent it takes']],
  ],
  [
    'a consent that nobody gave',
    (book) => complete(book, 1, T0 + 1, [ANN, BEN]),
    [['taken as complete without the consent it takes']],
  ],
];

it.each(forged)('marks %s', async (_, forge, exceptions) => {
  const book = new Book();
  forge(book, ask(book, 1, { at: T0 }));
  const rows = await rowsOf(approvals, book, asked);
  expect(rows.map((row) => row['exceptions'])).toEqual(exceptions);
});

it('makes no report of a log that contradicts itself, and says where', async () => {
  const book = new Book();
  const shown = ask(book, 1, { at: T0 });
  issue(book, 1, T0 + 1);
  approve(book, 1, ANN, shown, T0 + 2);
  await expect(rowsOf(approvals, book, asked)).rejects.toMatchObject({
    code: 'log_broken',
    message: `stream ${STREAM} is broken at version 2 (log index 1): ProvisioningStarted while requested`,
    hint: expect.stringContaining('countersign log verify'),
  });
});
