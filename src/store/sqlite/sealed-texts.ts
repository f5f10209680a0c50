import { and, asc, eq, gte, lt, ne, sql } from 'drizzle-orm';
import { StoreError } from '../../ports/store.ts';
import { openDisclosure } from '../sealing.ts';
import type { Database } from './database.ts';
import { disclosures, subjectKeys } from './schema.ts';
import type { openKeyReader } from './subject-keys.ts';

/** A text as it lies beside an event, held against nothing yet. */
export interface SealedText {
  readonly index: number;
  readonly field: string;
  /** The disclosure (RFC 9901); null: it does not open for the event of this id. */
  open(eventId: string): string | null;
}

/** For whoever verifies the log: it reads events once, and holds their texts against them by itself. */
export interface SealedTexts {
  /** Of the leaves from `index` up to `end` (not included), by index and field. */
  sealedTexts(index: number, end: number): Promise<readonly SealedText[]>;
}

/** `keys` null: the reader has none, and nothing opens. */
export function openSealedTexts(
  database: Database,
  keys: ReturnType<typeof openKeyReader> | null,
): SealedTexts {
  const { index, field, subject, sealed } = disclosures;
  const { wrapped } = subjectKeys;
  const value = sql.placeholder;
  const rows = database.orm
    .select({ index, field, subject, sealed, wrapped })
    .from(disclosures)
    .leftJoin(subjectKeys, eq(subjectKeys.subject, subject))
    .where(and(gte(index, value('index')), lt(index, value('end')), ne(sealed, sql`x''`)))
    .orderBy(asc(index), asc(field))
    .prepare();

  const keyOf = (whose: string, kept: Buffer | null): Uint8Array | null => {
    try {
      return keys === null || kept === null ? null : keys.open(whose, kept);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'store_corrupt') return null;
      throw error;
    }
  };
  const textOf = (row: ReturnType<typeof rows.all>[number]): SealedText => ({
    index: row.index,
    field: row.field,
    open: (eventId) => {
      const key = keyOf(row.subject, row.wrapped);
      return key && openDisclosure(key, row.sealed, { eventId, field: row.field });
    },
  });
  return { sealedTexts: (from, end) => database.read(() => rows.all({ index: from, end }).map(textOf)) };
}
