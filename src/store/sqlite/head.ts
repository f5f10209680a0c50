import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { logHead } from './schema.ts';

export type Head = Pick<typeof logHead.$inferSelect, 'size' | 'fence'>;

/** The log's size and the last fence given out; both only ever rise. To be called inside `write`. */
export function openHead({ orm }: Database) {
  orm.insert(logHead).values({ id: 1, size: 0, fence: 0, projection: 0 }).onConflictDoNothing().run();
  const select = orm.select({ size: logHead.size, fence: logHead.fence }).from(logHead).prepare();
  const update = orm
    .update(logHead)
    .set({ size: sql`${sql.placeholder('size')}`, fence: sql`${sql.placeholder('fence')}` })
    .prepare();

  const get = (): Head => {
    const head = select.get();
    if (head === undefined) throw new Error('log_head has lost its row');
    return head;
  };
  const set = (head: Head): void => void update.run({ ...head });
  /** One fence serves a whole transaction: within it no row is both put and held. */
  const nextFence = (): number => {
    const { size, fence } = get();
    set({ size, fence: fence + 1 });
    return fence + 1;
  };
  return { get, set, nextFence };
}
export type HeadRow = ReturnType<typeof openHead>;
