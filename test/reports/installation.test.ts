import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../src/domain/journal.ts';
import { changes } from '../../src/reports/changes.ts';
import { denied } from '../../src/reports/denied.ts';
import { drift } from '../../src/reports/drift.ts';
import { ANN, ASKER, BEN, event, HOUR, MINUTE, OWNER, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, rowsOf, VKEY } from './book.ts';
import { ask, begin, end, fail, grant, refuse, requestOf } from './lives.ts';

const DAY = 24 * HOUR;
const period = periodOf('2026-11-20', '2026-11-20');
const asked = { period, now: T0 + 2 * DAY };
const digestOf = (letter: string): string => letter.repeat(64);

describe('drift', () => {
  const sweep = (book: Book, at: number, late: string[], unknown: string[], connector = 'orders'): void =>
    void book.add('log', at, { type: 'DriftFound', data: { connector, late, unknown } });

  it('has each credential that sweeps found, from the first that saw it to the first that did not', async () => {
    const book = new Book();
    sweep(book, T0, [], ['jit_stranger']);
    sweep(book, T0 + MINUTE, [], ['jit_stranger', 'jit_other']);
    sweep(book, T0 + 2 * MINUTE, [], ['jit_other']);
    expect(await rowsOf(drift, book, asked)).toEqual([
      {
        found_at: '2026-11-20T09:00:00.000Z',
        found_at_local: '2026-11-20T09:00:00+00:00',
        connector: 'orders',
        finding: 'unknown to the log',
        what: 'jit_stranger',
        request: null,
        righted_at: '2026-11-20T09:02:00.000Z',
        open_for_s: 120,
        exceptions: ['unknown to the log'],
        log_index: 0,
        leaf_hash: expect.any(String),
      },
      expect.objectContaining({
        what: 'jit_other',
        righted_at: null,
        open_for_s: null,
        exceptions: ['unknown to the log', 'not put right, as far as the log tells'],
      }),
    ]);
  });

  it('keeps targets apart', async () => {
    const book = new Book();
    sweep(book, T0, [], ['jit_stranger']);
    sweep(book, T0 + MINUTE, [], [], 'billing');
    const [row] = await rowsOf(drift, book, asked);
    expect(row).toMatchObject({ connector: 'orders', righted_at: null });
  });

  it('names the request of a credential that outlived its grant', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 - DAY });
    end(book, 1, { at: T0 - DAY + HOUR });
    sweep(book, T0, ['jit_a1b2_00000000000000000001'], []);
    expect(await rowsOf(drift, book, asked)).toEqual([
      expect.objectContaining({ finding: 'outlived its grant', request: requestOf(1) }),
    ]);
  });

  it('has what was found before the period and was still there in it, and not what was right before it', async () => {
    const book = new Book();
    sweep(book, T0 - 2 * DAY, [], ['jit_old', 'jit_still']);
    sweep(book, T0 - DAY, [], ['jit_still']);
    sweep(book, T0 + DAY, [], ['jit_still', 'jit_later']);
    const rows = await rowsOf(drift, book, asked);
    expect(rows.map(({ what }) => what)).toEqual(['jit_still']);
  });

  it('has what a removal noticed, and what was undone, without marking what was put right', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    end(book, 1, { at: T0 + HOUR, leftovers: ['table audit_trail'] });
    grant(book, 2, { at: T0 });
    end(book, 2, { at: T0 + HOUR, trigger: 'orphan' });
    grant(book, 3, { at: T0 });
    end(book, 3, { at: T0 + HOUR });
    const rows = await rowsOf(drift, book, asked);
    expect(
      rows.map(({ request, finding, what, exceptions }) => [request, finding, what, exceptions]),
    ).toEqual([
      [
        requestOf(1),
        'noticed at its removal',
        'table audit_trail',
        ['not put right, as far as the log tells'],
      ],
      [requestOf(2), 'undone', 'jit_a1b2_00000000000000000002', []],
    ]);
  });

  it('takes for put right what a later removal does not leave behind any more', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    begin(book, 1, { at: T0 + HOUR });
    for (const [afterMs, leftovers] of [
      [1, ['one', 'two']],
      [2, ['one']],
    ] as const)
      book.add(
        `request/${requestOf(1)}`,
        T0 + HOUR + afterMs,
        event('CredentialRemoved', { leftovers: [...leftovers] }),
      );
    const rows = await rowsOf(drift, book, asked);
    expect(rows.map(({ what, open_for_s }) => [what, open_for_s])).toEqual([
      ['one', null],
      ['two', 0.001],
      ['one', null],
    ]);
  });
});

