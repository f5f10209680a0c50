import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ianaZone } from '../../../src/policy/calendar/zone.ts';
import {
  at,
  calendar,
  expectExactly,
  frozenAt,
  maintainedAt,
  NEW_YORK,
  read,
  ruled,
  VIENNA,
} from './made.ts';

const FREEZE = { kind: 'freeze' } as const;
const MAINTENANCE = { kind: 'maintenance' } as const;
const daily = (start: string, hours: number, over: typeof FREEZE | typeof MAINTENANCE, zone = VIENNA) =>
  read(ruled('FREQ=DAILY', start, hours, over, zone));

describe('a rule across a change of the clock', () => {
  it('keeps to the wall clock in Vienna, summer and winter', () => {
    const calendars = daily('2026-01-01T18:00', 2, FREEZE);
    const frozen = (moment: number) => frozenAt(calendars, moment);
    expectExactly(frozen, '2026-03-28T18:00+01:00', '2026-03-28T20:00+01:00');
    expectExactly(frozen, '2026-03-29T18:00+02:00', '2026-03-29T20:00+02:00');
    expectExactly(frozen, '2026-10-24T18:00+02:00', '2026-10-24T20:00+02:00');
    expectExactly(frozen, '2026-10-25T18:00+01:00', '2026-10-25T20:00+01:00');
  });

  it('keeps to the wall clock in New York, where the days of change are others', () => {
    const calendars = daily('2026-01-01T18:00', 2, FREEZE, NEW_YORK);
    const frozen = (moment: number) => frozenAt(calendars, moment);
    expectExactly(frozen, '2026-03-07T18:00-05:00', '2026-03-07T20:00-05:00');
    expectExactly(frozen, '2026-03-08T18:00-04:00', '2026-03-08T20:00-04:00');
    expectExactly(frozen, '2026-10-31T18:00-04:00', '2026-10-31T20:00-04:00');
    expectExactly(frozen, '2026-11-01T18:00-05:00', '2026-11-01T20:00-05:00');
  });

  it('takes the later end for a freeze over the change, and the earlier for maintenance', () => {
    const freeze = daily('2026-01-01T22:00', 6, FREEZE);
    // Six hours by the clock are 05:00; by the wall they would be 04:00.
    expectExactly((m) => frozenAt(freeze, m), '2026-03-28T22:00+01:00', '2026-03-29T05:00+02:00');
    // In autumn six hours are 03:00, and the wall's 04:00 comes an hour later.
    expectExactly((m) => frozenAt(freeze, m), '2026-10-24T22:00+02:00', '2026-10-25T04:00+01:00');
    const upkeep = daily('2026-01-01T22:00', 6, MAINTENANCE);
    expectExactly((m) => maintainedAt(upkeep, m), '2026-03-28T22:00+01:00', '2026-03-29T04:00+02:00');
    expectExactly((m) => maintainedAt(upkeep, m), '2026-10-24T22:00+02:00', '2026-10-25T03:00+01:00');
  });

  it('counts whole days on the calendar, whether they have 23 hours or 25', () => {
    const weekend = read(ruled('FREQ=WEEKLY;BYDAY=FR', '2026-01-02T18:00', 60, FREEZE));
    expectExactly((m) => frozenAt(weekend, m), '2026-03-27T18:00+01:00', '2026-03-30T06:00+02:00');
    expectExactly((m) => frozenAt(weekend, m), '2026-10-23T18:00+02:00', '2026-10-26T06:00+01:00');
  });

  it('freezes though the hour it begins at is skipped, and lets no maintenance begin in it', () => {
    const freeze = daily('2026-01-01T02:30', 2, FREEZE);
    // There is no 02:30 on that day; nothing of 03:00 to 05:30 is left open.
    for (const moment of ['03:00', '03:29', '04:30', '05:29'])
      expect(frozenAt(freeze, at(`2026-03-29T${moment}+02:00`))).toBe(true);
    expect(frozenAt(freeze, at('2026-03-29T05:30+02:00'))).toBe(false);
    const upkeep = daily('2026-01-01T02:30', 2, MAINTENANCE);
    for (const moment of ['01:30+01:00', '03:00+02:00', '03:30+02:00', '04:00+02:00'])
      expect(maintainedAt(upkeep, at(`2026-03-29T${moment}`))).toBe(false);
    expectExactly((m) => maintainedAt(upkeep, m), '2026-03-30T02:30+02:00', '2026-03-30T04:30+02:00');
  });

  it('freezes both hours that bear one name, and maintains in neither when they could mean either', () => {
    const freeze = daily('2026-01-01T02:00', 1, FREEZE);
    expectExactly((m) => frozenAt(freeze, m), '2026-10-25T02:00+02:00', '2026-10-25T03:00+01:00');
    const upkeep = daily('2026-01-01T02:00', 1, MAINTENANCE);
    for (const moment of ['02:00+02:00', '02:59+02:00', '02:00+01:00', '02:59+01:00'])
      expect(maintainedAt(upkeep, at(`2026-10-25T${moment}`))).toBe(false);
    const freezeThere = daily('2026-01-01T01:00', 1, FREEZE, NEW_YORK);
    expectExactly((m) => frozenAt(freezeThere, m), '2026-11-01T01:00-04:00', '2026-11-01T02:00-05:00');
  });
});

describe('a span across a change of the clock', () => {
  const span = (from: string, until: string, over: typeof FREEZE | typeof MAINTENANCE) =>
    read(calendar({ kind: 'span', from, until, zone: VIENNA }, over));

  it('begins and ends by the wall clock of each day', () => {
    const calendars = span('2026-03-28T12:00', '2026-03-29T12:00', FREEZE);
    expectExactly((m) => frozenAt(calendars, m), '2026-03-28T12:00+01:00', '2026-03-29T12:00+02:00');
  });

  it('is read at its widest for a freeze and at its narrowest for maintenance', () => {
    const freeze = span('2026-10-25T02:15', '2026-10-25T02:45', FREEZE);
    expectExactly((m) => frozenAt(freeze, m), '2026-10-25T02:15+02:00', '2026-10-25T02:45+01:00');
    const upkeep = span('2026-10-25T01:00', '2026-10-25T02:45', MAINTENANCE);
    expectExactly((m) => maintainedAt(upkeep, m), '2026-10-25T01:00+02:00', '2026-10-25T02:45+02:00');
  });
});

describe('a zone', () => {
  it('is off UTC by what the platform says, near and far, in whatever order it is asked', () => {
    const names = [
      VIENNA,
      NEW_YORK,
      'Africa/Casablanca',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Asia/Kathmandu',
      'UTC',
    ];
    const offsets = new Map(
      names.map((timeZone) => [
        timeZone,
        new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }),
      ]),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: at('1970-01-01T00:00Z') / 60_000, max: at('2150-01-01T00:00Z') / 60_000 }),
        (name, minute) => {
          const moment = minute * 60_000;
          const said =
            offsets
              .get(name)
              ?.formatToParts(moment)
              .find(({ type }) => type === 'timeZoneName')?.value ?? '';
          const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(said) ?? [];
          const expected = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
          expect([name, moment, (ianaZone(name)?.offsetAt(moment) ?? Number.NaN) + 0]).toEqual([
            name,
            moment,
            expected + 0,
          ]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
