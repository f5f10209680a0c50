import type { EventType } from '../domain/events.ts';
import type { Phase } from '../domain/state.ts';
import type {
  AbsenceProof,
  Classification,
  PolicyStamp,
  RequestId,
  StageOrder,
  Subject,
  Trigger,
} from '../domain/values.ts';
import type { AccountRef } from './directory.ts';

/** A person as others are shown them. `account` is where they can be mentioned; null when unknown there. */
export interface PersonRef {
  readonly subject: Subject;
  readonly name: string;
  readonly account: AccountRef | null;
}

export interface StageView {
  readonly name: string;
  readonly groupTitle: string;
  readonly quorum: number;
  readonly approvedBy: readonly PersonRef[];
  readonly open: boolean;
}

export interface BallotView {
  readonly shown: string;
  readonly stages: readonly StageView[];
  readonly order: StageOrder;
  readonly autoApprovedBy: string | null;
  readonly lapseAt: number;
}

/** Everything that may be shown of a request. Free text is null where it was redacted. Times: ms since the epoch. */
export interface RequestView {
  readonly id: RequestId;
  readonly phase: Phase;
  readonly requester: PersonRef;
  readonly owner: PersonRef;
  readonly entitlement: {
    readonly id: string;
    readonly title: string;
    readonly resourceTitle: string;
    readonly environment: string;
    readonly classification: Classification;
    /** What it gives, in the target's words. */
    readonly gives: string;
  };
  readonly submittedAt: number;
  readonly durationMs: number;
  readonly startAt: number | null;
  readonly justification: string | null;
  readonly ticket: string | null;
  readonly policy: PolicyStamp;
  readonly ballot: BallotView;
  readonly approvedAt: number | null;
  /** When it ended for good: denied, withdrawn, lapsed, failed and undone, or proven gone. */
  readonly closedAt: number | null;
  readonly deniedBy: PersonRef | null;
  readonly denialReason: string | null;
  readonly failure: string | null;
  readonly grant: {
    readonly credential: string;
    readonly expiresAt: number;
    readonly issuedAt: number | null;
    readonly secret: 'none' | 'sealed' | 'revealed' | 'shredded';
    /** How much one click can add now, ms; null when it cannot. */
    readonly extendableMs: number | null;
  } | null;
  readonly extension: (BallotView & { readonly extraMs: number; readonly by: PersonRef }) | null;
  readonly revocation: {
    readonly trigger: Trigger;
    readonly by: PersonRef | null;
    readonly reason: string | null;
    readonly startedAt: number;
    readonly killed: number;
    readonly leftovers: readonly string[];
    readonly attempts: number;
    readonly escalated: boolean;
    readonly nextAttemptAt: number | null;
    readonly proof: AbsenceProof | null;
  } | null;
}

/** One event told: what happened, by whom, and where it stands in the log. */
export interface Told {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly personal: Readonly<Record<string, string>>;
  readonly people: Readonly<Record<Subject, PersonRef>>;
  readonly index: number;
  /** First 8 hex digits of the leaf hash. */
  readonly leaf8: string;
  readonly at: number;
}

/** One row of someone's home or of `/elevate mine`. */
export interface HomeView {
  readonly person: PersonRef;
  readonly mine: readonly RequestView[];
  readonly waitingForMe: readonly RequestView[];
  readonly recent: readonly RequestView[];
}
