import type { EventData, EventMeta, EventType, RecordedEvent } from './events.ts';
import { openStages } from './approval.ts';
import { MAY_FOLLOW } from './lifecycle.ts';
import type { Ballot, Extension, Grant, RequestState, Revocation } from './state.ts';
import { requestId } from './values.ts';

/**
 * The state after one more event. Total over what `decide` may have produced; an event that cannot follow is a
 * broken stream and throws BrokenStream, never a guess.
 */
export function evolve(state: RequestState | null, event: RecordedEvent): RequestState {
  if (event.type === 'RequestSubmitted') {
    if (state !== null) throw new BrokenStream(event.meta, 'a second submission');
    if (event.meta.version !== 1) throw new BrokenStream(event.meta, 'a version is missing');
    return submitted(event.data, event.meta);
  }
  if (state === null) throw new BrokenStream(event.meta, `${event.type} before any submission`);
  if (event.meta.version !== state.version + 1) throw new BrokenStream(event.meta, 'a version is missing');
  const phases = MAY_FOLLOW[event.type];
  if (phases !== 'any' && !phases.includes(state.phase))
    throw new BrokenStream(event.meta, `${event.type} while ${state.phase}`);
  return { ...state, ...change(state, event), version: event.meta.version };
}

export const fold = (events: readonly RecordedEvent[]): RequestState | null =>
  events.reduce<RequestState | null>(evolve, null);

export class BrokenStream extends Error {
  readonly code = 'broken_stream';
  constructor(meta: EventMeta, what: string) {
    super(`stream ${meta.stream} is broken at version ${meta.version} (log index ${meta.index}): ${what}`);
    this.name = 'BrokenStream';
  }
}

