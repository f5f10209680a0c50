import { describe, expect, it } from 'vitest';
import { calendar, problemsOf, ruled, VIENNA } from './made.ts';

const RULES: readonly (readonly [rule: string, message: string])[] = [
  [
    '',
    '"": expected NAME=value of FREQ, INTERVAL, COUNT, UNTIL, WKST, BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYSETPOS, BYHOUR, BYMINUTE',
  ],
  ['INTERVAL=2', 'FREQ is missing: expected one of DAILY, WEEKLY, MONTHLY, YEARLY'],
  ['FREQ=HOURLY', '"FREQ=HOURLY": expected one of DAILY, WEEKLY, MONTHLY, YEARLY'],
  ['FREQ=DAILY;FREQ=WEEKLY', 'FREQ stands twice'],
  ['FREQ=DAILY;INTERVAL=0', '"INTERVAL=0": expected a number from 1 to 1000'],
  ['FREQ=DAILY;INTERVAL=1,2', '"INTERVAL=1,2": expected a number from 1 to 1000'],
  ['FREQ=DAILY;COUNT=1001', '"COUNT=1001": expected a number from 1 to 1000'],
  ['FREQ=DAILY;COUNT=2;UNTIL=20261231', 'COUNT and UNTIL exclude each other'],
  ['FREQ=DAILY;UNTIL=2026-12-31', '"UNTIL=2026-12-31": expected 20261231 or 20261231T230000Z'],
  ['FREQ=DAILY;UNTIL=20260231', 'UNTIL=20260231: there is no such day or time'],
  ['FREQ=DAILY;BYHOUR=24', '"BYHOUR=24": expected numbers from 0 to 23'],
  ['FREQ=DAILY;BYMINUTE=-1', '"BYMINUTE=-1": expected numbers from 0 to 59'],
  ['FREQ=MONTHLY;BYMONTHDAY=0', '"BYMONTHDAY=0": expected numbers from 1 to 31 or -1 to -31'],
  ['FREQ=MONTHLY;BYMONTHDAY=32', '"BYMONTHDAY=32": expected numbers from 1 to 31 or -1 to -31'],
  ['FREQ=YEARLY;BYMONTH=13', '"BYMONTH=13": expected numbers from 1 to 12'],
  [
    'FREQ=WEEKLY;BYDAY=SAT',
    '"BYDAY=SAT": expected MO, TU, WE, TH, FR, SA, SU, with a number before where one of the month or year is meant: -1SA',
  ],
  [
    'FREQ=WEEKLY;BYDAY=1SA',
    'cannot be evaluated: BYDAY with numeric value MUST NOT be used unless FREQ is MONTHLY or YEARLY',
  ],
  [
    'FREQ=DAILY;BYSECOND=0',
    '"BYSECOND=0": expected NAME=value of FREQ, INTERVAL, COUNT, UNTIL, WKST, BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYSETPOS, BYHOUR, BYMINUTE',
  ],
  ['FREQ=DAILY;BYHOUR=1=2', '"BYHOUR=1=2": expected NAME=value'],
  ['FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,10,20,30,40', 'begins 25 times a day; at most 24'],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'gives no time at all; correct it, or take the calendar out'],
  ['FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31', 'gives no time at all; correct it, or take the calendar out'],
  [`FREQ=DAILY${';'.repeat(300)}`, 'is longer than 300 characters; expected one RRULE (RFC 5545)'],
  [
    'FREQ=DAILY\nRDATE:20260101T000000Z',
    '"FREQ=DAILY\\nRDATE:20260101T000000Z": expected one of DAILY, WEEKLY, MONTHLY, YEARLY',
  ],
];

describe('a rule that cannot be evaluated', () => {
  for (const [rule, message] of RULES)
    it(`is a problem, and never a calendar without times: ${JSON.stringify(rule.slice(0, 60))}`, () => {
      expect(problemsOf(ruled(rule, '2026-01-03T22:00', 6))).toEqual([
        { path: ['calendars', 'one', 'rule'], message },
      ]);
    });
});

describe('a rule’s surroundings', () => {
  const span = (from: string, until: string, zone = VIENNA) => calendar({ kind: 'span', from, until, zone });
  const problem = (part: string, message: string) => [{ path: ['calendars', 'one', part], message }];

  it('must begin on one of its own times, and is told the first', () => {
    expect(problemsOf(ruled('FREQ=WEEKLY;BYDAY=SA', '2026-01-01T22:00', 6))).toEqual(
      problem('start', '2026-01-01T22:00 is none of the times the rule gives; begin at 2026-01-03T22:00'),
    );
  });

  it('must begin at a time that exists', () => {
    for (const start of ['2026-02-30T22:00', '2026-01-01T24:00', '2026-01-01 22', 'Sunday', ''])
      expect(problemsOf(ruled('FREQ=DAILY', start, 6))).toEqual(
        problem(
          'start',
          `${JSON.stringify(start)}: expected an existing date and time such as 2026-12-20T18:00`,
        ),
      );
    expect(problemsOf(ruled('FREQ=DAILY', '2026-03-29T02:30', 6))).toEqual(
      problem(
        'start',
        '"2026-03-29T02:30" does not exist in Europe/Vienna: the clock is put forward over it',
      ),
    );
  });

  it('must last, and not for longer than a quarter', () => {
    const message = 'expected more than nothing and at most 92 days';
    for (const hours of [0, -1, 93 * 24, Number.NaN, 0.00000001])
      expect(problemsOf(ruled('FREQ=DAILY', '2026-01-01T22:00', hours))).toEqual(problem('lasts', message));
  });

  it('must be in a zone by its name', () => {
    for (const zone of ['Europe/Wien', '+01:00', 'W. Europe Standard Time', ''])
      expect(problemsOf(ruled('FREQ=DAILY', '2026-01-01T22:00', 6, {}, zone))).toEqual(
        problem(
          'zone',
          `${JSON.stringify(zone)} is no IANA time zone; expected a name such as Europe/Vienna`,
        ),
      );
  });

  it('must end after it begins', () => {
    for (const until of ['2026-12-20T18:00', '2026-12-19T18:00'])
      expect(problemsOf(span('2026-12-20T18:00', until))).toEqual(
        problem('until', `"${until}" is not after "2026-12-20T18:00"`),
      );
    expect(problemsOf(span('2026-03-08T02:30', '2026-03-09T00:00', 'America/New_York'))).toEqual(
      problem(
        'from',
        '"2026-03-08T02:30" does not exist in America/New_York: the clock is put forward over it',
      ),
    );
  });

  it('is told of each calendar, not of the first alone', () => {
    const broken = [
      ruled('FREQ=X', '2026-01-01T22:00', 6, { key: 'a' }),
      ruled('FREQ=DAILY', '2026-01-01T22:00', 6, { key: 'b' }),
      calendar({ kind: 'ics', file: 'gone.ics' }, { key: 'c' }),
    ];
    expect(problemsOf(...broken).map(({ path }) => path)).toEqual([
      ['calendars', 'a', 'rule'],
      ['calendars', 'c', 'ics'],
    ]);
    expect(problemsOf(...broken)[1]?.message).toBe('"gone.ics" is not there; put it beside the catalogue');
  });

  it('may begin long ago', () => {
    expect(problemsOf(ruled('FREQ=DAILY', '1970-01-01T22:00', 1))).toEqual([]);
    expect(problemsOf(ruled('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '1972-02-29T22:00', 24))).toEqual([]);
  });
});
