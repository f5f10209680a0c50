import type { Difference } from './grid.ts';
import { type Judgement, stagesText } from '../cases/judgement.ts';
import { policyIds } from '../cases/test-cases.ts';

export type Change = 'newly-allowed' | 'newly-denied' | 'fewer-approvals' | 'approvals-changed';

/** Differences of the same kind, told as one: for whom, from what to what, and one question that shows it. */
export interface ChangeGroup {
  readonly change: Change;
  readonly actions: readonly string[];
  readonly entitlement: string;
  /** People by key, and `a member of G`. */
  readonly who: readonly string[];
  readonly keys: readonly string[];
  /** Groups that each of them is in. */
  readonly groups: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly ids: readonly string[];
  readonly questions: number;
  readonly example: Difference;
}

export function changeOf({ before, after }: Pick<Difference, 'before' | 'after'>): Change {
  if (before.outcome === 'no-access') return 'newly-allowed';
  if (after.outcome === 'no-access') return 'newly-denied';
  return isFewer(before, after) ? 'fewer-approvals' : 'approvals-changed';
}

/** Whether any group that had to consent needs to no more, or with fewer of its members; or a ticket needs to be no more. */
function isFewer(before: Judgement, after: Judgement): boolean {
  if (before.ticketRequired && !after.ticketRequired) return true;
  return before.stages.some(({ group, quorum }) => {
    const now = after.stages.find((stage) => stage.group === group);
    return now === undefined || now.quorum < quorum;
  });
}

/** An answer in a few words: `no (forbidden)`, `automatic`, `dba 2, security 1`. */
export function answerText({ outcome, reason, stages, ticketRequired }: Judgement): string {
  if (outcome === 'no-access') return `no (${reason?.code ?? 'forbidden'})`;
  const ticket = ticketRequired ? ', with a ticket' : '';
  if (outcome === 'auto-approved') return `automatic${ticket}`;
  return `${outcome === 'allowed' ? 'yes' : stagesText(stages)}${ticket}`;
}

export function summarise(differences: readonly Difference[]): readonly ChangeGroup[] {
  const groups = new Map<string, ChangeGroup>();
  for (const difference of differences) {
    const made = groupOf(difference);
    const key = JSON.stringify([made.change, made.actions, made.entitlement, made.from, made.to, made.ids]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? made : joined(known, made));
  }
  const order: readonly Change[] = ['newly-allowed', 'fewer-approvals', 'approvals-changed', 'newly-denied'];
  return actionsTogether([...groups.values()].sort(byAction)).sort(
    (a, b) => order.indexOf(a.change) - order.indexOf(b.change) || (a.entitlement < b.entitlement ? -1 : 1),
  );
}

const ACTIONS: readonly string[] = ['request', 'activate', 'extend', 'breakGlass'];
const byAction = (a: ChangeGroup, b: ChangeGroup): number =>
  ACTIONS.indexOf(a.actions[0] ?? '') - ACTIONS.indexOf(b.actions[0] ?? '');

/** What changes for the same people and the same reason is told once, as what it means for the first of its actions. */
function actionsTogether(groups: readonly ChangeGroup[]): ChangeGroup[] {
  const told: ChangeGroup[] = [];
  for (const group of groups) {
    const same = told.findIndex((each) => isSameBut(each, group));
    const known = told[same];
    if (known === undefined) told.push(group);
    else told[same] = { ...joined(known, group), actions: [...known.actions, ...group.actions] };
  }
  return told;
}

const isSameBut = (a: ChangeGroup, b: ChangeGroup): boolean =>
  a.change === b.change &&
  a.entitlement === b.entitlement &&
  a.from === b.from &&
  String(a.ids) === String(b.ids) &&
  String([...a.who].sort()) === String([...b.who].sort()) &&
  !b.actions.some((action) => a.actions.includes(action));

function groupOf(difference: Difference): ChangeGroup {
  const { kind, inputs, before, after } = difference;
  return {
    change: changeOf(difference),
    actions: [inputs[1].action],
    entitlement: inputs[1].entitlement,
    who: kind.who,
    keys: kind.keys,
    groups: kind.groups,
    from: answerText(before),
    to: answerText(after),
    ids: policyIds(decisive(before, after)),
    questions: 1,
    example: difference,
  };
}

/** Ids of those that refused, where one side refuses; otherwise of those that only one side names. */
function decisive(before: Judgement, after: Judgement): readonly string[] {
  if (before.outcome === 'no-access')
    return before.ids.length > 0 && isByRules(before) ? before.ids : waivers(after);
  if (after.outcome === 'no-access') return after.ids;
  return [
    ...after.ids.filter((id) => !before.ids.includes(id)),
    ...before.ids.filter((id) => !after.ids.includes(id)),
  ].sort();
}

const isByRules = ({ ids }: Judgement): boolean => policyIds(ids).length > 0;

/** What waived consent of what was not even open before. */
const waivers = ({ outcome, steps }: Judgement): readonly string[] =>
  outcome === 'auto-approved'
    ? steps.filter(({ question }) => question.action === 'autoApprove').flatMap(({ answer }) => answer.ids)
    : [];

const joined = (known: ChangeGroup, more: ChangeGroup): ChangeGroup => ({
  ...known,
  who: [...new Set([...known.who, ...more.who])],
  keys: [...new Set([...known.keys, ...more.keys])],
  groups: known.groups.filter((group) => more.groups.includes(group)),
  questions: known.questions + more.questions,
  example: weightOf(more.example) < weightOf(known.example) ? more.example : known.example,
});

/** A question with little in it shows more. */
const weightOf = ({ inputs: [, { action, facts, exceptions }] }: Difference): number =>
  Object.keys(facts).length + exceptions.length + ACTIONS.indexOf(action) / 10;
