import { LIMITS } from '../../limits.ts';
import type { ScimGroup, ScimLookup, ScimShelf, ScimUser } from '../../ports/identity.ts';
import type { Attributes } from './attribute.ts';
import { blankGroup, GROUP_ATTRIBUTES, NESTED, shownGroup } from './group.ts';
import { quoted, Refusal, refuse } from './refusal.ts';
import { COUNTERSIGN, ENTERPRISE, GROUP } from './schema-names.ts';
import { blankUser, schemasOfUser, shownUser, USER_ATTRIBUTES } from './user.ts';

/** How resources are looked for by an attribute: by a lookup of the shelf, or one by one. */
export type Search<R> = keyof ScimLookup | ((resource: R, value: string) => boolean);

/** What users and groups differ in. */
export interface Kind<R> {
  readonly name: 'User' | 'Group';
  readonly endpoint: 'Users' | 'Groups';
  readonly attributes: Attributes<R>;
  readonly searches: ReadonlyMap<string, Search<R>>;
  readonly most: number;
  size(): Promise<number>;
  get(id: string): Promise<R | null>;
  list(lookup: ScimLookup): Promise<readonly R[]>;
  put(resource: R, expectedVersion: number | null): Promise<'stored' | 'taken' | 'conflict'>;
  drop(id: string): Promise<boolean>;
  blank(id: string, at: number): R;
  /** What stays of one that is replaced: what no body can say, and what must not come from its silence. */
  remainder(before: R): R;
  /** What is wrong with it that its attributes by themselves cannot tell. */
  fault(resource: R, before: R | null): Promise<Refusal | null>;
  /** `base`: where our endpoints are. */
  shown(resource: R, base: string): object;
  schemas(shown: object): readonly string[];
}

export function usersOf(shelf: ScimShelf): Kind<ScimUser> {
  return {
    name: 'User',
    endpoint: 'Users',
    attributes: USER_ATTRIBUTES,
    searches: new Map<string, Search<ScimUser>>([
      ['username', 'name'],
      ['externalid', 'externalId'],
      ['id', ({ id }, value) => id === value],
      ['emails.type', ({ email }, value) => email !== null && value === 'work'],
      ['emails.value', ({ email }, value) => email?.toLowerCase() === value.toLowerCase()],
      ['emails', ({ email }, value) => email?.toLowerCase() === value.toLowerCase()],
      [`${ENTERPRISE}:manager`.toLowerCase(), ({ manager }, value) => manager === value],
      [`${ENTERPRISE}:manager.value`.toLowerCase(), ({ manager }, value) => manager === value],
      ['manager', ({ manager }, value) => manager === value],
      [
        `${COUNTERSIGN}:slack`.toLowerCase(),
        ({ accounts }, value) => accounts.some(({ team, user }) => `${team}/${user}` === value),
      ],
    ]),
    most: LIMITS.scimUsersMax,
    size: async () => (await shelf.size()).users,
    get: (id) => shelf.user(id),
    list: (lookup) => shelf.users(lookup),
    put: (user, expectedVersion) => shelf.putUser(user, expectedVersion),
    drop: (id) => shelf.dropUser(id),
    blank: blankUser,
    remainder: ({ id, active, createdAt }) => ({ ...blankUser(id, createdAt), active }),
    fault: async ({ userName }) =>
      userName === '' ? refuse('invalidValue', 'missing required "userName"') : null,
    shown: shownUser,
    schemas: schemasOfUser,
  };
}

export function groupsOf(shelf: ScimShelf): Kind<ScimGroup> {
  const stranger = async (id: string): Promise<Refusal | null> => {
    if ((await shelf.user(id)) !== null) return null;
    if ((await shelf.group(id)) !== null) return refuse('invalidValue', NESTED);
    return refuse('invalidValue', `a member is a user that is known here; ${quoted(id)} is none`);
  };
  return {
    name: 'Group',
    endpoint: 'Groups',
    attributes: GROUP_ATTRIBUTES,
    searches: new Map<string, Search<ScimGroup>>([
      ['displayname', 'name'],
      ['externalid', 'externalId'],
      ['id', ({ id }, value) => id === value],
      ['members', ({ members }, value) => members.includes(value)],
      ['members.value', ({ members }, value) => members.includes(value)],
    ]),
    most: LIMITS.scimGroupsMax,
    size: async () => (await shelf.size()).groups,
    get: (id) => shelf.group(id),
    list: (lookup) => shelf.groups(lookup),
    put: (group, expectedVersion) => shelf.putGroup(group, expectedVersion),
    drop: (id) => shelf.dropGroup(id),
    blank: blankGroup,
    remainder: ({ id, createdAt }) => blankGroup(id, createdAt),
    fault: async ({ displayName, members }, before) => {
      if (displayName === '') return refuse('invalidValue', 'missing required "displayName"');
      const known = new Set(before?.members);
      for (const each of members) {
        const refusal = known.has(each) ? null : await stranger(each);
        if (refusal !== null) return refusal;
      }
      return null;
    },
    shown: (group, base) => shownGroup(group, `${base}/Users`),
    schemas: () => [GROUP],
  };
}
