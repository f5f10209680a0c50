import { LIMITS } from '../../limits.ts';
import type { CatalogueCalendar } from '../../ports/catalogue.ts';
import { shown } from '../problems.ts';
import type { Calendars } from './calendars.ts';
import { type Entry, heldBy } from './held.ts';
import { readIcs } from './ics.ts';
import { lengthOf, recurringTimes, spanOf } from './recurring.ts';
import { readRule } from './rule.ts';
import { fixedTimes, type Reading, type Times } from './times.ts';
import { type Part, Unreadable, whyOf } from './unreadable.ts';
import { DAY_MS, ianaZone, readings, readWall, type Wall, wallAt, type Zone } from './zone.ts';

/** What is wrong with one calendar. `path` is of the catalogue; an .ics file's own places are in the message. */
export interface CalendarProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type ReadCalendars =
  | { readonly ok: true; readonly calendars: Calendars }
  | { readonly ok: false; readonly problems: readonly CalendarProblem[] };

/**
 * Every calendar of a catalogue, or all that is wrong with them: one that cannot be evaluated is no calendar without
 * times. `icsTexts`: by the file's name as the catalogue has it. `zone`: IANA name of the installation's, in which whole
 * days of an .ics file are days where the file itself says nothing; null: such a file is refused.
 */
export function readCalendars(
  calendars: ReadonlyMap<string, CatalogueCalendar>,
  icsTexts: ReadonlyMap<string, string>,
  zone: string | null = null,
): ReadCalendars {
  const problems: CalendarProblem[] = [];
  const entries: Entry[] = [];
  for (const calendar of calendars.values()) {
    try {
      entries.push({ calendar, times: timesOf(calendar, icsTexts, zone) });
    } catch (error) {
      problems.push(problemOf(calendar.key, error));
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, calendars: heldBy(entries) };
}

/** What is no finding of ours is a failure of the libraries, and no more a reason to go without the calendar. */
function problemOf(key: string, error: unknown): CalendarProblem {
  if (error instanceof Unreadable) return { path: ['calendars', key, error.part], message: error.message };
  return { path: ['calendars', key], message: `cannot be evaluated: ${whyOf(error)}` };
}

function timesOf(
  { kind, when }: CatalogueCalendar,
  icsTexts: ReadonlyMap<string, string>,
  zone: string | null,
): Times {
  const reading: Reading = kind === 'freeze' ? 'widest' : 'narrowest';
  switch (when.kind) {
    case 'ics': {
      const text = icsTexts.get(when.file);
      if (text === undefined)
        throw new Unreadable('ics', `${shown(when.file)} is not there; put it beside the catalogue`);
      return inFile(when.file, () => readIcs(text, reading, zone === null ? null : zoneNamed(zone)));
    }
    case 'span':
      return spanTimes(when, reading);
    case 'rrule':
      return ruleTimes(when, reading);
  }
}

function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable('ics', `${file}: ${error.message}`) : error;
  }
}

function spanTimes(
  { from, until, zone: name }: CatalogueCalendar['when'] & { kind: 'span' },
  reading: Reading,
): Times {
  const zone = zoneNamed(name);
  const [start, end] = [local('from', from, zone), local('until', until, zone)];
  if (end <= start) throw new Unreadable('until', `${shown(until)} is not after ${shown(from)}`);
  const stretch = spanOf(readings(zone, start), readings(zone, end), reading);
  return fixedTimes(stretch === null ? [] : [stretch]);
}

function ruleTimes(
  { rule, start: text, durationMs, zone: name }: CatalogueCalendar['when'] & { kind: 'rrule' },
  reading: Reading,
): Times {
  const zone = zoneNamed(name);
  const start = local('start', text, zone);
  if (!Number.isSafeInteger(durationMs) || durationMs <= 0 || durationMs > LIMITS.calendarRecurringLongestMs)
    throw new Unreadable(
      'lasts',
      `expected more than nothing and at most ${LIMITS.calendarRecurringLongestMs / DAY_MS} days`,
    );
  const wallOf = (at: number): Wall => wallAt(zone, at);
  const read = readRule(rule, { start, wallOf, added: [], removed: [] });
  return recurringTimes(read, zone, lengthOf(durationMs), reading);
}

function zoneNamed(name: string): Zone {
  const zone = ianaZone(name);
  if (zone === null)
    throw new Unreadable(
      'zone',
      `${shown(name)} is no IANA time zone; expected a name such as Europe/Vienna`,
    );
  return zone;
}

function local(part: Part, text: string, zone: Zone): Wall {
  const wall = readWall(text);
  if (wall === null)
    throw new Unreadable(part, `${shown(text)}: expected an existing date and time such as 2026-12-20T18:00`);
  if (!readings(zone, wall).exists)
    throw new Unreadable(
      part,
      `${shown(text)} does not exist in ${zone.name}: the clock is put forward over it`,
    );
  return wall;
}
