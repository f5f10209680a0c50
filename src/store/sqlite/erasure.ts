import type { Database } from './database.ts';

/** The small tables that say who someone is, and the column that says of whom a row is. */
const OF_PEOPLE = {
  subjects: 'subject',
  subject_keys: 'subject',
  homes: 'subject',
  scim_users: 'id',
  scim_accounts: 'owner',
} as const;
type TableOfPeople = keyof typeof OF_PEOPLE;

/**
 * Deletes a person's rows so that none of their bytes stay in the file, and says whether there were any. A DELETE
 * overwrites a row where it lies, but SQLite may have left copies of it in the gaps of pages when it moved rows between
 * them. A table that is emptied as a whole gives up its pages, which secure_delete overwrites; so the rest is written
 * anew. To be called inside `write`.
 */
export function eraseRowsOf({ raw }: Database, table: TableOfPeople, whose: string): boolean {
  const column = OF_PEOPLE[table];
  const has = raw.prepare(`SELECT 1 FROM ${table} WHERE ${column} = ?`).get(whose) !== undefined;
  if (!has) return false;
  const others = raw.prepare<[string], unknown[]>(`SELECT * FROM ${table} WHERE ${column} <> ?`).raw();
  const rest = others.all(whose);
  raw.exec(`DELETE FROM ${table}`);
  const places = others.columns().map(() => '?');
  const insert = raw.prepare(`INSERT INTO ${table} VALUES (${places.join()})`);
  for (const row of rest) insert.run(...row);
  return true;
}
