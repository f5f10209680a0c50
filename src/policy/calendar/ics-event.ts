import { LIMITS } from '../../limits.ts';
import { shown } from '../problems.ts';
import {
  type Component,
  named,
  only,
  type Property,
  readDuration,
  refuse,
  ruleText,
  textOf,
} from './ics-parts.ts';
import type { Zones } from './ics.ts';
import { type Length, lengthOf, msOf, recurringTimes, spanOf, stretchFrom } from './recurring.ts';
import { readRule } from './rule.ts';
import { fixedTimes, type Reading, type Stretch, type Times } from './times.ts';
import { DAY_MS, readings, readWall, UTC, type Wall, wallAt, type Zone } from './zone.ts';

/** A time as an event says it. */
interface Told {
  readonly wall: Wall;
  readonly zone: Zone;
  readonly wholeDay: boolean;
}

/** Of which event, by its UID, another speaks for one occurrence: moved, or called off. */
interface Movement {
  readonly uid: string;
  readonly times: readonly Told[];
}
type Moved = ReadonlyMap<string, readonly Told[]>;

export function movedBy(event: Component, zones: Zones): Movement | null {
  const id = only(event, 'recurrence-id');
  if (id === null) return null;
  if (id[1]['range'] !== undefined)
    throw refuse('RECURRENCE-ID with RANGE is not read; end the rule by UNTIL and begin another event');
  const uid = textOf(event, 'uid') ?? '';
  if (uid === '') throw refuse('RECURRENCE-ID without UID: it is not said which event it stands for');
  return { uid, times: told(id, zones) };
}

export function allMoved(movements: readonly (Movement | null)[]): Moved {
  const moved = new Map<string, readonly Told[]>();
  for (const movement of movements)
    if (movement !== null) moved.set(movement.uid, [...(moved.get(movement.uid) ?? []), ...movement.times]);
  return moved;
}

export function eventTimes(event: Component, zones: Zones, moved: Moved, reading: Reading): Times {
  if (textOf(event, 'status')?.toUpperCase() === 'CANCELLED') return fixedTimes([]);
  const start = startOf(event, zones);
  const rule = only(event, 'rrule');
  const alone = only(event, 'recurrence-id') !== null;
  const dates = ['rdate', 'exdate'].flatMap((name) => named(event, name));
  if (alone && (rule !== null || dates.length > 0))
    throw refuse('stands for one occurrence (RECURRENCE-ID) and repeats itself; expected one or the other');
  if (rule === null && dates.length === 0) return fixedTimes(onceFrom(event, start, zones, reading));
  const length = lengthOfEvent(event, start, zones);
  if (rule !== null && msOf(length) > LIMITS.calendarRecurringLongestMs)
    throw refuse(`lasts longer than ${LIMITS.calendarRecurringLongestMs / DAY_MS} days each time`);
  const others = alone ? [] : (moved.get(textOf(event, 'uid') ?? '') ?? []);
  const added = datesOf(event, 'rdate', start, zones);
  const removed = [...datesOf(event, 'exdate', start, zones), ...others.map(wallIn(start))];
  if (rule === null) {
    const walls = [start.wall, ...added].filter((wall) => !removed.includes(wall));
    return fixedTimes(walls.flatMap((wall) => stretchFrom(start.zone, wall, length, reading) ?? []));
  }
  const wallOf = (at: number): Wall => wallAt(start.zone, at);
  const read = readRule(ruleText(rule), { start: start.wall, wallOf, added, removed });
  return recurringTimes(read, start.zone, length, reading);
}

function startOf(event: Component, zones: Zones): Told {
  const property = only(event, 'dtstart');
  if (property === null) throw refuse('DTSTART is missing: nobody knows when it begins');
  const [start] = told(property, zones);
  if (start === undefined) throw refuse('DTSTART says no time');
  if (!readings(start.zone, start.wall).exists)
    throw refuse(`DTSTART ${shown(property[3])} does not exist in ${start.zone.name}: the clock skips it`);
  return start;
}

function onceFrom(event: Component, start: Told, zones: Zones, reading: Reading): readonly Stretch[] {
  const end = endOf(event, start, zones);
  if (end === null) {
    const stretch = stretchFrom(start.zone, start.wall, lengthOfEvent(event, start, zones), reading);
    return stretch === null ? [] : [stretch];
  }
  const stretch = spanOf(readings(start.zone, start.wall), readings(end.zone, end.wall), reading);
  return stretch === null ? [] : [stretch];
}

function endOf(event: Component, start: Told, zones: Zones): Told | null {
  const property = only(event, 'dtend');
  if (property === null) return null;
  if (only(event, 'duration') !== null) throw refuse('DTEND and DURATION exclude each other');
  const [end] = told(property, zones);
  if (end === undefined || end.wholeDay !== start.wholeDay)
    throw refuse('DTEND must be a date where DTSTART is one, and a time where it is one');
  if (readings(end.zone, end.wall).latest <= readings(start.zone, start.wall).earliest)
    throw refuse(`DTEND ${shown(property[3])} is not after DTSTART`);
  return end;
}

/** RFC 5545 3.6.1: a date without an end is that day; a time without an end has no length, and would never hold. */
function lengthOfEvent(event: Component, start: Told, zones: Zones): Length {
  const end = endOf(event, start, zones);
  if (end !== null) return lengthOf(wallIn(start)(end) - start.wall);
  const duration = only(event, 'duration');
  if (duration !== null) {
    const length = readDuration(duration[3]);
    if (length === null)
      throw refuse(`DURATION ${shown(duration[3])}: expected a length such as PT4H or P1D`);
    return length;
  }
  if (start.wholeDay) return { days: 1, restMs: 0 };
  throw refuse('has neither DTEND nor DURATION: nobody knows when it ends');
}

function datesOf(event: Component, name: 'rdate' | 'exdate', start: Told, zones: Zones): readonly Wall[] {
  const all = named(event, name).flatMap((property) => told(property, zones));
  if (all.length > LIMITS.calendarDatesMax)
    throw refuse(`${name.toUpperCase()} lists ${all.length} times; at most ${LIMITS.calendarDatesMax}`);
  if (all.some(({ wholeDay }) => wholeDay !== start.wholeDay))
    throw refuse(`${name.toUpperCase()} must list dates where DTSTART is one, and times where it is one`);
  return all.map(wallIn(start));
}

/** Another's time on this one's wall. */
const wallIn =
  (start: Told) =>
  ({ wall, zone }: Told): Wall =>
    zone.name === start.zone.name ? wall : wallAt(start.zone, readings(zone, wall).earliest);

function told([name, params, type, ...values]: Property, zones: Zones): readonly Told[] {
  const what = name.toUpperCase();
  if (type !== 'date' && type !== 'date-time') throw refuse(`${what} of type ${shown(type)} is not read`);
  return values.map((value) => {
    const text = String(value);
    const wall = readWall(text.replace(/Z$/, ''));
    if (wall === null) throw refuse(`${what} ${shown(text)}: there is no such day or time`);
    return { wall, zone: zoneFor(what, text, params['tzid'], zones), wholeDay: type === 'date' };
  });
}

function zoneFor(what: string, text: string, tzid: unknown, zones: Zones): Zone {
  if (text.endsWith('Z')) return UTC;
  if (typeof tzid === 'string') return zones.zoneOf(tzid);
  const zone = text.includes('T') ? zones.own : zones.ofDays;
  if (zone !== null) return zone;
  throw refuse(
    `${what} ${shown(text)} has no zone; give it a TZID, write it in UTC, or name the file's zone in X-WR-TIMEZONE`,
  );
}
