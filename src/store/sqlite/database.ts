import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { LIMITS } from '../../limits.ts';
import { StoreError } from '../../ports/store.ts';
import { toStoreError } from './errors.ts';
import { groupCommit } from './group-commit.ts';
import { lockForOneProcess } from './lock.ts';

/** Same distance from `src` and from `dist`. */
const migrationsFolder = fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url));

/** "CSGN" in the file's header: what `file` and we know our databases by. */
const applicationId = 0x43_53_47_4e;

/** Where the migrations put what earlier versions kept in clear, until it is sealed. */
export const clearTable = 'clear_disclosures';
export const isToBringOver = (raw: BetterSqlite3.Database): boolean =>
  raw.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(clearTable) !== undefined;

export interface Database {
  readonly raw: BetterSqlite3.Database;
  readonly orm: BetterSQLite3Database;
  /** Runs `work` now; what SQLite throws rejects as StoreError. */
  read<T>(work: () => T): Promise<T>;
  /** In a durable BEGIN IMMEDIATE, all of it or, when it throws, nothing; at the end of this turn of the event loop. */
  write<T>(work: () => T): Promise<T>;
  readonly close: () => void;
}

/**
 * Opens or creates a database for this process alone, readable by its user alone, migrated to this version.
 * Throws StoreError `store_locked`, `store_foreign`, `store_unwritable`, `store_full`, `store_busy`.
 */
export function openDatabase(path: string): Database {
  const undo: (() => void)[] = [];
  try {
    const file = createPrivately(path);
    createPrivately(`${file}-lock`);
    undo.push(lockForOneProcess(file));
    const raw = new BetterSqlite3(file, { timeout: LIMITS.storeBusyTimeoutMs });
    undo.push(() => raw.close());
    takeOver(raw, file);
    // Beside the file too: SQLite gave what it made there the mode that the file had until now.
    for (const each of [file, `${file}-wal`, `${file}-shm`, `${file}-lock`])
      if (existsSync(each)) chmodSync(each, 0o600);
    return databaseOf(raw, file, () => closeAll(undo));
  } catch (error) {
    closeAll(undo);
    throw toStoreError(error, path);
  }
}

/**
 * Opens a database that is there, beside whoever works on it.
 * Throws StoreError `store_missing`, `store_foreign` (also when an older version wrote it), `store_busy`.
 */
export function openToRead(file: string): Database {
  refuseMissing(file);
  try {
    const raw = new BetterSqlite3(file, {
      readonly: true,
      fileMustExist: true,
      timeout: LIMITS.storeBusyTimeoutMs,
    });
    try {
      refuseForeign(raw, file);
      refuseNewer(raw, file);
      refuseOlder(raw, file);
    } catch (error) {
      raw.close();
      throw error;
    }
    return databaseOf(raw, file, () => raw.close());
  } catch (error) {
    throw toStoreError(error, file);
  }
}

/** For whoever wants what is there: opening would make an empty database in the wrong place. */
export function refuseMissing(file: string): void {
  if (existsSync(file)) return;
  throw new StoreError(
    'store_missing',
    `there is no database at ${file} yet`,
    'Start the bot first (countersign start), or set COUNTERSIGN_DATA to the folder of its database.',
  );
}

/** A folder that is already there keeps its mode: it may be anyone's. Returns the path without links. */
function createPrivately(path: string): string {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  }
  return realpathSync(path);
}

function closeAll(undo: (() => void)[]): void {
  for (let close = undo.pop(); close !== undefined; close = undo.pop()) close();
}

function refuseForeign(raw: BetterSqlite3.Database, file: string): void {
  const id = raw.pragma('application_id', { simple: true });
  const tables = raw.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (id !== applicationId && (id !== 0 || tables !== 0))
    throw new StoreError(
      'store_foreign',
      `${file} is the database of another program`,
      'Name another file; this one was not touched.',
    );
}

/** Nothing is written before the file is known to be ours or empty. */
function takeOver(raw: BetterSqlite3.Database, file: string): void {
  refuseForeign(raw, file);
  refuseNewer(raw, file);
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = FULL');
  raw.pragma('foreign_keys = ON');
  raw.pragma('secure_delete = ON');
  raw.pragma(`application_id = ${applicationId}`);
  migrate(drizzle(raw), { migrationsFolder });
}

/** drizzle's migrator passes over migrations it does not know; we must not run on their tables. */
function refuseNewer(raw: BetterSqlite3.Database, file: string): void {
  if (newestMigrationOf(raw) > newestMigration())
    throw new StoreError(
      'store_foreign',
      `${file} was written by a newer version of Countersign`,
      'Start that version or a newer one; this file was not touched.',
    );
}

/** Whoever only reads cannot bring it over. */
function refuseOlder(raw: BetterSqlite3.Database, file: string): void {
  if (newestMigrationOf(raw) < newestMigration() || isToBringOver(raw))
    throw new StoreError(
      'store_foreign',
      `${file} was written by an older version of Countersign`,
      'Start the bot once (countersign start): it brings the file over.',
    );
}

const newestMigration = (): number =>
  Math.max(...readMigrationFiles({ migrationsFolder }).map((each) => each.folderMillis));

/** 0 before the first. */
function newestMigrationOf(raw: BetterSqlite3.Database): number {
  const isMigrated = raw.prepare(`SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'`).get();
  if (isMigrated === undefined) return 0;
  return Number(raw.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get());
}

function databaseOf(raw: BetterSqlite3.Database, file: string, close: () => void): Database {
  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, file);
    }
  };
  const group = groupCommit(raw, (error) => toStoreError(error, file));
  return {
    raw,
    orm: drizzle(raw),
    read: attempt,
    write: group.write,
    close: () => {
      group.flush();
      close();
    },
  };
}

/** A LIMIT that is one: SQLite reads a negative number as "no limit". */
export const atMost = (limit: number, max: number): number => Math.max(0, Math.min(limit, max));
