/** Whole days of a time zone: `from` is the first moment of the first, `to` the first moment after the last. */
export interface Period {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly zone: Zone;
  /** Ms since the epoch; `to` is not included. */
  readonly from: number;
  readonly to: number;
}

/** Clock and calendar of an IANA time zone. */
export interface Zone {
  readonly name: string;
  /** `2026-10-25` */
  date(at: number): string;
  /** `2026-10-25T02:30:00+02:00`: the offset tells the two half past two of that day apart. */
  iso(at: number): string;
}

export type ReadPeriod =
  | { readonly ok: true; readonly period: Period }
  | { readonly ok: false; readonly option: 'from' | 'to' | 'zone'; readonly problem: string };

/** Dates as people write them, YYYY-MM-DD; both days are in the period. `problem` says what was expected. */
export function readPeriod(asked: {
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}): ReadPeriod {
  const zone = zoneOf(asked.zone);
  if (zone === null)
    return { ok: false, option: 'zone', problem: 'expected an IANA time zone such as Europe/Vienna' };
  for (const option of ['from', 'to'] as const)
    if (!isDate(asked[option]))
      return { ok: false, option, problem: 'expected a day of the calendar, as YYYY-MM-DD' };
  if (asked.to < asked.from)
    return { ok: false, option: 'to', problem: `expected ${asked.from} (--from) or a later day` };
  const from = startOf(asked.from, zone);
  const to = startOf(dayAfter(asked.to), zone);
  return { ok: true, period: { firstDay: asked.from, lastDay: asked.to, zone, from, to } };
}

const DAY_MS = 24 * 3_600_000;
const midnightUtc = (date: string): number => Date.parse(`${date}T00:00:00.000Z`);
const dateUtc = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What is no day of the calendar is either not read, or read as another day. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = midnightUtc(text);
  return !Number.isNaN(at) && dateUtc(at) === text;
}

const dayAfter = (date: string): string => dateUtc(midnightUtc(date) + DAY_MS);

/** Zones reach from twelve hours behind UTC to fourteen before it. */
const REACH_MS = 15 * 3_600_000;

/** The first moment at which the zone's calendar shows this day, or a later one where the day was left out. */
function startOf(date: string, zone: Zone): number {
  let before = midnightUtc(date) - REACH_MS;
  let first = midnightUtc(date) + REACH_MS;
  while (first - before > 1) {
    const middle = Math.floor((before + first) / 2);
    if (zone.date(middle) >= date) first = middle;
    else before = middle;
  }
  return first;
}

/** Null when there is no such zone. */
function zoneOf(name: string): Zone | null {
  const format = formatOf(name);
  if (format === null) return null;
  const clock = (at: number): { readonly date: string; readonly time: string } => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return {
      date: `${part['year']?.padStart(4, '0')}-${part['month']}-${part['day']}`,
      time: `${part['hour']}:${part['minute']}:${part['second']}`,
    };
  };
  return {
    name: format.resolvedOptions().timeZone,
    date: (at) => clock(at).date,
    iso: (at) => {
      const { date, time } = clock(at);
      const aheadMs = Date.parse(`${date}T${time}Z`) - Math.floor(at / 1_000) * 1_000;
      return `${date}T${time}${offset(Math.round(aheadMs / 60_000))}`;
    },
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const two = '2-digit';
  try {
    return new Intl.DateTimeFormat('en', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
  } catch {
    return null;
  }
}

function offset(aheadMinutes: number): string {
  const minutes = Math.abs(aheadMinutes);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${aheadMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
