import type { Catalogue, CatalogueGroup } from '../ports/catalogue.ts';
import type { ScimGroup, ScimShelf, ScimUser } from '../ports/identity.ts';
import { nameKey } from './humans.ts';
import { gatherPeople, type People } from './people.ts';

/** What was made of one catalogue and of one state of the identity provider's users and groups. Keys of people. */
export interface Register {
  readonly people: People;
  /** Those whom the catalogue itself lists. */
  listedIn(group: CatalogueGroup): ReadonlySet<string>;
  /** By the group's `displayName` in any case, or its `externalId`; null: there is none, or it could be either of two. */
  scimMembers(group: string): ReadonlySet<string> | null;
}

/** One for each catalogue, made anew when the identity provider has written: a click scans nobody. */
export function keepRegisters(
  scim: Pick<ScimShelf, 'users' | 'groups' | 'revision'> | null,
): (catalogue: Catalogue) => Promise<Register> {
  const kept = new WeakMap<
    Catalogue,
    { readonly revision: number | null; readonly made: Promise<Register> }
  >();
  return async (catalogue) => {
    // Asked before what it is about is read: after a write in between, the next question finds another one.
    const revision = scim === null ? null : await scim.revision();
    const last = kept.get(catalogue);
    if (last?.revision === revision) return last.made;
    const made = scim === null ? makeRegister(catalogue, null, []) : readRegister(catalogue, scim);
    const keeping = { revision, made: Promise.resolve(made) };
    kept.set(catalogue, keeping);
    keeping.made.catch(() => kept.get(catalogue) === keeping && kept.delete(catalogue));
    return keeping.made;
  };
}

const readRegister = async (catalogue: Catalogue, scim: Pick<ScimShelf, 'users' | 'groups'>) =>
  makeRegister(catalogue, await scim.users(), await scim.groups());

function makeRegister(
  catalogue: Catalogue,
  users: readonly ScimUser[] | null,
  groups: readonly ScimGroup[],
): Register {
  const people = gatherPeople(catalogue, users);
  const listed = new Map<CatalogueGroup, ReadonlySet<string>>();
  const byName = new Map(groups.map((group) => [nameKey(group.displayName), group] as const));
  const byExternalId = new Map(groups.map((group) => [group.externalId, group] as const));
  const pushed = new Map<ScimGroup, ReadonlySet<string>>();
  return {
    people,
    listedIn: (group) => remembered(listed, group, () => group.members),
    scimMembers(name) {
      const found = new Set([byName.get(nameKey(name)), byExternalId.get(name)]);
      const [group, ...others] = [...found].filter((each) => each !== undefined);
      if (group === undefined || others.length > 0) return null;
      return remembered(pushed, group, () =>
        group.members.map(people.keyOf.scimUser).filter((key) => key !== null),
      );
    },
  };
}

function remembered<Group>(
  known: Map<Group, ReadonlySet<string>>,
  group: Group,
  membersOf: () => readonly string[],
): ReadonlySet<string> {
  const members = known.get(group) ?? new Set(membersOf());
  known.set(group, members);
  return members;
}
