import type { Consent, EntitlementSnapshot, PolicyStamp } from '../domain/values.ts';

/** Why someone may not, as data; its public wording is chat's and the command line's. Groups by their titles. */
export type PolicyReason =
  | { readonly code: 'unknown-entitlement'; readonly entitlement: string }
  | { readonly code: 'not-eligible'; readonly entitlement: string; readonly groups: readonly string[] }
  | { readonly code: 'nobody-can-approve'; readonly stage: string; readonly group: string }
  | { readonly code: 'unknown-person' }
  | { readonly code: 'stale-groups'; readonly group: string; readonly ageMs: number }
  | { readonly code: 'forbidden'; readonly rule: string };

export type PolicyAnswer =
  | {
      readonly allowed: true;
      readonly stamp: PolicyStamp;
      readonly entitlement: EntitlementSnapshot;
      /** What must be consented to for this person and duration; a floor that no caller lowers. */
      readonly consent: Consent;
    }
  | { readonly allowed: false; readonly stamp: PolicyStamp; readonly reason: PolicyReason };

export interface PolicyQuestion {
  readonly action: 'request' | 'extend' | 'activate';
  readonly person: string;
  readonly entitlement: string;
  readonly durationMs: number;
  readonly at: number;
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

/** Decides from the catalogue (and, later, Cedar). Missing, unknown or failing input means no. */
export interface PolicyEngine {
  answer(question: PolicyQuestion): Promise<PolicyAnswer>;
  /** The stages of `consent` this person may fill now, by fresh membership; empty means none. */
  stagesOpenTo(person: string, consent: Consent, at: number): Promise<readonly number[]>;
  /** Whether the person may end anyone's grant of this entitlement: its owner, an approver of it, an operator. */
  mayRevoke(person: string, entitlement: EntitlementSnapshot, consent: Consent): Promise<boolean>;
  /** In which capacity the person may read a request that is not theirs; null: in none. */
  capacityIn(
    person: string,
    entitlement: EntitlementSnapshot,
    consent: Consent,
  ): Promise<'owner' | 'approver' | null>;
  offers(person: string, query: string, limit: number): Promise<readonly Offer[]>;
  terms(entitlement: string): Promise<AskingTerms | null>;
  stamp(): PolicyStamp;
}
