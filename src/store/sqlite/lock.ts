import BetterSqlite3 from 'better-sqlite3';
import { StoreError } from '../../ports/store.ts';

/**
 * Makes this process the only one on `file`, until released or dead: an exclusive transaction held open on a side
 * file. The kernel drops it with the process, which a file with a process id would not be; a lock on the database
 * itself would also shut out whoever only wants to read.
 */
export function lockForOneProcess(file: string): () => void {
  const lock = new BetterSqlite3(`${file}-lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!(cause instanceof BetterSqlite3.SqliteError) || !cause.code.startsWith('SQLITE_BUSY')) throw cause;
    throw new StoreError(
      'store_locked',
      `${file} is in use by another Countersign process`,
      'Stop that process first, or name another file.',
      { cause },
    );
  }
  return () => lock.close();
}
