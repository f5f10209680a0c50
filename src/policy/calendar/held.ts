import { LIMITS } from '../../limits.ts';
import type { CatalogueCalendar } from '../../ports/catalogue.ts';
import type { Calendars } from './calendars.ts';
import { joined, overlaps, type Stretch, type Times } from './times.ts';
import { DAY_MS, zoned } from './zone.ts';

export interface Entry {
  readonly calendar: CatalogueCalendar;
  readonly times: Times;
}

/** Calendars that are read, to be asked. What cannot be told counts as frozen, and never as maintenance. */
export function heldBy(entries: readonly Entry[]): Calendars {
  const byKey = new Map(entries.map((entry) => [entry.calendar.key, entry]));
  return {
    holding: (kind, window, resource) =>
      entries
        .filter(({ calendar }) => calendar.kind === kind && concerns(calendar, resource))
        .filter(({ times }) => holds(kind, times, window))
        .map(({ calendar }) => calendar.key),
    localTime(at, zone) {
      const time = zoned(at, zone);
      const minuteOfDay = time.hour * 60 + time.minute;
      return { minuteOfDay, weekday: time.dayOfWeek, date: time.toPlainDate().toString() };
    },
    endOf(key, at) {
      const times = byKey.get(key)?.times;
      return times === undefined ? null : endWithin(times, at);
    },
  };
}

const concerns = (
  { resources, environments }: CatalogueCalendar,
  resource: { readonly key: string; readonly environment: string },
): boolean =>
  (resources === null || resources.includes(resource.key)) &&
  (environments === null || environments.includes(resource.environment));

function holds(kind: CatalogueCalendar['kind'], times: Times, { from, until }: Stretch): boolean {
  // No time at all is still the moment it begins.
  const window = { from, until: Math.max(until, from + 1) };
  if (!(window.until - window.from <= LIMITS.calendarWindowMaxMs)) return kind === 'freeze';
  try {
    const found = times.overlapping(window);
    return kind === 'freeze' ? found.length > 0 : isCovered(window, found);
  } catch {
    return kind === 'freeze';
  }
}

const isCovered = (window: Stretch, by: readonly Stretch[]): boolean =>
  joined(by).some(({ from, until }) => from <= window.from && until >= window.until);

/** Near first: it is mostly a matter of days. */
const HORIZONS_MS = [8 * DAY_MS, 367 * DAY_MS];
const YEAR_MS = 366 * DAY_MS;

function endWithin(times: Times, at: number): number | null {
  for (const horizon of HORIZONS_MS) {
    const end = endBefore(times, { from: at, until: at + horizon });
    if (end !== null) return end - at <= YEAR_MS ? end : null;
  }
  return null;
}

/** End of the first stretch in the window, with those it runs into; null: it does not end within the window. */
function endBefore(times: Times, window: Stretch): number | null {
  try {
    const [first] = joined(times.overlapping(window).filter((each) => overlaps(each, window)));
    return first !== undefined && first.until < window.until ? first.until : null;
  } catch {
    return null;
  }
}
