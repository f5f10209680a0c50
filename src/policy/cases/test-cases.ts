import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../limits.ts';
import { memberOf, personIn } from './asked.ts';
import { readBounded, textOf } from '../bounded-file.ts';
import { whenOf } from '../calendar/instant-text.ts';
import type { PolicyInput } from '../input.ts';
import { type Holders, holdersIn, type Judgement, judge } from './judgement.ts';
import { CatalogueError, expectedOneOf, shown } from '../problems.ts';
import type { Rules } from '../rules.ts';
import { casesFile, type PolicyCase } from './test-case.ts';
import { checkYaml, type Fault, faultsAt } from '../yaml-file.ts';

/** Weekdays without a date are the first such ones from Monday 1 June 2026, 00:00 UTC, on. */
export const CASES_WEEK = Date.UTC(2026, 5, 1);

/** A case that is complete and makes sense under a catalogue: its question, and where it stands. */
export interface ReadyCase {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly case: PolicyCase;
  readonly input: PolicyInput;
}

/** Names of the files of cases beside a catalogue, sorted; none where there is no such folder. */
export async function caseFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'tests')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, 'tests', name));
}

/** Reads the cases beside a catalogue. Throws CatalogueError naming file, line and rule of what cannot be used. */
export async function loadCases(folder: string, rules: Rules): Promise<readonly ReadyCase[]> {
  const cases: ReadyCase[] = [];
  for (const file of await caseFiles(folder)) cases.push(...readCases(await readText(file), file, rules));
  return cases;
}

async function readText(file: string): Promise<string> {
  const read = await readBounded(file, LIMITS.catalogueMaxBytes);
  const text = 'fault' in read ? read : textOf(read.bytes);
  if ('text' in text) return text.text;
  throw new CatalogueError(file, [{ file, line: 1, column: 1, path: '', message: text.fault }], 0);
}

export function readCases(text: string, file: string, rules: Rules): readonly ReadyCase[] {
  const { value, placeOf } = checkYaml(text, file, casesFile);
  const faults: Fault[] = [];
  const ready = value.map((each, index) => {
    const made = inputOf(each, rules);
    if ('faults' in made) faults.push(...made.faults.map((f) => ({ ...f, path: [index, ...f.path] })));
    return { file, ...placeOf([index]), case: each, input: 'faults' in made ? null : made.input };
  });
  if (faults.length > 0) throw faultsAt(placeOf, file, faults);
  return ready.filter((each): each is ReadyCase => each.input !== null);
}

type Made = { readonly input: PolicyInput } | { readonly faults: readonly Fault[] };

function inputOf(each: PolicyCase, rules: Rules): Made {
  const { catalogue } = rules;
  const faults = [...unknownNames(each, rules)];
  const entitlement = catalogue.entitlements.get(each.entitlement);
  const asking = each.person === undefined ? madeUp(each, rules) : personIn(catalogue, each.person);
  const zone = each.zone ?? catalogue.resources.get(entitlement?.resource ?? '')?.zone ?? catalogue.zone;
  const at = whenOf(each.at, zone, CASES_WEEK - 1);
  const starts = each.starts === undefined ? null : whenOf(each.starts, zone, at.ok ? at.at : CASES_WEEK);
  if (!at.ok) faults.push({ path: ['at'], message: at.problem });
  if (starts?.ok === false) faults.push({ path: ['starts'], message: starts.problem });
  if (faults.length > 0 || asking === null || !at.ok) return { faults };
  const { exceptions, stale, mfaAge, ...facts } = each.given;
  const acting = each.actor === undefined ? asking : (personIn(catalogue, each.actor) ?? asking);
  const input: PolicyInput = {
    v: 1,
    action: each.action,
    person: { ...acting, groups: acting.groups.filter((g) => !stale.includes(g)), stale: [...stale].sort() },
    entitlement: each.entitlement,
    durationMs: each.for ?? entitlement?.durationsMs[0] ?? 0,
    at: at.at,
    startAt: starts?.ok ? starts.at : null,
    facts: { ...facts, ...(mfaAge !== undefined && { mfaAgeMs: mfaAge }) },
    exceptions: [...exceptions].sort(),
    vote: each.action === 'approve' ? { group: stageOf(each, rules), requester: asking.key } : null,
  };
  return { input };
}

function madeUp(each: PolicyCase, { catalogue }: Rules): PolicyInput['person'] {
  const { groups = [], operator = false, manager, attributes = {} } = each;
  return { ...memberOf(catalogue, groups), operator, manager: manager ?? null, attributes };
}

