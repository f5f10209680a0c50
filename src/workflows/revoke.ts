import { provesAbsence } from '../domain/revoking.ts';
import type { RequestState } from '../domain/state.ts';
import type { AbsenceProof, RequestId } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Removed } from '../ports/connector.ts';
import type { Claim } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import { handleCommand } from './handle-command.ts';
import { backoffMs, bounded, cut, type Fault, faultOf } from './retry.ts';
import { currentState, settleRefused, stillHeld, type WorkResult } from './work.ts';

/** The ladder on the target. Safe to climb again: absent is success. */
async function remove(deps: Deps, state: RequestState): Promise<Removed> {
  if (state.grant === null) throw new Error(`${state.id}: nothing to revoke`);
  const signal = deps.deadline(LIMITS.connectorCallTimeoutMs);
  const connector = await bounded(deps.connectors.open(state.grant.handle.connector), signal);
  return bounded(connector.revoke(state.grant.handle, signal), signal);
}

async function look(deps: Deps, state: RequestState): Promise<AbsenceProof> {
  if (state.grant === null) throw new Error(`${state.id}: nothing to verify`);
  const signal = deps.deadline(LIMITS.connectorCallTimeoutMs);
  const connector = await bounded(deps.connectors.open(state.grant.handle.connector), signal);
  const { handle, positiveControlAt } = state.grant;
  const proof = await bounded(connector.verifyRevoked(handle, positiveControlAt, signal), signal);
  return { ...proof, method: cut(proof.method) };
}

/** Nothing of ours has tried to remove it yet, and it did work: so it should be there. */
const wasSeenLast = (claim: Claim, { grant, revocation }: RequestState): boolean =>
  claim.attempts === 1 &&
  revocation?.attempts === 0 &&
  revocation.removedAt === null &&
  grant?.issuedAt != null;
/** That it is absent here proves nothing of a server whose address now leads elsewhere: people have to look. */
const VANISHED = 'not there any more: removed by hand, or this is another server';

export async function revokeGrant(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const state = await currentState(deps, id);
  if (state?.phase !== 'revoking') return { kind: 'complete' };
  if (!stillHeld(deps, claim)) return { kind: 'retry', at: deps.clock.now() };
  let removed: Removed;
  try {
    removed = await remove(deps, state);
  } catch (error) {
    return failed(deps, claim, state, 'remove', faultOf(error));
  }
  const { outcome, killed } = removed;
  const vanished = outcome === 'absent' && wasSeenLast(claim, state) ? [VANISHED] : [];
  const leftovers = [...vanished, ...removed.leftovers]
    .slice(0, 20)
    .map((text) => text.slice(0, 200).toWellFormed());
  const tries = claim.attempts;
  const handled = await handleCommand(
    deps,
    id,
    () => ({ kind: 'record-removed', at: deps.clock.now(), tries, outcome, killed, leftovers }),
    { completes: claim, from: state },
  );
  return settleRefused(deps, claim, handled);
}

/**
 * The only way a grant closes: the target itself has shown that nothing is left. Before each further look the ladder
 * is climbed again, for what still let someone in would do so for ever.
 */
export async function verifyGone(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const state = await currentState(deps, id);
  if (state?.phase !== 'revoking') return { kind: 'complete' };
  if (!stillHeld(deps, claim)) return { kind: 'retry', at: deps.clock.now() };
  let proof: AbsenceProof;
  try {
    if (claim.attempts > 1) await remove(deps, state);
    if (!stillHeld(deps, claim)) return { kind: 'retry', at: deps.clock.now() };
    proof = await look(deps, state);
  } catch (error) {
    return failed(deps, claim, state, 'verify', faultOf(error));
  }
  if (!provesAbsence(proof))
    return failed(deps, claim, state, 'verify', { fault: 'conflict', detail: proof.method, retryAfterMs: 0 });
  const handled = await handleCommand(
    deps,
    id,
    () => ({ kind: 'record-verified', at: deps.clock.now(), proof }),
    { completes: claim, from: state },
  );
  return settleRefused(deps, claim, handled);
}

/**
 * Tried for ever, with bounded back-off. The first failures are events, and then each power of two: an outage of
 * days leaves a readable record, and the trying itself is never thinned.
 */
async function failed(
  deps: Deps,
  claim: Claim,
  state: RequestState,
  step: 'remove' | 'verify',
  failure: Fault,
): Promise<WorkResult> {
  const total = (state.revocation?.attempts ?? 0) + claim.attempts;
  const { fault, detail, retryAfterMs } = failure;
  const at = deps.clock.now();
  const wait = Math.max(
    Math.min(backoffMs(total, deps.jitter), LIMITS.revocationRetryCapMs),
    Math.min(retryAfterMs, LIMITS.retryCapMs),
  );
  deps.logger.warn({ request: state.id, step, fault, attempt: total }, 'revocation failed; trying again');
  const onRecord = total <= LIMITS.revocationEscalateAfter || (total & (total - 1)) === 0;
  if (!onRecord) return { kind: 'retry', at: at + wait };
  const handled = await handleCommand(
    deps,
    state.id,
    () => ({
      kind: 'record-revocation-failure',
      at,
      tries: claim.attempts,
      step,
      fault,
      detail,
      nextAttemptAt: at + wait,
      escalateAfter: LIMITS.revocationEscalateAfter,
    }),
    { completes: claim },
  );
  return settleRefused(deps, claim, handled);
}

/** A credential that came after its revocation: removed and looked at like any other, until it is gone. */
export async function undo(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const state = await currentState(deps, id);
  if (state === null || state.grant === null) return { kind: 'complete' };
  if (state.phase === 'active' || state.phase === 'provisioning') return { kind: 'complete' };
  if (!stillHeld(deps, claim)) return { kind: 'retry', at: deps.clock.now() };
  try {
    const { outcome } = await remove(deps, state);
    const proof = await look(deps, state);
    if (provesAbsence(proof)) {
      if (outcome === 'revoked') deps.logger.warn({ request: id }, 'a late credential was removed');
      return { kind: 'complete' };
    }
  } catch (error) {
    deps.logger.warn({ request: id, ...faultOf(error) }, 'a late credential could not be removed yet');
  }
  return { kind: 'retry', at: deps.clock.now() + backoffMs(claim.attempts, deps.jitter) };
}
