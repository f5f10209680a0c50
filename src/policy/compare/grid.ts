import { parseDuration } from '../../domain/duration.ts';
import { LIMITS } from '../../limits.ts';
import type { CatalogueEntitlement, CatalogueResource } from '../../ports/catalogue.ts';
import type { CedarAnswer, CedarQuestion } from '../cedar/policies.ts';
import { type Factor, factorsOf, type Setting } from './grid-facts.ts';
import { momentFinder } from './grid-moments.ts';
import { type Kind, kindsOf } from './grid-people.ts';
import { impactOf } from '../impact.ts';
import type { PolicyInput } from '../input.ts';
import { type Judgement, judge } from '../cases/judgement.ts';
import { type Mentions, mentionsIn, numbersAt } from './mentions.ts';
import { pairwise } from './pairwise.ts';
import type { Rules } from '../rules.ts';

/** One question to which the two sides answer differently enough to matter. */
export interface Difference {
  readonly kind: Kind;
  readonly inputs: readonly [PolicyInput, PolicyInput];
  readonly before: Judgement;
  readonly after: Judgement;
}

export interface GridResult {
  readonly differences: readonly Difference[];
  /** How many questions each side was asked. */
  readonly questions: number;
  /** How many more there would have been, had the bound on them not been reached. */
  readonly leftOut: number;
}

/**
 * Puts the same questions to both sides: everyone, every entitlement, and moments and facts at and beside every value
 * that a policy of either names, any two of them together. A grid, not a proof.
 */
export function compareOnGrid(old: Rules, now: Rules): GridResult {
  if (old.digest === now.digest) return { differences: [], questions: 0, leftOut: 0 };
  const [before, after] = remembering(old, now);
  const asked = {
    before,
    after,
    finder: momentFinder([before, after]),
    mentions: mentionsIn([before, after]),
  };
  const kinds = kindsOf(before, after);
  const cells = entitlementsOf(before, after).flatMap(({ id }) => {
    const rows = rowsFor(asked, id);
    return kinds
      .filter((kind) => mayMatter(asked, kind, id))
      .flatMap((kind) => rows.map((row) => ({ kind, id, row })));
  });
  const kept = thinned(cells, LIMITS.policyGridQuestionsMax);
  const differences = kept.flatMap(({ kind, id, row }) => compareOne(asked, kind, id, row));
  return { differences, questions: kept.length, leftOut: cells.length - kept.length };
}

/** Where both sides have the same policies, Cedar is asked once for both. */
function remembering(before: Rules, after: Rules): readonly [Rules, Rules] {
  const textOf = ({ policies }: Rules): string =>
    JSON.stringify([...(policies?.rules ?? [])].map(([id, { text }]) => `${id}\n${text}`).sort());
  const { policies } = before;
  if (policies === null || textOf(before) !== textOf(after)) return [before, after];
  const known = new Map<string, CedarAnswer>();
  const ask = (question: CedarQuestion): CedarAnswer => {
    const key = JSON.stringify(question);
    const answer = known.get(key) ?? policies.ask(question);
    // What one side asked a moment ago is all that the other may ask again.
    if (known.size > REMEMBERED_MAX) known.clear();
    known.set(key, answer);
    return answer;
  };
  return [
    { ...before, policies: { ...policies, ask } },
    { ...after, policies: { rules: after.policies?.rules ?? policies.rules, ask } },
  ];
}

const REMEMBERED_MAX = 64;

interface Asked {
  readonly before: Rules;
  readonly after: Rules;
  readonly finder: ReturnType<typeof momentFinder>;
  readonly mentions: Mentions;
}

/** Evenly, so that no part of the grid is left out as a whole. */
function thinned<T>(cells: readonly T[], most: number): readonly T[] {
  if (cells.length <= most) return cells;
  return Array.from({ length: most }, (_, i) => cells[Math.floor((i * cells.length) / most)] as T);
}

