import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { duration, strict, text } from '../catalogue/fields.ts';

const key = text(100);
const list = z.array(key).max(50);

const given = strict({
  onCall: z.boolean().optional(),
  incident: strict({ id: key.default('INC-1'), severity: z.int().min(1).max(10) }).optional(),
  ticket: strict({ state: key, assigned: z.boolean().default(true) }).optional(),
  device: strict({ compliant: z.boolean() }).optional(),
  network: strict({ origin: key }).optional(),
  risk: z.int().min(0).max(1_000).optional(),
  mfaAge: duration.optional(),
  /** What is overridden for this person: `freeze`, or a policy's id. */
  exceptions: list.default([]),
  /** Groups whose source has been silent for too long. */
  stale: list.default([]),
});

const EXPECTED = ['auto-approved', 'requires-approval', 'allowed', 'no-access'] as const;

/** One case of `tests/*.yaml`: who asks for what, when and in which circumstances, and what the rules must say. */
export const policyCase = strict({
  name: text(LIMITS.policyCaseNameMaxChars),
  /** A person of the catalogue; or, with `groups`, somebody made up who is in those. */
  person: key.optional(),
  groups: list.optional(),
  /** Of somebody made up. */
  operator: z.boolean().optional(),
  manager: key.optional(),
  attributes: z.record(z.string(), text(200)).optional(),
  entitlement: key,
  action: z.enum(['request', 'activate', 'extend', 'approve', 'revoke', 'breakGlass']).default('request'),
  /** Who approves or revokes what `person` has asked for: a person of the catalogue. */
  actor: key.optional(),
  /** The group as which they approve; default: the first of the catalogue's stages that has them. */
  stage: key.optional(),
  for: duration.optional(),
  at: text(60).default('Tuesday 10:00'),
  /** When the access is to start, where that is later than `at`. */
  starts: text(60).optional(),
  zone: text(60).optional(),
  given: given.prefault({}),
  expect: z.enum(EXPECTED),
  /** Group (or role) to quorum: these, and no others. */
  stages: z.record(z.string(), z.int().min(1)).optional(),
  longest: duration.optional(),
  impact: z.int().min(0).optional(),
  ticket: z.literal('required').optional(),
  /** Ids of policies that decided: of a refusal exactly these, otherwise these among others. */
  by: list.optional(),
  /** Code of a refusal: not-eligible, forbidden, nobody-can-approve, stale-groups, step-up-needed, … */
  because: key.optional(),
  /** The rule's own words. */
  says: text(LIMITS.policyCaseSaysMaxChars).optional(),
}).superRefine((entry, ctx) => {
  const fault = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message });
  if ((entry.person === undefined) === (entry.groups === undefined))
    fault('person', 'expected either person, or groups of somebody made up');
  for (const field of ['operator', 'manager', 'attributes'] as const)
    if (entry.person !== undefined && entry[field] !== undefined)
      fault(field, 'the catalogue says that of a person; it goes with groups alone');
  const another = entry.action === 'approve' || entry.action === 'revoke';
  if (another !== (entry.actor !== undefined))
    fault(
      'actor',
      another ? `missing; expected who does ${entry.action}` : 'goes with approve and revoke alone',
    );
  const asks = entry.action === 'request' || entry.action === 'extend';
  const consents = entry.expect === 'auto-approved' || entry.expect === 'requires-approval';
  if (asks && entry.expect === 'allowed')
    fault('expect', 'expected auto-approved, requires-approval or no-access of what may take consent');
  if (!asks && consents) fault('expect', `expected allowed or no-access of ${entry.action}`);
  if (entry.stages !== undefined && entry.expect !== 'requires-approval')
    fault('stages', 'goes with expect: requires-approval alone');
  for (const field of ['because', 'says'] as const)
    if (entry[field] !== undefined && entry.expect !== 'no-access')
      fault(field, 'goes with expect: no-access alone');
  for (const field of ['longest', 'impact', 'ticket'] as const)
    if (entry[field] !== undefined && entry.expect === 'no-access')
      fault(field, 'nothing is given, so there is none');
});
export type PolicyCase = z.output<typeof policyCase>;

export const casesFile = z.array(policyCase).min(1).max(LIMITS.policyCasesPerFileMax);
