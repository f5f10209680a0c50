import { z } from 'zod';
import {
  absenceProof,
  consent,
  digest,
  entitlementSnapshot,
  faultClass,
  handle,
  impact,
  policyStamp,
  subject,
  trigger,
} from './values.ts';

/**
 * Every event of a request's stream, by type. An event holds pseudonyms and data that is nobody's own; free
 * text travels beside it as personal fields (named in PERSONAL_FIELDS), of which the event keeps salted digests.
 * A change of shape is a new version of the type, never an edit: the stored bytes are leaves of the log.
 */
export const EVENTS = {
  RequestSubmitted: z.strictObject({
    requester: subject,
    entitlement: entitlementSnapshot,
    durationMs: z.int().positive(),
    startAt: z.int().nullable(),
    lapseAt: z.int(),
    consent,
    policy: policyStamp,
    impact: impact.optional(),
  }),
  ApprovalRecorded: z.strictObject({
    by: subject,
    /** The stages this approval may fill; one person fills one slot, whichever of these it is. */
    stages: z.array(z.int().min(0)).min(1),
    /** Leaf hash of the submission (or of the extension's request) that the approver was shown. */
    shown: digest,
    shortenToMs: z.int().positive().nullable(),
    policy: policyStamp,
    /** Who is away and named the giver to stand in for them. */
    insteadOf: subject.optional(),
  }),
  RequestApproved: z.strictObject({ durationMs: z.int().positive(), approvers: z.array(subject) }),
  RequestDenied: z.strictObject({ by: subject, shown: digest, policy: policyStamp }),
  RequestWithdrawn: z.strictObject({ by: subject }),
  RequestLapsed: z.strictObject({}),
  ApproversReminded: z.strictObject({ round: z.int().positive() }),
  /**
   * A stage that was not filled in time, or that nobody is left to fill, is open to another group as well; `to` null:
   * there is none, and people are told.
   */
  StageEscalated: z.strictObject({
    /** Leaf hash of the event that asked: which ballot it is about. */
    shown: digest,
    stage: z.int().min(0),
    to: z.string().nullable(),
    cause: z.enum(['waited', 'nobody-left']),
  }),
  /** Consents that no longer count at activation: their givers lost the right to give them. */
  ApprovalsVoided: z.strictObject({ subjects: z.array(subject), policy: policyStamp }),
  /** The request was approved and is not admissible any more at its start. Final. */
  ActivationRefused: z.strictObject({ code: z.string(), policy: policyStamp }),

  /** The intent: the credential's name and expiry are on record before the target hears of either. */
  ProvisioningStarted: z.strictObject({
    generation: z.int().positive(),
    handle,
    expiresAt: z.int(),
    policy: policyStamp,
  }),
  /** `retryAt` null: given up, and the undoing has begun. */
  ProvisioningFailed: z.strictObject({
    generation: z.int().positive(),
    attempt: z.int().positive(),
    fault: faultClass,
    retryAt: z.int().nullable(),
  }),
  CredentialIssued: z.strictObject({
    generation: z.int().positive(),
    /** First 16 hex digits of the secret's SHA-256 under the installation's naming key. */
    fingerprint: z.string(),
    expiresAt: z.int(),
    /** When the right secret was seen to work and a wrong one to fail; null where the target cannot be tried. */
    positiveControlAt: z.int().nullable(),
  }),
  SecretRevealed: z.strictObject({ by: subject, generation: z.int().positive() }),
  SecretShredded: z.strictObject({ generation: z.int().positive() }),
  ExpiryWarned: z.strictObject({ expiresAt: z.int() }),

  ExtensionRequested: z.strictObject({
    by: subject,
    extraMs: z.int().positive(),
    lapseAt: z.int(),
    consent,
    policy: policyStamp,
  }),
  /** The intent: the target's own expiry moves next, and ours (GrantExtended) only after it has. */
  ExtensionApproved: z.strictObject({ expiresAt: z.int(), approvers: z.array(subject) }),
  ExtensionDenied: z.strictObject({ by: subject, shown: digest, policy: policyStamp }),
  ExtensionLapsed: z.strictObject({}),
  ExtensionFailed: z.strictObject({
    attempt: z.int().positive(),
    fault: faultClass,
    retryAt: z.int().nullable(),
  }),
  GrantExtended: z.strictObject({ expiresAt: z.int() }),

  /** Today's rules would not give it any more, and the catalogue says to tell people rather than to end it. */
  GrantFlagged: z.strictObject({ code: z.string(), policy: policyStamp }),

  RevocationStarted: z.strictObject({ trigger, by: subject.nullable() }),
  CredentialRemoved: z.strictObject({
    generation: z.int().positive(),
    attempt: z.int().positive(),
    outcome: z.enum(['revoked', 'absent']),
    killed: z.int().min(0),
    leftovers: z.array(z.string()),
  }),
  RevocationFailed: z.strictObject({
    generation: z.int().positive(),
    step: z.enum(['remove', 'verify']),
    attempt: z.int().positive(),
    fault: faultClass,
    nextAttemptAt: z.int(),
    escalated: z.boolean(),
  }),
  /** The only event that closes a grant. */
  RevocationVerified: z.strictObject({ generation: z.int().positive(), proof: absenceProof }),

  /** Someone tried what they may not: kept once for each person, action and reason. */
  AttemptRefused: z.strictObject({ by: subject, action: z.string(), code: z.string() }),
} as const;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]>;

/** Which free-text fields may lie beside an event of each type, as disclosures. */
export const PERSONAL_FIELDS: { readonly [T in EventType]?: readonly string[] } = {
  RequestSubmitted: ['justification', 'ticket', 'facts'],
  ApprovalRecorded: ['comment'],
  RequestDenied: ['reason'],
  ExtensionRequested: ['justification'],
  ExtensionDenied: ['reason'],
  RevocationStarted: ['reason'],
  ProvisioningFailed: ['detail'],
  ExtensionFailed: ['detail'],
  RevocationFailed: ['detail'],
};

/** An event as the decider makes it: what happened, not yet where it stands in the log. */
export type RequestEvent = {
  [T in EventType]: {
    readonly type: T;
    readonly data: EventData<T>;
    readonly personal?: Readonly<Record<string, string>>;
  };
}[EventType];

/** Where a stored event stands: `leaf` is the hex SHA-256 of 0x00 and its stored bytes. */
export interface EventMeta {
  readonly id: string;
  readonly index: number;
  readonly stream: string;
  readonly version: number;
  readonly at: number;
  readonly leaf: string;
  /** Digest of each text that lies beside it, or lay there until it was redacted, by field. */
  readonly sd: Readonly<Record<string, string>>;
}

/** A stored event read back: checked against its schema, without its personal fields. */
export type RecordedEvent = {
  [T in EventType]: { readonly type: T; readonly data: EventData<T>; readonly meta: EventMeta };
}[EventType];
