import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/database.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { storeOn } from '../../src/store/sqlite/store.ts';
import {
  dueRow,
  event,
  expectSoundTree,
  following,
  now,
  opening,
  requestOf,
  streamNumber,
  submission,
} from '../contracts/store-samples.ts';
import { parts, sqlitePlace } from './places.ts';

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let database: Database;
let store: Store;

async function open(): Promise<void> {
  database = openDatabase(place.file);
  store = await storeOn(database, parts);
}
beforeEach(async () => {
  place = await sqlitePlace();
  await open();
});
afterEach(async () => {
  await store.close();
  await place.discard();
});

/** As someone would who has the file and means harm. */
function tamper(sql: string): void {
  database.raw.exec(
    'DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; PRAGMA foreign_keys = OFF',
  );
  database.raw.exec(sql);
}

describe('a row that no tree covers', () => {
  it.each([-1, 40])('at %i is part of no stream', async (index) => {
    await store.append(opening(1));
    const before = await store.read(streamNumber(1));
    tamper(`INSERT INTO events SELECT ${index}, stream, 2, bytes, leaf FROM events WHERE log_index = 0`);
    expect(await store.read(streamNumber(1))).toEqual(before);
  });
});

describe('a full disk', () => {
  /** SQLite's own bound on the file gives the very error of a disk without room. */
  const leave = (pages: number): void => {
    const used = database.raw.pragma('page_count', { simple: true }) as number;
    database.raw.pragma(`max_page_count = ${used + pages}`);
  };
  const makeRoom = (): void => void database.raw.pragma('max_page_count = 1000000');

  it('is said, loses nothing that was acknowledged, keeps no half, and is over when there is room', async () => {
    leave(10);
    const acknowledged: number[] = [];
    let refused: unknown;
    for (let n = 1; refused === undefined && n < 1_000; n++)
      await store.append(opening(n, { due: [{ put: dueRow(`lapse:${n}`) }] })).then(
        () => acknowledged.push(n),
        (error: unknown) => {
          refused = error;
        },
      );
    expect(refused).toMatchObject({
      code: 'store_full',
      message: `${place.file} cannot be written: the disk is full or failing (SQLITE_FULL)`,
    });
    const size = acknowledged.length;
    expect(size).toBeGreaterThan(0);
    expect(await store.size()).toBe(size);
    expect(await store.stored(0, 1_000)).toHaveLength(size);
    expect(await store.read(streamNumber(size + 1))).toEqual([]);
    expect(await store.disclosures(streamNumber(size + 1))).toEqual([]);
    expect(await store.request(requestOf(size + 1))).toBeNull();
    expect(await store.depth(now)).toMatchObject({ access: { waiting: size } });
    await expectSoundTree(store);

    makeRoom();
    expect(await store.append(opening(size + 1))).toMatchObject({ ok: true });
    expect(await store.size()).toBe(size + 1);
    await expectSoundTree(store);
  });

  it('does not take the projections with it when it comes in the middle of a rebuild', async () => {
    for (let n = 1; n <= 20; n++) await store.append(opening(n));
    const before = await store.requests({ limit: 50 });
    const error = new Error('no room');
    const rebuilt = store.rebuild(() => {
      throw error;
    });
    await expect(rebuilt).rejects.toBe(error);
    expect(await store.requests({ limit: 50 })).toEqual(before);
  });
});

describe('another program’s lock', () => {
  it('is waited for a moment, then said; reading goes on, and so does writing once it is gone', async () => {
    await store.append(opening(1));
    const other = new BetterSqlite3(place.file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.append(following(1, 1))).rejects.toMatchObject({
      code: 'store_busy',
      message: `${place.file} is locked by another program for longer than a write waits (SQLITE_BUSY)`,
    });
    await expect(store.check()).rejects.toMatchObject({ code: 'store_busy' });
    expect(await store.read(streamNumber(1))).toHaveLength(1);
    other.exec('ROLLBACK');
    other.close();
    expect(await store.append(following(1, 1))).toMatchObject({ ok: true });
  });
});

