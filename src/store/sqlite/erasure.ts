import type { Database } from './database.ts';

/** The small tables that say who a pseudonym is; each has a column `subject`. */
type TableOfPeople = 'subjects' | 'subject_keys' | 'homes';

/**
 * Deletes a person's rows so that none of their bytes stay in the file, and says whether there were any. A DELETE
 * overwrites a row where it lies, but SQLite may have left copies of it in the gaps of pages when it moved rows between
 * them. A table that is emptied as a whole gives up its pages, which secure_delete overwrites; so the rest is written
 * anew. To be called inside `write`.
 */
export function eraseSubject({ raw }: Database, table: TableOfPeople, subject: string): boolean {
  const has = raw.prepare(`SELECT 1 FROM ${table} WHERE subject = ?`).get(subject) !== undefined;
  if (!has) return false;
  const others = raw.prepare<[string], unknown[]>(`SELECT * FROM ${table} WHERE subject <> ?`).raw();
  const rest = others.all(subject);
  raw.exec(`DELETE FROM ${table}`);
  const places = others.columns().map(() => '?');
  const insert = raw.prepare(`INSERT INTO ${table} VALUES (${places.join()})`);
  for (const row of rest) insert.run(...row);
  return true;
}
