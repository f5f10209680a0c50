import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScimUser } from '../../src/ports/identity.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  approval,
  event,
  now,
  opening,
  redactionOf,
  requestOf,
  streamNumber,
  subjectOf,
  submission,
  withdrawal,
} from '../contracts/store-samples.ts';
import { sqlitePlace } from './places.ts';

/** Enough to fill many pages of every table and index. */
const PEOPLE = 150;

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let store: Store;
let raw: BetterSqlite3.Database;

/** In an order that is not that of the names, so that no index grows at its end alone. */
const nameOf = new Map<number, string>();
const keyOf = (n: number): string => `${nameOf.get(n)}-of-the-orders`;
const textOf = (n: number): string =>
  `because ${nameOf.get(n)} ${'says so '.repeat((n * n) % 170)}${nameOf.get(n)}`;

beforeEach(async () => {
  place = await sqlitePlace();
  store = await place.open({
    introduce: (person) => ({ name: `name of ${person}`, email: `${person}@x.test` }),
  });
  raw = new BetterSqlite3(place.file, { readonly: true });
  await Promise.all(Array.from({ length: PEOPLE }, (_, i) => live(i + 1)));
});
afterEach(async () => {
  raw.close();
  await store.close();
  await place.discard();
});

/** Everything that lies on disk. */
const bytesOnDisk = (): Buffer =>
  Buffer.concat(
    ['', '-wal', '-shm', '-lock'].map((end) =>
      existsSync(`${place.file}${end}`) ? readFileSync(`${place.file}${end}`) : Buffer.alloc(0),
    ),
  );

/** Someone takes part, has a request approved, and withdraws it. */
async function live(n: number): Promise<void> {
  nameOf.set(n, randomBytes(8).toString('hex'));
  await store.subjectOf(keyOf(n), () => subjectOf(n));
  await store.homeOpened('slack', `T1/${keyOf(n)}`, subjectOf(n));
  const asked = submission({ requester: subjectOf(n) });
  const events = [
    event({ ...asked, personal: { justification: textOf(n) } }),
    event({ ...approval(subjectOf(0)), personal: { comment: `yes, ${textOf(n)}` } }),
    event(withdrawal(subjectOf(n))),
  ];
  await store.append(opening(n, { events }));
}

type Traces = ReadonlyMap<string, Buffer>;

/** The beginning and the end of each text in a stream as it is kept, too long to be anywhere by chance. */
function textsIn(stream: string): Traces {
  const select = 'SELECT sealed FROM disclosures JOIN events USING (log_index) WHERE stream = ?';
  const sealed = raw.prepare<[string], Buffer>(select).pluck().all(stream);
  return new Map(
    sealed.flatMap((each, i) => [
      [`beginning of text ${i} in ${stream}`, each.subarray(0, 24)],
      [`end of text ${i} in ${stream}`, each.subarray(-24)],
    ]),
  );
}

/** All that is kept of a person. */
function tracesOf(n: number): Traces {
  const select = 'SELECT wrapped FROM subject_keys WHERE subject = ?';
  const wrapped = raw.prepare<[string], Buffer>(select).pluck().get(subjectOf(n)) ?? Buffer.alloc(0);
  return new Map([
    [`who ${n} is`, Buffer.from(keyOf(n))],
    [`key of ${n}`, wrapped.subarray(-32)],
    ...textsIn(`person/${subjectOf(n)}`),
    ...textsIn(streamNumber(n)),
  ]);
}

const found = (traces: Traces): readonly string[] => {
  const bytes = bytesOnDisk();
  return [...traces].filter(([, trace]) => bytes.includes(trace)).map(([name]) => name);
};

