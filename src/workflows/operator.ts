import type { RequestId, Subject } from '../domain/values.ts';
import type { FieldRefusal } from '../ports/intent.ts';
import { ballotQuestion } from './ballot.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';

export type OperatorAnswer =
  | { readonly kind: 'revoking' }
  | { readonly kind: 'refused'; readonly code: FieldRefusal['code'] | 'not-an-operator' };

/** The pseudonym of an operator, by the catalogue's key; null for anyone else. */
export async function operatorOf(deps: Deps, person: string): Promise<Subject | null> {
  const known = await deps.directory.person(person);
  return known?.operator ? deps.store.subjectOf(person, () => deps.ids.subject()) : null;
}

/** An operator ends a grant from the command line: by the same rules as from chat, and on record as themselves. */
export async function revokeAsOperator(
  deps: Deps,
  id: RequestId,
  person: string,
  reason: string,
): Promise<OperatorAnswer> {
  const by = await operatorOf(deps, person);
  if (by === null) return { kind: 'refused', code: 'not-an-operator' };
  const handled = await handleCommand(deps, id, async (state) => ({
    kind: 'revoke',
    at: deps.clock.now(),
    by,
    ...(await deps.policy.mayRevoke(person, await ballotQuestion(deps, state, state.ballot))),
    trigger: 'revoked',
    reason,
  }));
  return handled.outcome === 'refused'
    ? { kind: 'refused', code: handled.refusal.code }
    : { kind: 'revoking' };
}
