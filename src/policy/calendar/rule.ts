import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { LIMITS } from '../../limits.ts';
import { shown } from '../problems.ts';
import { Unreadable, whyOf } from './unreadable.ts';
import { DAY_MS, formatWall, readWall, type Wall } from './zone.ts';

/**
 * When a rule begins something, by the wall clock. The rule is worked out on a clock that never changes, and what it
 * gives is read in its zone afterwards: which hour is missing or comes twice is then ours to say.
 */
export interface Rule {
  /** Ascending, both ends included. */
  startsBetween(from: Wall, until: Wall): readonly Wall[];
}

export interface RuleTerms {
  readonly start: Wall;
  /** The wall clock's time of a moment that the rule gives in UTC: `UNTIL=20261231T230000Z`. */
  readonly wallOf: (at: number) => Wall;
  readonly added: readonly Wall[];
  readonly removed: readonly Wall[];
}

/** Throws Unreadable where RFC 5545 3.3.10 and what is said below do not admit it, or it does not begin at `start`. */
export function readRule(text: string, terms: RuleTerms): Rule {
  const parts = partsOf(text);
  const rule = opened(parts, terms);
  if (startsOf(rule, terms.start, terms.start).length === 0) throw astray(rule, terms.start);
  return withDates(parts.has('COUNT') ? counted(rule) : rule, terms);
}

/** As `readRule`, for rules of a VTIMEZONE, whose start need not be one of their own. */
export const readOnsets = (text: string, terms: RuleTerms): Rule =>
  withDates(opened(partsOf(text), terms), terms);

const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

type Check = (value: string) => string | null;

const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    words.includes(value) ? null : `expected one of ${words.join(', ')}`;

const numbers =
  (from: number, to: number, most = 1): Check =>
  (value) => {
    const items = value.split(',');
    const fits = (item: string) => /^\d{1,4}$/.test(item) && Number(item) >= from && Number(item) <= to;
    if (items.length <= most && items.every(fits)) return null;
    return `expected ${most === 1 ? 'a number' : 'numbers'} from ${from} to ${to}`;
  };

/** `1` to the most, or counted from the end: `-1`. */
const ordinals =
  (to: number): Check =>
  (value) => {
    const fits = (item: string) => /^[+-]?\d{1,3}$/.test(item) && isWithin(Math.abs(Number(item)), to);
    return value.split(',').every(fits) ? null : `expected numbers from 1 to ${to} or -1 to -${to}`;
  };
const isWithin = (value: number, to: number): boolean => value >= 1 && value <= to;

const weekdays: Check = (value) =>
  value.split(',').every((item) => /^([+-]?([1-9]|[1-4]\d|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)$/.test(item))
    ? null
    : `expected ${WEEKDAYS.join(', ')}, with a number before where one of the month or year is meant: -1SA`;

const UNTIL = /^\d{8}(T\d{6}Z?)?$/;

/** What a rule may say. What is finer than an hour's start, or of another calendar, no window of ours begins with. */
const CHECKS: Readonly<Record<string, Check>> = {
  FREQ: oneOf(FREQUENCIES),
  INTERVAL: numbers(1, LIMITS.calendarIntervalMax),
  COUNT: numbers(1, LIMITS.calendarCountMax),
  UNTIL: (value) => (UNTIL.test(value) ? null : 'expected 20261231 or 20261231T230000Z'),
  WKST: oneOf(WEEKDAYS),
  BYDAY: weekdays,
  BYMONTH: numbers(1, 12, 12),
  BYMONTHDAY: ordinals(31),
  BYYEARDAY: ordinals(366),
  BYWEEKNO: ordinals(53),
  BYSETPOS: ordinals(366),
  BYHOUR: numbers(0, 23, LIMITS.calendarTimesPerDayMax),
  BYMINUTE: numbers(0, 59, LIMITS.calendarTimesPerDayMax),
};

type Parts = ReadonlyMap<string, string>;

/** The library reads over what it does not understand, and over numbers out of range; here none of it passes. */
function partsOf(text: string): Parts {
  if (text.length > LIMITS.calendarRuleMaxChars)
    throw wrong(`is longer than ${LIMITS.calendarRuleMaxChars} characters; expected one RRULE (RFC 5545)`);
  const parts = new Map<string, string>();
  for (const item of text.replace(/^RRULE:/i, '').split(';')) {
    const [key = '', value = ''] = item.toUpperCase().split('=');
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key] : undefined;
    if (check === undefined)
      throw wrong(`${shown(item)}: expected NAME=value of ${Object.keys(CHECKS).join(', ')}`);
    if (parts.has(key)) throw wrong(`${key} stands twice`);
    const fault = item.split('=').length === 2 ? check(value) : 'expected NAME=value';
    if (fault !== null) throw wrong(`${shown(item)}: ${fault}`);
    parts.set(key, value);
  }
  if (!parts.has('FREQ')) throw wrong(`FREQ is missing: ${oneOf(FREQUENCIES)('') ?? ''}`);
  if (parts.has('COUNT') && parts.has('UNTIL')) throw wrong('COUNT and UNTIL exclude each other');
  const timesADay = sizeOf(parts.get('BYHOUR')) * sizeOf(parts.get('BYMINUTE'));
  if (timesADay > LIMITS.calendarTimesPerDayMax)
    throw wrong(`begins ${timesADay} times a day; at most ${LIMITS.calendarTimesPerDayMax}`);
  return parts;
}

