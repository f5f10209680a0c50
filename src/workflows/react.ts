import { nextEscalation, openBallot } from '../domain/escalating.ts';
import type { EventType, RequestEvent } from '../domain/events.ts';
import { warnAt } from '../domain/granting.ts';
import { type RequestState, streamOf } from '../domain/state.ts';
import type { DueChange, DueRow, Lane } from '../ports/store.ts';
import { sealRow } from './log/seal-row.ts';

/** Every kind of due work that is not the log's own, and the lane it runs in. */
export const WORK = {
  lapse: 'access',
  remind: 'access',
  escalate: 'access',
  start: 'access',
  provision: 'access',
  extend: 'access',
  'lapse-extension': 'access',
  warn: 'access',
  expire: 'revocation',
  revoke: 'revocation',
  verify: 'revocation',
  undo: 'revocation',
  'rules-check': 'revocation',
  show: 'chat',
  home: 'chat',
  erasure: 'chat',
  alarm: 'chat',
} as const satisfies Record<string, Lane>;
export type WorkKind = keyof typeof WORK;

/** A late provision may end up to this long after its revocation: the target is looked at once more then. */
const SECOND_LOOK_MS = 90_000;

/**
 * What must happen later because of these events: rows for the same transaction. `after` is the state with all of
 * them. Later changes of one key win, so the order of events is the order of effects.
 */
export function react(events: readonly RequestEvent[], after: RequestState, now: number): DueChange[] {
  const changes = events.flatMap((event) => consequences(event, after, now));
  const seal = events.some(({ type }) => SEALED.has(type)) ? [{ put: sealRow(now) }] : [];
  return [...changes, put(after, 'show', now), ...seal];
}

/** A grant, an approval or a revocation: a signed head that has it leaves the database soon. */
const SEALED: ReadonlySet<EventType> = new Set<EventType>([
  'ApprovalRecorded',
  'RequestApproved',
  'CredentialIssued',
  'ExtensionApproved',
  'GrantExtended',
  'RevocationStarted',
  'RevocationVerified',
]);

/** Work that waits for a target: its row names it, so that one that hangs does not hold up the others. */
const CALLS_TARGET: ReadonlySet<WorkKind> = new Set(['provision', 'extend', 'revoke', 'verify', 'undo']);

export function row(
  { id, entitlement }: Pick<RequestState, 'id' | 'entitlement'>,
  kind: WorkKind,
  dueAt: number,
): DueRow {
  const made = { key: `${kind}:${id}`, lane: WORK[kind], kind, stream: streamOf(id), dueAt };
  return CALLS_TARGET.has(kind) ? { ...made, detail: { target: entitlement.connector } } : made;
}
const put = (state: RequestState, kind: WorkKind, dueAt: number): DueChange => ({
  put: row(state, kind, dueAt),
});
const drop = (state: RequestState, ...kinds: readonly WorkKind[]): DueChange[] =>
  kinds.map((kind) => ({ drop: `${kind}:${state.id}` }));

function consequences(event: RequestEvent, after: RequestState, now: number): DueChange[] {
  switch (event.type) {
    case 'RequestSubmitted':
    case 'ApprovalsVoided':
      return [...drop(after, 'start'), ...waiting(after, now)];
    case 'ApproversReminded':
      return reminder(after, now);
    case 'ApprovalRecorded':
    case 'StageEscalated':
      return escalation(after);
    case 'RequestApproved':
      return [...drop(after, 'lapse', 'remind', 'escalate'), put(after, 'start', after.startAt ?? now)];
    case 'RequestDenied':
    case 'RequestWithdrawn':
    case 'RequestLapsed':
    case 'ActivationRefused':
      return drop(after, 'lapse', 'remind', 'escalate', 'start');
    case 'ProvisioningStarted':
      return [put(after, 'expire', event.data.expiresAt), put(after, 'provision', now)];
    case 'ProvisioningFailed':
      return event.data.retryAt === null ? [] : [put(after, 'provision', event.data.retryAt)];
    case 'CredentialIssued':
      return after.grant === null ? [] : [put(after, 'warn', warnAt(after, after.grant, now))];
    case 'ExtensionRequested':
      return [put(after, 'lapse-extension', event.data.lapseAt), ...escalation(after)];
    case 'ExtensionApproved':
      return [...drop(after, 'lapse-extension', 'escalate'), put(after, 'extend', now)];
    case 'ExtensionDenied':
    case 'ExtensionLapsed':
      return drop(after, 'lapse-extension', 'escalate');
    case 'ExtensionFailed':
      return event.data.retryAt === null ? [] : [put(after, 'extend', event.data.retryAt)];
    case 'GrantExtended':
      return after.grant === null
        ? []
        : [put(after, 'expire', event.data.expiresAt), put(after, 'warn', warnAt(after, after.grant, now))];
    case 'RevocationStarted':
      return [
        ...drop(after, 'expire', 'warn', 'provision', 'extend', 'lapse-extension', 'escalate'),
        put(after, 'revoke', beforeOthersExpire(after, now)),
      ];
    case 'CredentialRemoved':
      return [put(after, 'verify', now)];
    case 'RevocationFailed':
      return [put(after, nextStep(event.data), event.data.nextAttemptAt)];
    case 'RevocationVerified':
      return mayComeLate(after, now) ? [put(after, 'undo', now + SECOND_LOOK_MS)] : [];
    case 'GrantFlagged':
    case 'SecretRevealed':
    case 'SecretShredded':
    case 'ExpiryWarned':
    case 'AttemptRefused':
      return [];
  }
}

/** A provision that was given up on, or whose process died before another's try worked, may still end on the target. */
const mayComeLate = ({ grant }: RequestState, now: number): boolean =>
  grant !== null && now - (grant.issuedAt ?? now) < SECOND_LOOK_MS;

/** An ending that has begun goes before those that are due with it: its target works while the next is decided. */
const beforeOthersExpire = ({ grant }: RequestState, now: number): number =>
  Math.min(now, (grant?.expiresAt ?? now) - 1);

/** A target that could not be looked at is looked at again; one that still lets in is cleaned again. */
const nextStep = (failure: { step: 'remove' | 'verify'; fault: string }): WorkKind =>
  failure.step === 'verify' && failure.fault === 'unreachable' ? 'verify' : 'revoke';

function waiting(after: RequestState, now: number): DueChange[] {
  if (after.phase !== 'requested') return [];
  return [put(after, 'lapse', after.ballot.lapseAt), ...reminder(after, now), ...escalation(after)];
}

/** When the next stage is to be opened to a further group, should it still wait then. */
function escalation(after: RequestState): DueChange[] {
  const ballot = openBallot(after);
  if (ballot === null || !ballot.consent.stages.some((stage) => stage.escalation !== undefined)) return [];
  const next = nextEscalation(ballot);
  return next === null ? drop(after, 'escalate') : [put(after, 'escalate', next.at)];
}

function reminder(after: RequestState, now: number): DueChange[] {
  const every = after.entitlement.remindEveryMs;
  if (every === null || now + every >= after.ballot.lapseAt) return [];
  return [put(after, 'remind', now + every)];
}
