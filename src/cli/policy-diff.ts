import { diffRules } from '../policy/compare/diff.ts';
import { compareOnGrid, type GridResult } from '../policy/compare/grid.ts';
import { type Change, type ChangeGroup, summarise } from '../policy/compare/grid-summary.ts';
import type { Rules } from '../policy/rules.ts';
import { LIMITS } from '../limits.ts';
import { folded, print } from './io.ts';
import { openRules } from './policy-folder.ts';
import { wallText } from './policy-question.ts';

/** `countersign policy diff`: what is written otherwise, and who may what that they might not before. */
export async function policyDiff(base: string, argument: string | undefined): Promise<void> {
  const before = (await openRules(base)).rules;
  const after = (await openRules(argument)).rules;
  if (before.digest === after.digest) return print('The two say the same.');
  showWritten(before, after);
  const result = compareOnGrid(before, after);
  showChanges(after, summarise(result.differences));
  print(`\n${gridText(result)}`);
}

const MARK = { added: '+', removed: '-', changed: '~' } as const;

function showWritten(before: Rules, after: Rules): void {
  const changes = diffRules(before, after);
  print('What is written');
  for (const { kind, subject, lines } of changes) {
    print(`${MARK[kind]} ${subject}${kind === 'changed' ? '' : ` ${kind}`}`);
    for (const line of lines) print(folded(`    ${line}`, 80));
  }
}

const CHANGE_TITLES: Readonly<Record<Change, string>> = {
  'newly-allowed': 'Newly allowed',
  'fewer-approvals': 'With fewer approvals',
  'approvals-changed': 'With other approvals',
  'newly-denied': 'Newly denied',
};

function showChanges(rules: Rules, changes: readonly ChangeGroup[]): void {
  for (const change of Object.keys(CHANGE_TITLES) as Change[]) {
    const of = changes.filter((each) => each.change === change);
    if (of.length === 0) continue;
    print(`\n${CHANGE_TITLES[change]}`);
    for (const each of of.slice(0, LIMITS.policyListedMax)) showChange(rules, each);
    if (of.length > LIMITS.policyListedMax) print(`  and ${of.length - LIMITS.policyListedMax} more`);
  }
  if (changes.length === 0) print('\nNo question of the grid is answered otherwise.');
}

function showChange(
  rules: Rules,
  { actions, entitlement, who, from, to, ids, questions, example }: ChangeGroup,
): void {
  const by = ids.length === 0 ? '' : ` (${ids.join(', ')})`;
  print(folded(`  ${actions.join(', ')} ${entitlement}: ${from} → ${to}${by}`, 80));
  print(folded(`      for ${who.join(', ')}`, 80));
  const such = questions === 1 ? '' : `; ${questions} such questions`;
  print(folded(`      as on ${exampleText(rules, example.inputs[1])}${such}`, 80));
}

function exampleText(rules: Rules, input: ChangeGroup['example']['inputs'][1]): string {
  const { at, startAt, durationMs, facts, exceptions, entitlement } = input;
  const { catalogue } = rules;
  const zone = catalogue.resources.get(catalogue.entitlements.get(entitlement)?.resource ?? '')?.zone;
  const known = Object.entries(facts).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const special = [...known, ...exceptions.map((each) => `exception ${each}`)];
  const when = wallText(rules, startAt ?? at, zone ?? catalogue.zone);
  return [when, `${Math.ceil(durationMs / 60_000)} min`, ...special].join(', ');
}

export function gridText({ questions, leftOut }: GridResult): string {
  const bound = leftOut === 0 ? '' : ` ${leftOut} more were left out.`;
  return folded(
    `${questions} questions were put to both: everyone and a member of each group, every entitlement, and each value that a policy names, one and two at a time.${bound} A grid, not a proof.`,
    80,
  );
}
