import { formatDuration } from '../../domain/duration.ts';
import type { EventData, RecordedEvent } from '../../domain/events.ts';
import type { RecordedJournalEvent } from '../../domain/journal.ts';
import type { EntitlementSnapshot, FaultClass, Subject, Trigger } from '../../domain/values.ts';
import type { AnyRecordedEvent } from '../../ports/audit-log.ts';
import { count } from '../findings/finding.ts';
import { isOwn } from '../source.ts';
import { utc } from './times.ts';

type NameOf = (subject: Subject) => string;

/** What is asked for, in one phrase: "Practice on Practice database". */
export const titleOf = ({ title, resourceTitle }: EntitlementSnapshot): string =>
  title.includes(resourceTitle) ? title : `${title} on ${resourceTitle}`;

/** "Ana, Ben and Cleo" */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Why access ended, as it follows "it ended because ". */
export function endedBecause({ trigger, by }: EventData<'RevocationStarted'>, nameOf: NameOf): string {
  return by !== null && trigger === 'revoked' ? `${nameOf(by)} revoked it` : ENDED_BECAUSE[trigger];
}

const ENDED_BECAUSE: Readonly<Record<Trigger, string>> = {
  expired: 'its time was up',
  'done-early': 'it was handed back early',
  revoked: 'someone revoked it',
  'policy-changed': 'the rules changed',
  'incident-closed': 'its incident was closed',
  'person-left': 'its holder left',
  'signal-received': 'a security signal came in',
  'recertification-refused': 'it was not confirmed as still needed',
  orphan: 'it was found without a record',
  'provisioning-failed': 'setting it up failed, so what had been made was undone',
};

const FAULT: Readonly<Record<FaultClass, string>> = {
  unreachable: 'the target could not be reached',
  auth: 'the target refused our own login',
  throttled: 'the target asked to slow down',
  conflict: 'the target was not as it should be',
  invalid: 'the target did not accept it',
  unsupported: 'the target cannot do that',
  internal: 'something broke on our side',
};

const next = (at: number | null, otherwise: string): string =>
  at === null ? otherwise : `next try ${utc(at)}`;

/** One event, in a sentence. */
export const sentenceOf = (event: AnyRecordedEvent, nameOf: NameOf): string =>
  isOwn(event) ? sentenceOfRequest(event, nameOf) : sentenceOfLog(event, nameOf);

