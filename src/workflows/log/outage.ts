import { LIMITS } from '../../limits.ts';
import { FollowerFault } from '../../ports/follower.ts';
import type { Claim } from '../../ports/store.ts';
import { alarmRow } from './alarm.ts';
import type { Deps } from '../deps.ts';
import { backoffMs } from '../retry.ts';
import type { WorkResult } from '../work.ts';

/** The last that went well: it names the outage. */
type Since = { readonly size: number } | null;
const occasion = (since: Since): string => String(since?.size ?? 0);

/** Sealing, an anchor or a follower failed: tried again for ever, told to people after some failures in a row, once. */
export async function failed(
  deps: Deps,
  name: string,
  claim: Claim,
  error: unknown,
  since: Since,
): Promise<WorkResult> {
  const { logger, store, clock, jitter } = deps;
  const { attempts } = claim;
  deps.onOutside(name, 'failed');
  if (attempts === 1) logger.warn({ name, error }, 'work for the log failed; it is tried again');
  if (attempts === LIMITS.anchorAlarmAfter) {
    logger.error({ name, attempts, error }, 'work for the log keeps failing: people are told');
    const alarm = { what: 'failing', name, ...wordsFor(error) } as const;
    await store.put([alarmRow(alarm, name, occasion(since), clock.now())]);
  }
  return { kind: 'retry', at: clock.now() + backoffMs(attempts, jitter, restOf(error)) };
}

/** What the other side asks for before it is tried again. */
const restOf = (error: unknown): number | undefined =>
  error instanceof FollowerFault ? error.retryAfterMs : undefined;

/** It went well, under this claim; after an outage that people were told of, they are told of its end. */
export async function works(
  { logger, store, clock }: Deps,
  name: string,
  claim: Claim,
  since: Since,
): Promise<void> {
  if (claim.attempts <= LIMITS.anchorAlarmAfter) return;
  logger.info({ name }, 'work for the log goes well again');
  await store.put([alarmRow({ what: 'working', name }, name, occasion(since), clock.now())]);
}

/** Errors with a hint are in our own words; others may quote anything, and stay in the log of the process. */
function wordsFor(error: unknown): { readonly detail: string; readonly hint: string } {
  if (error instanceof Error && 'hint' in error) return { detail: error.message, hint: String(error.hint) };
  return { detail: 'It fails in a way that was not foreseen.', hint: 'See the log of the bot.' };
}
