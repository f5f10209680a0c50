import { count } from 'drizzle-orm';
import type { ScimShelf } from '../../ports/identity.ts';
import type { Database } from './database.ts';
import { scimContact, scimGroups, scimUsers } from './schema.ts';
import { openScimGroups } from './scim-groups.ts';
import { openScimUsers } from './scim-users.ts';

export function openScim(database: Database): ScimShelf {
  const { orm } = database;
  const rowsIn = (table: typeof scimUsers | typeof scimGroups): number =>
    orm.select({ rows: count() }).from(table).get()?.rows ?? 0;
  let revision = 0;
  const counted: Database = {
    ...database,
    write: (work) =>
      database.write(() => {
        const done = work();
        revision += 1;
        return done;
      }),
  };
  return {
    ...openScimUsers(counted),
    ...openScimGroups(counted),
    size: () => database.read(() => ({ users: rowsIn(scimUsers), groups: rowsIn(scimGroups) })),
    revision: async () => revision,
    contactAt: () => database.read(() => orm.select().from(scimContact).get()?.at ?? null),
    contacted: (at) =>
      database.write(() => {
        orm
          .insert(scimContact)
          .values({ id: 1, at })
          .onConflictDoUpdate({ target: scimContact.id, set: { at } })
          .run();
      }),
  };
}
