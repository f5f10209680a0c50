import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leafHash } from '../../../src/audit/leaf.ts';
import { logStream } from '../../../src/domain/journal.ts';
import type { Held } from '../../../src/ports/anchor.ts';
import type { TreeHead } from '../../../src/ports/audit-log.ts';
import { type Comparison, compareWithAnchors } from '../../../src/workflows/log/compare.ts';
import { record } from '../../../src/workflows/log/journal.ts';
import { verdictOn } from '../../../src/workflows/log/verdict.ts';
import { FakeAnchor } from '../../fakes/anchor.ts';
import { testSigner } from '../../fakes/log.ts';
import { World } from '../world.ts';

const signer = testSigner(1);

let world: World;
let anchor: FakeAnchor;
beforeEach(async () => {
  anchor = new FakeAnchor('folder');
  world = await World.open({
    working: false,
    deps: (deps) => ({ ...deps, anchors: [anchor], signer }),
  });
  for (let i = 0; i < 9; i += 1) await anEvent();
});
afterEach(() => world.close());

const anEvent = () =>
  record(world.deps, logStream, {
    type: 'CatalogueLoaded',
    data: { digest: 'cd'.repeat(32), previous: null },
  });
const compare = (): Promise<Comparison> =>
  compareWithAnchors(world.deps, { turn: async () => {}, progress: () => {} });
const head = (): Promise<TreeHead> => world.deps.store.head();
const hold = (...heads: readonly TreeHead[]): void => {
  for (const one of heads) anchor.heads.push({ ...one, note: signer.sign(one) });
};
const tell = (...held: readonly Held[]): void => {
  anchor.held = async () => held;
};
const FORGED = 'ab'.repeat(32);

/** As someone who can write the file, and knows what keeps events from being changed. */
function tamper(sql: string): void {
  const raw = new BetterSqlite3(join(world.folder, 'countersign.db'));
  for (const name of raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all())
    raw.exec(`DROP TRIGGER ${String(name)}`);
  raw.exec(sql);
  raw.close();
}

describe('a log and what its anchors hold', () => {
  it('fit where nothing was signed yet, and where every head is one of this log', async () => {
    expect(await compare()).toEqual({ kind: 'same', head: await head() });
    for (let i = 0; i < 4; i += 1) {
      hold(await head());
      await anEvent();
    }
    await world.deps.store.saveCheckpoint({ ...(await head()), note: signer.sign(await head()), at: 1 });
    await anEvent();
    expect(await compare()).toEqual({ kind: 'same', head: await head() });
    expect(verdictOn(await compare())).toBeNull();
  });

  it('do not fit when a head is larger: the tail was cut off, or a backup restored', async () => {
    hold(await head(), { size: 12, root: FORGED }, { size: 30, root: FORGED });
    const found = await compare();
    expect(found).toMatchObject({
      kind: 'different',
      agreed: 9,
      against: [
        { anchor: 'folder', size: 12, root: FORGED, ours: null },
        { anchor: 'folder', size: 30, root: FORGED, ours: null },
      ],
    });
    expect(verdictOn(found)?.detail).toBe(
      'The log has 9 events, and a signed head of 30 is held by folder: 21 are gone, from event 9 on.',
    );
    expect(verdictOn(found)?.hint).toContain('countersign log accept');
  });

  it('do not fit when events are others: told from where on', async () => {
    hold(await head());
    for (let i = 0; i < 5; i += 1) await anEvent();
    hold({ size: 12, root: FORGED });
    const found = await compare();
    expect(found).toMatchObject({ kind: 'different', agreed: 9, against: [{ size: 12 }] });
    expect(verdictOn(found)?.detail).toMatch(
      /^The first 12 events .* expected root (ab){32}, found [0-9a-f]{64}\. The first that differs is one of 9 to 11\.$/,
    );
  });

  it('do not fit when the head that was signed last is not theirs, though no anchor says so', async () => {
    const lost = { size: 20, root: FORGED };
    await world.deps.store.saveCheckpoint({ ...lost, note: signer.sign(lost), at: 1 });
    expect(await compare()).toMatchObject({ kind: 'different', against: [{ anchor: 'database', size: 20 }] });
  });

  it('fit or not by the size alone, where an anchor knows no more', async () => {
    await world.deps.store.saveCheckpoint({ ...(await head()), note: signer.sign(await head()), at: 1 });
    for (const size of [0, 5, 9]) {
      tell({ kind: 'size', size });
      expect((await compare()).kind, String(size)).toBe('same');
    }
    tell({ kind: 'size', size: 10 });
    expect(await compare()).toMatchObject({
      kind: 'different',
      against: [{ size: 10, root: null, ours: null }],
    });
  });

  it('do not fit by what the database says beside the head that was signed last', async () => {
    const { size, root } = await head();
    const note = signer.sign({ size, root });
    await world.deps.store.saveCheckpoint({ size: 100, root: FORGED, note, at: 1 });
    tell({ kind: 'size', size: 10 });
    for (let i = 0; i < 5; i += 1) await anEvent();
    expect(await compare()).toMatchObject({ kind: 'different', signed: 9, against: [{ size: 10 }] });
  });

  it('do not fit when the log has outgrown a head that was never signed here', async () => {
    await world.deps.store.saveCheckpoint({ ...(await head()), note: signer.sign(await head()), at: 1 });
    tell({ kind: 'size', size: 10 });
    for (let i = 0; i < 5; i += 1) await anEvent();
    const outgrown = await compare();
    expect(outgrown).toMatchObject({ kind: 'different', signed: 9, against: [{ size: 10 }] });
    expect(verdictOn(outgrown)?.detail).toBe(
      'A signed head of 10 events is held by folder, and the newest that was signed here is of 9: what was signed between is gone.',
    );
  });

  it('fit by heads that a retired key has signed', async () => {
    const old = testSigner(2);
    tell({ kind: 'checkpoint', note: old.sign(await head()) });
    expect((await compare()).kind).toBe('unknown');
    const both = testSigner(1, 2);
    const rotated = { ...world.deps, signer: { ...signer, vkeys: () => both.vkeys() } };
    const found = await compareWithAnchors(rotated, { turn: async () => {}, progress: () => {} });
    expect(found.kind).toBe('same');
  });
});

