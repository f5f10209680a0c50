import { ianaZone, readings, readWall } from './calendar/zone.ts';
import { shown } from './problems.ts';

/** A local date (its midnight) or date and time: ms since the epoch, or why it is no moment that anyone could mean. */
export function momentOf(
  local: string,
  zoneName: string,
): { readonly at: number } | { readonly fault: string } {
  const wall = readWall(local);
  if (wall === null) return { fault: `${A_LOCAL_TIME}; got ${shown(local)}` };
  const zone = ianaZone(zoneName);
  if (zone === null) return { fault: `cannot be read in the unknown zone ${shown(zoneName)}` };
  const { earliest, latest, exists } = readings(zone, wall);
  const remedy = 'expected a time outside that hour';
  if (!exists)
    return { fault: `${local} does not exist in ${zone.name}, where clocks go forward; ${remedy}` };
  if (earliest !== latest)
    return { fault: `${local} comes twice in ${zone.name}, where clocks go back; ${remedy}` };
  return { at: earliest };
}

export const A_LOCAL_TIME = 'expected a date, or a date and time, such as 2026-12-24 or 2026-12-24T18:00';
