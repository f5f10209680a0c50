import type { CatalogueResource } from '../../ports/catalogue.ts';
import type { Rules } from '../rules.ts';
import { CASES_WEEK } from '../cases/test-cases.ts';

/** A moment by what rules can tell of it; `calendar` null: no calendar holds. */
export interface MomentWanted {
  readonly weekday: number;
  readonly minuteOfDay: number;
  readonly calendar: string | null;
  /** Set: a moment at which the calendar holds on this side and not on the other, whatever the hour. */
  readonly only?: 'before' | 'after';
}

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const DAYS_LOOKED_AT = 400;

/** Finds moments as they are wanted, in a resource's zone, from a fixed week on, so that a grid is always the same. */
export function momentFinder(sides: readonly Rules[]) {
  const known = new Map<string, number | null>();
  return (wanted: MomentWanted, resource: CatalogueResource): number | null => {
    const key = JSON.stringify([wanted, resource.zone, resource.environment, resource.key]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find(sides, wanted, resource);
    known.set(key, found);
    return found;
  };
}

function find(sides: readonly Rules[], wanted: MomentWanted, resource: CatalogueResource): number | null {
  const [side] = sides;
  if (side === undefined) return null;
  if (wanted.only !== undefined) return findDifferent(sides, wanted, resource);
  let within: number | null = null;
  for (let day = 0; day < DAYS_LOOKED_AT; day++) {
    const at = CASES_WEEK + day * DAY_MS + wanted.minuteOfDay * 60_000;
    const local = side.calendars.localTime(at, resource.zone);
    const shifted = at + (wanted.minuteOfDay - local.minuteOfDay) * 60_000;
    if (!fits(sides, wanted.calendar, shifted, resource)) continue;
    within ??= shifted;
    if (side.calendars.localTime(shifted, resource.zone).weekday === wanted.weekday) return shifted;
  }
  // A freeze of three days has not every weekday in it.
  return within;
}

function findDifferent(
  sides: readonly Rules[],
  { calendar, only }: MomentWanted,
  resource: CatalogueResource,
): number | null {
  const [holding, other] = only === 'before' ? sides : sides.toReversed();
  if (calendar === null || holding === undefined || other === undefined) return null;
  const holds = (side: Rules, at: number): boolean =>
    (['freeze', 'maintenance'] as const).some((kind) =>
      side.calendars.holding(kind, { from: at, until: at + 60_000 }, resource).includes(calendar),
    );
  for (let at = CASES_WEEK; at < CASES_WEEK + DAYS_LOOKED_AT * DAY_MS; at += HOUR_MS)
    if (holds(holding, at) && !holds(other, at)) return at;
  return null;
}

function fits(
  sides: readonly Rules[],
  calendar: string | null,
  at: number,
  resource: CatalogueResource,
): boolean {
  const window = { from: at, until: at + 60_000 };
  const holding = sides.flatMap(({ calendars }) =>
    (['freeze', 'maintenance'] as const).flatMap((kind) => calendars.holding(kind, window, resource)),
  );
  return calendar === null ? holding.length === 0 : holding.includes(calendar);
}
