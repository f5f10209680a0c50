import { describe, expect, it } from 'vitest';
import {
  at,
  calendar,
  DAY_MS,
  expectExactly,
  frozenAt,
  HOUR_MS,
  ORDERS,
  read,
  ruled,
  VIENNA,
} from './made.ts';

const window = (from: string, until: string) => ({ from: at(from), until: at(until) });
const span = (from: string, until: string) => ({ kind: 'span', from, until, zone: VIENNA }) as const;

describe('what holds in a window', () => {
  const both = read(
    calendar(span('2026-12-20T00:00', '2027-01-07T00:00'), { key: 'xmas', kind: 'freeze' }),
    ruled('FREQ=WEEKLY;BYDAY=SA', '2026-01-03T22:00', 6, { key: 'weekly', kind: 'maintenance' }),
  );

  it('is a freeze when any part of the window is in it', () => {
    const holding = (from: string, until: string) => both.holding('freeze', window(from, until), ORDERS);
    expect(holding('2026-12-19T20:00+01:00', '2026-12-20T00:01+01:00')).toEqual(['xmas']);
    expect(holding('2027-01-06T23:59+01:00', '2027-01-07T04:00+01:00')).toEqual(['xmas']);
    expect(holding('2026-12-01T00:00+01:00', '2027-01-20T00:00+01:00')).toEqual(['xmas']);
  });

  it('is no freeze when the window ends as it begins, or begins as it ends', () => {
    const holding = (from: string, until: string) => both.holding('freeze', window(from, until), ORDERS);
    expect(holding('2026-12-19T20:00+01:00', '2026-12-20T00:00+01:00')).toEqual([]);
    expect(holding('2027-01-07T00:00+01:00', '2027-01-07T04:00+01:00')).toEqual([]);
  });

  it('is maintenance only when all of the window is in it', () => {
    const holding = (from: string, until: string) => both.holding('maintenance', window(from, until), ORDERS);
    expect(holding('2026-06-06T22:00+02:00', '2026-06-07T04:00+02:00')).toEqual(['weekly']);
    expect(holding('2026-06-06T23:00+02:00', '2026-06-07T01:00+02:00')).toEqual(['weekly']);
    expect(holding('2026-06-06T21:59+02:00', '2026-06-07T04:00+02:00')).toEqual([]);
    expect(holding('2026-06-06T22:00+02:00', '2026-06-07T04:01+02:00')).toEqual([]);
    expect(holding('2026-06-06T20:00+02:00', '2026-06-07T08:00+02:00')).toEqual([]);
  });

  it('joins what follows without a gap, and nothing across one', () => {
    const split = (second: string) =>
      read(
        ruled(`FREQ=DAILY;BYHOUR=22,${second}`, `2026-01-01T${second}:00`, 2, { kind: 'maintenance' }),
      ).holding('maintenance', window('2026-06-06T22:00+02:00', '2026-06-07T02:00+02:00'), ORDERS);
    expect(split('00')).toEqual(['one']);
    expect(split('01')).toEqual([]);
  });

  it('takes a window without length for the moment it begins', () => {
    const moment = at('2026-12-24T12:00+01:00');
    expect(both.holding('freeze', { from: moment, until: moment }, ORDERS)).toEqual(['xmas']);
    expect(both.holding('freeze', { from: moment, until: moment - HOUR_MS }, ORDERS)).toEqual(['xmas']);
    const night = at('2026-06-06T23:00+02:00');
    expect(both.holding('maintenance', { from: night, until: night }, ORDERS)).toEqual(['weekly']);
  });

  it('runs over midnight and over the end of a year', () => {
    const nights = read(ruled('FREQ=DAILY', '2026-01-01T22:00', 4));
    expectExactly((m) => frozenAt(nights, m), '2026-12-31T22:00+01:00', '2027-01-01T02:00+01:00');
    const years = read(ruled('FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20', '2024-12-20T18:00', 14 * 24));
    expectExactly((m) => frozenAt(years, m), '2026-12-20T18:00+01:00', '2027-01-03T18:00+01:00');
    expectExactly((m) => frozenAt(years, m), '2031-12-20T18:00+01:00', '2032-01-03T18:00+01:00');
  });

  it('does not hold before the rule begins, nor after it ends', () => {
    const short = read(ruled('FREQ=DAILY;UNTIL=20260103', '2026-01-01T22:00', 1));
    expect(frozenAt(short, at('2025-12-31T22:30+01:00'))).toBe(false);
    expect(frozenAt(short, at('2026-01-03T22:30+01:00'))).toBe(true);
    expect(frozenAt(short, at('2026-01-04T22:30+01:00'))).toBe(false);
    const counted = read(ruled('FREQ=DAILY;COUNT=3', '2026-01-01T22:00', 1));
    expect(frozenAt(counted, at('2026-01-03T22:30+01:00'))).toBe(true);
    expect(frozenAt(counted, at('2026-01-04T22:30+01:00'))).toBe(false);
    const inUtc = read(ruled('FREQ=DAILY;UNTIL=20260103T210000Z', '2026-01-01T22:00', 1));
    expect(frozenAt(inUtc, at('2026-01-03T22:30+01:00'))).toBe(true);
  });

  it('finds the long one that began before its month', () => {
    const long = read(ruled('FREQ=MONTHLY;BYMONTHDAY=1', '2020-01-01T00:00', 30 * 24));
    expect(frozenAt(long, at('2026-05-29T12:00+02:00'))).toBe(true);
    expect(frozenAt(long, at('2026-05-31T12:00+02:00'))).toBe(false);
  });

  it('is about the resources and environments that it names, both where both are named', () => {
    const named = read(
      calendar(span('2026-12-20T00:00', '2027-01-07T00:00'), {
        resources: ['orders-db', 'stock-db'],
        environments: ['production'],
      }),
    );
    const holding = (key: string, environment: string) =>
      named.holding('freeze', window('2026-12-24T00:00Z', '2026-12-24T01:00Z'), { key, environment });
    expect(holding('orders-db', 'production')).toEqual(['one']);
    expect(holding('orders-db', 'staging')).toEqual([]);
    expect(holding('other-db', 'production')).toEqual([]);
  });

  it('names every calendar that holds, in the order of the catalogue', () => {
    const two = read(
      calendar(span('2026-12-20T00:00', '2027-01-07T00:00'), { key: 'b' }),
      calendar(span('2026-12-24T00:00', '2026-12-25T00:00'), { key: 'a' }),
    );
    expect(two.holding('freeze', window('2026-12-24T00:00Z', '2026-12-24T01:00Z'), ORDERS)).toEqual([
      'b',
      'a',
    ]);
  });
});

