import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { breakGlass } from '../../src/reports/break-glass.ts';
import { eligibility } from '../../src/reports/eligibility.ts';
import { leavers } from '../../src/reports/leavers.ts';
import { ANN, ASKER, event, HOUR, MINUTE, OWNER, T0 } from '../domain/facts.ts';
import { changed } from '../policy/small-catalogue.ts';
import { Book, made, periodOf, rowsOf } from './book.ts';
import { ask, begin, end, grant, requestOf } from './lives.ts';

const DAY = 24 * HOUR;
const period = periodOf('2026-11-20', '2026-11-20');
const asked = { period, now: T0 + 2 * DAY };

describe('eligibility', () => {
  it('has everyone who may ask, for each thing, and what they made of it', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 - DAY });
    end(book, 1, { at: T0 - DAY + HOUR });
    grant(book, 2, { at: T0 });
    const rows = await rowsOf(eligibility, book, asked);
    expect(rows).toEqual([
      {
        name: 'Ana',
        subject: ASKER,
        entitlement: 'orders-db:read',
        resource: 'orders-db',
        classification: 'confidential',
        groups: ['Developers'],
        consent: ['2 of dba'],
        last_asked_at: '2026-11-20T09:00:00.000Z',
        last_used_at: '2026-11-20T09:03:01.000Z',
        uses: 1,
        unused_for_s: (15 * HOUR - 3 * MINUTE - 1_000) / 1_000,
        recertified_at: null,
        exceptions: [],
        log_index: 14,
        leaf_hash: expect.any(String),
      },
      expect.objectContaining({
        name: 'Ben',
        log_index: null,
        last_asked_at: null,
        last_used_at: null,
        uses: 0,
      }),
    ]);
  });

  it('has nobody who may not ask: the administrators only consent', async () => {
    const names = (await rowsOf(eligibility, new Book(), asked)).map(({ name }) => name);
    expect(names).toEqual(['Ana', 'Ben']);
  });

  it('does not take what was asked for and never had for a use', async () => {
    const book = new Book();
    const shown = ask(book, 1, { at: T0 });
    book.add(`request/${requestOf(1)}`, T0 + 1, event('RequestDenied', { shown }, { reason: 'no' }));
    const [row] = await rowsOf(eligibility, book, asked);
    expect(row).toMatchObject({ last_asked_at: '2026-11-20T09:00:00.000Z', last_used_at: null, uses: 0 });
  });

  it('looks at no use after the period', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    grant(book, 2, { at: T0 + DAY });
    const [row] = await rowsOf(eligibility, book, asked);
    expect(row).toMatchObject({ last_used_at: '2026-11-20T09:03:01.000Z', uses: 1 });
  });

  it.each([
    [90 * DAY, []],
    [90 * DAY + 1, ['unused for over 90 days']],
  ])('marks what was last used %d ms before the end of the period: %j', async (ms, exceptions) => {
    const book = new Book();
    grant(book, 1, { at: period.to - ms - 3 * MINUTE - 1_000 });
    const [row] = await rowsOf(eligibility, book, asked);
    expect(row?.['exceptions']).toEqual(exceptions);
  });

  it('marks what was never used only where the log is old enough to tell', async () => {
    const young = new Book();
    grant(young, 1, { at: T0 });
    const old = new Book();
    grant(old, 1, { at: T0 - 200 * DAY });
    const ben = async (book: Book) => (await rowsOf(eligibility, book, asked))[1]?.['exceptions'];
    expect(await ben(young)).toEqual([]);
    expect(await ben(old)).toEqual(['unused for over 90 days']);
  });

  it('has a person once who may ask through two groups, and says that a rule consents', async () => {
    const twice = changed('requesters: [developers]', 'requesters: [developers, oncall]');
    const more = changed('groups:\n', 'groups:\n  oncall: { title: On call, members: [ben] }\n', twice);
    const open = changed('classification: confidential', 'classification: internal', more);
    const stages = '    stages:\n      - name: DBA\n        group: dba\n        quorum: 2\n';
    const catalogue = parseCatalogue(changed(stages, '    approval: automatic\n', open), 'c.yaml');
    const rows = await rowsOf(eligibility, new Book(), { ...asked, catalogue });
    expect(rows.map(({ name, groups, consent }) => [name, groups, consent])).toEqual([
      ['Ana', ['Developers'], ['nobody’s']],
      ['Ben', ['Developers', 'On call'], ['nobody’s']],
    ]);
  });

  it('shows an owner their own resources alone', async () => {
    const catalogue = parseCatalogue(changed('owner: cleo', 'owner: dev'), 'c.yaml');
    const owner = { ...asked, role: 'owner' } as const;
    expect(await rowsOf(eligibility, new Book(), owner)).toHaveLength(2);
    expect(await rowsOf(eligibility, new Book(), { ...owner, catalogue })).toEqual([]);
  });
});

