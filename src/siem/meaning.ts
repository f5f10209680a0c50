import type { RecordedEvent } from '../domain/events.ts';
import type { RecordedJournalEvent } from '../domain/journal.ts';
import type { RequestState } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import type { Followed } from '../ports/follower.ts';

export type Severity = 'informational' | 'low' | 'medium' | 'high' | 'critical';

/** What a record is about where it is not access itself. */
export type Thing =
  | { readonly kind: 'User'; readonly uid: Subject }
  | { readonly kind: 'Policy'; readonly uid: string; readonly version: string }
  | {
      readonly kind:
        | 'Access Request'
        | 'Audit Log'
        | 'Disclosures'
        | 'Erasure'
        | 'Sealed Secret'
        | 'Signing Key'
        | 'Target';
      readonly uid: string;
    };

/** `note`: something was seen or said, and nothing is otherwise for it. */
export type Deed = 'create' | 'read' | 'update' | 'delete' | 'disable' | 'note';

interface Told {
  /** For people: a fixed sentence. */
  readonly words: string;
  /** Who did it; null: Countersign itself. */
  readonly by: Subject | null;
  /** Our code, or a target's fault class; null where it was done. */
  readonly failure: string | null;
  readonly severity: Severity;
}

/** What an event says, in terms that each format has words for. Access is `grant`ed and `revoke`d once for each grant. */
export type Meaning = Told &
  (
    | { readonly deed: 'grant' | 'revoke'; readonly request: RequestState }
    | { readonly deed: Deed; readonly thing: Thing }
  );

export const meaningOf = (followed: Followed): Meaning =>
  followed.state === null ? ofJournal(followed.event) : ofRequest(followed.event, followed.state);

const DONE = { by: null, failure: null, severity: 'informational' } as const;

function ofRequest(event: RecordedEvent, request: RequestState): Meaning {
  const consenter = request.approvers.at(-1) ?? null;
  const thing: Thing = { kind: 'Access Request', uid: request.id };
  const secret: Thing = { kind: 'Sealed Secret', uid: request.grant?.handle.name ?? request.id };
  const update = (words: string, more: Partial<Told> = {}): Meaning => ({
    ...DONE,
    deed: 'update',
    thing,
    words,
    ...more,
  });
  const note = (words: string): Meaning => ({ ...DONE, deed: 'note', thing, words });
  switch (event.type) {
    case 'RequestSubmitted':
      return { ...DONE, deed: 'create', thing, words: 'Access was asked for', by: event.data.requester };
    case 'ApprovalRecorded':
      return update('Someone consented to the access', { by: event.data.by });
    case 'RequestApproved':
      return update('The request was approved', { by: consenter });
    case 'RequestDenied':
      return update('The request was denied', { by: event.data.by });
    case 'RequestWithdrawn':
      return update('The request was withdrawn', { by: event.data.by });
    case 'RequestLapsed':
      return update('The request lapsed: nobody decided in time');
    case 'ApproversReminded':
      return note('The approvers were reminded');
    case 'StageEscalated':
      return event.data.to === null
        ? update('Nobody is left to approve the request', { severity: 'medium' })
        : update('The request was opened to further approvers', { severity: 'low' });
    case 'ApprovalsVoided':
      return update('Consents fell away: their givers may not give them any more', { severity: 'low' });
    case 'ActivationRefused':
      return update('The approved access may not begin', { failure: event.data.code, severity: 'low' });
    case 'ProvisioningStarted':
      return update('The access is being set up', { by: consenter });
    case 'ProvisioningFailed': {
      const failed = { failure: event.data.fault, severity: 'low' } as const;
      return {
        ...DONE,
        deed: 'grant',
        request,
        words: 'Access could not be set up',
        by: consenter,
        ...failed,
      };
    }
    case 'CredentialIssued':
      return { ...DONE, deed: 'grant', request, words: 'Access was granted', by: consenter };
    case 'SecretRevealed':
      return { ...DONE, deed: 'read', thing: secret, words: 'The secret was revealed', by: event.data.by };
    case 'SecretShredded':
      return { ...DONE, deed: 'delete', thing: secret, words: 'The secret was shredded' };
    case 'ExpiryWarned':
      return note('Someone was told that their access ends soon');
    case 'ExtensionRequested':
      return update('More time was asked for', { by: event.data.by });
    case 'ExtensionApproved':
      return update('More time was approved', { by: event.data.approvers.at(-1) ?? null });
    case 'ExtensionDenied':
      return update('More time was denied', { by: event.data.by });
    case 'ExtensionLapsed':
      return update('The question for more time lapsed');
    case 'ExtensionFailed':
      return update('More time could not be set up', { failure: event.data.fault, severity: 'low' });
    case 'GrantExtended':
      return update('The access was extended');
    case 'GrantFlagged':
      return update('The rules would not give the access any more', {
        failure: event.data.code,
        severity: 'medium',
      });
    case 'RevocationStarted':
      return update('The access is being revoked', { by: event.data.by });
    case 'CredentialRemoved':
      return update('The credential was removed; the proof is yet to come');
    case 'RevocationFailed': {
      const { fault: failure, escalated } = event.data;
      const severity = escalated ? 'high' : 'medium';
      return { ...DONE, deed: 'revoke', request, words: 'Access could not be revoked', failure, severity };
    }
    case 'RevocationVerified': {
      const by = request.revocation?.by ?? null;
      return { ...DONE, deed: 'revoke', request, words: 'Access was revoked, and is proven gone', by };
    }
    case 'AttemptRefused': {
      const { by, code: failure } = event.data;
      return update('Someone tried what they may not', { by, failure, severity: 'medium' });
    }
  }
}

