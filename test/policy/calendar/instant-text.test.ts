import { describe, expect, it } from 'vitest';
import { whenOf } from '../../../src/policy/calendar/instant-text.ts';
import { at, NEW_YORK, VIENNA } from './made.ts';

// A Wednesday, 12:00 in Vienna.
const NOW = at('2026-03-25T12:00+01:00');
const expectAt = (text: string, instant: string, zone = VIENNA, now = NOW): void => {
  expect(whenOf(text, zone, now)).toEqual({ ok: true, at: at(instant), note: null });
};
const problemOf = (text: string, zone = VIENNA, now = NOW): string => {
  const when = whenOf(text, zone, now);
  return when.ok ? 'it was read' : when.problem;
};

describe('a moment in words', () => {
  it('is now, a date and time on the wall, or an instant', () => {
    expectAt('now', '2026-03-25T12:00+01:00');
    expectAt(' Now ', '2026-03-25T12:00+01:00');
    expectAt('2026-12-24 10:00', '2026-12-24T10:00+01:00');
    expectAt('2026-07-24T10:00', '2026-07-24T10:00+02:00');
    expectAt('2026-07-24 10:00', '2026-07-24T10:00-04:00', NEW_YORK);
    expectAt('2026-12-24T10:00:00Z', '2026-12-24T10:00Z');
    expectAt('2026-12-24T10:00:00.500+05:30', '2026-12-24T10:00:00.500+05:30');
  });

  it('is the next such weekday, today only while it is still ahead', () => {
    expectAt('Wednesday 12:01', '2026-03-25T12:01+01:00');
    expectAt('Wednesday 12:00', '2026-04-01T12:00+02:00');
    expectAt('wed 9:30', '2026-04-01T09:30+02:00');
    expectAt('Thursday 00:00', '2026-03-26T00:00+01:00');
    expectAt('Tuesday 23:59', '2026-03-31T23:59+02:00');
    expectAt('Sunday 03:00', '2026-03-29T03:00+02:00');
  });

  it('goes by the weekday of the zone', () => {
    // Already Thursday in Vienna, still Wednesday in New York.
    const night = at('2026-03-26T00:30+01:00');
    expectAt('Thursday 20:00', '2026-03-26T20:00+01:00', VIENNA, night);
    expectAt('Wednesday 20:00', '2026-03-25T20:00-04:00', NEW_YORK, night);
  });

  it('does not exist in the hour that the clock skips', () => {
    expect(problemOf('Sunday 02:30')).toBe(
      'there is no 2026-03-29 02:30 in Europe/Vienna: the clock is put forward over it; say a time before or after',
    );
    expect(problemOf('2026-03-08 02:00', NEW_YORK)).toBe(
      'there is no 2026-03-08 02:00 in America/New_York: the clock is put forward over it; say a time before or after',
    );
    expectAt('2026-03-08 03:00', '2026-03-08T03:00-04:00', NEW_YORK);
  });

  it('is the first of two that bear one name, and says so', () => {
    expect(whenOf('2026-10-25 02:30', VIENNA, NOW)).toEqual({
      ok: true,
      at: at('2026-10-25T02:30+02:00'),
      note: '2026-10-25 02:30 in Europe/Vienna comes twice, for the clock is put back; this is the first of them',
    });
    expect(whenOf('sun 01:30', NEW_YORK, at('2026-10-31T12:00Z'))).toMatchObject({
      at: at('2026-11-01T01:30-04:00'),
      note: expect.stringContaining('comes twice'),
    });
  });

  it('is refused when it is none, with what would be', () => {
    const expected = 'expected now, "Sunday 03:00", "2026-12-24 10:00" or 2026-12-24T10:00:00Z';
    for (const text of [
      '',
      'tomorrow',
      '2026-12-24',
      '10:00',
      '2026-02-30 10:00',
      '2026-12-24 25:00',
      '24.12.2026 10:00',
    ])
      expect(problemOf(text)).toBe(`${JSON.stringify(text)}: ${expected}`);
    expect(problemOf('Funday 03:00')).toBe(`"Funday 03:00": "Funday" is no day of the week; ${expected}`);
    expect(problemOf('Sunday 24:00')).toBe('"Sunday 24:00": there is no such time of day');
    expect(problemOf('Sunday 03:60')).toBe('"Sunday 03:60": there is no such time of day');
    expect(problemOf('2026-02-30T10:00Z')).toBe('"2026-02-30T10:00Z": there is no such day or time');
    expect(problemOf('2026-12-24 10:00', 'Europe/Wien')).toBe(
      '"Europe/Wien" is no IANA time zone; expected a name such as Europe/Vienna',
    );
    expect(problemOf('\u202e2026-12-24 10:00')).toContain('U+202E');
  });
});
