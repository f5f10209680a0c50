import { z } from 'zod';
import type { Classification } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import type { AuditTerms, Catalogue, ClassificationLimits, ImpactWeights } from '../../ports/catalogue.ts';
import { shown } from '../problems.ts';
import { byName, duration, fault, like, type Names, reference, strict } from './fields.ts';

/** What the catalogue says of the installation as a whole, a schema for each key. */
export const termsSchemas = (names: Names) => ({
  audit: auditSchema(names.channels),
  policies: policiesSchema,
  limits: limitsSchema,
  impact: impactSchema(names),
  onInadmissible: z.enum(['revoke', 'flag']).default('revoke'),
});
export const TERMS = ['audit', 'policies', 'limits', 'impact', 'onInadmissible'] as const;
type Schemas = ReturnType<typeof termsSchemas>;
export type Terms = { readonly [T in (typeof TERMS)[number]]: z.output<Schemas[T]> };

const DAY_MS = 24 * 3_600_000;

/** Days; what the file does not say is kept for ever. */
const retention = z
  .unknown()
  .optional()
  .transform((value, ctx) => {
    if (value === undefined) return null;
    const days = typeof value === 'string' ? Number(/^([1-9]\d*)d$/.exec(value)?.[1]) : Number.NaN;
    if (days <= LIMITS.retentionLongestDays) return days * DAY_MS;
    fault(ctx, `expected days, from 1d to ${LIMITS.retentionLongestDays}d; got ${shown(value)}`);
    return z.NEVER;
  });

const byClassification = <Value extends z.ZodType>(value: Value) => ({
  public: value,
  internal: value,
  confidential: value,
  restricted: value,
});

/** The part about the log; its channel must be among those of the file. */
const auditSchema = (channels: readonly string[]) =>
  strict({
    channel: reference('channel', channels).optional(),
    retention: strict(byClassification(retention)).prefault({}),
  })
    .prefault({})
    .transform(({ channel = null, retention: retentionMs }): AuditTerms => ({ channel, retentionMs }));

/** `said`: an absent key is no decision; whoever decides by the catalogue alone says `none`. */
const policiesSchema = like(
  /^[a-z0-9][a-z0-9_-]{0,62}$/i,
  'a folder beside the catalogue such as policies, or none',
)
  .optional()
  .transform((folder) => ({
    folder: folder === 'none' ? null : (folder ?? null),
    said: folder !== undefined,
  }));

const limit = strict({
  longest: duration.optional(),
  approvals: z
    .int()
    .min(1)
    .max(LIMITS.stagesMax * LIMITS.quorumMax)
    .optional(),
})
  .prefault({})
  .transform(
    ({ longest = null, approvals = null }): ClassificationLimits => ({ longestMs: longest, approvals }),
  );
const limitsSchema = strict(byClassification(limit)).prefault({});
export const NO_LIMITS: Record<Classification, ClassificationLimits> = limitsSchema.parse(undefined);

const points = z.int().min(0).max(LIMITS.impactPointsMax);
const impactSchema = (names: Names) =>
  strict({
    classification: strict(byClassification(points.optional())).default({}),
    environment: byName('environment', names.environments, points).default({}),
    privilege: strict({ 'build-time': points.optional(), 'run-time': points.optional() }).default({}),
    duration: strict({ every: duration, points }).optional(),
    entitlement: byName('entitlement', names.entitlements, points).default({}),
  })
    .prefault({})
    .transform(
      ({ classification, privilege, duration: step, ...rest }): ImpactWeights => ({
        ...rest,
        classification: classification as ImpactWeights['classification'],
        privilege: privilege as ImpactWeights['privilege'],
        duration: step === undefined ? null : { everyMs: step.every, points: step.points },
      }),
    );

/** As they stand in a catalogue. */
export const buildTerms = ({
  audit,
  policies,
  limits,
  impact,
  onInadmissible,
}: Terms): Pick<Catalogue, 'audit' | 'policies' | 'limits' | 'impact' | 'onInadmissible'> => ({
  audit,
  policies: policies.folder,
  limits,
  impact,
  onInadmissible,
});