const sizeOf = (list: string | undefined): number => list?.split(',').length ?? 1;
const wrong = (message: string): Unreadable => new Unreadable('rule', message);

function opened(parts: Parts, { start, wallOf }: RuleTerms): RRuleTemporal {
  const until = parts.get('UNTIL');
  const text = [...parts].flatMap(([key, value]) => (key === 'UNTIL' ? [] : [`${key}=${value}`])).join(';');
  try {
    return new RRuleTemporal({
      rruleString: text,
      dtstart: onWall(start),
      tzid: 'UTC',
      strict: true,
      ...(until !== undefined && { until: onWall(lastOf(until, wallOf)) }),
    });
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw wrong(`cannot be evaluated: ${whyOf(error)}`);
  }
}

/** A date alone holds to its end. */
function lastOf(text: string, wallOf: RuleTerms['wallOf']): Wall {
  const dashed = text.replace(/^(\d{4})(\d\d)(\d\d)/, '$1-$2-$3').replace(/T(\d\d)(\d\d)(\d\d)/, 'T$1:$2:$3');
  const wall = readWall(dashed.replace('Z', ''));
  if (wall === null) throw wrong(`UNTIL=${text}: there is no such day or time`);
  if (text.endsWith('Z')) return wallOf(wall);
  return text.includes('T') ? wall : wall + DAY_MS - 1;
}

function astray(rule: RRuleTemporal, start: Wall): Unreadable {
  const first = firstAfter(rule, start);
  if (first === null) return wrong('gives no time at all; correct it, or take the calendar out');
  return new Unreadable(
    'start',
    `${formatWall(start)} is none of the times the rule gives; begin at ${formatWall(first)}`,
  );
}

function firstAfter(rule: RRuleTemporal, start: Wall): Wall | null {
  try {
    return rule.next(new Date(start))?.epochMilliseconds ?? null;
  } catch {
    return null;
  }
}

/** A rule that counts must be counted from its start: once, and not at every question. */
function counted(rule: RRuleTemporal): Rule {
  try {
    const all = rule.all().map((each) => each.epochMilliseconds);
    return { startsBetween: (from, until) => all.filter((wall) => wall >= from && wall <= until) };
  } catch (error) {
    throw wrong(`cannot be counted to its end: ${whyOf(error)}`);
  }
}

function withDates(rule: Rule | RRuleTemporal, { added, removed }: RuleTerms): Rule {
  const without = new Set(removed);
  return {
    startsBetween(from, until) {
      const ruled =
        rule instanceof RRuleTemporal ? startsOf(rule, from, until) : rule.startsBetween(from, until);
      const all = new Set([...ruled, ...added.filter((wall) => wall >= from && wall <= until)]);
      return [...all].filter((wall) => !without.has(wall)).sort((a, b) => a - b);
    },
  };
}

const startsOf = (rule: RRuleTemporal, from: Wall, until: Wall): readonly Wall[] =>
  rule.between(new Date(from), new Date(until), true).map((each) => each.epochMilliseconds);

const onWall = (wall: Wall): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC');
