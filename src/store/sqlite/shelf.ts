import { desc, eq, sql } from 'drizzle-orm';
import { LIMITS } from '../../limits.ts';
import type { SealShelf } from '../../ports/audit-log.ts';
import { atMost, type Database } from './database.ts';
import { checkpoints, cursors, receipts } from './schema.ts';

export function openShelf(database: Database): SealShelf {
  const { orm } = database;
  return {
    ...openShelfReader(database),
    saveCheckpoint: (checkpoint) =>
      database.write(() => void orm.insert(checkpoints).values(checkpoint).run()),
    saveReceipt: (receipt) => database.write(() => void orm.insert(receipts).values(receipt).run()),
    moveCursor: (name, next) =>
      database.write(() => {
        orm
          .insert(cursors)
          .values({ name, next })
          .onConflictDoUpdate({ target: cursors.name, set: { next } })
          .run();
      }),
  };
}

type Reading = 'newestCheckpoint' | 'newestReceipt' | 'receipts' | 'cursor';

export function openShelfReader(database: Database): Pick<SealShelf, Reading> {
  const statements = prepare(database);
  return {
    newestCheckpoint: () => database.read(() => statements.newestCheckpoint.get() ?? null),
    newestReceipt: (anchor) => database.read(() => statements.newestReceipt.get({ anchor }) ?? null),
    receipts: (limit) =>
      database.read(() => statements.receipts.all({ limit: atMost(limit, LIMITS.reportReceiptsMax) })),
    cursor: (name) => database.read(() => statements.cursor.get({ name })?.next ?? 0),
  };
}

/** What was saved last is newest: a clock may have been set back. */
function prepare({ orm }: Database) {
  const value = sql.placeholder;
  const { note } = checkpoints;
  const { anchor, receipt } = receipts;
  const checkpoint = { size: checkpoints.size, root: checkpoints.root, at: checkpoints.at, note };
  const taken = { size: receipts.size, root: receipts.root, at: receipts.at, anchor, receipt };
  return {
    newestCheckpoint: orm
      .select(checkpoint)
      .from(checkpoints)
      .orderBy(desc(checkpoints.id))
      .limit(1)
      .prepare(),
    newestReceipt: orm
      .select(taken)
      .from(receipts)
      .where(eq(anchor, value('anchor')))
      .orderBy(desc(receipts.id))
      .limit(1)
      .prepare(),
    receipts: orm.select(taken).from(receipts).orderBy(desc(receipts.id)).limit(value('limit')).prepare(),
    cursor: orm
      .select({ next: cursors.next })
      .from(cursors)
      .where(eq(cursors.name, value('name')))
      .prepare(),
  };
}
