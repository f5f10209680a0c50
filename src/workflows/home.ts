import { subject } from '../domain/values.ts';
import { ChatFault } from '../ports/chat.ts';
import type { Claim } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import { homeOf } from './lists.ts';
import { backoffMs } from './retry.ts';
import type { WorkResult } from './work.ts';

/** Brings a person's home tabs to what is true now, wherever they have opened one. */
export async function showHome(deps: Deps, claim: Claim): Promise<WorkResult> {
  const whose = subject.parse(claim.stream.replace(/^home\//, ''));
  const key = await deps.store.personOf(whose);
  const person = key === null ? null : await deps.directory.person(key);
  if (person === null) return { kind: 'complete' };
  const home = await homeOf(deps, whose);
  for (const place of await deps.store.homesOf([whose])) {
    const chat = deps.chats.find((c) => c.platform === place.platform);
    const account = person.accounts.find((a) => a.platform === place.platform && a.user === place.account);
    if (chat === undefined || account === undefined) continue;
    try {
      await chat.publishHome(account, home);
    } catch (error) {
      if (!(error instanceof ChatFault)) throw error;
      if (error.code === 'gone' || error.code === 'refused') continue;
      const wait = backoffMs(claim.attempts, deps.jitter, error.retryAfterMs ?? 0);
      return { kind: 'retry', at: deps.clock.now() + wait };
    }
  }
  return { kind: 'complete' };
}
