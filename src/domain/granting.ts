import { isSatisfied } from './approval.ts';
import type { Admission, CommandOf } from './command.ts';
import { type Decision, happened, refused, refusedOnRecord } from './decision.ts';
import type { RequestEvent } from './events.ts';
import { beginRevocation } from './revoking.ts';
import type { Approval, Ballot, Extension, Grant, RequestState } from './state.ts';
import { checkDuration, sound } from './submission.ts';
import { type Consent, type EntitlementSnapshot, type Json, type Subject, sameJson } from './values.ts';

/** For each person who consented, the stages they may fill now. */
export type MayFill = ReadonlyMap<Subject, readonly number[]>;

const wrongPhase = (state: RequestState, action: string): Decision =>
  refused({ code: 'wrong-phase', action, phase: state.phase });

/**
 * The window opens: everything that made the request admissible is asked again. Consents whose givers may not
 * give them any more fall away, and the request waits for new ones; where today's rules want more than was
 * consented to, the request ends here and has to be made anew.
 */
export function start(state: RequestState, command: CommandOf<'start'>): Decision {
  const { at, handle } = command;
  const admission = sound(command.admission);
  if (state.phase !== 'approved') return wrongPhase(state, 'start');
  if (state.startAt !== null && at < state.startAt) return refused({ code: 'not-due' });
  if (!admission.allowed)
    return happened({ type: 'ActivationRefused', data: { code: admission.code, policy: admission.stamp } });
  const refuse = (code: string): Decision =>
    happened({ type: 'ActivationRefused', data: { code, policy: admission.stamp } });
  if (state.durationMs > admission.entitlement.longestMs) return refuse('duration-too-long');
  if (!givesTheSame(state.entitlement, admission.entitlement)) return refuse('entitlement-changed');
  if (at - dueSince(state) > state.entitlement.lapseAfterMs) return refuse('start-missed');
  const { approvals } = state.ballot;
  if (asksMore(state.ballot, admission.consent, command.mayFillToday)) return refuse('consent-changed');
  const valid = stillValid(approvals, command.mayFill, false);
  if (!isSatisfied(state.ballot.consent, valid)) {
    const lost = approvals.filter((a) => !valid.some((v) => v.by === a.by)).map((a) => a.by);
    const subjects = lost.length > 0 ? lost : approvals.map((a) => a.by);
    return happened({ type: 'ApprovalsVoided', data: { subjects, policy: admission.stamp } });
  }
  const expiresAt = at + state.durationMs;
  return happened({
    type: 'ProvisioningStarted',
    data: { generation: 1, handle, expiresAt, policy: admission.stamp },
  });
}

/** Since when it could have started: what nobody started for that long, nobody expects any more. */
const dueSince = (state: RequestState): number =>
  Math.max(state.startAt ?? 0, state.approvedAt ?? state.submittedAt);

/** Approvers consented to these; a title may change under them. */
export function givesTheSame(shown: EntitlementSnapshot, today: EntitlementSnapshot): boolean {
  const of = (e: EntitlementSnapshot): Json => [
    e.resource,
    e.environment,
    e.classification,
    e.connector,
    e.connectorDigest,
    e.scope,
  ];
  return sameJson(of(shown), of(today));
}

/** Whether today's rules want people who have not consented, or who may not any more. */
export function asksMore({ consent, approvals }: Ballot, today: Consent, mayFillToday: MayFill): boolean {
  return !sameStages(consent, today) && !isSatisfied(today, stillValid(approvals, mayFillToday, true));
}

/**
 * Why an extension that was approved may not go ahead now, as a code; null when it may. The same is asked as at the
 * start: between the consent and the target, people leave and rules change.
 */
export function whyNotExtended(
  extension: Extension,
  admission: Admission,
  mayFill: MayFill,
  mayFillToday: MayFill,
): string | null {
  const today = sound(admission);
  if (!today.allowed) return today.code;
  if (asksMore(extension, today.consent, mayFillToday)) return 'consent-changed';
  const valid = stillValid(extension.approvals, mayFill, false);
  return isSatisfied(extension.consent, valid) ? null : 'approvals-voided';
}

const sameStages = (a: Consent, b: Consent): boolean =>
  a.stages.length === b.stages.length &&
  a.stages.every(({ group, quorum }, i) => b.stages[i]?.group === group && b.stages[i].quorum === quorum);

/** Approvals with the stages their givers may still fill; with `anew`, whatever stage they were given for. */
function stillValid(approvals: readonly Approval[], mayFill: MayFill, anew: boolean): readonly Approval[] {
  return approvals.flatMap((approval) => {
    const may = mayFill.get(approval.by) ?? [];
    const stages = anew ? may : approval.stages.filter((stage) => may.includes(stage));
    return stages.length > 0 ? [{ ...approval, stages }] : [];
  });
}

export function recordIssued(state: RequestState, command: CommandOf<'record-issued'>): Decision {
  const { generation, fingerprint, positiveControlAt } = command;
  if (state.phase !== 'provisioning' || state.grant?.generation !== generation)
    return wrongPhase(state, 'record-issued');
  const { expiresAt } = state.grant;
  return happened({
    type: 'CredentialIssued',
    data: { generation, fingerprint, expiresAt, positiveControlAt },
  });
}

