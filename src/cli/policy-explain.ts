import { formatDuration } from '../domain/duration.ts';
import type { PolicyInput } from '../policy/input.ts';
import { type CedarStep, judge, type Judgement } from '../policy/cases/judgement.ts';
import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';
import { CliError, facts, folded, print } from './io.ts';
import { rulesFileOf } from './policy-folder.ts';
import { type KnownPeople, openPeople } from './policy-people.ts';
import { type Asked, askedOf, type AskedOptions, givenOf, wallText } from './policy-question.ts';
import { complainOfGroups } from './policy-report.ts';
import { placeOf, reasonText, stageNames } from './policy-words.ts';

export interface ExplainOptions extends AskedOptions {
  readonly person: string;
  readonly entitlement: string;
  readonly action: PolicyInput['action'];
  readonly given?: readonly string[];
  readonly folder?: string;
}

/** `countersign policy explain`: what the rules say to one question, step by step, and why. */
export async function policyExplain(options: ExplainOptions): Promise<void> {
  const rules = await loadRules(await rulesFileOf(options.folder));
  await using people = await openPeople(rules, options.folder === undefined ? 'configured' : 'catalogue');
  const asked = askedOf(rules, options.entitlement, options);
  const person = await people.asking(options.person, asked.at);
  if (person === null)
    throw new CliError('notFound', `--person ${options.person}: the catalogue names nobody by that key`);
  complainOfGroups(people.unknown);
  const input: PolicyInput = {
    v: 1,
    action: options.action,
    person,
    entitlement: asked.entitlement.id,
    durationMs: asked.durationMs,
    at: asked.at,
    startAt: null,
    ...givenOf(options.given ?? []),
    vote: null,
  };
  const judgement = judge(rules, input, await people.holders([...rules.catalogue.groups.keys()], asked.at));
  await show(rules, people, asked, input, judgement);
}

async function show(
  rules: Rules,
  people: KnownPeople,
  asked: Asked,
  input: PolicyInput,
  judgement: Judgement,
): Promise<void> {
  print(facts(questionFacts(rules, asked, input)));
  print('\nThe catalogue');
  print(facts(floorFacts(asked, input)));
  if (rules.policies === null) print('\nNo policies: the catalogue decides alone.');
  else print('\nThe policies');
  for (const step of judgement.steps) for (const line of stepLines(rules, step)) print(folded(line, 80));
  if (judgement.impact !== null) print(`\n${impactText(judgement)}`);
  if (judgement.stages.length > 0) await showApprovers(rules, people, asked, input, judgement);
  print(folded(`\n${conclusion(rules, input, judgement)}`, 80));
}

function questionFacts(rules: Rules, { resource, at, durationMs }: Asked, input: PolicyInput) {
  const { person, action, facts: given, exceptions } = input;
  const name = rules.catalogue.people.get(person.key)?.name ?? person.key;
  const known = Object.entries(given).map(([fact, value]) => `${fact}: ${valueText(value)}`);
  return [
    ['Who', `${name} (${person.key})`],
    ['Groups', person.groups.join(', ') || 'none'],
    ['Not known', person.stale.length === 0 ? null : person.stale.join(', ')],
    ['What', `${action} ${input.entitlement}, for ${formatDuration(durationMs)}`],
    ['When', wallText(rules, at, resource.zone)],
    ['Calendars', calendarText(rules, resource, at, durationMs)],
    ['Given', [...known, ...exceptions.map((each) => `exception: ${each}`)].join('; ') || null],
  ] as const;
}

const valueText = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([key, each]) => `${key} ${String(each)}`)
        .join(', ')
    : String(value);

function calendarText(rules: Rules, resource: Asked['resource'], at: number, durationMs: number): string {
  const window = { from: at, until: at + durationMs };
  const holding = (['freeze', 'maintenance'] as const).flatMap((kind) =>
    rules.calendars.holding(kind, window, resource).map((key) => {
      const end = rules.calendars.endOf(key, at);
      return `${kind} ${key}${end === null ? '' : `, until ${wallText(rules, end, resource.zone)}`}`;
    }),
  );
  return holding.join('\n') || 'none holds';
}