function entitlementsOf(before: Rules, after: Rules): readonly CatalogueEntitlement[] {
  const { entitlements } = before.catalogue;
  return [...new Map([...entitlements, ...after.catalogue.entitlements]).values()];
}

/** Who may not ask on either side is refused by both before any policy is asked; stages and owners are told by the catalogue. */
function mayMatter({ before, after }: Asked, { sides }: Kind, id: string): boolean {
  return [before, after].some(({ catalogue }, side) => {
    const groups = sides[side]?.groups ?? [];
    return catalogue.entitlements.get(id)?.requesters.some((group) => groups.includes(group)) ?? false;
  });
}

interface Row extends Setting {
  readonly action: PolicyInput['action'];
  readonly durationMs: number;
}

const ACTIONS: readonly PolicyInput['action'][] = ['request', 'activate', 'extend', 'breakGlass'];

/** What is usual, changed in one thing at a time and in any two of time, day and calendar; then any two of all. */
function rowsFor(asked: Asked, id: string): readonly Row[] {
  const durations = durationsOf(asked, id);
  const factors = factorsOf(asked.mentions, [asked.before, asked.after]);
  const usual: Row = { action: 'request', durationMs: durations[0] ?? 60_000 };
  const times = timesOf(factors);
  const rest = factors.filter(({ name }) => !CLOCK.has(name)).flatMap(({ levels }) => levels);
  const calendars = times.filter(({ calendar }) => calendar != null);
  const singles = ACTIONS.flatMap((action) => [
    ...times
      .filter((time) => action === 'request' || isNear(time, times))
      .map((time) => merged({ ...usual, action }, time)),
    ...rest.map((level) => merged({ ...usual, action }, level)),
    ...durations.map((durationMs) => ({ ...usual, action, durationMs })),
  ]);
  const inCalendars = calendars.flatMap((time) => rest.map((level) => merged(merged(usual, time), level)));
  const sizes = [ACTIONS.length, durations.length, ...factors.map(({ levels }) => levels.length)];
  const pairs = pairwise(sizes).map(([action = 0, duration = 0, ...chosen]) =>
    chosen.reduce<Row>((row, level, factor) => merged(row, factors[factor]?.levels[level] ?? {}), {
      action: ACTIONS[action] ?? 'request',
      durationMs: durations[duration] ?? usual.durationMs,
    }),
  );
  return [
    ...new Map([...singles, ...inCalendars, ...pairs].map((row) => [JSON.stringify(row), row])).values(),
  ];
}

const CLOCK: ReadonlySet<string> = new Set(['weekday', 'minuteOfDay', 'calendar']);

/** Every day with every time outside calendars, and each calendar at its first such. */
function timesOf(factors: readonly Factor<Setting>[]): readonly Setting[] {
  const levels = (name: string): readonly Setting[] =>
    factors.find((each) => each.name === name)?.levels ?? [{}];
  const clock = levels('weekday').flatMap((day) =>
    levels('minuteOfDay').map((minute) => ({ ...day, ...minute })),
  );
  return [...clock, ...levels('calendar').filter(({ calendar }) => calendar != null)];
}

/** Of what is no request, the days at one time and the times on one day are enough: the pairs add some of the others. */
const isNear = (time: Setting, [first]: readonly Setting[]): boolean =>
  time.calendar != null || time.weekday === first?.weekday || time.minuteOfDay === first?.minuteOfDay;

const merged = (row: Row, { facts, ...setting }: Setting): Row => ({
  ...row,
  ...setting,
  ...(facts && { facts: { ...row.facts, ...facts } }),
});