describe('changes', () => {
  it('tells of each change what it was before and after', async () => {
    const book = new Book();
    book.add('log', T0 - DAY, { type: 'CatalogueLoaded', data: { digest: digestOf('a'), previous: null } });
    book.add('log', T0, {
      type: 'CatalogueLoaded',
      data: { digest: digestOf('b'), previous: digestOf('a') },
    });
    book.add('log', T0 + 1, { type: 'SigningKeyChanged', data: { change: 'added', vkey: VKEY } });
    book.add('log', T0 + 2, { type: 'SigningKeyChanged', data: { change: 'retired', vkey: VKEY } });
    const rows = await rowsOf(changes, book, asked);
    expect(rows.map(({ what, before, after, exceptions }) => [what, before, after, exceptions])).toEqual([
      ['catalogue loaded', digestOf('a'), digestOf('b'), []],
      ['key of the log added', null, VKEY, []],
      ['key of the log retired', VKEY, null, []],
    ]);
  });

  it('tells of rules loaded, refused and put back, after the last catalogue too', async () => {
    const book = new Book();
    book.add('log', T0 - DAY, { type: 'CatalogueLoaded', data: { digest: digestOf('a'), previous: null } });
    const changes_ = { added: [], removed: [], changed: [], more: 0 };
    const loaded = { by: null, commit: null, changes: changes_ } as const;
    const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')];
    book.add('log', T0, {
      type: 'RulesLoaded',
      data: { ...loaded, digest: b, previous: a, cause: 'changed' },
      personal: { author: 'Ben' },
    });
    book.add('log', T0 + 1, {
      type: 'RulesRefused',
      data: { digest: c, problems: 2, keeping: b },
      personal: { detail: 'catalogue.yaml:3: no such group' },
    });
    book.add('log', T0 + 2, {
      type: 'RulesLoaded',
      data: { ...loaded, digest: a, previous: b, cause: 'reverted', by: ANN },
      personal: { reason: 'too strict' },
    });
    const rows = await rowsOf(changes, book, asked);
    expect(rows.map(({ what, before, after, by, reason }) => [what, before, after, by, reason])).toEqual([
      ['rules loaded', a, b, null, null],
      ['rules refused', b, c, null, 'catalogue.yaml:3: no such group'],
      ['rules put back', b, a, ANN, 'too strict'],
    ]);
    expect(rows.flatMap(({ exceptions }) => exceptions)).toEqual([]);
  });

  it.each([
    ['another digest than the one loaded last', digestOf('c')],
    ['none at all', null],
  ])('marks a catalogue that says it came after %s', async (_, previous) => {
    const book = new Book();
    book.add('log', T0 - DAY, { type: 'CatalogueLoaded', data: { digest: digestOf('a'), previous: null } });
    book.add('log', T0, { type: 'CatalogueLoaded', data: { digest: digestOf('b'), previous } });
    const [row] = await rowsOf(changes, book, asked);
    expect(row?.['exceptions']).toEqual(['the one before it is not the one loaded last']);
  });

  it('tells who took another tree as it is, and why', async () => {
    const book = new Book();
    book.add('log', T0, {
      type: 'TreeAccepted',
      data: {
        tree: { size: 3, root: digestOf('a') },
        anchors: [
          { anchor: 'folder', head: { size: 5, root: digestOf('b') } },
          { anchor: 'witness', head: { size: 5, root: null } },
        ],
        by: ANN,
        approvedBy: ANN,
        signatures: '',
      },
      personal: { reason: 'backup of Tuesday' },
    });
    expect(await rowsOf(changes, book, asked)).toEqual([
      expect.objectContaining({
        what: 'other tree accepted',
        before: `folder: 5 leaves, ${digestOf('b')}; witness: 5 leaves, of no known root`,
        after: `3 leaves, ${digestOf('a')}`,
        by: ANN,
        by_name: 'Cleo',
        reason: 'backup of Tuesday',
        exceptions: ['the log is not the one that had left the house', 'agreed to by the one who did it'],
      }),
    ]);
  });

  it('has no change outside the period', async () => {
    const book = new Book();
    for (const at of [period.from - 1, period.to])
      book.add('log', at, { type: 'SigningKeyChanged', data: { change: 'added', vkey: VKEY } });
    expect(await rowsOf(changes, book, asked)).toEqual([]);
  });
});

