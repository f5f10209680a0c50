import { z } from 'zod';

/** JSON as it may stand in an event: no undefined, and only safe integers for numbers (RFC 8785 leaves). */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Not as a lazy schema: whatever holds one of those cannot be compiled, and events are checked at every append. */
const json = z.custom<Json>(isJson, 'expected JSON whose numbers are safe integers');

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && Object.values(value).every(isJson);
}

/** Whether two values say the same, in whatever order their keys stand. */
export function sameJson(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((v, i) => sameJson(v, b[i] ?? null))
    );
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
  );
}

/** The pseudonym of one human, across all their accounts: `s:` and 96 random bits in hex. */
export type Subject = `s:${string}`;
export const subject = z.custom<Subject>(
  (value) => typeof value === 'string' && /^s:[0-9a-f]{24}$/.test(value),
  'expected s: and 24 hex digits',
);

/** `req_` and 12 characters of Crockford's base32 in lower case. */
export type RequestId = `req_${string}`;
export const requestId = z.custom<RequestId>(
  (value) => typeof value === 'string' && /^req_[0-9a-z]{12}$/.test(value),
  'expected req_ and 12 characters',
);

/** SHA-256 in lower-case hex. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const classification = z.enum(['public', 'internal', 'confidential', 'restricted']);
export type Classification = z.infer<typeof classification>;

/** To whom a stage that is not filled in time is opened as well; it is never skipped. */
export const escalation = z.strictObject({ afterMs: z.int().positive(), group: z.string() });
export type Escalation = z.infer<typeof escalation>;

/**
 * A group and a quorum that must consent. `group`: the catalogue's key of a group, or a role that follows from the
 * request (`role:manager`, `role:owner`, `role:data-owner`).
 */
export const stage = z.strictObject({
  name: z.string(),
  group: z.string(),
  quorum: z.int().min(1),
  escalation: escalation.optional(),
});
export type Stage = z.infer<typeof stage>;

/** `ordered`: a stage opens when the one before it is full. `parallel`: all are open from the start. */
export const stageOrder = z.enum(['ordered', 'parallel']);
export type StageOrder = z.infer<typeof stageOrder>;

/** Which rules answered, and the digest of the whole rule set they came from. */
export const policyStamp = z.strictObject({ ids: z.array(z.string()), digest: z.string() });
export type PolicyStamp = z.infer<typeof policyStamp>;

/** What must be consented to: the stages, or the id of the rule that waives them. Never neither. */
export const consent = z
  .strictObject({
    stages: z.array(stage),
    order: stageOrder,
    autoApprovedBy: z.string().nullable(),
  })
  .refine((c) => c.stages.length > 0 || c.autoApprovedBy !== null, 'no stages and no automatic approval');
export type Consent = z.infer<typeof consent>;

/** How a grant may be lengthened. `automatic`: without new consent, within these limits. */
export const extensionTerms = z.strictObject({
  longestMs: z.int().positive(),
  most: z.int().min(0),
  automatic: z.boolean(),
});
export type ExtensionTerms = z.infer<typeof extensionTerms>;

/** What makes a request weigh what it weighs: points that add up, each with its reason (`classification:restricted`). */
export const impact = z.strictObject({
  score: z.int().min(0),
  parts: z.array(z.strictObject({ factor: z.string(), points: z.int().min(0) })).max(20),
});
export type Impact = z.infer<typeof impact>;

/** `build-time`: what changes how something is made; `run-time`: what reaches it while it runs. */
export const privilege = z.enum(['build-time', 'run-time']);
export type Privilege = z.infer<typeof privilege>;

/** The entitlement as it stood in the catalogue when it was asked for; a later edit does not change a request. */
export const entitlementSnapshot = z.strictObject({
  id: z.string(),
  title: z.string(),
  resource: z.string(),
  resourceTitle: z.string(),
  environment: z.string(),
  classification,
  owner: subject,
  /** Where the request's thread lives: the catalogue's name of a channel. */
  channel: z.string(),
  connector: z.string(),
  /** Of the connector's configuration: where the scope leads. Approvers were shown it in words. */
  connectorDigest: digest,
  scope: z.record(z.string(), json),
  longestMs: z.int().positive(),
  warnBeforeMs: z.int().positive(),
  lapseAfterMs: z.int().positive(),
  remindEveryMs: z.int().positive().nullable(),
  extension: extensionTerms,
  /** Requests on record from before there were these have none of them. */
  dataOwner: subject.optional(),
  project: z.string().optional(),
  privilege: privilege.optional(),
  /** What follows from having it, in words: shown before asking and on the card. */
  consequences: z.array(z.string()).max(5).optional(),
  /** What a bundle is made of; absent for a single entitlement. */
  parts: z
    .array(z.strictObject({ id: z.string(), title: z.string() }))
    .max(10)
    .optional(),
});
export type EntitlementSnapshot = z.infer<typeof entitlementSnapshot>;

/** All a later process needs to reach the target again, though the catalogue has changed; secrets by reference only. */
export const connectorSnapshot = z.strictObject({
  id: z.string(),
  use: z.string(),
  config: z.record(z.string(), json),
});
export type ConnectorSnapshot = z.infer<typeof connectorSnapshot>;

/** The name of a credential on its target, and where that is. Follows from the grant; holds no secret. */
export const handle = z.strictObject({
  name: z.string(),
  scope: z.record(z.string(), json),
  connector: connectorSnapshot,
});
export type Handle = z.infer<typeof handle>;

export const trigger = z.enum([
  'expired',
  'done-early',
  'revoked',
  'policy-changed',
  'incident-closed',
  'person-left',
  'signal-received',
  'recertification-refused',
  'orphan',
  'provisioning-failed',
]);
export type Trigger = z.infer<typeof trigger>;

export const faultClass = z.enum([
  'unreachable',
  'auth',
  'throttled',
  'conflict',
  'invalid',
  'unsupported',
  'internal',
]);
export type FaultClass = z.infer<typeof faultClass>;

/** How a fresh look at the target showed that the credential is gone. */
export const absenceProof = z.strictObject({
  absent: z.boolean(),
  loginRefused: z.enum(['yes', 'no', 'untestable']),
  liveSessions: z.int().min(0),
  /** When the right secret was seen to work and a wrong one to fail, ms since the epoch; null: never tried. */
  positiveControlAt: z.int().nullable(),
  /** What was done, in the target's terms: "login as NAME over scram-sha-256: 28P01". */
  method: z.string(),
  at: z.int(),
});
export type AbsenceProof = z.infer<typeof absenceProof>;
