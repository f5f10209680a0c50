import { LIMITS } from '../limits.ts';
import type { CommandOf } from './command.ts';
import { checkReason } from './consenting.ts';
import { type Decision, happened, refused, refusedOnRecord } from './decision.ts';
import type { RequestEvent } from './events.ts';
import type { RequestState } from './state.ts';
import type { AbsenceProof, Subject, Trigger } from './values.ts';

const wrongPhase = (state: RequestState, action: string): Decision =>
  refused({ code: 'wrong-phase', action, phase: state.phase });

/** From here there is no way but on until the target has shown that the credential is gone. */
export function beginRevocation(
  state: RequestState,
  trigger: Trigger,
  by: Subject | null,
  reason: string | null,
): readonly RequestEvent[] {
  const begun: RequestEvent = {
    type: 'RevocationStarted',
    data: { trigger, by },
    ...(reason && { personal: { reason } }),
  };
  return state.grant?.secret === 'sealed'
    ? [begun, { type: 'SecretShredded', data: { generation: state.grant.generation } }]
    : [begun];
}

const hasCredential = (state: RequestState): boolean =>
  state.phase === 'active' || state.phase === 'provisioning';

export function expire(state: RequestState, command: CommandOf<'expire'>): Decision {
  if (!hasCredential(state) || state.grant === null) return wrongPhase(state, 'expire');
  if (command.at < state.grant.expiresAt) return refused({ code: 'not-due' });
  return happened(...beginRevocation(state, 'expired', null, null));
}

export function done(state: RequestState, command: CommandOf<'done'>): Decision {
  if (command.by !== state.requester)
    return refusedOnRecord(state, command.by, 'done', { code: 'not-yours' });
  if (!hasCredential(state)) return wrongPhase(state, 'done');
  return happened(...beginRevocation(state, 'done-early', command.by, null));
}

/** By an approver, the owner, an operator, or a signal (`by` null). The requester may always end their own. */
export function revoke(state: RequestState, command: CommandOf<'revoke'>): Decision {
  const { by, trigger, stamp } = command;
  if (by !== null && by === state.requester && hasCredential(state))
    return happened(...beginRevocation(state, 'done-early', by, null));
  if (!command.may) return onRecord(state, by);
  const reason =
    by === null ? { ok: true as const, text: cut(command.reason ?? '') } : checkReason(command.reason ?? '');
  if (!reason.ok) return refused(reason.refusal);
  if (hasCredential(state)) return happened(...beginRevocation(state, trigger, by, reason.text));
  if (state.phase === 'approved' && by !== null)
    return happened({
      type: 'RequestDenied',
      data: { by, shown: state.ballot.shown, policy: stamp },
      personal: { reason: reason.text },
    });
  return wrongPhase(state, 'revoke');
}

/** A signal's words are a machine's: cut rather than refused, for the end of access must not wait on them. */
const cut = (text: string): string => text.slice(0, LIMITS.reasonMaxChars).toWellFormed();

const onRecord = (state: RequestState, by: Subject | null): Decision =>
  by === null
    ? refused({ code: 'may-not-revoke' })
    : refusedOnRecord(state, by, 'revoke', { code: 'may-not-revoke' });

export function recordRemoved(state: RequestState, command: CommandOf<'record-removed'>): Decision {
  if (state.phase !== 'revoking' || state.grant === null || state.revocation === null)
    return wrongPhase(state, 'record-removed');
  const { outcome, killed, leftovers } = command;
  const { generation } = state.grant;
  return happened({
    type: 'CredentialRemoved',
    data: {
      generation,
      attempt: state.revocation.attempts + Math.max(1, command.tries),
      outcome,
      killed,
      leftovers: [...leftovers],
    },
  });
}

/** Never the last attempt: a failure always names the next one, and after some of them people are told. */
export function recordRevocationFailure(
  state: RequestState,
  command: CommandOf<'record-revocation-failure'>,
): Decision {
  if (state.phase !== 'revoking' || state.grant === null || state.revocation === null)
    return wrongPhase(state, 'record-revocation-failure');
  const attempt = state.revocation.attempts + Math.max(1, command.tries);
  const { step, fault, nextAttemptAt, detail, escalateAfter } = command;
  return happened({
    type: 'RevocationFailed',
    data: {
      generation: state.grant.generation,
      step,
      attempt,
      fault,
      nextAttemptAt,
      escalated: state.revocation.escalated || attempt >= escalateAfter,
    },
    personal: { detail },
  });
}

/** Absent, refused and without a session, all three; an unreachable target has proved nothing. */
export const provesAbsence = (proof: AbsenceProof): boolean =>
  proof.absent && proof.loginRefused !== 'no' && proof.liveSessions === 0;

export function recordVerified(state: RequestState, command: CommandOf<'record-verified'>): Decision {
  if (state.phase !== 'revoking' || state.grant === null || state.revocation === null)
    return wrongPhase(state, 'record-verified');
  if (state.revocation.removedAt === null || !provesAbsence(command.proof))
    return refused({ code: 'not-due' });
  return happened({
    type: 'RevocationVerified',
    data: { generation: state.grant.generation, proof: command.proof },
  });
}
