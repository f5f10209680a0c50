import { expect } from 'vitest';
import type { Calendars } from '../../../src/policy/calendar/calendars.ts';
import { readCalendars } from '../../../src/policy/calendar/read-calendars.ts';
import type { CatalogueCalendar } from '../../../src/ports/catalogue.ts';

export const VIENNA = 'Europe/Vienna';
export const NEW_YORK = 'America/New_York';
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** An instant with its offset, as the tests write it: `2026-03-29T01:30+01:00`. */
export const at = (text: string): number => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || !/(Z|[+-]\d\d:\d\d)$/.test(text)) throw new Error(`no instant: ${text}`);
  return ms;
};

export const calendar = (
  when: CatalogueCalendar['when'],
  over: Partial<CatalogueCalendar> = {},
): CatalogueCalendar => ({
  key: 'one',
  kind: 'freeze',
  title: 'One',
  resources: null,
  environments: null,
  when,
  ...over,
});

export const ruled = (
  rule: string,
  start: string,
  hours: number,
  over: Partial<CatalogueCalendar> = {},
  zone = VIENNA,
): CatalogueCalendar =>
  calendar({ kind: 'rrule', rule, start, durationMs: Math.round(hours * HOUR_MS), zone }, over);

const keyed = (all: readonly CatalogueCalendar[]) => new Map(all.map((each) => [each.key, each]));

export function read(...all: CatalogueCalendar[]): Calendars {
  const answer = readCalendars(keyed(all), new Map());
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return answer.calendars;
}

export const problemsOf = (...all: CatalogueCalendar[]) => {
  const answer = readCalendars(keyed(all), new Map());
  return answer.ok ? [] : answer.problems;
};

/** The lines of one file's calendar, which is read as a freeze unless the test says otherwise. */
export const ics = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test', ...lines, 'END:VCALENDAR', ''].join('\r\n');
export const event = (...lines: string[]): readonly string[] => [
  'BEGIN:VEVENT',
  'UID:one@test',
  'SUMMARY:Freeze',
  ...lines,
  'END:VEVENT',
];

export function readFile(
  text: string,
  { kind = 'freeze', zone = null }: { kind?: CatalogueCalendar['kind']; zone?: string | null } = {},
) {
  const one = calendar({ kind: 'ics', file: 'freezes.ics' }, { kind });
  return readCalendars(keyed([one]), new Map([['freezes.ics', text]]), zone);
}

export function fromFile(text: string, options: Parameters<typeof readFile>[1] = {}): Calendars {
  const answer = readFile(text, options);
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return answer.calendars;
}

export function messageOf(text: string, options: Parameters<typeof readFile>[1] = {}): string {
  const answer = readFile(text, options);
  if (answer.ok) throw new Error('it was read');
  expect(answer.problems).toHaveLength(1);
  expect(answer.problems[0]?.path).toEqual(['calendars', 'one', 'ics']);
  return answer.problems[0]?.message ?? '';
}

export const ORDERS = { key: 'orders-db', environment: 'production' };

/** Whether the freeze holds at that moment. */
export const frozenAt = (calendars: Calendars, moment: number): boolean =>
  calendars.holding('freeze', { from: moment, until: moment + 1 }, ORDERS).length > 0;
export const maintainedAt = (calendars: Calendars, moment: number): boolean =>
  calendars.holding('maintenance', { from: moment, until: moment + 1 }, ORDERS).length > 0;

/** From the first moment to the last but one, and no longer: `[from, until)`. */
export function expectExactly(holdsAt: (moment: number) => boolean, from: string, until: string): void {
  const [begin, end] = [at(from), at(until)];
  expect([begin - 1, begin, end - 1, end].map(holdsAt)).toEqual([false, true, true, false]);
}
