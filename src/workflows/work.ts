import { fold } from '../domain/evolve.ts';
import { type RequestState, streamOf } from '../domain/state.ts';
import type { RequestId } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Claim } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import type { Handled } from './handle-command.ts';
import { backoffMs } from './retry.ts';

/** What became of a piece of due work. `done`: its row went in the commit. `complete`: nothing is left to do. */
export type WorkResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'retry'; readonly at: number };

export const currentState = async (deps: Deps, id: RequestId): Promise<RequestState | null> =>
  fold(await deps.store.read(streamOf(id)));

/** Before an effect: enough of the claim must be left for the call, or another may be doing it already. */
export const stillHeld = (deps: Deps, claim: Claim): boolean =>
  deps.clock.now() + LIMITS.connectorCallTimeoutMs < claim.claimedUntil;

/**
 * Due work that the state no longer wants is complete; a refusal is no fault. What is not due yet, as when the clock
 * was set back, keeps its row: dropping it would lose an expiry.
 */
export function settleRefused(deps: Deps, claim: Claim, handled: Handled): WorkResult {
  if (handled.outcome !== 'refused') return { kind: 'done' };
  if (handled.refusal.code === 'not-due') {
    const soonest = deps.clock.now() + backoffMs(claim.attempts, deps.jitter);
    return { kind: 'retry', at: Math.max(claim.dueAt, soonest) };
  }
  deps.logger.debug({ refusal: handled.refusal.code }, 'due work was no longer wanted');
  return { kind: 'complete' };
}