describe('what was forgotten', () => {
  it('is in the files before and not after: neither keys nor texts nor who it was, of any of many people', async () => {
    const gone = Array.from({ length: PEOPLE / 2 }, (_, i) => 2 * i + 1);
    const traces = new Map(gone.flatMap((n) => [...tracesOf(n)]));
    expect(traces.size).toBe(gone.length * 12);
    expect(found(traces)).toEqual([...traces.keys()]);

    const redactions = gone.map((n) => redactionOf({ cause: 'person', subject: subjectOf(n) }));
    await Promise.all(
      redactions.map(async (each) => expect(await store.redact(each)).toMatchObject({ ok: true })),
    );
    expect(await store.scrub()).toBe(true);
    expect(found(traces)).toEqual([]);
    const kept = tracesOf(2);
    expect(found(kept)).toEqual([...kept.keys()]);
    expect(await store.disclosures(streamNumber(2))).toHaveLength(2);
  });

  it('leaves no copy where texts were taken one by one from among others, and then those of an age', async () => {
    const streams = Array.from({ length: PEOPLE }, (_, i) => streamNumber(i + 1));
    const traces = new Map(streams.flatMap((stream) => [...textsIn(stream)]));
    expect(traces.size).toBe(4 * PEOPLE);
    expect(found(traces)).toEqual([...traces.keys()]);

    const asked = await store.search({ types: ['RequestSubmitted'], limit: PEOPLE });
    const targets = asked.map(({ meta }) => ({ index: meta.index, field: 'justification' }));
    const some = targets.filter((_, i) => i % 3 !== 0);
    const redactions = some.map((target) => redactionOf({ cause: 'field', targets: [target] }));
    await Promise.all(
      redactions.map(async (each) => expect(await store.redact(each)).toMatchObject({ ok: true })),
    );
    const age = { classification: 'confidential', afterMs: 1, closedBefore: 2 * now } as const;
    const rest = await store.redact(redactionOf({ cause: 'retention', ...age }));
    expect(rest).toMatchObject({ ok: true, targets: { length: 2 * PEOPLE - some.length } });
    expect(await store.scrub()).toBe(true);
    expect(found(traces)).toEqual([]);
    const kept = textsIn(`person/${subjectOf(1)}`);
    expect(kept.size).toBe(6);
    expect(found(kept)).toEqual([...kept.keys()]);
  });

  it('is nothing of a user whom the identity provider took away, and all of the others', async () => {
    const { scim } = store;
    const traces = (n: number): Traces =>
      new Map([
        [`name of ${n}`, Buffer.from(`name-${keyOf(n)}`)],
        [`account of ${n}`, Buffer.from(`account-${keyOf(n)}`)],
        [`title of ${n}`, Buffer.from(`title-${keyOf(n)}`)],
      ]);
    const userOf = (n: number): ScimUser => ({
      id: `user-${n}`,
      externalId: `name-${keyOf(n)}-ext`,
      userName: `name-${keyOf(n)}@x.test`,
      displayName: `name-${keyOf(n)}`,
      email: `name-${keyOf(n)}@x.test`,
      active: true,
      accounts: [{ platform: 'slack', team: 'T1', user: `account-${keyOf(n)}` }],
      manager: null,
      attributes: { title: `title-${keyOf(n)} ${'of the house '.repeat((n * n) % 50)}` },
      version: 1,
      createdAt: now,
      changedAt: now,
    });
    const people = Array.from({ length: PEOPLE }, (_, i) => i + 1);
    await Promise.all(people.map((n) => scim.putUser(userOf(n), null)));
    const gone = people.filter((n) => n % 2 === 1);
    const theirs = new Map(gone.flatMap((n) => [...traces(n)]));
    expect(found(theirs)).toEqual([...theirs.keys()]);

    await Promise.all(gone.map((n) => scim.dropUser(`user-${n}`)));
    expect(await store.scrub()).toBe(true);
    expect(found(theirs)).toEqual([]);
    expect(await scim.users()).toHaveLength(PEOPLE / 2);
    expect(await scim.user('user-2')).toEqual(userOf(2));
  });

  it('was in the files as ciphertext only', async () => {
    await store.scrub();
    const bytes = bytesOnDisk();
    expect(bytes.includes('Read the orders database')).toBe(true);
    for (let n = 1; n <= PEOPLE; n++) expect(bytes.includes(textOf(n).slice(0, 24))).toBe(false);
    const disclosed = (await store.storedDisclosures(0, 9)).map(({ disclosure }) => disclosure);
    expect(disclosed.length).toBeGreaterThan(3);
    for (const disclosure of disclosed) expect(bytes.includes(disclosure.slice(0, 24))).toBe(false);
  });

  it('stays in the write-ahead log as long as someone reads it, and this is said', async () => {
    const traces = tracesOf(1);
    raw.exec('BEGIN');
    raw.prepare('SELECT count(*) FROM subjects').get();
    expect(await store.redact(redactionOf({ cause: 'person', subject: subjectOf(1) }))).toMatchObject({
      ok: true,
    });
    expect(await store.scrub()).toBe(false);
    expect(found(traces).length).toBeGreaterThan(0);
    raw.exec('COMMIT');
    expect(await store.scrub()).toBe(true);
    expect(found(traces)).toEqual([]);
    expect(statSync(`${place.file}-wal`).size).toBe(0);
    expect(await store.request(requestOf(1))).toMatchObject({ requester: subjectOf(1), phase: 'withdrawn' });
  });
});