describe('an anchor that cannot tell', () => {
  it.each(['down', 'hanging'] as const)('because it is %s: unknown means no', async (how) => {
    hold(await head());
    anchor.how = how;
    const comparing = compare();
    await world.clock.moveBy(60_000);
    const found = await comparing;
    expect(found).toMatchObject({ kind: 'unknown', anchor: 'folder', hint: expect.stringMatching(/\w/) });
    expect(verdictOn(found)?.hint).toContain('tried again by itself');
  });

  it.each<[string, () => Promise<string>]>([
    ['of a key that is not ours', async () => testSigner(9).sign(await head())],
    ['of another log', async () => signer.sign(await head()).replaceAll('signed.test/log', 'other.test/log')],
    ['with a changed size', async () => signer.sign(await head()).replace('\n9\n', '\n8\n')],
    ['that is no note', async () => 'hello'],
  ])('because it holds a head %s: unknown means no', async (_, note) => {
    tell({ kind: 'checkpoint', note: await note() });
    expect(await compare()).toMatchObject({
      kind: 'unknown',
      anchor: 'folder',
      why: expect.stringContaining('no head of this log'),
    });
  });
});

describe('bytes that were changed where they lie', () => {
  it.each([0, 4, 8])('in event %i: named, whatever the anchors hold', async (index) => {
    tamper(
      `UPDATE events SET bytes = CAST(replace(CAST(bytes AS TEXT), 'cdcdcd', 'cdcdce') AS BLOB) WHERE log_index = ${index}`,
    );
    const found = await compare();
    expect(found).toMatchObject({ kind: 'damaged', index, what: 'its bytes do not give its hash' });
    expect(verdictOn(found)?.detail).toBe(`Event ${index} is damaged: its bytes do not give its hash.`);
  });

  it('with the hash of the event made to fit: the hashes over it do not', async () => {
    const [row] = await world.deps.store.stored(2, 1);
    const bytes = Buffer.from(
      Buffer.from(row?.bytes ?? [])
        .toString()
        .replace('cdcdcd', 'cdcdce'),
    );
    const hex = { bytes: bytes.toString('hex'), leaf: leafHash(bytes).toString('hex') };
    tamper(`UPDATE events SET bytes = x'${hex.bytes}', leaf = x'${hex.leaf}' WHERE log_index = 2`);
    expect(await compare()).toMatchObject({
      kind: 'damaged',
      index: 8,
      what: 'the head stored after it is not that of the events',
    });
  });

  it.each(["stream = 'hidden'", 'version = 99'])('by filing an event elsewhere (%s): named', async (set) => {
    tamper(`UPDATE events SET ${set} WHERE log_index = 8`);
    expect(await compare()).toMatchObject({
      kind: 'damaged',
      index: 8,
      what: 'it is filed under another stream or version than its own',
    });
  });

  it('by taking an event out of the middle: it is missing', async () => {
    tamper('DELETE FROM events WHERE log_index = 3');
    expect(await compare()).toMatchObject({ kind: 'damaged', index: 3, what: 'it is missing' });
  });

  it('by cutting the tail off the table alone: it is missing', async () => {
    tamper('DELETE FROM events WHERE log_index >= 6');
    expect(await compare()).toMatchObject({ kind: 'damaged', index: 6, what: 'it is missing' });
  });
});

async function manyEvents(commits: number): Promise<void> {
  const at = world.clock.now();
  for (let commit = 0; commit < commits; commit += 1)
    await world.deps.store.enter({
      stream: logStream,
      expectedVersion: null,
      events: Array.from({ length: 32 }, (_, i) => ({
        type: 'CatalogueLoaded',
        data: { digest: 'cd'.repeat(32), previous: null },
        id: `${commit}/${i}`,
        at,
      })),
    });
}

describe('a long log', () => {
  it('whose hashes over the events were changed is damaged where they begin', async () => {
    await manyEvents(20);
    tamper('UPDATE tree_nodes SET hash = zeroblob(32) WHERE level = 8 AND node_index = 1');
    expect(await compare()).toMatchObject({
      kind: 'damaged',
      index: 0,
      what: 'the hashes over it and what follows it are not those of the events',
    });
  });

  it('lets others have their turn, and tells how far it is', async () => {
    await manyEvents(70);
    const told: [number, number][] = [];
    let turns = 0;
    const size = 9 + 70 * 32;
    const found = await compareWithAnchors(world.deps, {
      turn: async () => {
        turns += 1;
        if (turns === 1) await anEvent();
      },
      progress: (done, total) => void told.push([done, total]),
    });
    expect(found).toMatchObject({ kind: 'same', head: { size } });
    expect(told).toEqual([
      [1_000, size],
      [2_000, size],
      [size, size],
    ]);
    expect(turns).toBe(3);
  });
});
