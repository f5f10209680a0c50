import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import * as schema from '../../src/store/sqlite/schema.ts';
import { LIMITS } from '../../src/limits.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { opening } from '../contracts/store-samples.ts';
import { parts, sqlitePlace } from './places.ts';

let place: Awaited<ReturnType<typeof sqlitePlace>>;
beforeEach(async () => {
  place = await sqlitePlace();
});
afterEach(() => place.discard());

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the file of a SQLite store', () => {
  it('is its user’s alone, with what lies beside it, in a folder made for it', async () => {
    const folder = join(place.folder, 'new', 'deep');
    const file = join(folder, 'countersign.db');
    const store = await openSqliteStore({ file, ...parts });
    await store.append(opening(1));
    expect([
      mode(folder),
      mode(file),
      mode(`${file}-wal`),
      mode(`${file}-shm`),
      mode(`${file}-lock`),
    ]).toEqual(['700', '600', '600', '600', '600']);
    await store.close();
  });

  it('is closed to others when it was left open to them; a folder that was there is left as it is', async () => {
    await (await place.open()).close();
    chmodSync(place.file, 0o644);
    chmodSync(place.folder, 0o755);
    const store = await place.open();
    const beside = ['-wal', '-shm', '-lock'].map((end) => mode(`${place.file}${end}`));
    await store.close();
    expect([mode(place.file), mode(place.folder), ...beside]).toEqual(['600', '755', '600', '600', '600']);
  });

  it('survives a crash of the machine: WAL with a full sync, old bytes overwritten, references checked', () => {
    const { raw, close } = openDatabase(place.file);
    const pragma = (name: string) => raw.pragma(name, { simple: true });
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('secure_delete')).toBe(1);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('busy_timeout')).toBe(LIMITS.storeBusyTimeoutMs);
    close();
  });

  it('has exactly the tables, columns and indexes of the schema', () => {
    const { raw, close } = openDatabase(place.file);
    const names = (sql: string): string[] => raw.prepare<[], string>(sql).pluck().all().sort();
    for (const table of Object.values(schema).filter((each) => each instanceof SQLiteTable)) {
      const { name, columns, indexes, uniqueConstraints } = getTableConfig(table);
      expect(names(`SELECT name FROM pragma_table_info('${name}')`)).toEqual(
        columns.map((c) => c.name).sort(),
      );
      const unique = columns.filter((c) => c.isUnique).map((c) => c.uniqueName ?? c.name);
      expect(names(`SELECT name FROM pragma_index_list('${name}') WHERE origin = 'c'`)).toEqual(
        [
          ...indexes.map((i) => i.config.name),
          ...unique,
          ...uniqueConstraints.map((u) => u.getName() ?? ''),
        ].sort(),
      );
    }
    close();
  });
});

describe('a file that cannot be ours', () => {
  it.each([
    ['a short text', 'hello'],
    ['a long text', 'hello, world\n'.repeat(1_000)],
  ])('is refused and not touched: %s', async (_name, text) => {
    writeFileSync(place.file, text, { mode: 0o644 });
    await expect(place.open()).rejects.toMatchObject({
      code: 'store_foreign',
      message: `${place.file} is no Countersign database (SQLITE_NOTADB)`,
    });
    expect(readFileSync(place.file, 'utf8')).toBe(text);
    expect(mode(place.file)).toBe('644');
  });

  it('is refused and not touched: the database of another program', async () => {
    const other = new BetterSqlite3(place.file);
    other.exec('CREATE TABLE customers (name TEXT)');
    other.close();
    const before = readFileSync(place.file);
    await expect(place.open()).rejects.toMatchObject({
      code: 'store_foreign',
      message: `${place.file} is the database of another program`,
    });
    expect(readFileSync(place.file).equals(before)).toBe(true);
  });

  it('is refused when a newer version has migrated it', async () => {
    const { raw, close } = openDatabase(place.file);
    raw.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)`);
    close();
    await expect(place.open()).rejects.toMatchObject({
      code: 'store_foreign',
      message: `${place.file} was written by a newer version of Countersign`,
    });
  });

  it('is refused when it is a folder', async () => {
    mkdirSync(place.file);
    await expect(place.open()).rejects.toMatchObject({ code: 'store_unwritable' });
  });

  it('is refused under a path that leads through a file', async () => {
    writeFileSync(join(place.folder, 'plain'), '');
    const opened = openSqliteStore({ file: join(place.folder, 'plain', 'countersign.db'), ...parts });
    await expect(opened).rejects.toMatchObject({ code: 'store_unwritable' });
  });
});

describe('the lock of one process', () => {
  it('holds within the process too, and by whatever path the file is named', async () => {
    const store = await place.open();
    const link = join(place.folder, 'link.db');
    symlinkSync(place.file, link);
    await expect(place.open()).rejects.toMatchObject({ code: 'store_locked' });
    await expect(openSqliteStore({ file: link, ...parts })).rejects.toMatchObject({ code: 'store_locked' });
    await store.append(opening(1));
    await store.close();
    await store.close();
    await (await openSqliteStore({ file: link, ...parts })).close();
  });

  it('is let go when opening fails', async () => {
    writeFileSync(place.file, 'hello');
    await expect(place.open()).rejects.toMatchObject({ code: 'store_foreign' });
    writeFileSync(place.file, '');
    await (await place.open()).close();
  });
});
