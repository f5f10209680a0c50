import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Subject } from '../../domain/values.ts';
import type { Mailroom } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { homes, posted } from './schema.ts';

export function openMailroom(database: Database): Mailroom {
  const { orm } = database;
  const statements = prepare(database);
  return {
    posted: (stream) => database.read(() => statements.posted.all({ stream })),
    streamsWith: (slot) => database.read(() => statements.streamsWith.all({ slot }).map((row) => row.stream)),
    record: (message) => database.write(() => void statements.record.run({ ...message })),
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

/** Of what every message needs. */
function prepare({ orm }: Database) {
  const value = sql.placeholder;
  return {
    posted: orm
      .select()
      .from(posted)
      .where(eq(posted.stream, value('stream')))
      .orderBy(asc(posted.slot))
      .prepare(),
    streamsWith: orm
      .select({ stream: posted.stream })
      .from(posted)
      .where(eq(posted.slot, value('slot')))
      .orderBy(asc(posted.stream))
      .prepare(),
    record: orm
      .insert(posted)
      .values({
        stream: value('stream'),
        slot: value('slot'),
        platform: value('platform'),
        conversation: value('conversation'),
        ts: value('ts'),
        digest: value('digest'),
      })
      .onConflictDoUpdate({
        target: [posted.stream, posted.slot],
        set: {
          platform: sql`excluded.platform`,
          conversation: sql`excluded.conversation`,
          ts: sql`excluded.ts`,
          digest: sql`excluded.digest`,
        },
      })
      .prepare(),
  };
}
