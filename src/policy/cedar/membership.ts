import { LIMITS } from '../../limits.ts';
import { entityNamed, type Expression, isExpression, objectsIn } from './expression.ts';
import type { CedarAnswer, CedarQuestion, CedarValue } from './policies.ts';

/** Groups whose members a rule asks about: keys, and the entitlement's own by their attribute, however it is come by. */
export function groupsMentioned(json: unknown): readonly string[] {
  const mentioned = [...objectsIn(json)].flatMap((object) => [
    ...entityNamed(object).flatMap(({ type, id }) => (type === 'Group' ? [id] : [])),
    ...OF_ENTITLEMENT.filter((attr) => attr === attributeRead(object)),
  ]);
  return [...new Set(mentioned)];
}

/** Keys of groups begin with no dot. */
const OF_ENTITLEMENT: readonly string[] = ['.onCall', '.requesters'];

function attributeRead(object: Expression): string | null {
  const access = object['.'];
  return isExpression(access) && typeof access['attr'] === 'string' ? `.${access['attr']}` : null;
}

/** As mentioned, for the entitlement of a question. */
export function resolvedGroups(
  mentioned: readonly string[],
  { entities, resource }: CedarQuestion,
): readonly string[] {
  const attrs = entities.find(({ uid }) => uid.type === 'Entitlement' && uid.id === resource)?.attrs ?? {};
  return mentioned.flatMap((name) => {
    const attr = OF_ENTITLEMENT.includes(name) ? attrs[name.slice(1)] : undefined;
    return OF_ENTITLEMENT.includes(name)
      ? [...objectsIn(attr)].flatMap(entityNamed).map(({ id }) => id)
      : [name];
  });
}

/**
 * The answer to a question about someone of whom it cannot be told whether they are in `groups`. It stands if it is the
 * same whichever of them they are in; else it is a no.
 */
export function surely(
  ask: (question: CedarQuestion) => CedarAnswer,
  question: CedarQuestion,
  groups: readonly string[],
): CedarAnswer {
  const answer = ask(question);
  const [first] = groups;
  if (first === undefined) return answer;
  if (groups.length > LIMITS.policyUntoldGroupsMax) return untold(first, answer.ids);
  for (let chosen = 1; chosen < 2 ** groups.length; chosen++) {
    const members = groups.filter((_, i) => (chosen & (1 << i)) !== 0);
    const other = ask(withGroups(question, members));
    if (turns(answer, other, question)) return untold(members[0] ?? first, other.ids);
  }
  return answer;
}

/** Whether membership turns a yes or a no, or demands what is not demanded without it. */
function turns(answer: CedarAnswer, other: CedarAnswer, { action }: CedarQuestion): boolean {
  if (other.errors.length > 0 || other.allowed !== answer.allowed) return true;
  return action === 'demand' && other.ids.some((id) => !answer.ids.includes(id));
}

const untold = (group: string, ids: readonly string[]): CedarAnswer => ({
  allowed: false,
  ids,
  errors: [`it cannot be told who is in ${group}`],
  untold: group,
});

function withGroups(question: CedarQuestion, groups: readonly string[]): CedarQuestion {
  const added = groups.map((id) => ({ type: 'Group', id }));
  const attrs: Readonly<Record<string, CedarValue>> = {};
  const entities = question.entities.map((entity) =>
    entity.uid.type === 'Person' && entity.uid.id === question.principal
      ? { ...entity, parents: [...entity.parents, ...added] }
      : entity,
  );
  return { ...question, entities: [...entities, ...added.map((uid) => ({ uid, attrs, parents: [] }))] };
}
