import { entityNamed, isExpression } from './expression.ts';
import type { CedarAction } from './policies.ts';

/** Cedar's actions, in the order in which a request meets them. */
const CEDAR_ACTIONS = [
  'request',
  'autoApprove',
  'demand',
  'approve',
  'breakGlass',
  'activate',
  'extend',
  'revoke',
] as const satisfies readonly CedarAction[];

/** The actions a rule's scope names; null: every one there is. */
export function actionsOf(json: unknown): readonly CedarAction[] | null {
  const action = isExpression(json) ? json['action'] : undefined;
  if (!isExpression(action) || action['op'] === 'All') return null;
  const named = entityNamed(action).map(({ id }) => id);
  return CEDAR_ACTIONS.filter((known) => named.includes(known));
}
