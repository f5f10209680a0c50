import type { Catalogue, CatalogueGroup } from '../ports/catalogue.ts';
import type { Directory, GroupState } from '../ports/directory.ts';
import type { GroupShelf, ScimShelf } from '../ports/identity.ts';
import { type Closure, closureOf } from './closure.ts';
import { type Part, partOf } from './membership.ts';
import type { Conflict, People } from './people.ts';
import { presentAt } from './presence.ts';
import { keepRegisters, type Register } from './register.ts';
import { channelOf, titleOf } from './titles.ts';

export interface DirectoryParts {
  /** The one in force now. */
  readonly catalogue: () => Catalogue;
  readonly groups: Pick<GroupShelf, 'snapshot'>;
  /** Null: no identity provider speaks to us; links to one then say nothing, and its groups are never heard of. */
  readonly scim: Pick<ScimShelf, 'users' | 'groups' | 'revision' | 'contactAt'> | null;
  readonly now: () => number;
}

export interface PeopleDirectory extends Directory {
  /** What the sources say of people that cannot be, for operators to settle. */
  conflicts(): Promise<readonly Conflict[]>;
}

/**
 * People, groups and channels from all sources. What no source knows is null or nobody; a shelf that fails makes the
 * call reject.
 */
export function createDirectory(parts: DirectoryParts): PeopleDirectory {
  const register = keepRegisters(parts.scim);
  const people = async () => (await register(parts.catalogue())).people;
  return {
    personOf: async (account) => (await people()).personOf(account),
    person: async (key) => (await people()).person(key),
    profile: async (key) => (await people()).profile(key),
    async group(key, at) {
      const catalogue = parts.catalogue();
      const group = catalogue.groups.get(key);
      if (group === undefined) return { kind: 'unknown' };
      const look = await lookAround(parts, catalogue, await register(catalogue));
      return stateOf(await look.closure(group), at, look.people);
    },
    async groupsOf(person) {
      const catalogue = parts.catalogue();
      return groupsOf(parts, catalogue, await register(catalogue), person);
    },
    groupTitle: (group) => titleOf(parts.catalogue(), group),
    channelOfGroup: (group) => channelOf(parts.catalogue(), group),
    channel: (key) => parts.catalogue().channels.get(key) ?? null,
    conflicts: async () => (await people()).conflicts,
  };
}

/** All that one question is answered from; each group is looked up once for it. */
async function lookAround(
  { groups: shelf, scim, now }: DirectoryParts,
  { groups }: Catalogue,
  register: Register,
) {
  const scimContactAt = scim === null ? null : await scim.contactAt();
  const sources = { register, shelf, scimContactAt, now: now() };
  const found = new Map<CatalogueGroup, Promise<Part>>();
  const part = (group: CatalogueGroup): Promise<Part> => {
    const asked = found.get(group) ?? partOf(group, sources);
    found.set(group, asked);
    return asked;
  };
  return { people: register.people, closure: (group: CatalogueGroup) => closureOf(group, groups, part) };
}

/** Stale, or unknown, only where there is nobody left to be a member. */
function stateOf({ members, quiet, stale, gone }: Closure, at: number, people: People): GroupState {
  const knows = (key: string): boolean => people.person(key) !== null;
  const state = presentAt(
    members.flatMap((each) => [...each]),
    quiet,
    at,
    { knows, awayOf: (key) => people.awayOf(key) },
  );
  if (state.members.length > 0) return state;
  if (stale !== null) return { kind: 'stale', ageMs: stale.ageMs };
  return gone ? { kind: 'unknown' } : state;
}

/**
 * Whoever is away stays in their groups here, and whoever stands in for them gains none: a delegate consents in
 * someone's place, and does not ask in it.
 */
async function groupsOf(parts: DirectoryParts, catalogue: Catalogue, register: Register, person: string) {
  const groups: string[] = [];
  const stale: string[] = [];
  if (register.people.person(person) === null) return { groups, stale };
  const look = await lookAround(parts, catalogue, register);
  for (const group of catalogue.groups.values()) {
    const closure = await look.closure(group);
    if (closure.members.some((members) => members.has(person))) groups.push(group.key);
    else if (closure.stale !== null) stale.push(group.key);
  }
  return { groups, stale };
}
