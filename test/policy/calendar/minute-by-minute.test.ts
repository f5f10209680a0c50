import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  DAY_MS,
  frozenAt,
  HOUR_MS,
  maintainedAt,
  MINUTE_MS,
  NEW_YORK,
  read,
  ruled,
  VIENNA,
} from './made.ts';

/** What the wall clock showed at every fifth minute of some days, told by Intl and by nothing of ours. */
interface Clock {
  readonly moments: readonly number[];
  /** `2026-03-29T02:30`: every moment that showed it. */
  readonly showing: ReadonlyMap<string, readonly number[]>;
  readonly wallAt: (moment: number) => string;
}

const STEP_MS = 5 * MINUTE_MS;

function clockOf(zone: string, from: string, days: number): Clock {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const walls = new Map<number, string>();
  const showing = new Map<string, number[]>();
  for (let moment = at(from); moment < at(from) + days * DAY_MS; moment += STEP_MS) {
    const wall = format.format(moment).replace(' ', 'T');
    walls.set(moment, wall);
    showing.set(wall, [...(showing.get(wall) ?? []), moment]);
  }
  return { moments: [...walls.keys()], showing, wallAt: (moment) => walls.get(moment) ?? '' };
}

/** Days around each change of the clock, and quiet ones; long enough for what began before them. */
const CLOCKS: readonly (readonly [zone: string, Clock])[] = [
  [VIENNA, clockOf(VIENNA, '2026-03-22T00:00Z', 14)],
  [VIENNA, clockOf(VIENNA, '2026-10-18T00:00Z', 14)],
  [VIENNA, clockOf(VIENNA, '2026-12-24T00:00Z', 14)],
  [NEW_YORK, clockOf(NEW_YORK, '2026-03-01T00:00Z', 14)],
  [NEW_YORK, clockOf(NEW_YORK, '2026-10-25T00:00Z', 14)],
];

const clockAt = (index: number): (typeof CLOCKS)[number] => {
  const found = CLOCKS[index];
  if (found === undefined) throw new Error(`no clock ${index}`);
  return found;
};

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const weekdayOf = (date: string): string => WEEKDAYS[new Date(`${date}T00:00Z`).getUTCDay()] ?? '';
const plus = (wall: string, ms: number): string =>
  new Date(Date.parse(`${wall}Z`) + ms).toISOString().slice(0, 16);

interface Wish {
  readonly days: readonly string[];
  readonly time: string;
  readonly lengthMs: number;
}

/** The stretches that a wish means, by looking at the clock alone. Null where one begins or ends in a skipped hour. */
function meant({ showing }: Clock, { days, time, lengthMs }: Wish, widest: boolean) {
  const stretches: { from: number; until: number }[] = [];
  for (const wall of showing.keys()) {
    if (!wall.endsWith(time) || !days.includes(weekdayOf(wall.slice(0, 10)))) continue;
    const [starts, ends] = [showing.get(wall) ?? [], showing.get(plus(wall, lengthMs))];
    if (ends === undefined) continue;
    const byClock = starts.map((start) => start + lengthMs);
    stretches.push(
      widest
        ? { from: Math.min(...starts), until: Math.max(...ends, ...byClock) }
        : { from: Math.max(...starts), until: Math.min(...ends, ...byClock) },
    );
  }
  return stretches;
}

/** Whether a wish begins or ends in an hour that the clock skips, which no clock can show. */
const isSkipped = ({ moments, showing, wallAt }: Clock, { time, lengthMs }: Wish): boolean =>
  [...new Set(moments.map((moment) => wallAt(moment).slice(0, 10)))]
    .slice(1, -2)
    .some((date) => !showing.has(`${date}T${time}`) || !showing.has(plus(`${date}T${time}`, lengthMs)));

const wishes = fc.record({
  days: fc.subarray(WEEKDAYS, { minLength: 1 }),
  time: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 11 }))
    .map(([hour, five]) => `${String(hour).padStart(2, '0')}:${String(five * 5).padStart(2, '0')}`),
  lengthMs: fc.integer({ min: 1, max: (20 * HOUR_MS) / STEP_MS }).map((steps) => steps * STEP_MS),
});

const firstDay = (days: readonly string[]): string =>
  ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05', '2026-01-06', '2026-01-07'].find(
    (date) => days.includes(weekdayOf(date)),
  ) ?? '';

describe('a weekly rule, minute by minute', () => {
  for (const kind of ['freeze', 'maintenance'] as const)
    it(`is ${kind} at the moments that the clock on the wall says, and at no other`, () => {
      fc.assert(
        fc.property(fc.nat(CLOCKS.length - 1), wishes, (index, wish) => {
          const [zone, clock] = clockAt(index);
          fc.pre(!isSkipped(clock, wish));
          const { days, time, lengthMs } = wish;
          const calendars = read(
            ruled(
              `FREQ=WEEKLY;BYDAY=${days.join(',')}`,
              `${firstDay(days)}T${time}`,
              lengthMs / HOUR_MS,
              { kind },
              zone,
            ),
          );
          const stretches = meant(clock, wish, kind === 'freeze');
          const holdsAt = kind === 'freeze' ? frozenAt : maintainedAt;
          for (const moment of clock.moments.slice(DAY_MS / STEP_MS, (-2 * DAY_MS) / STEP_MS)) {
            const expected = stretches.some(({ from, until }) => from <= moment && moment < until);
            if (holdsAt(calendars, moment) !== expected)
              throw new Error(
                `${kind} at ${clock.wallAt(moment)} (${new Date(moment).toISOString()}): expected ${expected}`,
              );
          }
        }),
        { numRuns: 40 },
      );
    });

  it('is what it is however wide the window that asks: a freeze when some of it is, maintenance when all', () => {
    const [zone, clock] = clockAt(1);
    const both = (['freeze', 'maintenance'] as const).map((kind) =>
      read(ruled('FREQ=WEEKLY;BYDAY=SA,SU', '2026-01-03T22:00', 5, { kind }, zone)),
    );
    const [freeze, upkeep] = both as [ReturnType<typeof read>, ReturnType<typeof read>];
    const inner = clock.moments.slice(DAY_MS / STEP_MS, (-3 * DAY_MS) / STEP_MS);
    const frozen = new Set(inner.filter((moment) => frozenAt(freeze, moment)));
    const maintained = new Set(inner.filter((moment) => maintainedAt(upkeep, moment)));
    const about = { key: 'orders-db', environment: 'production' };
    fc.assert(
      fc.property(fc.nat(inner.length - 1), fc.integer({ min: 1, max: 200 }), (index, steps) => {
        const covered = inner.slice(index, index + steps);
        const window = { from: covered[0] ?? 0, until: (covered.at(-1) ?? 0) + STEP_MS };
        expect(freeze.holding('freeze', window, about).length > 0).toBe(covered.some((m) => frozen.has(m)));
        expect(upkeep.holding('maintenance', window, about).length > 0).toBe(
          covered.every((m) => maintained.has(m)),
        );
      }),
    );
  });
});