describe('denied', () => {
  const READ = {
    type: 'LogRead',
    data: { by: BEN, what: 'export', as: 'auditor', query: {}, request: null },
  } as const;
  const RULED_OUT: JournalEvent = {
    type: 'AccessRefused',
    data: {
      by: ASKER,
      entitlement: 'orders-db:read',
      durationMs: HOUR,
      code: 'forbidden',
      policy: { ids: [], digest: '' },
    },
    personal: { facts: '{"person":"ana"}' },
  };

  it('has whom the rules refused, and nothing of what they were told of them', async () => {
    const book = new Book();
    book.add('log', T0, RULED_OUT);
    const rows = await rowsOf(denied, book, asked);
    expect(rows).toEqual([
      expect.objectContaining({ what: 'refused by rules', by: ASKER, code: 'forbidden', words: null }),
    ]);
    expect(JSON.stringify(rows)).not.toContain('ana');
  });

  it('has what was refused, denied and failed, and who read the log, in the order of the log', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 - DAY });
    refuse(book, 1, T0, ASKER, 'own-request');
    book.add('log', T0 + 1, READ);
    begin(book, 1, { at: T0 + 2 });
    fail(book, 1, T0 + 3, { attempt: 1 });
    fail(book, 1, T0 + 4, { attempt: 4, escalated: true, step: 'verify' });
    const shown = ask(book, 2, { at: T0 + 5 });
    book.add(`request/${requestOf(2)}`, T0 + 6, event('RequestDenied', { by: ANN, shown }, { reason: 'no' }));
    const rows = await rowsOf(denied, book, asked);
    expect(
      rows.map(({ what, action, by, code, words, exceptions }) => [
        what,
        action,
        by,
        code,
        words,
        exceptions,
      ]),
    ).toEqual([
      ['attempt refused', 'approve', ASKER, 'own-request', null, []],
      ['log read', 'export', BEN, 'as auditor', null, []],
      ['failed', 'remove', null, 'unreachable', 'connect ECONNREFUSED', []],
      ['failed', 'verify', null, 'unreachable', 'connect ECONNREFUSED', ['people had to be alarmed']],
      ['denied', 'request', ANN, null, 'no', []],
    ]);
  });

  it('has an attempt on a request that ended long before, and nothing of what went well', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 - 9 * DAY });
    end(book, 1, { at: T0 - 8 * DAY });
    refuse(book, 1, T0 - DAY, OWNER, 'not-an-approver');
    refuse(book, 1, T0, OWNER, 'not-yours');
    grant(book, 2, { at: T0 });
    expect(await rowsOf(denied, book, asked)).toEqual([
      expect.objectContaining({ request: requestOf(1), entitlement: 'orders-db:read', by: OWNER }),
    ]);
  });

  it('shows an owner what is of their requests, and not who read the log', async () => {
    const book = new Book();
    ask(book, 1, { at: T0 });
    ask(book, 2, { at: T0 });
    refuse(book, 1, T0 + 1, ASKER, 'own-request');
    refuse(book, 2, T0 + 1, ASKER, 'own-request');
    book.add('log', T0 + 2, READ);
    book.add('log', T0 + 2, RULED_OUT);
    const may = ({ id }: { id: string }): boolean => id === requestOf(2);
    const rows = await rowsOf(denied, book, { ...asked, role: 'owner', may });
    expect(rows.map(({ request }) => request)).toEqual([requestOf(2)]);
  });

  it('counts each kind', async () => {
    const book = new Book();
    ask(book, 1, { at: T0 });
    refuse(book, 1, T0, ASKER, 'own-request');
    book.add('log', T0, READ);
    book.add('log', T0, READ);
    book.add('log', T0, RULED_OUT);
    const { figures } = await made(denied, book, asked);
    expect(figures.map(({ value }) => value)).toEqual([1, 1, 0, 0, 2]);
  });
});