describe('a log that was tampered with', () => {
  beforeEach(async () => {
    await store.append(opening(1));
    await store.append(following(1, 1));
  });

  it('lets no event be changed or removed in passing', () => {
    expect(() => database.raw.exec('UPDATE events SET version = 7')).toThrow('events are append-only');
    expect(() => database.raw.exec('DELETE FROM events')).toThrow('events are append-only');
  });

  it.each([
    [
      'changed bytes',
      `UPDATE events SET bytes = replace(bytes, 's:', 't:') WHERE log_index = 0`,
      'event 0 of the log has bytes that do not give its hash',
    ],
    [
      'a changed hash',
      `UPDATE events SET leaf = zeroblob(32) WHERE log_index = 1`,
      'event 1 of the log has bytes that do not give its hash',
    ],
    [
      'an event filed elsewhere',
      `UPDATE events SET version = 3 WHERE log_index = 1`,
      `event 1 of the log is filed as ${streamNumber(1)} 3, its bytes say otherwise`,
    ],
  ])('is not believed: %s', async (_name, sql, message) => {
    tamper(sql);
    await expect(store.read(streamNumber(1))).rejects.toMatchObject({ code: 'store_corrupt', message });
    await expect(store.rebuild(() => undefined)).rejects.toMatchObject({ code: 'store_corrupt', message });
  });

  it('is not rebuilt from when an event is missing', async () => {
    tamper('DELETE FROM events WHERE log_index = 0');
    await expect(store.rebuild(() => undefined)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: 'event 0 of the log is missing',
    });
    expect(await store.request(requestOf(1))).toMatchObject({ version: 2 });
  });

  it('is not appended to when its head does not fit', async () => {
    await store.append(following(1, 2));
    tamper('UPDATE log_head SET size = 4');
    await expect(store.append(following(1, 3))).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringMatching(/^the head of the log does not fit its size of 4: /) as string,
    });
    expect(await store.read(streamNumber(1))).toHaveLength(3);
  });

  it('is known as damaged when a table was taken away', async () => {
    tamper('DROP TABLE disclosures');
    await store.close();
    const damaged = { code: 'store_corrupt', message: expect.stringContaining('is damaged') as string };
    await expect(place.open()).rejects.toMatchObject(damaged);
    await expect(openSqliteReader(place.file)).rejects.toMatchObject(damaged);
    await place.discard();
    place = await sqlitePlace();
    await open();
  });

  it('is known as damaged when pages of the file are', async () => {
    for (let n = 2; n <= 200; n++) await store.append(opening(n));
    await store.close();
    const secondHalf = Math.floor(statSync(place.file).size / 8_192) * 4_096;
    const file = openSync(place.file, 'r+');
    writeSync(file, Buffer.alloc(secondHalf, 0xa5), 0, secondHalf, secondHalf);
    closeSync(file);
    database = openDatabase(place.file);
    store = await storeOn(database, parts);
    await expect(store.rebuild(() => undefined)).rejects.toMatchObject({ code: 'store_corrupt' });
  });
});

describe('what a SQLite store keeps where', () => {
  it('has the free text in no table, neither in clear nor as the disclosure of it', async () => {
    const canary = 'canary-7f3a: the orders of Möbius are stuck';
    const events = [event({ ...submission(), personal: { justification: canary } })];
    await store.append({ stream: streamNumber(1), expectedVersion: 0, events, due: [{ put: dueRow('a') }] });
    const { raw } = database;
    const tables = raw
      .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
      .pluck()
      .all();
    const disclosure = (await store.storedDisclosures(0, 1))[0]?.disclosure ?? '';
    expect(Buffer.from(disclosure, 'base64url').toString()).toContain(canary);
    const control = 'orders-db:read';
    const tablesWith = (texts: readonly string[]) =>
      tables.filter((table) => {
        const cells = raw.prepare<[], unknown[]>(`SELECT * FROM "${table}"`).raw().all().flat();
        const bytes = Buffer.concat(
          cells.map((cell) => (Buffer.isBuffer(cell) ? cell : Buffer.from(String(cell)))),
        );
        return texts.some((text) => bytes.includes(text));
      });
    expect(tablesWith([control])).toEqual(['events', 'requests']);
    expect(tablesWith([canary, 'canary', 'Möbius', disclosure])).toEqual([]);
  });

  it('overwrites a shredded secret in the file', async () => {
    const sealed = Buffer.from('sealed-canary-51c0');
    await store.append(opening(1, { secrets: [{ seal: { request: requestOf(1), generation: 1, sealed } }] }));
    await store.append(following(1, 1, { secrets: [{ shred: { request: requestOf(1) } }] }));
    database.raw.pragma('wal_checkpoint(TRUNCATE)');
    const pages = database.raw.serialize();
    expect(pages.includes('sealed-canary-51c0')).toBe(false);
  });

  it('has nothing in its rebuilt projections that the log does not know', async () => {
    await store.append(opening(1));
    const { state } = database.raw.prepare<[], { state: string }>('SELECT state FROM requests').get() ?? {};
    database.raw
      .prepare(`INSERT INTO requests VALUES (99, 'request/req_ghost', 's:', 'e', 'active', ?)`)
      .run(state);
    database.raw.exec(`INSERT INTO credentials VALUES ('jit_ghost', '${streamNumber(1)}')`);
    expect(await store.requestOfCredential('jit_ghost')).not.toBeNull();
    expect(await store.rebuild(() => undefined)).toEqual({ events: 1, requests: 1 });
    expect(await store.requests({ limit: 10 })).toHaveLength(1);
    expect(await store.requestOfCredential('jit_ghost')).toBeNull();
  });

  it('rebuilds projections of another shape when it opens', async () => {
    await store.append(opening(1));
    database.raw.exec(`UPDATE log_head SET projection = 0; UPDATE requests SET state = '{}'`);
    await store.close();
    await open();
    expect(await store.request(requestOf(1))).toMatchObject({ id: requestOf(1), version: 1 });
  });
});
