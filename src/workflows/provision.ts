import type { Fault } from './retry.ts';
import type { Command } from '../domain/command.ts';
import { whyNotExtended } from '../domain/granting.ts';
import type { Ballot, RequestState } from '../domain/state.ts';
import type { Consent, RequestId, Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Order, Provisioned } from '../ports/connector.ts';
import type { Claim } from '../ports/store.ts';
import { ballotQuestion, openedIn, voteOf } from './ballot.ts';
import type { Deps } from './deps.ts';
import { type Handled, handleCommand } from './handle-command.ts';
import { currentState, settleRefused, stillHeld, type WorkResult } from './work.ts';
import { admit, isInGoodStanding } from './facts.ts';
import { backoffMs, bounded, faultOf } from './retry.ts';
import { row } from './react.ts';

/** The window opens: asks everything again, and records name and expiry before the target hears of them. */
export async function startGrant(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const handled = await handleCommand(deps, id, (state) => startCommand(deps, id, state), {
    completes: claim,
  });
  return settleRefused(deps, claim, handled);
}

async function startCommand(deps: Deps, id: RequestId, state: RequestState): Promise<Command> {
  const at = deps.clock.now();
  const admission = await admit(deps, 'activate', state, state.durationMs, at);
  const connector = deps.connectorSnapshot(state.entitlement.connector);
  const { stamp, facts } = admission;
  const gone = { allowed: false, stamp, code: 'connector-gone', facts } as const;
  const today = admission.allowed ? admission.consent : state.ballot.consent;
  return {
    kind: 'start',
    at,
    admission: connector === null ? gone : admission,
    mayFill: await mayFill(deps, state, state.ballot, state.ballot.consent),
    mayFillToday: await mayFill(deps, state, state.ballot, today),
    handle: {
      name: deps.connectors.nameFor(id, 1),
      scope: state.entitlement.scope,
      connector: connector ?? { id: state.entitlement.connector, use: 'gone', config: {} },
    },
  };
}

/** Of each who consented, the stages of `consent` they may fill now: in the place in which they gave it, or their own. */
async function mayFill(
  deps: Deps,
  state: RequestState,
  ballot: Ballot,
  consent: Consent,
): Promise<ReadonlyMap<Subject, readonly number[]>> {
  const stages = new Map<Subject, readonly number[]>();
  const question = await ballotQuestion(deps, state, {
    ...ballot,
    consent,
    opened: openedIn(consent, ballot),
  });
  for (const { by, insteadOf } of ballot.approvals) {
    const person = await deps.store.personOf(by);
    if (person === null || !(await isInGoodStanding(deps, person))) continue;
    const now = await voteOf(deps, person, question);
    if (now.insteadOf === null || now.insteadOf === insteadOf) stages.set(by, now.stages);
  }
  return stages;
}

function orderOf(state: RequestState, expiresAt: number): Order {
  if (state.grant === null) throw new Error(`${state.id}: no grant to make an order of`);
  const { handle, generation } = state.grant;
  return { handle, request: state.id, subject: state.requester, generation, expiresAt };
}

/** Creates the credential (or converges on it), sees that it works, and keeps its secret sealed for its owner. */
export async function provision(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const state = await currentState(deps, id);
  if (state?.phase !== 'provisioning' || state.grant === null) return { kind: 'complete' };
  const { generation, expiresAt } = state.grant;
  if (deps.clock.now() >= expiresAt) return { kind: 'complete' };
  if (!stillHeld(deps, claim)) return { kind: 'retry', at: deps.clock.now() };
  let made: Made;
  try {
    made = await make(deps, state, orderOf(state, expiresAt));
  } catch (error) {
    return failed(deps, claim, id, faultOf(error));
  }
  const { provisioned, positiveControlAt } = made;
  const fingerprint = deps.connectors.fingerprint(provisioned.material);
  const plain = new TextEncoder().encode(JSON.stringify(provisioned.secret.expose()));
  const sealed = deps.sealer.seal(plain, sealContext(id, generation));
  const handled = await handleCommand(
    deps,
    id,
    () => ({ kind: 'record-issued', at: deps.clock.now(), generation, fingerprint, positiveControlAt }),
    { completes: claim, secrets: [{ seal: { request: id, generation, sealed } }] },
  );
  return handled.outcome === 'stored' ? { kind: 'done' } : undoLate(deps, state, handled);
}

interface Made {
  readonly provisioned: Provisioned;
  readonly positiveControlAt: number | null;
}

