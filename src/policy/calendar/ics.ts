import ICAL from 'ical.js';
import { LIMITS } from '../../limits.ts';
import { shown } from '../problems.ts';
import { allMoved, eventTimes, movedBy } from './ics-event.ts';
import { checkLines } from './ics-lines.ts';
import { type Component, named as propertiesNamed, partsNamed, refuse, textOf } from './ics-parts.ts';
import { allTimes, type Reading, type Times } from './times.ts';
import { Unreadable, whyOf } from './unreadable.ts';
import { readZone } from './vtimezone.ts';
import { ianaZone, type Zone } from './zone.ts';

/** Which zones a file's times are in. */
export interface Zones {
  /** Throws Unreadable where it is neither an IANA name nor described in the file. */
  zoneOf(tzid: string): Zone;
  /** What the file itself says its times without a zone are in (`X-WR-TIMEZONE`); null: nothing. */
  readonly own: Zone | null;
  /** In which a whole day begins and ends; null: nobody says. */
  readonly ofDays: Zone | null;
}

/**
 * Every event of an iCalendar file (RFC 5545). Whole days without a zone of the file's own are days of `dayZone`.
 * Throws Unreadable: a file that is understood in part might be the one that says "frozen".
 */
export function readIcs(text: string, reading: Reading, dayZone: Zone | null): Times {
  checkLines(text);
  const calendar = parsed(text);
  const events = partsNamed(calendar, 'vevent');
  const begun = text.match(/^BEGIN:VEVENT\s*$/gim)?.length ?? 0;
  if (begun !== events.length) throw refuse(`${begun} events begin, and ${events.length} are whole`);
  if (events.length === 0) throw refuse('holds no event, so it would never hold; take the calendar out');
  if (events.length > LIMITS.calendarEventsMax)
    throw refuse(`holds ${events.length} events; at most ${LIMITS.calendarEventsMax}`);
  const recurring = events.filter((event) => propertiesNamed(event, 'rrule').length > 0).length;
  if (recurring > LIMITS.calendarRulesMax)
    throw refuse(`holds ${recurring} events that recur; at most ${LIMITS.calendarRulesMax}`);
  const zones = zonesOf(calendar, dayZone);
  const each = <T>(work: (event: Component) => T): readonly T[] =>
    events.map((event, index) => named(event, index, work));
  const moved = allMoved(each((event) => movedBy(event, zones)));
  return allTimes(each((event) => eventTimes(event, zones, moved, reading)));
}

function parsed(text: string): Component {
  let found: unknown;
  try {
    found = ICAL.parse(text);
  } catch (error) {
    throw refuse(`is no iCalendar file: ${whyOf(error)}`);
  }
  const calendar = found as Component | readonly Component[];
  if (calendar[0] !== 'vcalendar') throw refuse('is no iCalendar file: expected one BEGIN:VCALENDAR');
  return calendar as Component;
}

/** Says which event it is that cannot be used. */
function named<T>(event: Component, index: number, work: (event: Component) => T): T {
  try {
    return work(event);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const summary = summaryOf(event);
    throw refuse(`event ${index + 1}${summary === null ? '' : ` (${shown(summary)})`}: ${error.message}`);
  }
}

function summaryOf([, properties]: Component): string | null {
  const value = properties.find(([name]) => name === 'summary')?.[3];
  return typeof value === 'string' && value !== '' ? value : null;
}

function zonesOf(calendar: Component, dayZone: Zone | null): Zones {
  const described = new Map(
    partsNamed(calendar, 'vtimezone').map((each) => [textOf(each, 'tzid') ?? '', each] as const),
  );
  const known = new Map<string, Zone>();
  const zoneOf = (tzid: string): Zone => {
    const before = known.get(tzid);
    if (before !== undefined) return before;
    const component = described.get(tzid);
    // The machine's own tables are newer than any file, and follow a country that changes its mind.
    const zone = ianaZone(tzid) ?? (component === undefined ? null : readZone(component));
    if (zone === null)
      throw refuse(
        `TZID ${shown(tzid)} is no IANA name, and the file has no VTIMEZONE of it; use a name such as Europe/Vienna`,
      );
    known.set(tzid, zone);
    return zone;
  };
  const name = textOf(calendar, 'x-wr-timezone');
  const own = name === null ? null : zoneOf(name);
  return { zoneOf, own, ofDays: own ?? dayZone };
}
