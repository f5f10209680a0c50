import { describe, expect, it } from 'vitest';
import { integrity } from '../../src/reports/integrity.ts';
import { LIMITS } from '../../src/limits.ts';
import { ANN, BEN, HOUR, MINUTE, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, rowsOf, VKEY } from './book.ts';
import { grant } from './lives.ts';

const DAY = 24 * HOUR;
const period = periodOf('2026-11-20', '2026-11-20');
const asked = { period, now: T0 + 2 * DAY };
type Row = Record<string, unknown>;

const told = (book: Book, at = T0 - DAY): void =>
  void book.add('log', at, { type: 'SigningKeyChanged', data: { change: 'added', vkey: VKEY } });
const ofPart = (rows: readonly Row[], wanted: string): readonly Row[] =>
  rows.filter(({ part }) => part === wanted);
const exceptionsIn = (rows: readonly Row[]): readonly unknown[] => rows.flatMap((row) => row['exceptions']);

describe('keys', () => {
  it('are those that the log tells of', async () => {
    const book = new Book();
    told(book);
    const keys = ofPart(await rowsOf(integrity, book, asked), 'key');
    expect(keys).toEqual([
      expect.objectContaining({
        what: `added: ${VKEY}`,
        at: '2026-11-19T09:00:00.000Z',
        log_index: 0,
        exceptions: [],
      }),
    ]);
  });

  it('are marked where the log does not tell of them, but not where it does so after the period', async () => {
    const silent = new Book();
    expect(ofPart(await rowsOf(integrity, silent, asked), 'key')).toEqual([
      expect.objectContaining({ what: VKEY, exceptions: ['no event of the log tells of this key'] }),
    ]);
    const later = new Book();
    told(later, T0 + DAY);
    expect(ofPart(await rowsOf(integrity, later, asked), 'key')).toEqual([]);
  });
});

describe('signed heads that left', () => {
  it('are the first and the last of the period, and the log begins with each', async () => {
    const book = new Book();
    told(book);
    book.anchored('folder', T0 - DAY);
    grant(book, 1, { at: T0 });
    book.anchored('folder', T0 + 4 * MINUTE);
    const first = book.head();
    grant(book, 2, { at: T0 + HOUR });
    book.anchored('folder', T0 + HOUR + 4 * MINUTE);
    book.anchored('witness:w', T0 + HOUR + 4 * MINUTE + 1);
    const last = book.head();
    grant(book, 3, { at: T0 + DAY });
    const rows = await rowsOf(integrity, book, asked);
    expect(ofPart(rows, 'checkpoint').map(({ what, at, size, root }) => [what, at, size, root])).toEqual([
      ['the first that left in the period', '2026-11-20T09:04:00.000Z', first.size, first.root],
      ['the last that left in the period', '2026-11-20T10:04:00.001Z', last.size, last.root],
      ['the tree of this report, which begins with them', '2026-11-22T09:00:00.000Z', 19, book.head().root],
    ]);
    expect(ofPart(rows, 'anchor').map(({ what, size }) => [what, size])).toEqual([
      ['folder: 2 heads taken', last.size],
      ['witness:w: 1 head taken', last.size],
    ]);
    expect(exceptionsIn(rows)).toEqual([]);
  });

  it('are marked where the log does not begin with them', async () => {
    const book = new Book();
    told(book);
    grant(book, 1, { at: T0 });
    const other = { size: 3, root: 'e'.repeat(64) };
    book.anchored('folder', T0 + 4 * MINUTE, other);
    book.anchored('folder', T0 + 5 * MINUTE);
    const rows = await rowsOf(integrity, book, asked);
    expect(ofPart(rows, 'checkpoint').map((row) => row['exceptions'])).toEqual([
      ['the log does not begin with this tree'],
      [],
      [],
    ]);
    expect(ofPart(rows, 'anchor')).toEqual([
      expect.objectContaining({ ...other, exceptions: ['the log does not begin with this tree'] }),
    ]);
  });

  it('are marked where they are of more leaves than the log has: its tail was cut off', async () => {
    const book = new Book();
    told(book);
    grant(book, 1, { at: T0 });
    book.anchored('folder', T0 + 4 * MINUTE, { size: 500, root: 'e'.repeat(64) });
    expect(exceptionsIn(ofPart(await rowsOf(integrity, book, asked), 'anchor'))).toHaveLength(1);
  });
});

