import { LIMITS } from '../../limits.ts';
import type { Rule } from './rule.ts';
import { overlaps, type Reading, type Stretch, type Times } from './times.ts';
import { DAY_MS, type Readings, readings, type Wall, wallAt, type Zone } from './zone.ts';

/** RFC 5545 3.3.6: days are counted on the calendar, whatever their length; the rest by the clock. */
export interface Length {
  readonly days: number;
  readonly restMs: number;
}

export const lengthOf = (ms: number): Length => ({ days: Math.floor(ms / DAY_MS), restMs: ms % DAY_MS });
export const msOf = ({ days, restMs }: Length): number => days * DAY_MS + restMs;

const CHUNK_MS = 32 * DAY_MS;
/** More than any zone's clock is ever off UTC, there and back. */
const SLACK_MS = 2 * DAY_MS;

/** What a rule gives, in its zone. Worked out a month at a time, and the last few months are remembered. */
export function recurringTimes(rule: Rule, zone: Zone, length: Length, reading: Reading): Times {
  const chunks = new Map<number, readonly Stretch[]>();
  const chunk = (index: number): readonly Stretch[] => {
    const known = chunks.get(index);
    if (known !== undefined) return known;
    const starts = rule.startsBetween(index * CHUNK_MS, (index + 1) * CHUNK_MS - 1);
    const made = starts.flatMap((wall) => stretchFrom(zone, wall, length, reading) ?? []);
    if (chunks.size >= LIMITS.calendarMonthsRememberedMax) chunks.clear();
    chunks.set(index, made);
    return made;
  };
  return {
    overlapping(window) {
      const first = Math.floor((wallAt(zone, window.from) - msOf(length) - SLACK_MS) / CHUNK_MS);
      const last = Math.floor((wallAt(zone, window.until) + SLACK_MS) / CHUNK_MS);
      const found: Stretch[] = [];
      for (let index = first; index <= last; index++)
        found.push(...chunk(index).filter((each) => overlaps(each, window)));
      return found;
    },
  };
}

/** Null: nothing is left of it. An hour that does not exist begins no maintenance (RFC 5545 3.3.10). */
export function stretchFrom(zone: Zone, wall: Wall, length: Length, reading: Reading): Stretch | null {
  const start = readings(zone, wall);
  const afterDays = length.days === 0 ? start : readings(zone, wall + length.days * DAY_MS);
  const end = readings(zone, wall + msOf(length));
  const stretch =
    reading === 'widest'
      ? { from: start.earliest, until: Math.max(afterDays.latest + length.restMs, end.latest) }
      : { from: start.latest, until: Math.min(afterDays.earliest + length.restMs, end.earliest) };
  return nonEmpty(stretch, start, reading);
}

/** From one time on the wall to another, its end excluded; each in its own zone. */
export function spanOf(start: Readings, end: Readings, reading: Reading): Stretch | null {
  const stretch =
    reading === 'widest'
      ? { from: start.earliest, until: end.latest }
      : { from: start.latest, until: end.earliest };
  return nonEmpty(stretch, start, reading);
}

const nonEmpty = (stretch: Stretch, start: Readings, reading: Reading): Stretch | null =>
  stretch.from < stretch.until && (start.exists || reading === 'widest') ? stretch : null;
