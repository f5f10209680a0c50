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
  const person = await deps.store.personOf(subject);
  if (person === null) return { allowed: false, stamp: deps.policy.stamp(), code: 'unknown-person' };
  const answer = await deps.policy.answer({ action, person, entitlement, durationMs, at });
  return answer.allowed ? answer : { allowed: false, stamp: answer.stamp, code: answer.reason.code };
}
