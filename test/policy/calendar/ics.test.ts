import { describe, expect, it } from 'vitest';
import {
  at,
  event,
  expectExactly,
  fromFile,
  frozenAt,
  ics,
  maintainedAt,
  messageOf,
  readFile,
} from './made.ts';

const file = (...lines: string[]): string => ics(...event(...lines));
const exactly = (text: string, from: string, until: string, zone: string | null = null): void => {
  const calendars = fromFile(text, { zone });
  expectExactly((moment) => frozenAt(calendars, moment), from, until);
};

const OUTLOOK = [
  'BEGIN:VTIMEZONE',
  'TZID:W. Europe Standard Time',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

describe('an event of a file', () => {
  it('is in UTC, in a named zone, or in one that the file describes', () => {
    exactly(
      file('DTSTART:20261224T170000Z', 'DTEND:20261227T050000Z'),
      '2026-12-24T17:00Z',
      '2026-12-27T05:00Z',
    );
    exactly(
      file('DTSTART;TZID=Europe/Vienna:20260328T180000', 'DTEND;TZID=Europe/Vienna:20260330T060000'),
      '2026-03-28T18:00+01:00',
      '2026-03-30T06:00+02:00',
    );
    const zone = 'TZID="W. Europe Standard Time"';
    const outlook = ics(
      ...OUTLOOK,
      ...event(
        `DTSTART;${zone}:20260328T180000`,
        `DTEND;${zone}:20260330T060000`,
        'RRULE:FREQ=DAILY;COUNT=1',
      ),
    );
    exactly(outlook, '2026-03-28T18:00+01:00', '2026-03-30T06:00+02:00');
  });

  it('agrees with the IANA zone on every change of the clock that the file’s own zone describes', () => {
    const rule = 'RRULE:FREQ=DAILY';
    const zoned = (tzid: string) =>
      fromFile(
        ics(
          ...OUTLOOK,
          ...event(
            `DTSTART;TZID="${tzid}":20200101T013000`,
            'DURATION:PT2H',
            rule,
            `EXDATE;TZID="${tzid}":20260601T013000`,
          ),
        ),
      );
    const [described, named] = [zoned('W. Europe Standard Time'), zoned('Europe/Vienna')];
    for (const day of [
      '2021-03-28',
      '2021-10-31',
      '2026-03-29',
      '2026-10-25',
      '2026-06-01',
      '2035-03-25',
      '2060-10-31',
    ])
      for (let minute = -120; minute < 360; minute += 5) {
        const moment = at(`${day}T00:00Z`) + minute * 60_000;
        expect([day, minute, frozenAt(described, moment)]).toEqual([day, minute, frozenAt(named, moment)]);
      }
  });

  it('lasts a day when it is one, in the file’s zone or the installation’s', () => {
    const text = file('DTSTART;VALUE=DATE:20260329');
    exactly(text, '2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00', 'Europe/Vienna');
    exactly(text, '2026-03-29T00:00-04:00', '2026-03-30T00:00-04:00', 'America/New_York');
    const named = ics(
      'X-WR-TIMEZONE:America/New_York',
      ...event('DTSTART;VALUE=DATE:20260308', 'DTEND;VALUE=DATE:20260310'),
    );
    exactly(named, '2026-03-08T00:00-05:00', '2026-03-10T00:00-04:00', 'Europe/Vienna');
  });

  it('recurs with its rule, without what is left out, and with what is added', () => {
    const calendars = fromFile(
      file(
        'DTSTART;TZID=Europe/Vienna:20260102T180000',
        'DURATION:P2DT12H',
        'RRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=20261231T225959Z;WKST=SU',
        'EXDATE;TZID=Europe/Vienna:20260327T180000,20260403T180000',
        'EXDATE:20260410T160000Z',
        'RDATE;TZID=Europe/Vienna:20260401T180000',
      ),
    );
    const frozen = (moment: number) => frozenAt(calendars, moment);
    expectExactly(frozen, '2026-03-20T18:00+01:00', '2026-03-23T06:00+01:00');
    expectExactly(frozen, '2026-04-01T18:00+02:00', '2026-04-04T06:00+02:00');
    expectExactly(frozen, '2026-04-17T18:00+02:00', '2026-04-20T06:00+02:00');
    for (const day of ['2026-03-28', '2026-04-05', '2026-04-11', '2027-01-02'])
      expect([day, frozen(at(`${day}T12:00Z`))]).toEqual([day, false]);
  });

  it('may recur by its dates alone', () => {
    const calendars = fromFile(
      file('DTSTART;VALUE=DATE:20260101', 'RDATE;VALUE=DATE:20260501,20261224', 'EXDATE;VALUE=DATE:20260501'),
      { zone: 'Europe/Vienna' },
    );
    const days = ['2026-01-01', '2026-05-01', '2026-12-24'];
    expect(days.map((day) => frozenAt(calendars, at(`${day}T12:00Z`)))).toEqual([true, false, true]);
  });

  it('gives way where another event speaks for one occurrence of it', () => {
    const moved = [
      'BEGIN:VEVENT',
      'UID:one@test',
      'RECURRENCE-ID;TZID=Europe/Vienna:20260109T180000',
      'DTSTART;TZID=Europe/Vienna:20260110T180000',
      'DURATION:PT1H',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'UID:one@test',
      'STATUS:CANCELLED',
      'RECURRENCE-ID:20260116T170000Z',
      'DTSTART:20260116T170000Z',
      'DURATION:PT1H',
      'END:VEVENT',
    ];
    const series = event('DTSTART;TZID=Europe/Vienna:20260102T180000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY');
    const calendars = fromFile(ics(...series, ...moved));
    const days = ['2026-01-02', '2026-01-09', '2026-01-10', '2026-01-16', '2026-01-23'];
    expect(days.map((day) => frozenAt(calendars, at(`${day}T18:30+01:00`)))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('does not take place when it is cancelled, while others do', () => {
    const calendars = fromFile(
      ics(
        ...event('DTSTART:20261224T170000Z', 'DURATION:PT1H', 'STATUS:CANCELLED'),
        ...event('DTSTART:20261225T170000Z', 'DURATION:PT1H'),
      ),
    );
    expect(frozenAt(calendars, at('2026-12-24T17:30Z'))).toBe(false);
    expect(frozenAt(calendars, at('2026-12-25T17:30Z'))).toBe(true);
  });

  it('is read at its narrowest when it is maintenance', () => {
    const text = file('DTSTART;TZID=Europe/Vienna:20260101T020000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');
    const calendars = fromFile(text, { kind: 'maintenance' });
    for (const moment of ['2026-03-29T03:30+02:00', '2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00'])
      expect(maintainedAt(calendars, at(moment))).toBe(false);
    expect(maintainedAt(calendars, at('2026-10-26T02:30+01:00'))).toBe(true);
  });

  it('may be folded, and hold what is not about time', () => {
    const text = file(
      'DTSTART;TZID=Europe',
      ' /Vienna:20261224T180000',
      'DURATION:PT1H',
      'DESCRIPTION:DTSTART:nonsense is only said here',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-PT15M',
      'DESCRIPTION:Soon',
      'END:VALARM',
    );
    exactly(text, '2026-12-24T18:00+01:00', '2026-12-24T19:00+01:00');
  });
});

const one = 'event 1 ("Freeze"): ';
const START = 'DTSTART:20261224T170000Z';
const LENGTH = 'DURATION:PT1H';
const REFUSED: readonly (readonly [what: string, text: string, message: string])[] = [
  [
    'no calendar',
    '<html></html>',
    'is no iCalendar file: invalid line (no token ";" or ":") "<html></html>"',
  ],
  ['nothing', '', 'is no iCalendar file: expected one BEGIN:VCALENDAR'],
  ['two calendars', ics() + ics(), 'is no iCalendar file: expected one BEGIN:VCALENDAR'],
  ['no event', ics(), 'holds no event, so it would never hold; take the calendar out'],
  [
    'an event without its end',
    ics('BEGIN:VEVENT', 'UID:x', ...event(START, LENGTH), 'END:VEVENT'),
    '2 events begin, and 1 are whole',
  ],
  [
    'a cut file',
    file(START, LENGTH).slice(0, -20),
    'is no iCalendar file: invalid ical body. component began but did not end',
  ],
  ['no start', file(LENGTH), `${one}DTSTART is missing: nobody knows when it begins`],
  ['two starts', file(START, START, LENGTH), `${one}DTSTART stands twice; expected it once`],
  ['no end', file(START), `${one}has neither DTEND nor DURATION: nobody knows when it ends`],
  [
    'an end and a length',
    file(START, 'DTEND:20261224T180000Z', LENGTH),
    `${one}DTEND and DURATION exclude each other`,
  ],
  [
    'an end before the start',
    file(START, 'DTEND:20261224T160000Z'),
    `${one}DTEND "2026-12-24T16:00:00Z" is not after DTSTART`,
  ],
  [
    'a date as the end of a time',
    ics('X-WR-TIMEZONE:Europe/Vienna', ...event(START, 'DTEND;VALUE=DATE:20261225')),
    `${one}DTEND must be a date where DTSTART is one, and a time where it is one`,
  ],
  [
    'a length that goes back',
    file(START, 'DURATION:-PT1H'),
    `${one}DURATION "-PT1H": expected a length such as PT4H or P1D`,
  ],
  ['no length', file(START, 'DURATION:PT0S'), `${one}DURATION "PT0S": expected a length such as PT4H or P1D`],
  [
    'a mistyped length',
    file(START, 'DURATION:4h'),
    'line 8: DURATION "4h": expected a duration such as PT4H or P1D',
  ],
  [
    'a mistyped time',
    file('DTSTART:2026-12-24T17:00:00Z', LENGTH),
    'line 7: DTSTART "2026-12-24T17:00:00Z": expected times such as 20261224T180000Z or 20261224',
  ],
  [
    'an offset, which the format does not know',
    file('DTSTART:20261224T170000+0100', LENGTH),
    'line 7: DTSTART "20261224T170000+0100": expected times such as 20261224T180000Z or 20261224',
  ],
  [
    'a day that is none',
    file('DTSTART:20260230T170000Z', LENGTH),
    `${one}DTSTART "2026-02-30T17:00:00Z": there is no such day or time`,
  ],
  [
    'a time that the clock skips',
    file('DTSTART;TZID=Europe/Vienna:20260329T023000', LENGTH),
    `${one}DTSTART "2026-03-29T02:30:00" does not exist in Europe/Vienna: the clock skips it`,
  ],
  [
    'a zone that nobody knows',
    file('DTSTART;TZID=W. Europe Standard Time:20261224T170000', LENGTH),
    `${one}TZID "W. Europe Standard Time" is no IANA name, and the file has no VTIMEZONE of it; use a name such as Europe/Vienna`,
  ],
  [
    'a time without a zone',
    file('DTSTART:20261224T170000', LENGTH),
    `${one}DTSTART "2026-12-24T17:00:00" has no zone; give it a TZID, write it in UTC, or name the file's zone in X-WR-TIMEZONE`,
  ],
  [
    'a day without a zone',
    file('DTSTART;VALUE=DATE:20261224'),
    `${one}DTSTART "2026-12-24" has no zone; give it a TZID, write it in UTC, or name the file's zone in X-WR-TIMEZONE`,
  ],
  [
    'a frequency of minutes',
    file(START, LENGTH, 'RRULE:FREQ=MINUTELY'),
    `${one}"freq=MINUTELY": expected one of DAILY, WEEKLY, MONTHLY, YEARLY`,
  ],
  [
    'a part that nobody knows',
    file(START, LENGTH, 'RRULE:FREQ=DAILY;FOO=1'),
    `${one}"foo=1": expected NAME=value of FREQ, INTERVAL, COUNT, UNTIL, WKST, BYDAY, BYMONTH, BYMONTHDAY, BYYEARDAY, BYWEEKNO, BYSETPOS, BYHOUR, BYMINUTE`,
  ],
  [
    'a part said twice',
    file(START, LENGTH, 'RRULE:FREQ=DAILY;FREQ=WEEKLY'),
    'line 9: RRULE: FREQ stands twice',
  ],
  [
    'an interval of nothing',
    file(START, LENGTH, 'RRULE:FREQ=DAILY;INTERVAL=0'),
    'line 9: RRULE: INTERVAL must be 1 or more',
  ],
  [
    'two rules',
    file(START, LENGTH, 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'),
    `${one}RRULE stands twice; expected it once`,
  ],
  [
    'a rule of exceptions',
    file(START, LENGTH, 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY'),
    'line 10: EXRULE is not read; leave days out by EXDATE',
  ],
  [
    'a start off its rule',
    file(START, LENGTH, 'RRULE:FREQ=WEEKLY;BYDAY=SA'),
    `${one}2026-12-24T17:00 is none of the times the rule gives; begin at 2026-12-26T17:00`,
  ],
  [
    'a period',
    file(START, LENGTH, 'RDATE;VALUE=PERIOD:20261224T180000Z/PT1H'),
    'line 9: RDATE "20261224T180000Z/PT1H": expected times such as 20261224T180000Z or 20261224',
  ],
  [
    'a date left out of times',
    ics(
      'X-WR-TIMEZONE:Europe/Vienna',
      ...event(START, LENGTH, 'RRULE:FREQ=DAILY', 'EXDATE;VALUE=DATE:20261225'),
    ),
    `${one}EXDATE must list dates where DTSTART is one, and times where it is one`,
  ],
  [
    'all that follows moved',
    file('RECURRENCE-ID;RANGE=THISANDFUTURE:20261224T170000Z', START, LENGTH),
    `${one}RECURRENCE-ID with RANGE is not read; end the rule by UNTIL and begin another event`,
  ],
  [
    'one occurrence of nobody knows what',
    ics('BEGIN:VEVENT', 'RECURRENCE-ID:20261224T170000Z', START, LENGTH, 'END:VEVENT'),
    'event 1: RECURRENCE-ID without UID: it is not said which event it stands for',
  ],
  [
    'one occurrence that recurs',
    file('RECURRENCE-ID:20261224T170000Z', START, LENGTH, 'RRULE:FREQ=DAILY'),
    `${one}stands for one occurrence (RECURRENCE-ID) and repeats itself; expected one or the other`,
  ],
  [
    'each longer than a quarter',
    file(START, 'DURATION:P93D', 'RRULE:FREQ=YEARLY'),
    `${one}lasts longer than 92 days each time`,
  ],
  [
    'too many dates',
    file(START, LENGTH, `EXDATE:${Array(1_001).fill('20261224T170000Z').join(',')}`),
    `${one}EXDATE lists 1001 times; at most 1000`,
  ],
  [
    'too many events',
    ics(...Array.from({ length: 1_001 }, () => event(START, LENGTH)).flat()),
    'holds 1001 events; at most 1000',
  ],
  [
    'too many that recur',
    ics(...Array.from({ length: 201 }, () => event(START, LENGTH, 'RRULE:FREQ=DAILY')).flat()),
    'holds 201 events that recur; at most 200',
  ],
  [
    'too large',
    ics(`X-A:${'a'.repeat(1_048_576)}`),
    'is larger than 1048576 bytes; export the events that matter alone',
  ],
];

describe('a file that cannot be used', () => {
  for (const [what, text, message] of REFUSED)
    it(`is refused: ${what}`, () => expect(messageOf(text)).toBe(`freezes.ics: ${message}`));

  it('is refused when the zone it describes makes no sense', () => {
    const zone = (...lines: string[]) =>
      messageOf(
        ics(
          'BEGIN:VTIMEZONE',
          'TZID:Own',
          ...lines,
          'END:VTIMEZONE',
          ...event('DTSTART;TZID=Own:20261224T170000', LENGTH),
        ),
      ).replace(`freezes.ics: ${one}`, '');
    expect(zone()).toBe('VTIMEZONE "Own" says nothing of its clock');
    const standard = (...lines: string[]) => zone('BEGIN:STANDARD', ...lines, 'END:STANDARD');
    expect(standard('DTSTART:19700101T000000', 'TZOFFSETFROM:+0100')).toBe(
      'VTIMEZONE: TZOFFSETTO "": expected an offset such as +0100',
    );
    expect(standard('TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200')).toBe(
      'VTIMEZONE: nothing is no local date and time',
    );
  });

  it('does not show what an event says of itself beyond what fits and is safe', () => {
    const hostile = ics('BEGIN:VEVENT', 'UID:x', `SUMMARY:\u202e${'a'.repeat(90)}`, START, 'END:VEVENT');
    const message = messageOf(hostile);
    expect(message).toContain('U+202E');
    expect(message).not.toMatch(/\u202e|a{41}/);
  });

  it('names no zone for its days beyond the one it is given', () => {
    expect(readFile(file('DTSTART;VALUE=DATE:20261224'), { zone: 'Europe/Vienna' }).ok).toBe(true);
    expect(readFile(file('DTSTART:20261224T170000', LENGTH), { zone: 'Europe/Vienna' }).ok).toBe(false);
  });
});
