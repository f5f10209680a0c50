import type { Admission } from '../domain/command.ts';
import { type RequestState, streamOf } from '../domain/state.ts';
import type { PolicyAnswer } from '../ports/policy.ts';
import type { Deps } from './deps.ts';

/** An answer of the rules as a fact for a command. */
export const admissionOf = (answer: PolicyAnswer): Admission =>
  answer.allowed ? answer : { ...answer, code: answer.reason.code };

/**
 * What today's rules say of who asked and what they asked for: of access that begins now, or that goes on where the
 * grant would have ended. Unknown means no.
 */
export async function admit(
  deps: Deps,
  action: 'extend' | 'activate',
  { id, requester, entitlement, grant }: RequestState,
  durationMs: number,
  at: number,
): Promise<Admission> {
  const no = (code: string): Admission => ({ allowed: false, stamp: deps.policy.stamp(), code, facts: null });
  const person = await deps.store.personOf(requester);
  if (person === null) return no('unknown-person');
  if (!(await isInGoodStanding(deps, person))) return no('account-refused');
  const beside = await deps.store.disclosures(streamOf(id));
  const ticket = beside.find(({ field }) => field === 'ticket')?.value ?? null;
  const startAt = action === 'extend' ? (grant?.expiresAt ?? null) : null;
  const question = { action, person, entitlement: entitlement.id, durationMs, at, startAt, ticket };
  return admissionOf(await deps.policy.answer(question));
}

/**
 * Whether the person still has an account, on a platform of ours, that may take part: nobody is asked to click when
 * access starts. Throws when a platform does not say: the work is tried again, and until then it is a no.
 */
export async function isInGoodStanding(deps: Deps, person: string): Promise<boolean> {
  const known = await deps.directory.person(person);
  const unanswered: string[] = [];
  for (const account of known?.accounts ?? []) {
    const standing = await deps.chats.find((c) => c.platform === account.platform)?.standing(account);
    if (standing?.kind === 'member') return true;
    if (standing?.kind === 'unavailable') unanswered.push(account.platform);
  }
  if (unanswered.length === 0) return false;
  throw new Error(`${unanswered.join(', ')} did not say whether someone's account may still take part`);
}