/** All that the target does, and nothing of ours: what throws here is the target's failure and goes on record. */
async function make(deps: Deps, state: RequestState, order: Order): Promise<Made> {
  const signal = deps.deadline(LIMITS.connectorCallTimeoutMs);
  const stillWanted = async (): Promise<boolean> =>
    (await currentState(deps, state.id))?.phase === 'provisioning';
  const connector = await bounded(deps.connectors.open(order.handle.connector), signal);
  const provisioned = await bounded(connector.provision(order, signal, stillWanted), signal);
  return {
    provisioned,
    positiveControlAt: await bounded(connector.verifyActive(order, provisioned, signal), signal),
  };
}

export const sealContext = (id: RequestId, generation: number): string => `${id}/${generation}`;

/** It came to be after its revocation began: nobody may have it, so it goes the same way again. */
async function undoLate(deps: Deps, state: RequestState, handled: Handled): Promise<WorkResult> {
  deps.logger.warn({ request: state.id, outcome: handled.outcome }, 'credential came after its revocation');
  await deps.store.put([row(state, 'undo', deps.clock.now())]);
  return { kind: handled.outcome === 'claim-lost' ? 'done' : 'complete' };
}

const HOPELESS: readonly Fault['fault'][] = ['invalid', 'unsupported'];

async function failed(deps: Deps, claim: Claim, id: RequestId, failure: Fault): Promise<WorkResult> {
  const handled = await handleCommand(
    deps,
    id,
    (state) => {
      const at = deps.clock.now();
      const attempt = (state.grant?.provisionAttempts ?? 0) + 1;
      const giveUp = attempt >= LIMITS.provisionAttemptsMax || HOPELESS.includes(failure.fault);
      const retryAt = giveUp ? null : at + backoffMs(attempt, deps.jitter, failure.retryAfterMs);
      return { kind: 'record-provision-failure', at, retryAt, fault: failure.fault, detail: failure.detail };
    },
    { completes: claim },
  );
  return settleRefused(deps, claim, handled);
}

/** Moves the target's own expiry, then ours. */
export async function extendGrant(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const state = await currentState(deps, id);
  const expiresAt = state?.extension?.expiresAt;
  if (state?.phase !== 'active' || state.grant === null || expiresAt === undefined || expiresAt === null)
    return { kind: 'complete' };
  const whyNot = await notExtended(deps, state);
  if (whyNot !== null) {
    const detail = `the rules do not allow it any more (${whyNot}); the target was not asked`;
    return extensionFailed(deps, claim, id, { fault: 'invalid', detail, retryAfterMs: 0 });
  }
  if (!stillHeld(deps, claim)) return { kind: 'retry', at: deps.clock.now() };
  const signal = deps.deadline(LIMITS.connectorCallTimeoutMs);
  try {
    const connector = await bounded(deps.connectors.open(state.grant.handle.connector), signal);
    await bounded(connector.extend(orderOf(state, expiresAt), signal), signal);
  } catch (error) {
    return extensionFailed(deps, claim, id, faultOf(error));
  }
  const handled = await handleCommand(deps, id, () => ({ kind: 'record-extended', at: deps.clock.now() }), {
    completes: claim,
  });
  return settleRefused(deps, claim, handled);
}

/** Eligibility and consents by today's rules and groups; what cannot be looked up throws, and is tried again. */
async function notExtended(deps: Deps, state: RequestState) {
  const { extension, grant } = state;
  if (extension?.expiresAt == null || grant === null) return null;
  const at = deps.clock.now();
  const addedMs = extension.expiresAt - grant.expiresAt;
  const admission = await admit(deps, 'extend', state, addedMs, at);
  const today = admission.allowed ? admission.consent : extension.consent;
  return whyNotExtended(
    extension,
    admission,
    await mayFill(deps, state, extension, extension.consent),
    await mayFill(deps, state, extension, today),
  );
}

async function extensionFailed(deps: Deps, claim: Claim, id: RequestId, failure: Fault): Promise<WorkResult> {
  const handled = await handleCommand(
    deps,
    id,
    (state) => {
      const at = deps.clock.now();
      const attempt = (state.extension?.attempts ?? 0) + 1;
      const next = at + backoffMs(attempt, deps.jitter, failure.retryAfterMs);
      const hopeless = HOPELESS.includes(failure.fault) || next >= (state.grant?.expiresAt ?? 0);
      return {
        kind: 'record-extension-failure',
        at,
        retryAt: hopeless ? null : next,
        fault: failure.fault,
        detail: failure.detail,
      };
    },
    { completes: claim },
  );
  return settleRefused(deps, claim, handled);
}
