import { Temporal } from 'temporal-polyfill';
import { LIMITS } from '../../limits.ts';

/** Ms since the epoch of what a wall clock shows, as if it stood in UTC: a date and time without its zone. */
export type Wall = number;

/** How far local time is ahead of UTC, ms, at a moment. */
export interface Zone {
  readonly name: string;
  offsetAt(at: number): number;
}

export const UTC: Zone = { name: 'UTC', offsetAt: () => 0 };

export const DAY_MS = 24 * 3_600_000;

const known = new Map<string, Zone>();

/** A zone by its IANA name, in any case; null: there is none of that name. Offsets are no names. */
export function ianaZone(name: string): Zone | null {
  if (!/^[A-Za-z][\w+/-]{0,63}$/.test(name)) return null;
  const id = idOf(name);
  if (id === null) return null;
  const zone = known.get(id) ?? { name: id, offsetAt: offsetsOf(id) };
  known.set(id, zone);
  return zone;
}

function idOf(name: string): string | null {
  try {
    return zoned(0, name).timeZoneId;
  } catch {
    return null;
  }
}

/** Of the years that are asked about, between one change of the clock and the next, remembered: looking is slow. */
function offsetsOf(id: string): Zone['offsetAt'] {
  const stretches: { from: number; until: number; offset: number }[] = [];
  return (at) => {
    const found = stretches.find(({ from, until }) => at >= from && at < until);
    if (found !== undefined) return found.offset;
    const time = zoned(at, id);
    const [last, next] = [
      zoned(at + 1, id).getTimeZoneTransition('previous'),
      time.getTimeZoneTransition('next'),
    ];
    const offset = time.offsetNanoseconds / 1e6;
    const from = last?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
    const until = next?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
    if (stretches.length >= LIMITS.zoneStretchesRememberedMax) stretches.shift();
    stretches.push({ from, until, offset });
    return offset;
  };
}

export const zoned = (at: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);

export const wallAt = (zone: Zone, at: number): Wall => at + zone.offsetAt(at);

/** The moments a wall clock's time can mean. */
export interface Readings {
  readonly earliest: number;
  readonly latest: number;
  /** False where the clock was put forward over it; the moments are then those by the offsets on either side. */
  readonly exists: boolean;
}

/** Two changes of one zone's clock are never within two days. */
export function readings(zone: Zone, wall: Wall): Readings {
  const moments = [zone.offsetAt(wall - DAY_MS), zone.offsetAt(wall + DAY_MS)].map((offset) => wall - offset);
  const real = moments.filter((at) => wallAt(zone, at) === wall);
  const among = real.length === 0 ? moments : real;
  return { earliest: Math.min(...among), latest: Math.max(...among), exists: real.length > 0 };
}

const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d))?)?$/;

/** `2026-12-24T18:00`, with seconds or without, or a date alone, which is its midnight. Null: no such time. */
export function readWall(text: string): Wall | null {
  const [, date, time = '00:00', seconds = '00'] = LOCAL.exec(text) ?? [];
  if (date === undefined) return null;
  const iso = `${date}T${time}:${seconds}.000Z`;
  const wall = Date.parse(iso);
  return Number.isNaN(wall) || new Date(wall).toISOString() !== iso ? null : wall;
}

/** `2026-12-24T18:00`. */
export const formatWall = (wall: Wall): string => new Date(wall).toISOString().slice(0, 16);