describe('leavers', () => {
  it('has nobody who is in the catalogue', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    expect(await rowsOf(leavers, book, asked)).toEqual([]);
  });

  it('has the access of whom the catalogue does not know, and marks it while it is open', async () => {
    const book = new Book();
    grant(book, 1, { at: T0, requester: OWNER });
    grant(book, 2, { at: T0, requester: OWNER });
    end(book, 2, { at: T0 + HOUR });
    const rows = await rowsOf(leavers, book, asked);
    expect(
      rows.map(({ request, person, known_by, left_at, exceptions }) => [
        request,
        person,
        known_by,
        left_at,
        exceptions,
      ]),
    ).toEqual([
      [requestOf(1), OWNER, 'not in the catalogue', null, ['they have left and it is not proven gone']],
      [requestOf(2), OWNER, 'not in the catalogue', null, []],
    ]);
  });

  it('takes from the log when someone left, and how long their access outlived it', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    end(book, 1, { at: T0 + 10 * MINUTE, trigger: 'person-left', tookMs: 3_000 });
    expect(await rowsOf(leavers, book, asked)).toEqual([
      expect.objectContaining({
        known_by: 'ended as person-left',
        left_at: '2026-11-20T09:10:00.000Z',
        outlived_s: 3,
        exceptions: [],
      }),
    ]);
  });

  it('marks access that began after, and that ended late', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    grant(book, 2, { at: T0 });
    grant(book, 3, { at: T0 });
    end(book, 1, { at: T0 + 10 * MINUTE, trigger: 'person-left' });
    end(book, 2, { at: T0 + HOUR });
    begin(book, 3, { at: T0 + 10 * MINUTE, trigger: 'person-left' });
    grant(book, 4, { at: T0 + 20 * MINUTE });
    end(book, 4, { at: T0 + 25 * MINUTE, trigger: 'done-early' });
    const rows = await rowsOf(leavers, book, asked);
    expect(rows.map((row) => [row['request'], row['exceptions']])).toEqual([
      [requestOf(1), []],
      [requestOf(2), ['proven gone late']],
      [requestOf(3), ['they have left and it is not proven gone']],
      [requestOf(4), ['granted after they had left', 'proven gone late']],
    ]);
  });

  it('has none of their grants that ended before they left', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    end(book, 1, { at: T0 + 5 * MINUTE, trigger: 'done-early' });
    grant(book, 2, { at: T0 + 10 * MINUTE });
    end(book, 2, { at: T0 + 20 * MINUTE, trigger: 'person-left' });
    const rows = await rowsOf(leavers, book, asked);
    expect(rows.map(({ request }) => request)).toEqual([requestOf(2)]);
  });
});

it('break-glass says that there is none, and why', async () => {
  const book = new Book();
  grant(book, 1, { at: T0, requester: ANN });
  const { rows, head, columns } = await made(breakGlass, book, asked);
  expect(rows).toEqual([]);
  expect(head.nothing).toContain('has no break-glass');
  expect(columns.map(({ id }) => id)).toContain('review_due_at');
});