describe('what cannot be told', () => {
  const daily = read(
    ruled('FREQ=DAILY', '2026-01-01T03:00', 1, { key: 'freeze' }),
    ruled('FREQ=DAILY', '2026-01-01T00:00', 24, { key: 'upkeep', kind: 'maintenance' }),
  );
  const at0 = at('2026-06-06T12:00Z');

  for (const [what, from, until] of [
    ['a window longer than any grant', at0, at0 + 401 * DAY_MS],
    ['a window that is no number', Number.NaN, Number.NaN],
    ['a time beyond all calendars', 8.64e15, 8.64e15 + 60_000],
    ['a time without end', at0, Number.POSITIVE_INFINITY],
  ] as const)
    it(`counts as frozen and not as maintenance: ${what}`, () => {
      expect(daily.holding('freeze', { from, until }, ORDERS)).toEqual(['freeze']);
      expect(daily.holding('maintenance', { from, until }, ORDERS)).toEqual([]);
    });
});

describe('the end of what holds', () => {
  it('is that of the one which holds, or of the next', () => {
    const years = read(ruled('FREQ=YEARLY', '2025-12-20T18:00', 14 * 24));
    const end = at('2027-01-03T18:00+01:00');
    expect(years.endOf('one', at('2026-12-24T00:00Z'))).toBe(end);
    expect(years.endOf('one', at('2026-03-01T00:00Z'))).toBe(end);
  });

  it('is that of all which run into each other', () => {
    const days = read(ruled('FREQ=DAILY;COUNT=20', '2026-06-01T00:00', 24));
    expect(days.endOf('one', at('2026-06-03T12:00Z'))).toBe(at('2026-06-21T00:00+02:00'));
  });

  it('is not known of what never ends, is over, or is no calendar', () => {
    const always = read(ruled('FREQ=DAILY', '2026-01-01T00:00', 24));
    expect(always.endOf('one', at('2026-06-03T12:00Z'))).toBeNull();
    const over = read(calendar(span('2026-01-01T00:00', '2026-01-02T00:00')));
    expect(over.endOf('one', at('2026-06-03T12:00Z'))).toBeNull();
    expect(over.endOf('other', at('2026-01-01T12:00Z'))).toBeNull();
    const far = read(calendar(span('2028-01-01T00:00', '2028-01-02T00:00')));
    expect(far.endOf('one', at('2026-06-03T12:00Z'))).toBeNull();
  });
});

describe('local time', () => {
  const calendars = read();
  const localTime = (moment: number, zone: string) => calendars.localTime(moment, zone);
  it('is of the zone, on both sides of a change', () => {
    expect(localTime(at('2026-03-29T00:59Z'), VIENNA)).toEqual({
      minuteOfDay: 119,
      weekday: 7,
      date: '2026-03-29',
    });
    expect(localTime(at('2026-03-29T01:00Z'), VIENNA).minuteOfDay).toBe(180);
    expect(localTime(at('2026-12-31T23:30Z'), VIENNA)).toEqual({
      minuteOfDay: 30,
      weekday: 5,
      date: '2027-01-01',
    });
    expect(localTime(at('2026-12-31T23:30Z'), 'America/New_York')).toEqual({
      minuteOfDay: 18 * 60 + 30,
      weekday: 4,
      date: '2026-12-31',
    });
  });
});
