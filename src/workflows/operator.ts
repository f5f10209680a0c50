import type { RequestId } from '../domain/values.ts';
import type { FieldRefusal } from '../ports/intent.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';

export type OperatorAnswer =
  | { readonly kind: 'revoking' }
  | { readonly kind: 'refused'; readonly code: FieldRefusal['code'] | 'not-an-operator' };

/** An operator ends a grant from the command line: by the same rules as from chat, and on record as themselves. */
export async function revokeAsOperator(
  deps: Deps,
  id: RequestId,
  person: string,
  reason: string,
): Promise<OperatorAnswer> {
  const known = await deps.directory.person(person);
  if (!known?.operator) return { kind: 'refused', code: 'not-an-operator' };
  const by = await deps.store.subjectOf(person, () => deps.ids.subject());
  const handled = await handleCommand(deps, id, async (state) => ({
    kind: 'revoke',
    at: deps.clock.now(),
    by,
    may: await deps.policy.mayRevoke(person, state.entitlement, state.ballot.consent),
    trigger: 'revoked',
    reason,
    stamp: deps.policy.stamp(),
  }));
  return handled.outcome === 'refused'
    ? { kind: 'refused', code: handled.refusal.code }
    : { kind: 'revoking' };
}