export function recordProvisionFailure(
  state: RequestState,
  command: CommandOf<'record-provision-failure'>,
): Decision {
  if (state.phase !== 'provisioning' || state.grant === null)
    return wrongPhase(state, 'record-provision-failure');
  const { generation, provisionAttempts } = state.grant;
  const { fault, detail, retryAt } = command;
  const failed: RequestEvent = {
    type: 'ProvisioningFailed',
    data: { generation, attempt: provisionAttempts + 1, fault, retryAt },
    personal: { detail },
  };
  if (retryAt !== null) return happened(failed);
  return happened(failed, ...beginRevocation(state, 'provisioning-failed', null, null));
}

/** Once, to the owner alone, while it is good for anything. */
export function reveal(state: RequestState, command: CommandOf<'reveal'>): Decision {
  if (command.by !== state.requester)
    return refusedOnRecord(state, command.by, 'reveal', { code: 'not-yours' });
  if (state.phase !== 'active' || state.grant === null || command.at >= state.grant.expiresAt)
    return wrongPhase(state, 'reveal');
  const { secret, generation } = state.grant;
  if (secret !== 'sealed') return refused({ code: 'secret-gone', secret });
  return happened({ type: 'SecretRevealed', data: { by: command.by, generation } });
}

/** When the warning is due: never more than half of what is left when the window is shorter than the warning. */
export function warnAt(state: RequestState, grant: Grant, from: number): number {
  return grant.expiresAt - Math.min(state.entitlement.warnBeforeMs, Math.floor((grant.expiresAt - from) / 2));
}

export function warn(state: RequestState, command: CommandOf<'warn'>): Decision {
  if (state.phase !== 'active' || state.grant === null || state.grant.warnedAt !== null)
    return wrongPhase(state, 'warn');
  if (command.at >= state.grant.expiresAt) return wrongPhase(state, 'warn');
  return happened({ type: 'ExpiryWarned', data: { expiresAt: state.grant.expiresAt } });
}

/** People are told once of each reason; the grant goes on to its end. */
export function flag(state: RequestState, command: CommandOf<'flag'>): Decision {
  if (state.phase !== 'active') return wrongPhase(state, 'flag');
  if (state.flagged?.code === command.code) return refused({ code: 'already-on-record' });
  return happened({ type: 'GrantFlagged', data: { code: command.code, policy: command.stamp } });
}

/** How much one click may add now; null when nothing. */
export function extendableMs(state: RequestState): number | null {
  const { extension: terms, longestMs } = state.entitlement;
  const { grant } = state;
  if (state.phase !== 'active' || grant === null || state.extension !== null) return null;
  if (grant.extensions >= terms.most) return null;
  return Math.min(terms.longestMs, longestMs, state.durationMs);
}

/** An extension is a request on the same stream, and never stricter than a fresh one. */
export function extend(state: RequestState, command: CommandOf<'extend'>): Decision {
  const { at, by } = command;
  const admission = sound(command.admission);
  if (by !== state.requester) return refusedOnRecord(state, by, 'extend', { code: 'not-yours' });
  const { grant } = state;
  if (state.phase !== 'active' || grant === null || at >= grant.expiresAt) return wrongPhase(state, 'extend');
  if (state.extension !== null) return refused({ code: 'extension-pending' });
  const { most } = state.entitlement.extension;
  if (grant.extensions >= most) return refused({ code: 'no-more-extensions', most });
  if (!admission.allowed) return refused({ code: 'not-admissible', reason: admission.code });
  const { consent, stamp: policy } = admission;
  const longestMs = longestExtraMs(state, admission);
  const extraMs = command.extraMs ?? Math.min(extendableMs(state) ?? 0, longestMs);
  const refusal = checkDuration(extraMs, longestMs);
  if (refusal) return refused(refusal);
  const lapseAt = Math.min(grant.expiresAt, at + state.entitlement.lapseAfterMs);
  const asked: RequestEvent = {
    type: 'ExtensionRequested',
    data: { by, extraMs, lapseAt, consent, policy },
  };
  if (consent.stages.length > 0) return happened(asked);
  const expiresAt = grant.expiresAt + extraMs;
  return happened(asked, { type: 'ExtensionApproved', data: { expiresAt, approvers: [] } });
}

/** What was agreed caps it and today's rules do; nobody lengthens unasked what an approver made shorter. */
function longestExtraMs(state: RequestState, admission: Extract<Admission, { allowed: true }>): number {
  const shortened = state.ballot.approvals.some((approval) => approval.shortenToMs !== null);
  return Math.min(
    state.entitlement.extension.longestMs,
    state.entitlement.longestMs,
    admission.entitlement.longestMs,
    ...(shortened && admission.consent.stages.length === 0 ? [state.durationMs] : []),
  );
}

export function recordExtended(state: RequestState): Decision {
  if (state.phase !== 'active' || state.extension?.phase !== 'approved' || state.extension.expiresAt === null)
    return wrongPhase(state, 'record-extended');
  return happened({ type: 'GrantExtended', data: { expiresAt: state.extension.expiresAt } });
}

export function recordExtensionFailure(
  state: RequestState,
  command: CommandOf<'record-extension-failure'>,
): Decision {
  if (state.phase !== 'active' || state.extension?.phase !== 'approved')
    return wrongPhase(state, 'record-extension-failure');
  const { fault, retryAt, detail } = command;
  return happened({
    type: 'ExtensionFailed',
    data: { attempt: state.extension.attempts + 1, fault, retryAt },
    personal: { detail },
  });
}
