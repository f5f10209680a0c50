import type { ErasurePhase } from '../domain/erasure.ts';
import type { EventType } from '../domain/events.ts';
import type { Phase } from '../domain/state.ts';
import type {
  AbsenceProof,
  Classification,
  Impact,
  PolicyStamp,
  Privilege,
  RequestId,
  StageOrder,
  Subject,
  Trigger,
} from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
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
  /** Titles of groups that it was opened to beside its own, by their keys. */
  readonly openedTo: Readonly<Record<string, string>>;
  /** People were told that nobody is left to fill it. */
  readonly stuck: boolean;
}

export interface BallotView {
  readonly shown: string;
  readonly stages: readonly StageView[];
  readonly order: StageOrder;
  readonly autoApprovedBy: string | null;
  readonly lapseAt: number;
  /** For whom someone stood in, by the subject of who did. */
  readonly standIns: Readonly<Record<Subject, PersonRef>>;
}

/** Everything that may be shown of a request. Free text is null where there never was any. Times: ms since the epoch. */
export interface RequestView {
  readonly id: RequestId;
  readonly phase: Phase;
  readonly requester: PersonRef;
  readonly owner: PersonRef;
  /** Who answers for the data, where that is someone else than the owner. */
  readonly dataOwner: PersonRef | null;
  readonly entitlement: {
    readonly id: string;
    readonly title: string;
    readonly resourceTitle: string;
    readonly environment: string;
    readonly classification: Classification;
    /** What it gives, in the target's words. */
    readonly gives: string;
    readonly privilege: Privilege;
    /** What follows from having it. */
    readonly consequences: readonly string[];
    /** Titles of what a bundle is made of; empty for a single one. */
    readonly parts: readonly string[];
  };
  readonly impact: Impact | null;
  readonly submittedAt: number;
  readonly durationMs: number;
  readonly startAt: number | null;
  readonly justification: ShownText;
  readonly ticket: ShownText | null;
  readonly policy: PolicyStamp;
  readonly ballot: BallotView;
  readonly approvedAt: number | null;
  /** When it ended for good: denied, withdrawn, lapsed, failed and undone, or proven gone. */
  readonly closedAt: number | null;
  readonly deniedBy: PersonRef | null;
  readonly denialReason: ShownText | null;
  readonly failure: string | null;
  /** Why today's rules would not give it any more, as a code; null: they would, or nobody has looked. */
  readonly flagged: { readonly code: string; readonly at: number } | null;
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
    readonly reason: ShownText | null;
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
  /** The texts beside it, by field, those that are gone too. */
  readonly personal: Readonly<Record<string, ShownText>>;
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
  /** Those of them that wait for this person in someone else's place. */
  readonly standInFor: Readonly<Record<RequestId, PersonRef>>;
  readonly recent: readonly RequestView[];
}

/** How much of the readable record is somebody's. `since`: the oldest of it, ms since the epoch; null for none. */
export interface ForgottenTexts {
  readonly texts: number;
  readonly requests: number;
  readonly since: number | null;
}

/** That someone is to be forgotten, for those who may agree to it. Times: ms since the epoch. */
export interface ErasureView {
  readonly id: string;
  readonly phase: ErasurePhase;
  readonly person: PersonRef;
  readonly by: PersonRef;
  readonly reason: ShownText;
  readonly lapsesAt: number;
  /** What would go; null when it is decided. */
  readonly goes: ForgottenTexts | null;
  readonly erased: { readonly by: PersonRef | null; readonly at: number; readonly texts: number } | null;
  /** Where its newest event stands in the log, and the first 8 hex digits of that leaf's hash. */
  readonly index: number;
  readonly leaf8: string;
}
