import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { encodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import {
  approval,
  expectSoundTree,
  opening,
  redactionOf,
  requestOf,
  streamNumber,
  subjectOf,
  submission,
} from '../contracts/store-samples.ts';
import { parts, sqlitePlace } from './places.ts';

const migrations = fileURLToPath(new URL('../../migrations/sqlite', import.meta.url));
const REQUESTS = 150;
const CANARY = 'the orders of Möbius are stuck';

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let store: Store | undefined;
beforeEach(async () => {
  place = await sqlitePlace();
  writeOld(place.folder, place.file);
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  await place.discard();
});

/** A database as versions without tree and keys wrote it: three events a request, with texts in clear beside them. */
function writeOld(folder: string, file: string): void {
  const raw = new BetterSqlite3(file);
  raw.pragma('journal_mode = WAL');
  raw.pragma('secure_delete = ON');
  raw.pragma(`application_id = ${0x43_53_47_4e}`);
  migrate(drizzle(raw), { migrationsFolder: firstTwo(folder) });
  raw.exec(
    `INSERT INTO log_head VALUES (1, 0, 7, 0); INSERT INTO subjects VALUES ('${subjectOf(1)}', 'ana')`,
  );
  const events = raw.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)');
  const disclosures = raw.prepare('INSERT INTO disclosures VALUES (?, ?, ?)');
  const add = (index: number, stream: string, version: number, made: Made): void => {
    const told = Object.entries(made.personal).map(([field, text]) => {
      const salt = createHash('md5').update(`${index} ${field}`).digest();
      return { field, disclosure: disclose(salt, field, text) };
    });
    const sd = Object.fromEntries(told.map((each) => [each.field, disclosureDigest(each.disclosure)]));
    const { type, data } = made;
    const bytes = encodeLeaf({ id: `evt_${index}`, type, v: 1, at: index, stream, version, data, sd });
    events.run(index, stream, version, bytes, leafHash(bytes));
    for (const { field, disclosure } of told) disclosures.run(index, field, disclosure);
  };
  raw.transaction(() => {
    for (let n = 1; n <= REQUESTS; n++)
      for (const [i, made] of eventsOf(n).entries()) add((n - 1) * 3 + i, streamNumber(n), i + 1, made);
    raw.exec(`UPDATE log_head SET size = ${3 * REQUESTS}`);
  })();
  raw.close();
}

interface Made {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly personal: Readonly<Record<string, string>>;
}
const eventsOf = (n: number): readonly Made[] => [
  {
    ...submission({ requester: subjectOf(n) }),
    personal: { justification: `${CANARY} ${n} `.repeat(n), ticket: `INC-${n}` },
  },
  { ...approval(subjectOf(n + 1)), personal: {} },
  {
    type: 'ProvisioningFailed',
    data: { generation: 1, attempt: 1, fault: 'unreachable', retryAt: null },
    personal: { detail: `refused ${n}` },
  },
];

/** The migrations of those versions, alone. */
function firstTwo(folder: string): string {
  const old = join(folder, 'old-migrations');
  cpSync(migrations, old, { recursive: true });
  const file = join(old, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: unknown[] };
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 2) }));
  return old;
}

const bytesOnDisk = (): Buffer =>
  Buffer.concat(
    ['', '-wal', '-shm'].map((end) =>
      existsSync(`${place.file}${end}`) ? readFileSync(`${place.file}${end}`) : Buffer.alloc(0),
    ),
  );
/** Base64url of a long text has the same middle wherever it begins in steps of three bytes: so it is looked for. */
const traces = [0, 1, 2].map((shift) =>
  Buffer.from(`${CANARY} `.slice(shift)).toString('base64url').slice(0, 36),
);
const tracesFound = (): boolean => {
  const bytes = bytesOnDisk();
  return traces.some((trace) => bytes.includes(trace));
};
function inFile(sql: string): void {
  const raw = new BetterSqlite3(place.file);
  raw.exec('DROP TRIGGER IF EXISTS events_no_update; DROP TRIGGER IF EXISTS events_no_delete');
  raw.pragma('foreign_keys = OFF');
  raw.exec(sql);
  raw.close();
}
const failing = () =>
  place.open({
    random: () => {
      throw new Error('the process dies here');
    },
  });