function floorFacts({ entitlement, resource }: Asked, { person }: PolicyInput) {
  const { consent, requesters, longestMs } = entitlement;
  const held = requesters.filter((group) => person.groups.includes(group));
  const may =
    held.length > 0 ? `yes, as ${held.join(', ')}` : `no: it is for ${requesters.join(', ') || 'nobody'}`;
  const floor = consent.autoApprovedBy === null ? stageNames(consent.stages, consent.order) : 'automatic';
  return [
    ['May ask', may],
    ['Consent', floor],
    ['Longest', formatDuration(longestMs)],
    ['Data', `${resource.classification}, ${resource.environment}, ${entitlement.privilege}`],
    ['On call', resource.onCall],
  ] as const;
}

/** What it means that rules of an action hold, and that none does. */
const VERDICTS: Readonly<Record<string, readonly [string, string]>> = {
  demand: ['asks for more', 'asks for nothing more'],
  autoApprove: ['waives consent', 'waives nothing'],
};

function stepLines(rules: Rules, { question, answer }: CedarStep): readonly string[] {
  const { action, resource } = question;
  const head = `  ${action} ${resource}: `;
  if (answer.errors.length > 0) return [`${head}no, an error: ${answer.errors.join('; ')}`];
  const [some, none] = VERDICTS[action] ?? [answer.allowed ? 'permitted' : 'forbidden', 'no rule permits it'];
  if (answer.ids.length === 0) return [`${head}${none}`];
  return [`${head}${some}`, ...answer.ids.map((id) => `      ${ruleText(rules, id)}`)];
}

function ruleText(rules: Rules, id: string): string {
  const rule = rules.policies?.rules.get(id);
  const obligations = Object.entries(rule?.annotations ?? {})
    .filter(([name]) => name !== 'id' && name !== 'says')
    .map(([name, value]) => `${name} ${value}`);
  return `${id} (${placeOf(rules, id)})${obligations.length === 0 ? '' : `: ${obligations.join('; ')}`}`;
}

function impactText({ impact }: Judgement): string {
  const parts = (impact?.parts ?? []).map(({ factor, points }) => `${factor} ${points}`);
  return folded(`Impact ${impact?.score ?? 0}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`, 80);
}

async function showApprovers(
  rules: Rules,
  people: KnownPeople,
  { at }: Asked,
  input: PolicyInput,
  { stages }: Judgement,
): Promise<void> {
  const holders = await people.holders([...rules.catalogue.groups.keys()], at);
  print('\nWho consents');
  const rows = stages.map(({ name, group, quorum }) => {
    const keys = holders(group, input)?.filter((key) => key !== input.person.key) ?? null;
    const names = keys?.map((key) => rules.catalogue.people.get(key)?.name ?? key) ?? null;
    const who = names === null ? 'not known' : names.join(', ') || 'nobody';
    return [name, `${quorum} of ${group}: ${who}`] as const;
  });
  print(facts(rows));
}

function conclusion(
  rules: Rules,
  { person, entitlement, action }: PolicyInput,
  judgement: Judgement,
): string {
  const { outcome, stages, order, longestMs, reason, ids } = judgement;
  const what = `${rules.catalogue.people.get(person.key)?.name ?? person.key}, ${action} ${entitlement}`;
  const most = longestMs === null ? '' : `, for ${formatDuration(longestMs)} at most`;
  switch (outcome) {
    case 'no-access':
      return `✗ ${what}: no, ${reason === null ? 'nothing permits it' : reasonText(reason)}.`;
    case 'auto-approved':
      return `✓ ${what}: yes, at once (${waiverOf(ids)})${most}.`;
    case 'requires-approval':
      return `✓ ${what}: yes, with the consent of ${stageNames(stages, order)}${most}.`;
    case 'allowed':
      return `✓ ${what}: yes${most}.`;
  }
}

const waiverOf = (ids: readonly string[]): string =>
  ids.find((id) => id.startsWith('auto') || id.endsWith('/automatic') || id.endsWith('/extension')) ??
  ids.join(', ');
