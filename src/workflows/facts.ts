import type { Admission } from '../domain/command.ts';
import type { Subject } from '../domain/values.ts';
import type { PolicyQuestion } from '../ports/policy.ts';
import type { Deps } from './deps.ts';

/** What today's rules say of this person and entitlement, as a fact for a command. Unknown means no. */
export async function admit(
  deps: Deps,
  action: PolicyQuestion['action'],
  subject: Subject,
  entitlement: string,
  durationMs: number,
  at: number,
): Promise<Admission> {
  const no = (code: string): Admission => ({ allowed: false, stamp: deps.policy.stamp(), code });
  const person = await deps.store.personOf(subject);
  if (person === null) return no('unknown-person');
  if (!(await isInGoodStanding(deps, person))) return no('account-refused');
  const answer = await deps.policy.answer({ action, person, entitlement, durationMs, at });
  return answer.allowed ? answer : { allowed: false, stamp: answer.stamp, code: answer.reason.code };
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