describe('a database of a version without tree and keys', () => {
  it('is brought over when it is opened: the tree grows from its leaves, its texts are sealed', async () => {
    store = await place.open();
    await expectSoundTree(store);
    expect(await store.size()).toBe(3 * REQUESTS);
    expect(await store.hashes([{ level: 8, index: 0 }])).toHaveLength(1);
    for (const n of [1, 2, REQUESTS])
      expect((await store.disclosures(streamNumber(n))).map(({ value }) => value)).toEqual(
        eventsOf(n).flatMap(({ personal }) => Object.values(personal)),
      );
    const sealed = await store.storedDisclosures(3, 6);
    expect(sealed.map(({ index, subject }) => [index, subject])).toEqual([
      [3, subjectOf(2)],
      [3, subjectOf(2)],
      [5, subjectOf(2)],
    ]);
    expect(await store.personOf(subjectOf(1))).toBe('ana');
    expect(await store.request(requestOf(REQUESTS))).toMatchObject({ version: 3 });
  });

  it('goes on from there, and is not brought over again', async () => {
    store = await place.open();
    await store.append(opening(1_000));
    const targets = [{ index: 0, field: 'ticket' }];
    expect(await store.redact(redactionOf({ cause: 'field', targets }))).toMatchObject({ ok: true });
    await store.close();
    store = await place.open();
    expect(await store.size()).toBe(3 * REQUESTS + 2);
    await expectSoundTree(store);
    expect(await store.disclosures(streamNumber(1))).toHaveLength(2);
  });

  it('introduces the people it knows already', async () => {
    store = await place.open({ introduce: () => ({ name: 'Ana' }) });
    expect(await store.size()).toBe(3 * REQUESTS + 1);
    expect(await store.journal(`person/${subjectOf(1)}`)).toMatchObject([{ type: 'PersonIntroduced' }]);
    expect((await store.disclosures(`person/${subjectOf(1)}`)).map(({ value }) => value)).toEqual([
      'Ana',
      'ana',
    ]);
    await expectSoundTree(store);
  });

  it('has nothing in clear any more, in none of its files', async () => {
    expect(tracesFound()).toBe(true);
    store = await place.open();
    expect(tracesFound()).toBe(false);
    await store.close();
    store = undefined;
    expect(tracesFound()).toBe(false);
  });

  it('is brought over whole or not at all', async () => {
    await expect(failing()).rejects.toThrow('the process dies here');
    const reading = openSqliteReader(place.file, parts.sealer);
    await expect(reading).rejects.toMatchObject({ code: 'store_foreign' });
    store = await place.open();
    await expectSoundTree(store);
    expect(await store.disclosures(streamNumber(REQUESTS))).toHaveLength(3);
  });

  it('is not read before: whoever only reads cannot bring it over', async () => {
    await expect(openSqliteReader(place.file, parts.sealer)).rejects.toMatchObject({
      code: 'store_foreign',
      message: `${place.file} was written by an older version of Countersign`,
      hint: 'Start the bot once (countersign start): it brings the file over.',
    });
  });

  it.each([
    [
      'an event that was changed',
      `UPDATE events SET bytes = replace(bytes, 'orders', 'others') WHERE log_index = 300`,
      'event 300 of the log has bytes that do not give its hash',
    ],
    ['a log with a gap', 'DELETE FROM events WHERE log_index = 299', 'event 299 of the log is missing'],
    ['a log that was cut', 'DELETE FROM events WHERE log_index >= 400', 'event 400 of the log is missing'],
    [
      'a text that is not the one that was recorded',
      `UPDATE disclosures SET disclosure = 'WyJhIiwidGlja2V0IiwiYiJd' WHERE log_index = 3 AND field = 'ticket'`,
      'event 3 of the log does not hold the digest of its disclosed field "ticket"',
    ],
    [
      'a text that was never recorded',
      `INSERT INTO disclosures VALUES (1, 'comment', 'WyJhIiwiY29tbWVudCIsImIiXQ')`,
      'event 1 of the log has no field "comment", and something lies there for it',
    ],
  ])('is refused when it holds %s', async (_name, sql, message) => {
    inFile(sql);
    await expect(place.open()).rejects.toMatchObject({ code: 'store_corrupt', message });
    await expect(place.open()).rejects.toMatchObject({ code: 'store_corrupt', message });
  });
});

describe('a database of a version without groups, provider and exceptions', () => {
  /** As the version before left it: what came since is taken away again. */
  const takeBack = (): void => {
    const since = readFileSync(join(migrations, '0003_identity.sql'), 'utf8');
    const tables = [...since.matchAll(/^CREATE TABLE `(\w+)`/gm)].map(([, name]) => name);
    expect(tables).toHaveLength(7);
    const last = 'SELECT max(created_at) FROM __drizzle_migrations';
    inFile(`${tables.map((name) => `DROP TABLE ${name};`).join('')}
      DELETE FROM __drizzle_migrations WHERE created_at = (${last})`);
  };

  it('is given them when it is opened, and keeps all it had', async () => {
    store = await place.open();
    await store.append(opening(1_000));
    await store.close();
    takeBack();
    await expect(openSqliteReader(place.file, parts.sealer)).rejects.toMatchObject({ code: 'store_foreign' });
    store = await place.open();
    expect(await store.size()).toBe(3 * REQUESTS + 1);
    await expectSoundTree(store);
    await store.groups.keep('ldap', 'cn=dba', { members: [], asOf: 1 });
    expect(await store.groups.snapshot('ldap', 'cn=dba')).toEqual({ members: [], asOf: 1 });
    expect(await store.scim.users()).toEqual([]);
    expect(await store.exceptions.open()).toEqual([]);
  });
});
