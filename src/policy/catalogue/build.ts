import { createHash } from 'node:crypto';
import type { Catalogue, CatalogueEntitlement, CatalogueProblem } from '../../ports/catalogue.ts';
import { bundleConnector } from './bundles.ts';
import { buildCalendar } from './calendars.ts';
import { buildEntitlement, isBundle } from './entitlements.ts';
import type { Entries } from './entries.ts';
import { buildGroup } from './groups.ts';
import { buildPerson } from './people.ts';
import { headSchema } from './schema.ts';
import { buildTerms, type Terms } from './terms.ts';

/** The catalogue that a file without any finding says. */
export function build(
  value: unknown,
  entries: Entries,
  terms: Terms,
  warnings: readonly CatalogueProblem[],
): Catalogue {
  const { zone, slack } = headSchema.parse(value);
  const content = {
    zone,
    slackTeams: slack.teams,
    ...buildTerms(terms),
    people: map(entries.people, buildPerson),
    groups: map(entries.groups, (key, group) =>
      buildGroup(key, group, entries.memberships.get(key)?.members ?? []),
    ),
    channels: map(entries.channels, (key, { slack: conversation }) => ({
      key,
      platform: 'slack' as const,
      conversation,
    })),
    connectors: map(entries.connectors, (id, { use, config }) => ({ id, use, config })),
    resources: map(
      entries.resources,
      (key, { data = null, dataOwner = null, project = null, onCall = null, ...resource }) => ({
        key,
        ...resource,
        data,
        dataOwner,
        project,
        onCall,
      }),
    ),
    entitlements: entitlementsOf(entries),
    calendars: map(entries.calendars, buildCalendar),
  };
  return { ...content, digest: digestOf(content), warnings };
}

const map = <In, Out>(entries: ReadonlyMap<string, In>, make: (key: string, entry: In) => Out) =>
  new Map([...entries].map(([key, entry]) => [key, make(key, entry)]));

const entitlementsOf = (entries: Entries): ReadonlyMap<string, CatalogueEntitlement> =>
  map(entries.flat, (id, single) => {
    const built = buildEntitlement(id, single);
    const entry = entries.entitlements.get(id);
    if (entry === undefined || !isBundle(entry)) return built;
    return { ...built, parts: entry.parts, connector: bundleConnector(id, entry, entries) };
  });

/** SHA-256 in hex of what the file says, in whatever order its keys stand. */
export const digestOf = (content: unknown) => createHash('sha256').update(canonical(content)).digest('hex');

/** JSON with sorted keys and no spaces; a Map is written as an object. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    const object = each instanceof Map ? Object.fromEntries(each) : each;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return object;
    return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