/** Those offered at both ends, and those beside which a rule about duration or impact changes its mind. */
function durationsOf({ before, after, mentions }: Asked, id: string): readonly number[] {
  const longest = [before, after].map(({ catalogue }) => catalogue.entitlements.get(id)?.longestMs ?? 0);
  const most = Math.max(...longest);
  const shortest = [before, after].flatMap(
    ({ catalogue }) => catalogue.entitlements.get(id)?.durationsMs[0] ?? [],
  );
  const named = numbersAt(mentions, 'durationMinutes').flatMap((m) => [m * 60_000, (m + 1) * 60_000]);
  const demanded = [before, after].flatMap(longestDemanded);
  const extended = [before, after].flatMap(
    ({ catalogue }) => catalogue.entitlements.get(id)?.extension.longestMs ?? [],
  );
  const weighed = [before, after].flatMap((side) =>
    durationsAtImpact(side, id, numbersAt(mentions, 'impact')),
  );
  return [...new Set([...shortest, ...longest, ...demanded, ...extended, ...named, ...weighed])]
    .filter((ms) => ms > 0 && ms <= most)
    .slice(0, LIMITS.policyGridLiteralsMax);
}

/** How long the rules that shorten let it be. */
const longestDemanded = ({ policies }: Rules): readonly number[] =>
  [...(policies?.rules.values() ?? [])].flatMap(
    ({ annotations: { longest } }) => (longest === undefined ? null : parseDuration(longest)) ?? [],
  );

const STEPS_MAX = 200;

/** For each literal the last duration whose impact does not exceed it, and the first that does. */
function durationsAtImpact({ catalogue }: Rules, id: string, literals: readonly number[]): readonly number[] {
  const target = targetOf(catalogue, id);
  const everyMs = catalogue.impact.duration?.everyMs;
  if (target === null || everyMs === undefined) return [];
  const score = (ms: number): number => impactOf(catalogue, target.entitlement, target.resource, ms).score;
  return literals.flatMap((literal) => {
    for (let step = 1; step <= STEPS_MAX; step++)
      if (score(step * everyMs) > literal) return [(step - 1) * everyMs, step * everyMs];
    return [];
  });
}

function targetOf(
  catalogue: Rules['catalogue'],
  id: string,
): { entitlement: CatalogueEntitlement; resource: CatalogueResource } | null {
  const entitlement = catalogue.entitlements.get(id);
  const resource = catalogue.resources.get(entitlement?.resource ?? '');
  return entitlement && resource ? { entitlement, resource } : null;
}

function compareOne(asked: Asked, kind: Kind, id: string, row: Row): readonly Difference[] {
  const { before, after } = asked;
  const made = [before, after].map((side, index) => {
    const input = inputOf(asked, kind.sides[index === 0 ? 0 : 1], id, row);
    return input === null ? null : { input, said: judge(side, input) };
  });
  const [old, now] = made;
  if (!old || !now || sameAnswer(old.said, now.said)) return [];
  return [{ kind, inputs: [old.input, now.input], before: old.said, after: now.said }];
}

const sameAnswer = (a: Judgement, b: Judgement): boolean =>
  a.outcome === b.outcome && stagesKey(a) === stagesKey(b) && a.ticketRequired === b.ticketRequired;

/** The stages as far as they tell two answers apart: order among groups aside. */
export const stagesKey = ({ stages }: Pick<Judgement, 'stages'>): string =>
  stages
    .map(({ group, quorum }) => `${group} ${quorum}`)
    .sort()
    .join(', ');

/** Null: there is no such moment. The same for both sides, but for who the person is to each. */
function inputOf(asked: Asked, person: PolicyInput['person'], id: string, row: Row): PolicyInput | null {
  const target = targetOf(asked.after.catalogue, id) ?? targetOf(asked.before.catalogue, id);
  if (target === null) return null;
  const { weekday = 2, minuteOfDay = 600, calendar = null, only, startsInMinutes = 0 } = row;
  const wanted = { weekday, minuteOfDay, calendar, ...(only && { only }) };
  const start = asked.finder(wanted, target.resource);
  if (start === null) return null;
  return {
    v: 1,
    action: row.action,
    person,
    entitlement: id,
    durationMs: row.durationMs,
    at: start - startsInMinutes * 60_000,
    startAt: startsInMinutes === 0 ? null : start,
    facts: { ...row.facts },
    exceptions: [...(row.exceptions ?? [])],
    vote: null,
  };
}
