import type {
  AbsenceProof,
  Consent,
  EntitlementSnapshot,
  FaultClass,
  Handle,
  Impact,
  PolicyStamp,
  RequestId,
  Subject,
  Trigger,
} from './values.ts';

/** What a rule set said of a person and an entitlement, looked up for this very command. */
export type Admission =
  | {
      readonly allowed: true;
      readonly stamp: PolicyStamp;
      readonly entitlement: EntitlementSnapshot;
      readonly consent: Consent;
      readonly impact: Impact;
      /** JSON of what the rules were asked, for the record beside the event. */
      readonly facts: string;
    }
  | {
      readonly allowed: false;
      readonly stamp: PolicyStamp;
      readonly code: string;
      /** Null where the question never came to the rules. */
      readonly facts: string | null;
    };

/** What the entitlement wants to be told with a request. */
export interface Asking {
  readonly template: string;
  readonly minimumLength: number;
  readonly ticket: 'none' | 'optional' | 'required';
}

/**
 * Everything that can be asked of a request. Time, identities, memberships and outcomes arrive as facts; a command
 * that carries a person carries what is true of them now, looked up for this command.
 */
export type Command =
  | {
      readonly kind: 'submit';
      readonly at: number;
      readonly requester: Subject;
      readonly admission: Admission;
      readonly asking: Asking;
      readonly durationMs: number;
      readonly startAt: number | null;
      readonly justification: string;
      readonly ticket: string | null;
      /** A request of the same person for the same entitlement that still waits, or null. */
      readonly waiting: RequestId | null;
      /** Requests of the same person that have not ended, and those made in the last hour, however they ended. */
      readonly open: number;
      readonly lately: number;
    }
  | {
      readonly kind: 'approve';
      readonly at: number;
      readonly by: Subject;
      readonly shown: string;
      /** Stages of the ballot whose group holds this person now. */
      readonly mayFill: readonly number[];
      /** Who is away and named them to stand in; null: they decide in their own right. */
      readonly insteadOf: Subject | null;
      /** Whether they are among those who could be asked, whatever the rules say of them. */
      readonly isApprover: boolean;
      readonly shortenToMs: number | null;
      readonly comment: string | null;
      readonly stamp: PolicyStamp;
    }
  | {
      readonly kind: 'deny';
      readonly at: number;
      readonly by: Subject;
      readonly shown: string;
      readonly mayFill: readonly number[];
      readonly insteadOf: Subject | null;
      readonly isApprover: boolean;
      readonly reason: string;
      readonly stamp: PolicyStamp;
    }
  | { readonly kind: 'withdraw'; readonly at: number; readonly by: Subject }
  | { readonly kind: 'lapse'; readonly at: number }
  | { readonly kind: 'lapse-extension'; readonly at: number }
  | { readonly kind: 'remind'; readonly at: number }
  | {
      readonly kind: 'escalate';
      readonly at: number;
      readonly shown: string;
      readonly stage: number;
      /** The group that the stage names for this; null: it names none, and people are told that nobody is left. */
      readonly to: string | null;
      readonly cause: 'waited' | 'nobody-left';
    }
  | {
      readonly kind: 'start';
      readonly at: number;
      readonly admission: Admission;
      /** For each approver who still may, the stages of the ballot they may fill now. */
      readonly mayFill: ReadonlyMap<Subject, readonly number[]>;
      /** The same for the stages that today's rules (the admission's consent) demand. */
      readonly mayFillToday: ReadonlyMap<Subject, readonly number[]>;
      readonly handle: Handle;
    }
  | {
      readonly kind: 'record-issued';
      readonly at: number;
      readonly generation: number;
      readonly fingerprint: string;
      readonly positiveControlAt: number | null;
    }
  | {
      readonly kind: 'record-provision-failure';
      readonly at: number;
      readonly fault: FaultClass;
      readonly detail: string;
      readonly retryAt: number | null;
    }
  | { readonly kind: 'reveal'; readonly at: number; readonly by: Subject }
  | { readonly kind: 'warn'; readonly at: number }
  | {
      readonly kind: 'extend';
      readonly at: number;
      readonly by: Subject;
      /** Null: as much as one click may add. */
      readonly extraMs: number | null;
      readonly admission: Admission;
    }
  | { readonly kind: 'record-extended'; readonly at: number }
  | {
      readonly kind: 'record-extension-failure';
      readonly at: number;
      readonly fault: FaultClass;
      readonly detail: string;
      readonly retryAt: number | null;
    }
  /** Today's rules would not give it any more; `code` says why. */
  | { readonly kind: 'flag'; readonly at: number; readonly code: string; readonly stamp: PolicyStamp }
  | { readonly kind: 'expire'; readonly at: number }
  | { readonly kind: 'done'; readonly at: number; readonly by: Subject }
  | {
      readonly kind: 'revoke';
      readonly at: number;
      readonly by: Subject | null;
      readonly may: boolean;
      readonly trigger: Trigger;
      readonly reason: string | null;
      readonly stamp: PolicyStamp;
    }
  | {
      readonly kind: 'record-removed';
      readonly at: number;
      /** Attempts made since the last one on record, this one included. */
      readonly tries: number;
      readonly outcome: 'revoked' | 'absent';
      readonly killed: number;
      readonly leftovers: readonly string[];
    }
  | {
      readonly kind: 'record-revocation-failure';
      readonly at: number;
      /** Attempts made since the last one on record, this one included: not each failure of a long outage is an event. */
      readonly tries: number;
      readonly step: 'remove' | 'verify';
      readonly fault: FaultClass;
      readonly detail: string;
      readonly nextAttemptAt: number;
      readonly escalateAfter: number;
    }
  | { readonly kind: 'record-verified'; readonly at: number; readonly proof: AbsenceProof };

export type CommandKind = Command['kind'];
export type CommandOf<K extends CommandKind> = Extract<Command, { kind: K }>;
