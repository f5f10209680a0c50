import { z } from 'zod';
import type { Consent, Impact } from '../domain/values.ts';
import type { PolicyReason } from '../ports/policy.ts';

/** Who it is about, as the rules may know them. Keys of people and groups are the catalogue's. */
const person = z.strictObject({
  key: z.string(),
  /** Every group that holds the person, sorted; those that include it among them. */
  groups: z.array(z.string()),
  /** Groups whose members cannot be told: their source is too old. */
  stale: z.array(z.string()),
  manager: z.string().nullable(),
  operator: z.boolean(),
  attributes: z.record(z.string(), z.string()),
});

/** As `Facts` in ports/signals: absent means not known. */
export const knownFacts = z.strictObject({
  onCall: z.boolean().optional(),
  incident: z.strictObject({ id: z.string(), severity: z.int() }).optional(),
  ticket: z.strictObject({ state: z.string(), assigned: z.boolean() }).optional(),
  device: z.strictObject({ compliant: z.boolean() }).optional(),
  network: z.strictObject({ origin: z.string() }).optional(),
  risk: z.int().optional(),
  mfaAgeMs: z.int().optional(),
});

/**
 * One question as the rules get it: plain JSON, complete, so that the same question can be put to other rules years
 * later. Clock times, calendars and all that follows from the catalogue are worked out from it by whichever rules
 * are asked. It lies beside the event as the person's own disclosure (`facts`).
 */
export const policyInput = z.strictObject({
  v: z.literal(1),
  action: z.enum(['request', 'extend', 'activate', 'breakGlass', 'approve', 'revoke']),
  person,
  entitlement: z.string(),
  durationMs: z.int(),
  at: z.int(),
  startAt: z.int().nullable(),
  facts: knownFacts,
  /** What is overridden for this person and entitlement now: `freeze`, or a policy's id. Sorted. */
  exceptions: z.array(z.string()),
  /** `approve` alone: the stage's group, and the key of who asked. */
  vote: z.strictObject({ group: z.string(), requester: z.string().nullable() }).nullable(),
});
export type PolicyInput = z.infer<typeof policyInput>;

/** What a rule set says to one input. `ids`: sorted ids of the rules that decided. */
export type Evaluation =
  | {
      readonly allowed: true;
      readonly ids: readonly string[];
      readonly consent: Consent;
      /** The catalogue's, or shorter where a demand says so: whoever asks for longer is refused by the decider. */
      readonly longestMs: number;
      readonly impact: Impact;
      readonly ticketRequired: boolean;
    }
  | { readonly allowed: false; readonly ids: readonly string[]; readonly reason: PolicyReason };
