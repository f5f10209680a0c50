import type {
  AbsenceProof,
  Consent,
  EntitlementSnapshot,
  Handle,
  Impact,
  PolicyStamp,
  RequestId,
  Subject,
  Trigger,
} from './values.ts';

/** requested → approved → provisioning → active → revoking → revoked, with the side doors of the design. */
export type Phase =
  | 'requested'
  | 'approved'
  | 'provisioning'
  | 'active'
  | 'revoking'
  | 'revoked'
  | 'denied'
  | 'withdrawn'
  | 'lapsed'
  | 'failed';

export interface Approval {
  readonly by: Subject;
  /** Who is away and whose place `by` took; null: their own. */
  readonly insteadOf: Subject | null;
  readonly stages: readonly number[];
  readonly shortenToMs: number | null;
  readonly at: number;
}

/** One open question to the approvers: the request itself, or an extension of its grant. */
export interface Ballot {
  /** Leaf hash of the event that asked: what a decision must have been shown. */
  readonly shown: string;
  readonly consent: Consent;
  readonly approvals: readonly Approval[];
  readonly lapseAt: number;
  /** Since when each stage has been waiting for someone, by index; null: its turn has not come. */
  readonly openSince: readonly (number | null)[];
  /** Groups that stages were opened to beside their own. */
  readonly opened: readonly OpenedStage[];
  /** Stages of which people have been told that nobody is left to fill them. */
  readonly stuck: readonly number[];
}

export interface OpenedStage {
  readonly stage: number;
  readonly group: string;
}

export interface Extension extends Ballot {
  readonly by: Subject;
  readonly extraMs: number;
  readonly phase: 'asked' | 'approved';
  /** Set when approved: where the expiry goes once the target has been told. */
  readonly expiresAt: number | null;
  readonly attempts: number;
}

export interface Grant {
  readonly generation: number;
  readonly handle: Handle;
  readonly expiresAt: number;
  readonly startedAt: number;
  readonly issuedAt: number | null;
  readonly fingerprint: string | null;
  readonly positiveControlAt: number | null;
  readonly secret: 'none' | 'sealed' | 'revealed' | 'shredded';
  readonly warnedAt: number | null;
  readonly extensions: number;
  readonly provisionAttempts: number;
}

export interface Revocation {
  readonly trigger: Trigger;
  readonly by: Subject | null;
  readonly startedAt: number;
  readonly removedAt: number | null;
  readonly killed: number;
  readonly leftovers: readonly string[];
  readonly attempts: number;
  readonly escalated: boolean;
  readonly nextAttemptAt: number | null;
  readonly proof: AbsenceProof | null;
}

/** A request with its grant: one stream, folded. Times are ms since the epoch. */
export interface RequestState {
  readonly id: RequestId;
  readonly version: number;
  readonly phase: Phase;
  readonly requester: Subject;
  readonly entitlement: EntitlementSnapshot;
  readonly submittedAt: number;
  readonly durationMs: number;
  readonly startAt: number | null;
  readonly policy: PolicyStamp;
  /** Null: asked for before impact was weighed. */
  readonly impact: Impact | null;
  readonly ballot: Ballot;
  readonly approvedAt: number | null;
  readonly approvers: readonly Subject[];
  readonly deniedBy: Subject | null;
  readonly failure: string | null;
  readonly reminders: number;
  readonly grant: Grant | null;
  readonly extension: Extension | null;
  readonly revocation: Revocation | null;
  readonly closedAt: number | null;
  /** Why today's rules would not give it any more, and since when that is on record. */
  readonly flagged: { readonly code: string; readonly at: number } | null;
  /** `person|action|code` of refused attempts already on record. */
  readonly refused: readonly string[];
}

export const streamOf = (id: RequestId): string => `request/${id}`;
