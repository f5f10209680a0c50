import type { Person, Standing } from '../ports/directory.ts';
import type { Subject } from '../domain/values.ts';
import type { AccountRefusal, Actor } from '../ports/intent.ts';
import type { Deps } from './deps.ts';

/** Someone who may try: a known person, on an account in good standing at this moment. */
export interface Caller {
  readonly person: Person;
  readonly subject: Subject;
  readonly zone: string;
}

/** Every click asks this anew. What cannot be looked up may do nothing. */
export async function identify(deps: Deps, actor: Actor): Promise<Caller | AccountRefusal> {
  const chat = deps.chats.find((c) => c.platform === actor.account.platform);
  const standing: Standing =
    chat === undefined ? { kind: 'unavailable' } : await chat.standing(actor.account);
  if (standing.kind === 'unavailable') return { code: 'account-unchecked' };
  if (standing.kind === 'refused') return { code: 'account-refused', why: standing.why };
  const person = await deps.directory.personOf(actor.account);
  if (person === null) return { code: 'account-refused', why: 'unlinked' };
  const subject = await deps.store.subjectOf(person.key, () => deps.ids.subject());
  return { person, subject, zone: standing.zone };
}
