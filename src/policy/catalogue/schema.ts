import { z } from 'zod';
import { classification } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import { shown } from '../problems.ts';
import { calendarSchema } from './calendars.ts';
import { entitlementSchema, withFaults } from './entitlements.ts';
import { fault, KEY, like, type Names, reference, strict, text, uniqueList, zone } from './fields.ts';
import { groupSchema } from './groups.ts';
import { personSchema } from './people.ts';
import { configFaults } from './values.ts';

const ENTITLEMENT_ID = /^[a-z0-9][a-z0-9_-]{0,40}(:[a-z0-9][a-z0-9_-]{0,40})?$/;

/** Why a key of a section is refused, or null. */
export function keyFault(section: string, key: string): string | null {
  const id = section === 'entitlements';
  if (!(id ? ENTITLEMENT_ID : KEY).test(key)) {
    return `expected a key of lower-case letters, digits, - and _${id ? ', as in orders-db:read' : ''}; got ${shown(key)}`;
  }
  return null;
}

const SLACK_TEAM = /^[TE][A-Z0-9]{1,20}$/;

const section = z.record(z.string(), z.unknown());
export const headSchema = strict({
  version: z.literal(1),
  zone,
  slack: strict({ teams: uniqueList(like(SLACK_TEAM, 'a Slack team id such as T0COUNTER'), 20) }),
  audit: z.unknown().optional(),
  policies: z.unknown().optional(),
  limits: z.unknown().optional(),
  impact: z.unknown().optional(),
  onInadmissible: z.unknown().optional(),
  people: section,
  groups: section,
  channels: section,
  connectors: section,
  resources: section,
  entitlements: section,
  calendars: section.optional(),
});

/** The built-in connector that gives a bundle's parts together: made of the parts' own, never written by hand. */
export const BUNDLE = 'bundle';

/** A built-in, a file beside the catalogue, or a package. */
const MODULE =
  /^(?:\.\/(?!.*\.\.)[\w./-]{1,200}\.m?js|(?:@[a-z0-9][a-z0-9._-]{0,100}\/)?[a-z0-9][a-z0-9._-]{0,100})$/;
const use = like(
  MODULE,
  'postgres-role, signed-jwt, exception, ./a-file.js or the name of a package',
).superRefine((value, ctx) => {
  if (value === BUNDLE)
    fault(ctx, 'bundle is made from the parts of an entitlement that has some; remove it here');
});

/** The schema of one entry of each section. References are checked here, so that all faults show at once. */
export function entrySchemas(names: Names) {
  const person = reference('person', names.people);
  return {
    people: personSchema(names),
    groups: groupSchema(names),
    channels: strict({ slack: like(/^[CG][A-Z0-9]{1,20}$/, 'a Slack channel id such as C0LOG') }),
    connectors: strict({ use, config: withFaults(configFaults) }),
    resources: strict({
      title: text(LIMITS.titleMaxChars),
      connector: reference('connector', names.connectors),
      environment: like(KEY, 'lower-case letters, digits and -, such as production'),
      classification,
      owner: person,
      channel: reference('channel', names.channels),
      data: text(LIMITS.descriptionMaxChars).optional(),
      dataOwner: person.optional(),
      project: like(KEY, 'lower-case letters, digits and -, such as shop').optional(),
      zone: zone.default(names.zone),
      onCall: reference('group', names.groups).optional(),
    }),
    entitlements: entitlementSchema(names),
    calendars: calendarSchema(names),
  };
}

type Schemas = ReturnType<typeof entrySchemas>;
export type Entry<Section extends keyof Schemas> = z.output<Schemas[Section]>;
export type Section = keyof Schemas;
export const SECTIONS = [
  'people',
  'groups',
  'channels',
  'connectors',
  'resources',
  'entitlements',
  'calendars',
] as const satisfies readonly Section[];
