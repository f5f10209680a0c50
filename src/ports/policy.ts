import type { Consent, EntitlementSnapshot, Escalation, Impact, PolicyStamp } from '../domain/values.ts';
import type { Channel } from './directory.ts';

/** Why someone may not, as data; its public wording is chat's and the command line's. Groups by their titles. */
export type PolicyReason =
  | { readonly code: 'unknown-entitlement'; readonly entitlement: string }
  | { readonly code: 'not-eligible'; readonly entitlement: string; readonly groups: readonly string[] }
  | { readonly code: 'nobody-can-approve'; readonly stage: string; readonly group: string }
  | { readonly code: 'unknown-person' }
  /** What is known of the group is older than it may be, or was never known; `ageMs` null: never. */
  | { readonly code: 'stale-groups'; readonly group: string; readonly ageMs: number | null }
  /** A rule wants a recent second factor (ms), and none is known. */
  | { readonly code: 'step-up-needed'; readonly withinMs: number; readonly rule: string }
  /** A rule of this id forbids it, or none permits it (`rule: ''`). `says`: the rule's own words to people. */
  | { readonly code: 'forbidden'; readonly rule: string; readonly says?: string };

export type PolicyAnswer =
  | {
      readonly allowed: true;
      readonly stamp: PolicyStamp;
      readonly entitlement: EntitlementSnapshot;
      /** What must be consented to for this person and duration; a floor that no caller lowers. */
      readonly consent: Consent;
      readonly impact: Impact;
      /** A rule wants a ticket, whatever the entitlement says. */
      readonly ticketRequired: boolean;
      /** JSON of what the rules were asked, for the record beside the event: it is the person's own. */
      readonly facts: string;
    }
  | {
      readonly allowed: false;
      readonly stamp: PolicyStamp;
      readonly reason: PolicyReason;
      /** Null where the question never came to the rules: an unknown entitlement or person. */
      readonly facts: string | null;
    };

export interface PolicyQuestion {
  readonly action: 'request' | 'extend' | 'activate' | 'breakGlass';
  /** The catalogue's key of the one who would have it. */
  readonly person: string;
  readonly entitlement: string;
  readonly durationMs: number;
  readonly at: number;
  /** When it is to start, ms since the epoch; null or absent: at once. */
  readonly startAt?: number | null;
  readonly ticket?: string | null;
}

/** Groups that a stage was opened to beside its own, by `StageEscalated`. */
export interface OpenedStage {
  readonly stage: number;
  readonly group: string;
}

/** An open question to approvers, as the rules need to know it. */
export interface BallotQuestion {
  readonly entitlement: EntitlementSnapshot;
  readonly consent: Consent;
  readonly opened: readonly OpenedStage[];
  /** Keys; null: the person has been forgotten. */
  readonly requester: string | null;
  readonly durationMs: number;
  readonly at: number;
  /** When what is asked for begins or goes on, ms since the epoch; null or absent: at once. */
  readonly startAt?: number | null;
}

export interface VoteAnswer {
  /** Stages of the consent this person may fill now, by fresh membership and rules; empty means none. */
  readonly stages: readonly number[];
  /** Key of the person they stand in for, where they are no member themselves. */
  readonly insteadOf: string | null;
  readonly stamp: PolicyStamp;
}

/** Who can fill one stage now. Keys of people, without the requester. */
export interface StageApprovers {
  readonly stage: string;
  /** Key of the group or role, and its title. */
  readonly group: string;
  readonly groupTitle: string;
  readonly quorum: number;
  readonly people: readonly string[];
  /** Those of them who count and are not pinged. */
  readonly quiet: readonly string[];
  /** Where the group is asked; null: each by a message of their own, as with roles. */
  readonly channels: readonly Channel[];
  readonly escalation: Escalation | null;
}

/** One answer of the catalogue's listing for a person: what may be asked for, and for the rest why not. */
export interface Offer {
  readonly entitlement: string;
  readonly title: string;
  readonly resourceTitle: string;
  readonly reason: PolicyReason | null;
}

/** What the form needs to know of one entitlement. */
export interface AskingTerms {
  readonly entitlement: EntitlementSnapshot;
  readonly description: string;
  /** Durations offered, ms, ascending, none beyond the cap. */
  readonly durationsMs: readonly number[];
  readonly justification: { readonly template: string; readonly minimumLength: number };
  readonly ticket: 'none' | 'optional' | 'required';
  /** What anyone who asks needs at least, for telling who could consent. */
  readonly consent: Consent;
}

/** Decides from the catalogue and Cedar's policies. Missing, unknown, stale or failing input means no. */
export interface PolicyEngine {
  answer(question: PolicyQuestion): Promise<PolicyAnswer>;
  stagesOpenTo(person: string, ballot: BallotQuestion): Promise<VoteAnswer>;
  /** Who can fill each stage now, in the order of the stages. */
  approvers(ballot: BallotQuestion): Promise<readonly StageApprovers[]>;
  /** The first stage that those who are left could never fill, though all of them consented; null: all can be. */
  stuckStage(ballot: BallotQuestion): Promise<number | null>;
  /**
   * Whether the person may end anyone's grant of this entitlement: its owner, an approver of it, an operator, and whom
   * a rule permits it besides. No rule takes it from them: ending access is not a privilege.
   */
  mayRevoke(person: string, ballot: BallotQuestion): Promise<{ may: boolean; stamp: PolicyStamp }>;
  /** In which capacity the person may read a request that is not theirs; null: in none. */
  capacityIn(person: string, ballot: BallotQuestion): Promise<'owner' | 'approver' | null>;
  offers(person: string, query: string, limit: number): Promise<readonly Offer[]>;
  terms(entitlement: string): Promise<AskingTerms | null>;
  stamp(): PolicyStamp;
}
