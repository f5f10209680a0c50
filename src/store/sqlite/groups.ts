import { and, eq, sql } from 'drizzle-orm';
import type { GroupShelf } from '../../ports/identity.ts';
import type { Database } from './database.ts';
import { groupSnapshots } from './schema.ts';

export function openGroups(database: Database): GroupShelf {
  const { orm } = database;
  const { source, group, members, asOf } = groupSnapshots;
  const value = sql.placeholder;
  const last = orm
    .select({ members, asOf })
    .from(groupSnapshots)
    .where(and(eq(source, value('source')), eq(group, value('group'))))
    .prepare();
  return {
    snapshot: (from, name) =>
      database.read(() => {
        const row = last.get({ source: from, group: name });
        if (row === undefined) return null;
        // Written below, as JSON of a list of names.
        const names = row.members === null ? null : (JSON.parse(row.members) as string[]);
        return { members: names, asOf: row.asOf };
      }),
    keep: (from, name, snapshot) =>
      database.write(() => {
        const told = {
          members: snapshot.members === null ? null : JSON.stringify(snapshot.members),
          asOf: snapshot.asOf,
        };
        orm
          .insert(groupSnapshots)
          .values({ source: from, group: name, ...told })
          .onConflictDoUpdate({ target: [source, group], set: told })
          .run();
      }),
  };
}
