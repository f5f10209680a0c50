import { asc, gte } from 'drizzle-orm';
import { Frontier } from '../../audit/tree.ts';
import { LIMITS } from '../../limits.ts';
import { corrupt, leafOf, textOf } from '../recorded.ts';
import { clearTable, type Database } from './database.ts';
import type { Ledger, LedgerParts } from './ledger.ts';
import { events } from './schema.ts';

/**
 * Brings over what a version without tree and keys has written: the tree is grown from the stored leaves, and what lay
 * in clear is sealed. Nothing of it is believed unread. Throws StoreError `store_corrupt`. To be called inside `write`.
 */
export function bringOver(
  database: Database,
  ledger: Ledger,
  { head, tree, disclosures }: LedgerParts,
): void {
  const before = head.get();
  const frontier = Frontier.empty();
  const clear = database.raw.prepare<[number], ClearRow>(
    `SELECT field, disclosure FROM ${clearTable} WHERE log_index = ?`,
  );
  for (const row of rowsOf(database, before.size)) {
    const { index } = row;
    const leaf = leafOf(row);
    tree.grow(frontier, row.leaf);
    const told = clear.all(index);
    if (told.length === 0) continue;
    for (const { field, disclosure } of told) textOf(leaf, index, field, disclosure);
    disclosures.seal({
      index,
      eventId: leaf.id,
      subject: ledger.subjectOf(row.stream, leaf),
      disclosures: told,
    });
  }
  // secure_delete overwrites the pages of a table that is dropped.
  database.raw.exec(`DROP TABLE ${clearTable}`);
  head.set({ ...before, frontier: frontier.toBytes() });
}

interface ClearRow {
  readonly field: string;
  readonly disclosure: string;
}

function* rowsOf({ orm }: Database, size: number): Iterable<typeof events.$inferSelect> {
  for (let from = 0; from < size; ) {
    const batch = orm
      .select()
      .from(events)
      .where(gte(events.index, from))
      .orderBy(asc(events.index))
      .limit(LIMITS.projectionBatchMax)
      .all();
    for (const row of batch) {
      if (row.index !== from) throw corrupt(from, 'is missing');
      yield row;
      from += 1;
    }
    if (batch.length === 0) throw corrupt(from, 'is missing');
  }
}
