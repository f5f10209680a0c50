import { shown } from '../problems.ts';
import { DAY_MS, formatWall, ianaZone, readings, readWall, type Wall, wallAt, type Zone } from './zone.ts';

/** A moment that someone named, or why there is none of that name. */
export type When =
  /** `note`: what of it was ambiguous, and how it was taken; null: nothing. */
  | { readonly ok: true; readonly at: number; readonly note: string | null }
  | { readonly ok: false; readonly problem: string };

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const WEEKLY = /^([a-z]{3,9}) (\d\d?):(\d\d)$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const EXPECTED = 'expected now, "Sunday 03:00", "2026-12-24 10:00" or 2026-12-24T10:00:00Z';

/**
 * Reads `now`, a weekday with a time (the next such one after `now`), a date and time, both on the clock of `zone`
 * (IANA name), or an instant with its own offset.
 */
export function whenOf(text: string, zone: string, now: number): When {
  const said = text.trim();
  if (said.toLowerCase() === 'now') return { ok: true, at: now, note: null };
  if (INSTANT.test(said)) return instant(said);
  const clock = ianaZone(zone);
  if (clock === null) return no(`${shown(zone)} is no IANA time zone; expected a name such as Europe/Vienna`);
  const weekly = WEEKLY.exec(said);
  if (weekly !== null) return nextWeekday(weekly, clock, now);
  const wall = /\d[T ]\d/.test(said) ? readWall(said) : null;
  if (wall === null) return no(`${shown(text)}: ${EXPECTED}`);
  return onWall(wall, clock);
}

const no = (problem: string): When => ({ ok: false, problem });

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function instant(text: string): When {
  const at = Date.parse(text);
  if (Number.isNaN(at) || readWall(text.slice(0, 16)) === null)
    return no(`${shown(text)}: there is no such day or time`);
  return { ok: true, at, note: null };
}

function nextWeekday(
  [text, name = '', hours = '', minutes = '']: RegExpExecArray,
  zone: Zone,
  now: number,
): When {
  const day = DAYS.findIndex(
    (each) => each === name.toLowerCase() || each.slice(0, 3) === name.toLowerCase(),
  );
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (day === -1) return no(`${shown(text)}: ${shown(name)} is no day of the week; ${EXPECTED}`);
  if (hour > 23 || minute > 59) return no(`${shown(text)}: there is no such time of day`);
  const today = Math.floor(wallAt(zone, now) / DAY_MS);
  // The epoch was a Thursday.
  const ahead = (((day - 3 - today) % 7) + 7) % 7;
  const wall = (today + ahead) * DAY_MS + (hour * 60 + minute) * 60_000;
  const first = onWall(wall, zone);
  return first.ok && first.at <= now ? onWall(wall + 7 * DAY_MS, zone) : first;
}

function onWall(wall: Wall, zone: Zone): When {
  const { earliest, latest, exists } = readings(zone, wall);
  const named = `${formatWall(wall).replace('T', ' ')} in ${zone.name}`;
  if (!exists)
    return no(`there is no ${named}: the clock is put forward over it; say a time before or after`);
  const note =
    earliest === latest ? null : `${named} comes twice, for the clock is put back; this is the first of them`;
  return { ok: true, at: earliest, note };
}
