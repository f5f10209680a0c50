import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Subject } from '../../domain/values.ts';
import type { Mailroom } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { homes, posted } from './schema.ts';

export function openMailroom(database: Database): Mailroom {
  const { orm } = database;
  return {
    posted: (stream) =>
      database.read(() =>
        orm.select().from(posted).where(eq(posted.stream, stream)).orderBy(asc(posted.slot)).all(),
      ),
    record: (message) =>
      database.write(() => {
        const { platform, conversation, ts, digest } = message;
        orm
          .insert(posted)
          .values(message)
          .onConflictDoUpdate({
            target: [posted.stream, posted.slot],
            set: { platform, conversation, ts, digest },
          })
          .run();
      }),
    forget: (stream, slot) =>
      database.write(() => {
        orm
          .delete(posted)
          .where(and(eq(posted.stream, stream), eq(posted.slot, slot)))
          .run();
      }),
    homeOpened: (platform, account, subject) =>
      database.write(() => {
        orm
          .insert(homes)
          .values({ platform, account, subject })
          .onConflictDoUpdate({ target: [homes.platform, homes.account], set: { subject } })
          .run();
      }),
    homesOf: (subjects) =>
      database.read(() =>
        orm
          .select()
          .from(homes)
          .where(inArray(homes.subject, [...subjects]))
          .orderBy(asc(homes.platform), asc(homes.account))
          .all()
          .map((row) => ({ ...row, subject: row.subject as Subject })),
      ),
  };
}