function ofJournal(event: RecordedJournalEvent): Meaning {
  const log: Thing = { kind: 'Audit Log', uid: event.meta.stream };
  const { stream: uid } = event.meta;
  switch (event.type) {
    case 'PersonIntroduced': {
      const thing: Thing = { kind: 'User', uid: event.data.subject };
      return { ...DONE, deed: 'create', thing, words: 'Someone took part for the first time' };
    }
    case 'LogRead': {
      const { by } = event.data;
      return { ...DONE, deed: 'read', thing: log, words: 'The audit log was read', by, severity: 'low' };
    }
    case 'SigningKeyChanged': {
      const thing: Thing = { kind: 'Signing Key', uid: event.data.vkey };
      return event.data.change === 'added'
        ? { ...DONE, deed: 'create', thing, words: 'A key signs the log now', severity: 'medium' }
        : { ...DONE, deed: 'disable', thing, words: 'A key signs the log no more', severity: 'medium' };
    }
    case 'TreeAccepted': {
      const words = 'The log was taken as it is, though its anchors hold another';
      return { ...DONE, deed: 'update', thing: log, words, by: event.data.approvedBy, severity: 'critical' };
    }
    case 'CatalogueLoaded': {
      const thing: Thing = { kind: 'Policy', uid: 'catalogue', version: event.data.digest };
      return event.data.previous === null
        ? { ...DONE, deed: 'create', thing, words: 'The first catalogue was loaded', severity: 'low' }
        : { ...DONE, deed: 'update', thing, words: 'Another catalogue was loaded', severity: 'low' };
    }
    case 'RulesLoaded': {
      const { by, digest: version, previous, cause } = event.data;
      const thing: Thing = { kind: 'Policy', uid: 'rules', version };
      if (previous === null)
        return { ...DONE, deed: 'create', thing, words: 'The first rules were loaded', by, severity: 'low' };
      return cause === 'reverted'
        ? { ...DONE, deed: 'update', thing, words: 'Earlier rules were put back', by, severity: 'medium' }
        : { ...DONE, deed: 'update', thing, words: 'Other rules were loaded', by, severity: 'low' };
    }
    case 'RulesRefused': {
      const thing: Thing = { kind: 'Policy', uid: 'rules', version: event.data.digest };
      const words = 'Changed rules cannot be used; those before them stay';
      return { ...DONE, deed: 'update', thing, words, failure: 'rules-invalid', severity: 'medium' };
    }
    case 'AccessRefused': {
      const { by, entitlement, code: failure, policy } = event.data;
      const thing: Thing = { kind: 'Policy', uid: entitlement, version: policy.digest };
      return {
        ...DONE,
        deed: 'note',
        thing,
        words: 'The rules refused access',
        by,
        failure,
        severity: 'low',
      };
    }
    case 'DriftFound': {
      const { connector, late, unknown } = event.data;
      const thing: Thing = { kind: 'Target', uid: connector };
      return late.length + unknown.length === 0
        ? { ...DONE, deed: 'note', thing, words: 'The target has what the log says again' }
        : { ...DONE, deed: 'note', thing, words: 'The target has what the log does not', severity: 'high' };
    }
    case 'ErasureProposed': {
      const { by } = event.data;
      const words = 'It was proposed that a person be forgotten';
      return { ...DONE, deed: 'create', thing: { kind: 'Erasure', uid }, words, by, severity: 'low' };
    }
    case 'DisclosuresRedacted': {
      const { by, cause } = event.data;
      const severity = cause === 'retention' ? 'informational' : 'medium';
      const words = 'Texts beside the log were erased';
      return { ...DONE, deed: 'delete', thing: { kind: 'Disclosures', uid }, words, by, severity };
    }
  }
}