function sentenceOfRequest({ type, data }: RecordedEvent, nameOf: NameOf): string {
  switch (type) {
    case 'RequestSubmitted':
      return `${nameOf(data.requester)} asked for ${titleOf(data.entitlement)} for ${formatDuration(data.durationMs)}${data.startAt === null ? '' : `, from ${utc(data.startAt)}`}.`;
    case 'ApprovalRecorded':
      return `${nameOf(data.by)} approved${data.insteadOf === undefined ? '' : ` in place of ${nameOf(data.insteadOf)}`}${data.shortenToMs === null ? '' : `, for ${formatDuration(data.shortenToMs)} only`}.`;
    case 'RequestApproved':
      return `Approved ${data.approvers.length === 0 ? 'by rule' : `by ${listed(data.approvers.map(nameOf))}`}, for ${formatDuration(data.durationMs)}.`;
    case 'RequestDenied':
      return `${nameOf(data.by)} denied it.`;
    case 'RequestWithdrawn':
      return `${nameOf(data.by)} withdrew it.`;
    case 'RequestLapsed':
      return 'It lapsed: nobody decided in time.';
    case 'ApproversReminded':
      return `The approvers were reminded (${data.round}).`;
    case 'StageEscalated':
      return data.to === null
        ? `Nobody was left to fill stage ${data.stage + 1}, and people were told.`
        : `Stage ${data.stage + 1} was opened to the group ${data.to} as well: ${ESCALATED_BECAUSE[data.cause]}.`;
    case 'ApprovalsVoided':
      return `The consent of ${listed(data.subjects.map(nameOf))} stopped counting: they may not give it any more.`;
    case 'ActivationRefused':
      return `The rules no longer allowed it (${data.code}); nothing was set up.`;
    case 'ProvisioningStarted':
      return `Set-up of ${data.handle.name} began, to end ${utc(data.expiresAt)}.`;
    case 'ProvisioningFailed':
      return `Setting it up failed: ${FAULT[data.fault]} (try ${data.attempt}); ${next(data.retryAt, 'given up, and undone')}.`;
    case 'CredentialIssued':
      return `The credential exists, until ${utc(data.expiresAt)}; fingerprint ${data.fingerprint}.${data.positiveControlAt === null ? '' : ' Its secret was seen to work, and a wrong one to fail.'}`;
    case 'SecretRevealed':
      return `${nameOf(data.by)} saw the secret.`;
    case 'SecretShredded':
      return 'The sealed secret was destroyed unseen.';
    case 'ExpiryWarned':
      return `The requester was warned of the end, ${utc(data.expiresAt)}.`;
    case 'ExtensionRequested':
      return `${nameOf(data.by)} asked for ${formatDuration(data.extraMs)} more.`;
    case 'ExtensionApproved':
      return `More time was approved ${data.approvers.length === 0 ? 'by rule' : `by ${listed(data.approvers.map(nameOf))}`}, to ${utc(data.expiresAt)}.`;
    case 'ExtensionDenied':
      return `${nameOf(data.by)} denied more time.`;
    case 'ExtensionLapsed':
      return 'Nobody decided on more time.';
    case 'ExtensionFailed':
      return `More time could not be set: ${FAULT[data.fault]} (try ${data.attempt}); ${next(data.retryAt, 'given up, it ends as before')}.`;
    case 'GrantExtended':
      return `Access was extended to ${utc(data.expiresAt)}.`;
    case 'GrantFlagged':
      return `The rules would not give it any more (${data.code}); it goes on, and people were told.`;
    case 'RevocationStarted':
      return `Access ended: ${endedBecause(data, nameOf)}.`;
    case 'CredentialRemoved':
      return `The credential ${data.outcome === 'absent' ? 'was already gone' : 'was removed'}, ${count(data.killed, 'open session', 'open sessions')} ended (try ${data.attempt}).${data.leftovers.length === 0 ? '' : ` Left over: ${data.leftovers.join('; ')}.`}`;
    case 'RevocationFailed':
      return `${data.step === 'remove' ? 'Removing it' : 'Proving it gone'} failed: ${FAULT[data.fault]} (try ${data.attempt}); next try ${utc(data.nextAttemptAt)}.${data.escalated ? ' People were alarmed.' : ''}`;
    case 'RevocationVerified':
      return `Proven gone: ${data.proof.method}; ${count(data.proof.liveSessions, 'session', 'sessions')} left.`;
    case 'AttemptRefused':
      return `${nameOf(data.by)} tried to ${data.action} and was refused (${data.code}).`;
  }
}

function sentenceOfLog({ type, data }: RecordedJournalEvent, nameOf: NameOf): string {
  switch (type) {
    case 'PersonIntroduced':
      return `${nameOf(data.subject)} first took part, as ${data.subject}.`;
    case 'CatalogueLoaded':
      return `The rules were loaded: ${data.digest.slice(0, 16)}…`;
    case 'RulesLoaded':
      return `The rules were ${data.cause === 'reverted' ? 'put back' : 'loaded'}: ${data.digest.slice(0, 16)}…`;
    case 'RulesRefused':
      return `Changed rules were refused (${count(data.problems, 'problem', 'problems')}); ${data.keeping.slice(0, 16)}… stayed.`;
    case 'AccessRefused':
      return `${nameOf(data.by)} asked for ${data.entitlement} and was refused by the rules (${data.code}).`;
    case 'DisclosuresRedacted':
      return `${count(data.targets.length, 'text', 'texts')} erased: ${ERASED_BECAUSE[data.cause]}${data.by === null ? '' : `, by ${nameOf(data.by)}`}${data.approvedBy === null ? '' : `, agreed by ${nameOf(data.approvedBy)}`}.`;
    case 'DriftFound':
      return `A sweep of ${data.connector} found ${count(data.late.length + data.unknown.length, 'credential', 'credentials')} that should not be there.`;
    case 'LogRead':
    case 'SigningKeyChanged':
    case 'TreeAccepted':
    case 'ErasureProposed':
      return type;
  }
}

const ESCALATED_BECAUSE = {
  waited: 'it had waited for so long',
  'nobody-left': 'nobody of its own was left to fill it',
} as const;

const ERASED_BECAUSE = {
  field: 'chosen by hand',
  person: 'a person asked to be forgotten',
  retention: 'kept long enough by the rules',
} as const;