/** Misspelt names would make a case mean something else, and pass. */
function unknownNames(each: PolicyCase, { catalogue, policies }: Rules): readonly Fault[] {
  const { people, groups, entitlements } = catalogue;
  const ids = [...(policies?.rules.keys() ?? [])];
  const check = (path: Fault['path'], kind: string, got: string | undefined, known: Iterable<string>) => {
    const names = [...known];
    if (got === undefined || names.includes(got)) return [];
    return [{ path, message: `unknown ${kind} ${shown(got)}; ${expectedOneOf(got, names)}` }];
  };
  const stageNames = [...groups.keys(), 'role:manager', 'role:owner', 'role:data-owner'];
  return [
    ...check(['person'], 'person', each.person, people.keys()),
    ...check(['actor'], 'person', each.actor, people.keys()),
    ...check(['manager'], 'person', each.manager, people.keys()),
    ...check(['entitlement'], 'entitlement', each.entitlement, entitlements.keys()),
    ...check(['stage'], 'group', each.stage, stageNames),
    ...(each.groups ?? []).flatMap((group, i) => check(['groups', i], 'group', group, groups.keys())),
    ...each.given.stale.flatMap((group, i) => check(['given', 'stale', i], 'group', group, groups.keys())),
    ...Object.keys(each.stages ?? {}).flatMap((group) =>
      check(['stages', group], 'group', group, stageNames),
    ),
    ...(each.by ?? []).flatMap((id, i) => check(['by', i], 'policy', id, ids)),
  ];
}

function stageOf({ stage, actor = '', entitlement }: PolicyCase, { catalogue }: Rules): string {
  if (stage !== undefined) return stage;
  const stages = catalogue.entitlements.get(entitlement)?.consent.stages ?? [];
  const held = personIn(catalogue, actor)?.groups ?? [];
  return (stages.find(({ group }) => held.includes(group)) ?? stages[0])?.group ?? '';
}

/** How one case came out. `failures`: each what was expected and what was said instead; none: it passed. */
export interface CaseResult {
  readonly ready: ReadyCase;
  readonly judgement: Judgement;
  readonly failures: readonly string[];
}

/** Runs the cases, in their order. */
export function runCases(rules: Rules, cases: readonly ReadyCase[]): readonly CaseResult[] {
  const holders = holdersIn(rules.catalogue);
  return cases.map((ready) => {
    const judgement = judge(rules, ready.input, holdersFor(ready, holders));
    return { ready, judgement, failures: failuresOf(ready.case, judgement) };
  });
}

/** Somebody who is made up has no manager to ask unless the case names one. */
const holdersFor =
  ({ case: { person, manager } }: ReadyCase, holders: Holders): Holders =>
  (group, input) =>
    group === 'role:manager' && person === undefined && manager === undefined ? null : holders(group, input);

function failuresOf(expected: PolicyCase, got: Judgement): readonly string[] {
  if (expected.expect !== got.outcome)
    return [
      `expected ${expected.expect}, got ${got.outcome}${got.reason === null ? '' : ` (${got.reason.code})`}`,
    ];
  const differ = <T>(what: string, want: T | undefined, is: T): readonly string[] =>
    want === undefined || want === is ? [] : [`expected ${what} ${String(want)}, got ${String(is)}`];
  const says = got.reason?.code === 'forbidden' ? (got.reason.says ?? 'nothing') : 'nothing';
  return [
    ...differ('stages', expected.stages && sortedStages(Object.entries(expected.stages)), stagesOf(got)),
    ...differ('longest', minutes(expected.longest), minutes(got.longestMs) ?? 'none'),
    ...differ('impact', expected.impact, got.impact?.score),
    ...differ<string>('ticket', expected.ticket, got.ticketRequired ? 'required' : 'not required'),
    ...differ('because', expected.because, got.reason?.code),
    ...differ('says', expected.says, says),
    ...decidedBy(expected, got),
  ];
}

const minutes = (ms: number | null | undefined): string | undefined =>
  ms === null || ms === undefined ? undefined : `${ms / 60_000}m`;

const stagesOf = ({ stages }: Judgement): string =>
  sortedStages(stages.map(({ group, quorum }) => [group, quorum]));

const sortedStages = (pairs: readonly (readonly [string, number])[]): string =>
  pairs
    .map(([group, quorum]) => `${group} ${quorum}`)
    .sort()
    .join(', ');

/** Ids of policies, without those of the catalogue, which no case needs to name. */
export const policyIds = (ids: readonly string[]): readonly string[] =>
  ids.filter((id) => id !== 'catalogue' && !id.startsWith('catalogue/'));

function decidedBy({ by, expect }: PolicyCase, got: Judgement): readonly string[] {
  if (by === undefined) return [];
  const ids = policyIds(got.ids);
  const names = (list: readonly string[]): string => (list.length === 0 ? 'none' : list.join(', '));
  const fits =
    expect === 'no-access' ? names([...by].sort()) === names(ids) : by.every((id) => ids.includes(id));
  return fits ? [] : [`expected decided by ${names([...by].sort())}, got ${names(ids)}`];
}

/** Ids of policies that decided none of the cases, in the order of the files. */
export function notCovered({ policies }: Rules, results: readonly CaseResult[]): readonly string[] {
  const seen = new Set(results.flatMap(({ judgement }) => judgement.ids));
  return [...(policies?.rules.keys() ?? [])].filter((id) => !seen.has(id));
}
