import { and, asc, eq, getTableColumns, inArray, ne, or, sql } from 'drizzle-orm';
import type { ScimGroup, ScimLookup, ScimShelf } from '../../ports/identity.ts';
import type { Database } from './database.ts';
import { scimGroups, scimMembers, scimUsers } from './schema.ts';
import { nameKeyOf } from './scim-names.ts';

const { nameKey, ...columns } = getTableColumns(scimGroups);

export function openScimGroups(
  database: Database,
): Pick<ScimShelf, 'group' | 'groups' | 'putGroup' | 'dropGroup'> {
  const { orm } = database;
  const membersOf = openMembers(database);

  const matching = ({ name, externalId }: ScimLookup) =>
    and(
      name === undefined ? undefined : eq(nameKey, nameKeyOf(name)),
      externalId === undefined ? undefined : eq(scimGroups.externalId, externalId),
    );
  const find = (where: ReturnType<typeof and>): readonly ScimGroup[] =>
    orm
      .select(columns)
      .from(scimGroups)
      .where(where)
      .orderBy(asc(scimGroups.createdAt), asc(scimGroups.id))
      .all()
      .map((row) => ({ ...row, members: membersOf.get(row.id) }));

  /** One's displayName is not another's externalId either. */
  const isTaken = ({ id, displayName, externalId }: ScimGroup): boolean => {
    const names = [displayName, ...(externalId === null ? [] : [externalId])];
    const same = or(inArray(nameKey, names.map(nameKeyOf)), inArray(scimGroups.externalId, names));
    return (
      orm
        .select()
        .from(scimGroups)
        .where(and(ne(scimGroups.id, id), same))
        .get() !== undefined
    );
  };

  const put: (...given: Parameters<ScimShelf['putGroup']>) => Awaited<ReturnType<ScimShelf['putGroup']>> = (
    group,
    expectedVersion,
  ) => {
    const { members, ...rest } = group;
    const row = { ...rest, nameKey: nameKeyOf(group.displayName) };
    const stored = orm.select().from(scimGroups).where(eq(scimGroups.id, group.id)).get();
    if ((stored?.version ?? null) !== expectedVersion) return 'conflict';
    if (!members.every(membersOf.isUser)) return 'conflict';
    if (isTaken(group)) return 'taken';
    orm.insert(scimGroups).values(row).onConflictDoUpdate({ target: scimGroups.id, set: row }).run();
    membersOf.set(group.id, members);
    return 'stored';
  };

  const drop = (id: string): boolean => {
    membersOf.set(id, []);
    return orm.delete(scimGroups).where(eq(scimGroups.id, id)).run().changes === 1;
  };

  return {
    group: (id) => database.read(() => find(eq(scimGroups.id, id))[0] ?? null),
    groups: (lookup = {}) => database.read(() => find(matching(lookup))),
    putGroup: (group, expectedVersion) => database.write(() => put(group, expectedVersion)),
    dropGroup: (id) => database.write(() => drop(id)),
  };
}

function openMembers({ orm }: Database) {
  const { group, user } = scimMembers;
  const value = sql.placeholder;
  const statements = {
    of: orm
      .select({ user })
      .from(scimMembers)
      .where(eq(group, value('group')))
      .orderBy(asc(user))
      .prepare(),
    isUser: orm
      .select({ id: scimUsers.id })
      .from(scimUsers)
      .where(eq(scimUsers.id, value('user')))
      .prepare(),
    add: orm
      .insert(scimMembers)
      .values({ group: value('group'), user: value('user') })
      .onConflictDoNothing()
      .prepare(),
    remove: orm
      .delete(scimMembers)
      .where(and(eq(group, value('group')), eq(user, value('user'))))
      .prepare(),
  };
  const get = (whose: string): readonly string[] =>
    statements.of.all({ group: whose }).map((row) => row.user);
  return {
    get,
    isUser: (id: string): boolean => statements.isUser.get({ user: id }) !== undefined,
    /** Touches only those who come and those who go: a group may be large. */
    set: (whose: string, members: readonly string[]): void => {
      const before = new Set(get(whose));
      const after = new Set(members);
      for (const each of before) if (!after.has(each)) statements.remove.run({ group: whose, user: each });
      for (const each of after) if (!before.has(each)) statements.add.run({ group: whose, user: each });
    },
  };
}
