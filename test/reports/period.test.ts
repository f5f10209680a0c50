import { describe, expect, it } from 'vitest';
import { readPeriod } from '../../src/reports/period.ts';

const VIENNA = 'Europe/Vienna';
const HOUR_MS = 3_600_000;

function boundsOf(from: string, to: string, zone: string): readonly string[] {
  const read = readPeriod({ from, to, zone });
  if (!read.ok) throw new Error(read.problem);
  return [new Date(read.period.from).toISOString(), new Date(read.period.to).toISOString()];
}

describe('a period', () => {
  it.each([
    [
      'a day of winter',
      '2026-11-20',
      '2026-11-20',
      VIENNA,
      '2026-11-19T23:00:00.000Z',
      '2026-11-20T23:00:00.000Z',
    ],
    [
      'a day of summer',
      '2026-07-01',
      '2026-07-01',
      VIENNA,
      '2026-06-30T22:00:00.000Z',
      '2026-07-01T22:00:00.000Z',
    ],
    [
      'the day with 25 hours',
      '2026-10-25',
      '2026-10-25',
      VIENNA,
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'the day with 23 hours',
      '2026-03-29',
      '2026-03-29',
      VIENNA,
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ],
    [
      'months with a change between',
      '2026-10-01',
      '2026-10-31',
      VIENNA,
      '2026-09-30T22:00:00.000Z',
      '2026-10-31T23:00:00.000Z',
    ],
    ['a leap day', '2028-02-29', '2028-02-29', 'UTC', '2028-02-29T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    [
      'the turn of a year',
      '2026-12-31',
      '2026-12-31',
      'UTC',
      '2026-12-31T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ],
    [
      'the far east',
      '2026-11-20',
      '2026-11-20',
      'Pacific/Kiritimati',
      '2026-11-19T10:00:00.000Z',
      '2026-11-20T10:00:00.000Z',
    ],
    [
      'the far west',
      '2026-11-20',
      '2026-11-20',
      'Etc/GMT+12',
      '2026-11-20T12:00:00.000Z',
      '2026-11-21T12:00:00.000Z',
    ],
    [
      'a day that begins at one',
      '2026-09-06',
      '2026-09-06',
      'America/Santiago',
      '2026-09-06T04:00:00.000Z',
      '2026-09-07T03:00:00.000Z',
    ],
    [
      'a day that was left out',
      '2011-12-30',
      '2011-12-30',
      'Pacific/Apia',
      '2011-12-30T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
    ],
  ])('is whole days of its zone: %s', (_, from, to, zone, first, end) => {
    expect(boundsOf(from, to, zone)).toEqual([first, end]);
  });

  it.each([
    ['2026-11-20', '2026-11-19', VIENNA, 'to', 'expected 2026-11-20 (--from) or a later day'],
    ['2026-02-30', '2026-03-01', VIENNA, 'from', 'expected a day of the calendar, as YYYY-MM-DD'],
    ['2026-02-01', '2026-13-01', VIENNA, 'to', 'expected a day of the calendar, as YYYY-MM-DD'],
    ['2027-02-29', '2027-03-01', VIENNA, 'from', 'expected a day of the calendar, as YYYY-MM-DD'],
    ['20.11.2026', '2026-11-20', VIENNA, 'from', 'expected a day of the calendar, as YYYY-MM-DD'],
    ['2026-11-20T00:00', '2026-11-20', VIENNA, 'from', 'expected a day of the calendar, as YYYY-MM-DD'],
    ['', '2026-11-20', VIENNA, 'from', 'expected a day of the calendar, as YYYY-MM-DD'],
    ['2026-11-20', '2026-11-20', 'Europe/Wien', 'zone', 'expected an IANA time zone such as Europe/Vienna'],
    ['2026-11-20', '2026-11-20', '', 'zone', 'expected an IANA time zone such as Europe/Vienna'],
  ])('from %s to %s in "%s" is refused at --%4$s', (from, to, zone, option, problem) => {
    expect(readPeriod({ from, to, zone })).toEqual({ ok: false, option, problem });
  });
});

describe('a zone’s clock', () => {
  it('tells the two half past two of an October night apart', () => {
    const read = readPeriod({ from: '2026-10-25', to: '2026-10-25', zone: VIENNA });
    if (!read.ok) throw new Error(read.problem);
    const { zone, from } = read.period;
    expect([2.5, 3.5].map((hours) => zone.iso(from + hours * HOUR_MS))).toEqual([
      '2026-10-25T02:30:00+02:00',
      '2026-10-25T02:30:00+01:00',
    ]);
  });

  it.each([
    ['Asia/Kolkata', '2026-11-20T14:30:00+05:30'],
    ['America/St_Johns', '2026-11-20T05:30:00-03:30'],
    ['UTC', '2026-11-20T09:00:00+00:00'],
  ])('knows offsets of less than an hour: %s', (zone, expected) => {
    const read = readPeriod({ from: '2026-11-20', to: '2026-11-20', zone });
    if (!read.ok) throw new Error(read.problem);
    expect(read.period.zone.iso(Date.UTC(2026, 10, 20, 9))).toBe(expected);
  });
});
