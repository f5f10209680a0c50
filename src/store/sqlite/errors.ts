import BetterSqlite3 from 'better-sqlite3';
import { StoreError, type StoreErrorCode } from '../../ports/store.ts';

interface Rule {
  readonly matches: RegExp;
  readonly code: StoreErrorCode;
  readonly what: string;
  readonly hint: string;
}

/** Result codes of SQLite (with their extensions) and of the file system, first match. */
const rules: readonly Rule[] = [
  {
    matches: /^SQLITE_(BUSY|LOCKED)/,
    code: 'store_busy',
    what: 'is locked by another program for longer than a write waits',
    hint: 'Close what has the database open for writing (a sqlite3 prompt, a backup) and try again.',
  },
  {
    matches: /^(SQLITE_FULL|SQLITE_IOERR|ENOSPC|EDQUOT|EIO$)/,
    code: 'store_full',
    what: 'cannot be written: the disk is full or failing',
    hint: 'Make room on its disk, or check the disk; nothing was stored half, and work goes on by itself.',
  },
  {
    matches: /^SQLITE_CORRUPT/,
    code: 'store_corrupt',
    what: 'is damaged',
    hint: 'Stop, keep the file as evidence, and restore a backup.',
  },
  {
    matches: /^SQLITE_NOTADB/,
    code: 'store_foreign',
    what: 'is no Countersign database',
    hint: 'Name another file; this one was not touched.',
  },
  {
    matches: /^(SQLITE_(CANTOPEN|READONLY|PERM|AUTH)|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|ENOENT|EEXIST)/,
    code: 'store_unwritable',
    what: 'cannot be opened for writing by this user',
    hint: 'Give the user that runs Countersign the folder of the file, or name another file.',
  },
];

/** What SQLite or the file system threw, as a StoreError; anything else as it came. */
export function toStoreError(error: unknown, file: string): unknown {
  const code = codeOf(error);
  const rule = code === null ? undefined : rules.find((each) => each.matches.test(code));
  if (rule === undefined) return error;
  return new StoreError(rule.code, `${file} ${rule.what} (${code})`, rule.hint, { cause: error });
}

/** drizzle wraps what SQLite says while a statement is being prepared. */
function codeOf(error: unknown): string | null {
  if (error instanceof BetterSqlite3.SqliteError) return isIncomplete(error) ? 'SQLITE_CORRUPT' : error.code;
  if (!(error instanceof Error) || error instanceof StoreError) return null;
  if ('code' in error && 'syscall' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof BetterSqlite3.SqliteError ? codeOf(error.cause) : null;
}

/** It is ours and migrated by its own account: a table or column that is not there was taken away. */
const isIncomplete = ({ message }: Error): boolean => /^no such (table|column)/.test(message);
