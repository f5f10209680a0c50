import { and, asc, eq, getTableColumns, ne, or, sql } from 'drizzle-orm';
import type { AccountRef } from '../../ports/directory.ts';
import type { ScimLookup, ScimShelf, ScimUser } from '../../ports/identity.ts';
import type { Database } from './database.ts';
import { eraseRowsOf } from './erasure.ts';
import { scimAccounts, scimGroups, scimMembers, scimUsers } from './schema.ts';
import { nameKeyOf } from './scim-names.ts';

const { nameKey, ...columns } = getTableColumns(scimUsers);

export function openScimUsers(
  database: Database,
): Pick<ScimShelf, 'user' | 'users' | 'putUser' | 'dropUser'> {
  const { orm } = database;
  const accountsOf = openAccounts(database);

  const matching = ({ name, externalId }: ScimLookup) =>
    and(
      name === undefined ? undefined : eq(nameKey, nameKeyOf(name)),
      externalId === undefined ? undefined : eq(scimUsers.externalId, externalId),
    );
  const find = (where: ReturnType<typeof and>): readonly ScimUser[] => {
    const rows = orm
      .select(columns)
      .from(scimUsers)
      .where(where)
      .orderBy(asc(scimUsers.createdAt), asc(scimUsers.id))
      .all();
    const [only] = rows;
    const owned = accountsOf.get(rows.length === 1 ? only?.id : undefined);
    return rows.map((row) => ({ ...row, accounts: owned.get(row.id) ?? [] }));
  };

  const isTaken = ({ id, userName, externalId, accounts }: ScimUser): boolean => {
    const sameName = eq(nameKey, nameKeyOf(userName));
    const same = externalId === null ? sameName : or(sameName, eq(scimUsers.externalId, externalId));
    const other = orm
      .select()
      .from(scimUsers)
      .where(and(ne(scimUsers.id, id), same))
      .get();
    return other !== undefined || accounts.some((account) => accountsOf.isAnothers(account, id));
  };

  const put: (...given: Parameters<ScimShelf['putUser']>) => Awaited<ReturnType<ScimShelf['putUser']>> = (
    user,
    expectedVersion,
  ) => {
    const { accounts, ...rest } = user;
    const row = { ...rest, nameKey: nameKeyOf(user.userName) };
    const stored = orm.select().from(scimUsers).where(eq(scimUsers.id, user.id)).get();
    if ((stored?.version ?? null) !== expectedVersion) return 'conflict';
    if (isTaken(user)) return 'taken';
    orm.insert(scimUsers).values(row).onConflictDoUpdate({ target: scimUsers.id, set: row }).run();
    accountsOf.set(user.id, accounts);
    return 'stored';
  };

  const drop = (id: string): boolean => {
    if (!eraseRowsOf(database, 'scim_users', id)) return false;
    eraseRowsOf(database, 'scim_accounts', id);
    // What a group holds has changed with it.
    const theirs = sql`${scimGroups.id} IN (SELECT ${scimMembers.group} FROM ${scimMembers} WHERE ${scimMembers.user} = ${id})`;
    orm
      .update(scimGroups)
      .set({ version: sql`${scimGroups.version} + 1` })
      .where(theirs)
      .run();
    orm.delete(scimMembers).where(eq(scimMembers.user, id)).run();
    return true;
  };

  return {
    user: (id) => database.read(() => find(eq(scimUsers.id, id))[0] ?? null),
    users: (lookup = {}) => database.read(() => find(matching(lookup))),
    putUser: (user, expectedVersion) => database.write(() => put(user, expectedVersion)),
    dropUser: (id) => database.write(() => drop(id)),
  };
}

function openAccounts({ orm }: Database) {
  const { platform, team, user, owner } = scimAccounts;
  const isSame = (account: AccountRef) =>
    and(eq(platform, account.platform), eq(team, account.team), eq(user, account.user));
  return {
    /** By owner; of one of them, or of all. */
    get: (whose?: string): ReadonlyMap<string, readonly AccountRef[]> => {
      const rows = orm
        .select()
        .from(scimAccounts)
        .where(whose === undefined ? undefined : eq(owner, whose))
        .orderBy(asc(platform), asc(team), asc(user))
        .all();
      const owned = new Map<string, AccountRef[]>();
      for (const { owner: theirs, ...account } of rows)
        owned.set(theirs, [...(owned.get(theirs) ?? []), account]);
      return owned;
    },
    set: (whose: string, accounts: readonly AccountRef[]): void => {
      orm.delete(scimAccounts).where(eq(owner, whose)).run();
      for (const account of accounts)
        orm
          .insert(scimAccounts)
          .values({ ...account, owner: whose })
          .onConflictDoNothing()
          .run();
    },
    isAnothers: (account: AccountRef, whose: string): boolean =>
      orm
        .select()
        .from(scimAccounts)
        .where(and(isSame(account), ne(owner, whose)))
        .get() !== undefined,
  };
}