function submitted(data: EventData<'RequestSubmitted'>, meta: EventMeta): RequestState {
  return {
    id: requestId.parse(meta.stream.replace(/^request\//, '')),
    version: meta.version,
    phase: 'requested',
    requester: data.requester,
    entitlement: data.entitlement,
    submittedAt: meta.at,
    durationMs: data.durationMs,
    startAt: data.startAt,
    policy: data.policy,
    impact: data.impact ?? null,
    ballot: ballotAsked(data, meta),
    approvedAt: null,
    approvers: [],
    deniedBy: null,
    failure: null,
    reminders: 0,
    grant: null,
    extension: null,
    revocation: null,
    closedAt: null,
    flagged: null,
    refused: [],
  };
}

type Change = Partial<RequestState>;
type Following = Exclude<RecordedEvent, { type: 'RequestSubmitted' }>;

/** One exhaustive switch; what needs more than a line is a function of its own. */
function change(state: RequestState, event: Following): Change {
  const { at } = event.meta;
  switch (event.type) {
    case 'ApprovalRecorded':
      return approved(state, event.data, at);
    case 'RequestApproved':
      return {
        phase: 'approved',
        approvedAt: at,
        durationMs: event.data.durationMs,
        approvers: event.data.approvers,
      };
    case 'RequestDenied':
      return { phase: 'denied', deniedBy: event.data.by, closedAt: at };
    case 'RequestWithdrawn':
      return { phase: 'withdrawn', closedAt: at };
    case 'RequestLapsed':
      return { phase: 'lapsed', closedAt: at };
    case 'ApproversReminded':
      return { reminders: event.data.round };
    case 'StageEscalated':
      return onBallot(state, event.data.shown, (ballot) => escalated(ballot, event.data));
    case 'ApprovalsVoided':
      return reopened(state, event.data, at);
    case 'ActivationRefused':
      return { phase: 'failed', failure: event.data.code, closedAt: at };
    case 'ProvisioningStarted':
      return { phase: 'provisioning', grant: started(event.data, at) };
    case 'ProvisioningFailed':
      return { grant: { ...grantOf(state, event), provisionAttempts: event.data.attempt } };
    case 'CredentialIssued':
      return { phase: 'active', grant: issued(grantOf(state, event), event.data, at) };
    case 'SecretRevealed':
      return { grant: { ...grantOf(state, event), secret: 'revealed' } };
    case 'SecretShredded':
      return { grant: { ...grantOf(state, event), secret: 'shredded' } };
    case 'ExpiryWarned':
      return { grant: { ...grantOf(state, event), warnedAt: at } };
    case 'ExtensionRequested':
      return { extension: asked(event.data, event.meta) };
    case 'ExtensionApproved':
      return {
        extension: { ...extensionOf(state, event), phase: 'approved', expiresAt: event.data.expiresAt },
      };
    case 'ExtensionDenied':
    case 'ExtensionLapsed':
      return { extension: null };
    case 'ExtensionFailed':
      return event.data.retryAt === null
        ? { extension: null }
        : { extension: { ...extensionOf(state, event), attempts: event.data.attempt } };
    case 'GrantExtended':
      return { extension: null, grant: extended(grantOf(state, event), event.data.expiresAt) };
    case 'GrantFlagged':
      return { flagged: { code: event.data.code, at } };
    case 'RevocationStarted':
      return { phase: 'revoking', extension: null, revocation: ending(event.data, at) };
    case 'CredentialRemoved':
      return { revocation: removed(revocationOf(state, event), event.data, at) };
    case 'RevocationFailed':
      return {
        revocation: {
          ...revocationOf(state, event),
          attempts: event.data.attempt,
          nextAttemptAt: event.data.nextAttemptAt,
          escalated: event.data.escalated,
        },
      };
    case 'RevocationVerified':
      return closed(state, revocationOf(state, event), event.data, at);
    case 'AttemptRefused':
      return { refused: [...state.refused, attemptKey(event.data)] };
  }
}

export const attemptKey = (attempt: EventData<'AttemptRefused'>): string =>
  `${attempt.by}|${attempt.action}|${attempt.code}`;

function approved(state: RequestState, data: EventData<'ApprovalRecorded'>, at: number): Change {
  const { by, stages, shortenToMs, insteadOf = null } = data;
  return onBallot(state, data.shown, (ballot) => {
    const approvals = [...ballot.approvals, { by, insteadOf, stages, shortenToMs, at }];
    return { approvals, openSince: openSince({ ...ballot, approvals }, at) };
  });
}

/** Changes the open question whose text was shown: the request, or the extension of its grant. */
function onBallot(state: RequestState, shown: string, changed: (ballot: Ballot) => Partial<Ballot>): Change {
  return state.extension?.shown === shown
    ? { extension: { ...state.extension, ...changed(state.extension) } }
    : { ballot: { ...state.ballot, ...changed(state.ballot) } };
}

function ballotAsked({ consent, lapseAt }: Pick<Ballot, 'consent' | 'lapseAt'>, meta: EventMeta): Ballot {
  const asked = { shown: meta.leaf, consent, approvals: [], lapseAt, openSince: [], opened: [], stuck: [] };
  return { ...asked, openSince: openSince(asked, meta.at) };
}

/** Stages whose turn has come now keep the time of it. */
function openSince({ consent, approvals, openSince: before }: Ballot, at: number): Ballot['openSince'] {
  const open = openStages(consent, approvals);
  return consent.stages.map((_, stage) => before[stage] ?? (open.includes(stage) ? at : null));
}

const escalated = ({ opened, stuck }: Ballot, { stage, to }: EventData<'StageEscalated'>): Partial<Ballot> =>
  to === null ? { stuck: [...stuck, stage] } : { opened: [...opened, { stage, group: to }] };

/** Consents fell away before the start: the question is open again, and has its full time to be answered. */
function reopened(state: RequestState, data: EventData<'ApprovalsVoided'>, at: number): Change {
  const approvals = state.ballot.approvals.filter((a) => !data.subjects.includes(a.by));
  const asked = { ...state.ballot, approvals, openSince: [], stuck: [] };
  return {
    phase: 'requested',
    approvedAt: null,
    approvers: [],
    ballot: { ...asked, openSince: openSince(asked, at), lapseAt: at + state.entitlement.lapseAfterMs },
  };
}

function started(data: EventData<'ProvisioningStarted'>, at: number): Grant {
  return {
    generation: data.generation,
    handle: data.handle,
    expiresAt: data.expiresAt,
    startedAt: at,
    issuedAt: null,
    fingerprint: null,
    positiveControlAt: null,
    secret: 'none',
    warnedAt: null,
    extensions: 0,
    provisionAttempts: 0,
  };
}

const issued = (grant: Grant, data: EventData<'CredentialIssued'>, at: number): Grant => ({
  ...grant,
  issuedAt: at,
  fingerprint: data.fingerprint,
  positiveControlAt: data.positiveControlAt,
  secret: 'sealed',
});

function asked(data: EventData<'ExtensionRequested'>, meta: EventMeta): Extension {
  return {
    ...ballotAsked(data, meta),
    by: data.by,
    extraMs: data.extraMs,
    phase: 'asked',
    expiresAt: null,
    attempts: 0,
  };
}

const extended = (grant: Grant, expiresAt: number): Grant => ({
  ...grant,
  expiresAt,
  warnedAt: null,
  extensions: grant.extensions + 1,
});

function ending(data: EventData<'RevocationStarted'>, at: number): Revocation {
  return {
    trigger: data.trigger,
    by: data.by,
    startedAt: at,
    removedAt: null,
    killed: 0,
    leftovers: [],
    attempts: 0,
    escalated: false,
    nextAttemptAt: null,
    proof: null,
  };
}

const removed = (revocation: Revocation, data: EventData<'CredentialRemoved'>, at: number): Revocation => ({
  ...revocation,
  removedAt: at,
  killed: revocation.killed + data.killed,
  leftovers: data.leftovers,
  attempts: data.attempt,
  nextAttemptAt: null,
});

function closed(
  state: RequestState,
  revocation: Revocation,
  data: EventData<'RevocationVerified'>,
  at: number,
): Change {
  const undone = revocation.trigger === 'provisioning-failed';
  return {
    phase: undone ? 'failed' : 'revoked',
    failure: undone ? 'provisioning-failed' : state.failure,
    revocation: { ...revocation, proof: data.proof, nextAttemptAt: null },
    closedAt: at,
  };
}

function part<T>(value: T | null, event: { type: EventType; meta: EventMeta }, name: string): T {
  if (value === null) throw new BrokenStream(event.meta, `${event.type} without a ${name}`);
  return value;
}
const grantOf = (state: RequestState, event: Following): Grant => part(state.grant, event, 'grant');
const extensionOf = (state: RequestState, event: Following): Extension =>
  part(state.extension, event, 'pending extension');
const revocationOf = (state: RequestState, event: Following): Revocation =>
  part(state.revocation, event, 'revocation');
