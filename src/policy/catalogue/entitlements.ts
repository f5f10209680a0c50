import { z } from 'zod';
import { type Json, privilege, type Stage, stageOrder } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import type { CatalogueEntitlement } from '../../ports/catalogue.ts';
import {
  chosen,
  duration,
  durationOrNever,
  fault,
  type Names,
  reference,
  strict,
  text,
  uniqueList,
} from './fields.ts';
import { scopeFaults } from './values.ts';

/** What the file does not say. Each is the careful choice; nobody may do anything by default. */
const DEFAULTS = {
  requesters: [] as string[],
  lapse: '4h',
  remind: '30m',
  order: 'ordered',
  ticket: 'none',
  minimum: 10,
  times: 1,
  consent: 'stages',
  privilege: 'run-time',
} as const;

/** Who consents by what they are to the request, not by a group. */
export const ROLES = ['manager', 'owner', 'data-owner'] as const;
export type Role = (typeof ROLES)[number];
/** Null: it is a group's key, which has no colon. */
export const roleIn = (group: string): Role | null => ROLES.find((role) => group === `role:${role}`) ?? null;

const text200 = text(LIMITS.consequenceMaxChars);
const durations = z.array(duration).min(1).max(LIMITS.durationsOfferedMax).optional();
const consequences = z.array(text200).max(LIMITS.consequencesMax);
const template = text(LIMITS.templateMaxChars, 'lines');
const minimum = z.int().min(0).max(LIMITS.justificationMaxChars);
const ticket = z.enum(['none', 'optional', 'required']);

/** A bundle where it has parts; one that has neither parts nor a resource is missing its resource. */
export const entitlementSchema = (names: Names) => {
  const [single, bundle] = [singleSchema(names), bundleSchema(names)];
  return chosen<typeof single | typeof bundle>((keys) => (keys.has('parts') ? bundle : single));
};

const singleSchema = (names: Names) =>
  strict(
    {
      title: text(LIMITS.titleMaxChars),
      resource: reference('resource', names.resources),
      scope: withFaults(scopeFaults),
      description: text(LIMITS.descriptionMaxChars),
      longest: duration,
      durations,
      warn: duration.optional(),
      lapse: duration.prefault(DEFAULTS.lapse),
      remind: durationOrNever.prefault(DEFAULTS.remind),
      requesters: uniqueList(reference('group', names.groups), 100).default(DEFAULTS.requesters),
      stages: z.array(stageSchema(names)).max(LIMITS.stagesMax).default([]),
      order: stageOrder.default(DEFAULTS.order),
      approval: z.literal('automatic').optional(),
      justification: strict({
        template: template.default(''),
        minimum: minimum.default(DEFAULTS.minimum),
      }).prefault({}),
      ticket: ticket.default(DEFAULTS.ticket),
      extension: strict({
        longest: duration,
        times: z.int().min(1).max(10).default(DEFAULTS.times),
        consent: z.enum(['automatic', 'stages']).default(DEFAULTS.consent),
      }).optional(),
      privilege: privilege.default(DEFAULTS.privilege),
      consequences: consequences.default([]),
    },
    ['parts'],
  );
/** An entitlement of one thing, or a bundle flattened into one. */
export type Single = z.output<ReturnType<typeof singleSchema>>;

function stageSchema(names: Names) {
  const group = reference('group', names.groups);
  const shared = { name: text(40), escalate: strict({ after: duration, to: group }).optional() };
  const ofGroup = strict({ ...shared, group, quorum: z.int().min(1).max(LIMITS.quorumMax) }, ['role']);
  const ofRole = strict({ ...shared, role: z.enum(ROLES), quorum: z.literal(1).default(1) }, ['group']);
  const stage = chosen<typeof ofGroup | typeof ofRole>((keys) =>
    keys.has('role') && !keys.has('group') ? ofRole : ofGroup,
  );
  return stage.transform((given): Stage => {
    const { name, quorum, escalate } = given;
    const key = 'role' in given ? `role:${given.role}` : given.group;
    const escalation = escalate && { afterMs: escalate.after, group: escalate.to };
    return { name, group: key, quorum, ...(escalation && { escalation }) };
  });
}

const follows = z
  .unknown()
  .superRefine((_value, ctx) => fault(ctx, 'follows from the parts of the bundle; remove it'))
  .optional();

/** What a bundle says itself; everything else follows from its parts. */
const bundleSchema = (names: Names) =>
  strict({
    title: text(LIMITS.titleMaxChars),
    description: text(LIMITS.descriptionMaxChars),
    parts: uniqueList(reference('entitlement', names.entitlements), LIMITS.bundlePartsMax, 2),
    requesters: uniqueList(reference('group', names.groups), 100).default(DEFAULTS.requesters),
    durations,
    justification: strict({ template: template.default(''), minimum: minimum.default(0) }).prefault({}),
    ticket: ticket.default(DEFAULTS.ticket),
    consequences: consequences.optional(),
    resource: follows,
    scope: follows,
    longest: follows,
    warn: follows,
    lapse: follows,
    remind: follows,
    stages: follows,
    order: follows,
    approval: follows,
    extension: follows,
    privilege: follows,
  });
export type Bundle = z.output<ReturnType<typeof bundleSchema>>;

export const isBundle = (entry: Single | Bundle): entry is Bundle => 'parts' in entry;

/** Its own message: what stands in place of a configuration may be the secret itself, and is not repeated. */
export const withFaults = (faultsOf: typeof scopeFaults) =>
  z.record(z.string(), z.unknown(), 'expected a mapping of keys to values').transform((value, ctx) => {
    const faults = faultsOf(value);
    for (const { path, message } of faults) fault(ctx, message, [...path]);
    return value as Record<string, Json>;
  });

const WARN_MS = 10 * 60_000;

/** Ten minutes' notice, and never more than a quarter of the time there is. */
export const warnOf = ({ warn, longest }: Single): number =>
  warn ?? Math.min(WARN_MS, Math.ceil(longest / 4));

/** Id of the catalogue's rule for an entitlement, as it stands in a policy stamp. */
export const ruleOf = (entitlement: string) => `catalogue/${entitlement}`;

export function buildEntitlement(id: string, entry: Single): CatalogueEntitlement {
  const { longest, extension } = entry;
  return {
    id,
    title: entry.title,
    description: entry.description,
    resource: entry.resource,
    scope: entry.scope,
    longestMs: longest,
    durationsMs: (entry.durations ?? [longest]).toSorted((a, b) => a - b),
    warnBeforeMs: warnOf(entry),
    lapseAfterMs: entry.lapse,
    remindEveryMs: entry.remind,
    requesters: entry.requesters,
    consent: {
      stages: entry.stages,
      order: entry.order,
      autoApprovedBy: entry.approval === 'automatic' ? `${ruleOf(id)}/automatic` : null,
    },
    justification: { template: entry.justification.template, minimumLength: entry.justification.minimum },
    ticket: entry.ticket,
    extension: {
      longestMs: extension?.longest ?? longest,
      most: extension?.times ?? 0,
      automatic: extension?.consent === 'automatic',
    },
    privilege: entry.privilege,
    consequences: entry.consequences,
    parts: [],
    connector: null,
  };
}