describe('the longest wait of an event for a head that takes it out', () => {
  const interval = async (book: Book, now = asked.now) =>
    ofPart(await rowsOf(integrity, book, { period, now }), 'interval');

  it('is from the oldest event that waited to the head that left', async () => {
    const book = new Book();
    told(book);
    grant(book, 1, { at: T0 });
    book.anchored('folder', T0 + 30 * MINUTE);
    grant(book, 2, { at: T0 + HOUR });
    book.anchored('folder', T0 + HOUR + 10 * MINUTE);
    expect(await interval(book)).toEqual([
      expect.objectContaining({
        what: 'the longest in which an event, #1, was in no head that had left',
        at: '2026-11-20T09:00:00.000Z',
        lasted_s: 1_800,
        exceptions: [],
      }),
    ]);
  });

  it('runs on while no head has left since', async () => {
    const book = new Book();
    told(book);
    grant(book, 1, { at: T0 });
    expect(await interval(book, T0 + HOUR)).toEqual([
      expect.objectContaining({
        what: 'the longest in which an event, #1, is in no head that has left',
        lasted_s: 3_600,
        exceptions: [],
      }),
    ]);
    expect(exceptionsIn(await interval(book, T0 + LIMITS.anchorOldMs))).toEqual([]);
    expect(exceptionsIn(await interval(book, T0 + LIMITS.anchorOldMs + 1))).toEqual([
      'longer than a head may take to leave',
    ]);
  });

  it('is of events of the period alone, and is none where there are none', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 - 9 * DAY });
    grant(book, 2, { at: T0 + DAY });
    expect(await interval(book)).toEqual([]);
  });
});

describe('redactions', () => {
  const redacted = (
    book: Book,
    cause: 'field' | 'person' | 'retention',
    approvedBy: typeof ANN | null,
  ): void =>
    void book.add('redaction/1', T0, {
      type: 'DisclosuresRedacted',
      data: {
        cause,
        targets: [{ index: 0, field: 'justification', digest: 'd' }],
        subject: null,
        by: ANN,
        approvedBy,
        retention: null,
      },
      personal: { reason: 'asked to' },
    });

  it.each([
    ['field', null, []],
    ['person', BEN, []],
    ['person', ANN, ['a whole person was forgotten without a second one agreeing']],
    ['person', null, ['a whole person was forgotten without a second one agreeing']],
  ] as const)('of a %s, agreed to by %s: %j', async (cause, approvedBy, exceptions) => {
    const book = new Book();
    redacted(book, cause, approvedBy);
    expect(ofPart(await rowsOf(integrity, book, asked), 'redaction')).toEqual([
      expect.objectContaining({ what: `${cause}: 1 text`, by: ANN, reason: 'asked to', exceptions }),
    ]);
  });

  it('and a tree that people took as it is, are told of', async () => {
    const book = new Book();
    const data = { tree: book.head(), anchors: [], by: ANN, approvedBy: BEN, signatures: '' };
    book.add('log', T0, { type: 'TreeAccepted', data });
    expect(ofPart(await rowsOf(integrity, book, asked), 'history')).toEqual([
      expect.objectContaining({ by: ANN, approved_by: BEN, exceptions: ['the log has another history'] }),
    ]);
  });
});

it('counts keys and redactions, and gives the longest wait', async () => {
  const book = new Book();
  told(book, T0);
  book.anchored('folder', T0 + MINUTE);
  const { figures } = await made(integrity, book, asked);
  expect(figures.map(({ value }) => value)).toEqual([1, 0, MINUTE]);
});
