import { parseDuration } from '../../domain/duration.ts';
import { LIMITS } from '../../limits.ts';
import type { Facts } from '../../ports/signals.ts';
import { changesBetween } from '../changes.ts';
import { isMentioned, type Mentions, numbersAt, textsAt } from './mentions.ts';
import type { Rules } from '../rules.ts';

/** One thing that a grid varies, and what it sets it to. */
export interface Factor<T> {
  readonly name: string;
  readonly levels: readonly T[];
}

/** What is set of a question; factors are merged from the first on. */
export interface Setting {
  readonly weekday?: number;
  readonly minuteOfDay?: number;
  readonly calendar?: string | null;
  /** Where the calendar is another on each side: when it holds on this one alone. */
  readonly only?: 'before' | 'after';
  readonly startsInMinutes?: number;
  readonly facts?: Facts;
  readonly exceptions?: readonly string[];
}

const around = (numbers: readonly number[], lowest: number, highest: number): readonly number[] =>
  [...new Set(numbers.flatMap((n) => [n - 1, n, n + 1]))]
    .filter((n) => n >= lowest && n <= highest)
    .slice(0, LIMITS.policyGridLiteralsMax);

/** Everything that the policies of either side look at, at and beside the values that they name. */
export function factorsOf(mentions: Mentions, sides: readonly Rules[]): readonly Factor<Setting>[] {
  const mentioned = (path: string): boolean => isMentioned(mentions, path);
  const factors: readonly Factor<Setting>[] = [
    { name: 'weekday', levels: weekdaysOf(mentions).map((weekday) => ({ weekday })) },
    { name: 'minuteOfDay', levels: minutesOf(mentions).map((minuteOfDay) => ({ minuteOfDay })) },
    { name: 'calendar', levels: calendarsOf(mentions, sides) },
    { name: 'startsInMinutes', levels: startsOf(mentions).map((startsInMinutes) => ({ startsInMinutes })) },
    { name: 'exceptions', levels: exceptionsOf(mentions) },
    {
      name: 'onCall',
      levels: mentioned('onCall') ? factsLevels([{ onCall: true }, { onCall: false }]) : [{}],
    },
    { name: 'incident', levels: mentioned('incident') ? factsLevels(incidentsOf(mentions)) : [{}] },
    { name: 'ticket', levels: mentioned('ticket') ? factsLevels(ticketsOf(mentions)) : [{}] },
    { name: 'device', levels: mentioned('device') ? factsLevels(DEVICES) : [{}] },
    { name: 'network', levels: mentioned('network') ? factsLevels(originsOf(mentions)) : [{}] },
    { name: 'risk', levels: mentioned('risk') ? factsLevels(risksOf(mentions)) : [{}] },
    { name: 'mfaAge', levels: factsLevels(mfaAgesOf(mentions, sides)) },
  ];
  return factors.filter(({ levels }) => levels.length > 1);
}

/** Not known comes first: absent is what most questions have. */
const factsLevels = (facts: readonly Facts[]): readonly Setting[] => [
  {},
  ...facts.slice(0, LIMITS.policyGridLiteralsMax).map((each) => ({ facts: each })),
];

const DEVICES: readonly Facts[] = [{ device: { compliant: true } }, { device: { compliant: false } }];

const weekdaysOf = (mentions: Mentions): readonly number[] =>
  mentions.has('weekday') ? [...new Set([2, 7, ...around(numbersAt(mentions, 'weekday'), 1, 7)])] : [2];

const minutesOf = (mentions: Mentions): readonly number[] =>
  [...new Set([600, ...numbersAt(mentions, 'minuteOfDay').flatMap((m) => [m - 1, m])])]
    .filter((m) => m >= 0 && m < 1_440)
    .slice(0, LIMITS.policyGridLiteralsMax);

const CALENDAR_WORDS = ['freeze', 'freezes', 'maintenance', 'maintenances'];

function calendarsOf(mentions: Mentions, sides: readonly Rules[]): readonly Setting[] {
  if (!CALENDAR_WORDS.some((word) => isMentioned(mentions, word))) return [{ calendar: null }];
  const keys = [...new Set(sides.flatMap(({ catalogue }) => [...catalogue.calendars.keys()]))];
  const differing = differingCalendars(sides).filter((key) => keys.includes(key));
  return [
    { calendar: null },
    ...differing.flatMap((calendar): Setting[] => [
      { calendar, only: 'before' },
      { calendar, only: 'after' },
    ]),
    ...keys.map((calendar) => ({ calendar })),
  ].slice(0, LIMITS.policyGridLiteralsMax);
}

/** Those that both sides have, and that do not say the same. */
function differingCalendars([before, after]: readonly Rules[]): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return changesBetween(before, after).changed.flatMap((id) =>
    id.startsWith('calendar/') ? [id.slice('calendar/'.length)] : [],
  );
}

const startsOf = (mentions: Mentions): readonly number[] =>
  mentions.has('startsInMinutes')
    ? [...new Set([0, ...around(numbersAt(mentions, 'startsInMinutes'), 0, 43_200)])]
    : [0];

const exceptionsOf = (mentions: Mentions): readonly Setting[] => [
  {},
  ...textsAt(mentions, 'exceptions').map((each) => ({ exceptions: [each] })),
];

const incidentsOf = (mentions: Mentions): readonly Facts[] => {
  const named = around(numbersAt(mentions, 'incident.severity'), 1, 10);
  const severities = named.length === 0 ? [1] : named;
  return severities.map((severity) => ({ incident: { id: 'INC-1', severity } }));
};

const ticketsOf = (mentions: Mentions): readonly Facts[] =>
  [...textsAt(mentions, 'ticket.state'), 'another'].flatMap((state) =>
    [true, false].map((assigned) => ({ ticket: { state, assigned } })),
  );

const originsOf = (mentions: Mentions): readonly Facts[] =>
  [...textsAt(mentions, 'network.origin'), 'elsewhere'].map((origin) => ({ network: { origin } }));

const risksOf = (mentions: Mentions): readonly Facts[] =>
  [0, ...around(numbersAt(mentions, 'risk'), 0, 1_000)].map((risk) => ({ risk }));

/** How old a second factor may be is said by conditions, and by what demands are annotated with. */
function mfaAgesOf(mentions: Mentions, sides: readonly Rules[]): readonly Facts[] {
  const rules = sides.flatMap(({ policies }) => [...(policies?.rules.values() ?? [])]);
  const demanded = rules.flatMap(({ annotations: { mfa } }) => {
    const ms = mfa === undefined ? null : parseDuration(mfa);
    return ms === null ? [] : [Math.ceil(ms / 60_000)];
  });
  const limits = [...demanded, ...numbersAt(mentions, 'mfaAgeMinutes')];
  if (limits.length === 0 && !mentions.has('mfaAgeMinutes')) return [];
  return [...new Set([1, ...around(limits, 0, 100_000)])].map((age) => ({ mfaAgeMs: age * 60_000 }));
}
