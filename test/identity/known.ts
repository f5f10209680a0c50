import { LIMITS } from '../../src/limits.ts';
import type { Catalogue, CatalogueGroup, CataloguePerson } from '../../src/ports/catalogue.ts';
import type { AccountRef } from '../../src/ports/directory.ts';
import type { ScimGroup, ScimUser } from '../../src/ports/identity.ts';

export const T0 = Date.UTC(2026, 10, 20, 9);
export const HOUR = 3_600_000;

export const slack = (user: string, team = 'T1'): AccountRef => ({ platform: 'slack', team, user });

type Some<T> = Readonly<Record<string, Partial<T>>>;

/** A catalogue of people and groups, of which a test says only what it is about. Ana's account is `T1/UANA`. */
export function catalogueOf(people: Some<CataloguePerson>, groups: Some<CatalogueGroup> = {}): Catalogue {
  const mapped = <T, U>(entries: Readonly<Record<string, T>>, build: (key: string, entry: T) => U) =>
    new Map(Object.entries(entries).map(([key, entry]) => [key, build(key, entry)] as const));
  const unlimited = { longestMs: null, approvals: null };
  return {
    zone: 'UTC',
    slackTeams: ['T1', 'T2'],
    audit: {
      channel: null,
      retentionMs: { public: null, internal: null, confidential: null, restricted: null },
    },
    people: mapped(people, personOf),
    groups: mapped(groups, groupOf),
    channels: new Map([['log', { key: 'log', platform: 'slack', conversation: 'C1' }]]),
    connectors: new Map(),
    resources: new Map(),
    entitlements: new Map(),
    policies: null,
    calendars: new Map(),
    limits: { public: unlimited, internal: unlimited, confidential: unlimited, restricted: unlimited },
    impact: { classification: {}, environment: {}, privilege: {}, duration: null, entitlement: {} },
    onInadmissible: 'revoke',
    digest: '',
    warnings: [],
  };
}

const personOf = (key: string, more: Partial<CataloguePerson>): CataloguePerson => ({
  key,
  name: key,
  email: `${key}@counter.example`,
  accounts: [slack(`U${key.toUpperCase()}`)],
  operator: false,
  auditor: false,
  manager: null,
  attributes: {},
  away: null,
  links: { scim: null, ldap: null },
  ...more,
});

const groupOf = (key: string, more: Partial<CatalogueGroup>): CatalogueGroup => ({
  key,
  title: key,
  source: { kind: 'catalogue' },
  staleAfterMs: 24 * HOUR,
  members: [],
  includes: [],
  quiet: [],
  channel: null,
  ...more,
});

/** A user whom the identity provider pushed, with an account on Slack. */
export const userOf = (name: string, more: Partial<ScimUser> = {}): ScimUser => ({
  id: `id-${name}`,
  externalId: `ext-${name}`,
  userName: `${name}@idp.example`,
  displayName: `${name} of the provider`,
  email: `${name}@counter.example`,
  active: true,
  accounts: [slack(`U${name.toUpperCase()}`)],
  manager: null,
  attributes: {},
  version: 1,
  createdAt: T0,
  changedAt: T0,
  ...more,
});

export const pushedGroup = (
  name: string,
  members: readonly string[],
  more: Partial<ScimGroup> = {},
): ScimGroup => ({
  id: `id-${name}`,
  externalId: `ext-${name}`,
  displayName: name,
  members: members.map((member) => `id-${member}`),
  version: 1,
  createdAt: T0,
  changedAt: T0,
  ...more,
});

export const TOO_FAR_AHEAD_MS = LIMITS.clockSkewErrorMs + 1;
