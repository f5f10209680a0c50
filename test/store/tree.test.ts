import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assemble,
  consistencyPath,
  inclusionPath,
  verifyConsistency,
  verifyInclusion,
} from '../../src/audit/proof.ts';
import { Frontier } from '../../src/audit/tree.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/database.ts';
import { openHead } from '../../src/store/sqlite/head.ts';
import { openTreeReader, openTreeWriter } from '../../src/store/sqlite/tree.ts';
import { NaiveTree } from '../audit/naive-tree.ts';
import { sqlitePlace } from './places.ts';

/** Past the second level of tiles: 256 × 256 events, and some. */
const SIZE = 65_536 + 300;

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let database: Database;
const tree = NaiveTree.ofSize(SIZE);

beforeAll(async () => {
  place = await sqlitePlace();
  database = openDatabase(place.file);
  await database.write(fill);
});
afterAll(async () => {
  database.close();
  await place.discard();
});

/** A log of small leaves, grown as every log is. */
function fill(): void {
  const head = openHead(database);
  const { grow } = openTreeWriter(database);
  const frontier = Frontier.empty();
  const insert = database.raw.prepare('INSERT INTO events VALUES (?, ?, 1, ?, ?)');
  for (const [index, bytes] of tree.leaves.entries()) {
    const leaf = hash('sha256', Buffer.concat([Buffer.of(0), bytes]), 'buffer');
    insert.run(index, `request/${index}`, bytes, leaf);
    grow(frontier, leaf);
  }
  head.set({ size: frontier.size, fence: 0, frontier: frontier.toBytes() });
}

const around = (size: number): readonly number[] => [size - 1, size, size + 1];

describe('a tree of more than two levels of tiles', () => {
  it('keeps the nodes of every eighth level, of those that are complete', () => {
    const kept = database.raw.prepare('SELECT level, count(*) AS nodes FROM tree_nodes GROUP BY level').all();
    expect(kept).toEqual([
      { level: 8, nodes: 257 },
      { level: 16, nodes: 1 },
    ]);
  });

  it('has the root of the naive tree', async () => {
    const root = tree.hash(0, SIZE).toString('hex');
    expect(await openTreeReader(database).head()).toEqual({ size: SIZE, root });
  });

  it('answers the nodes of proofs for sizes and places around the edges of tiles', async () => {
    const { hashes } = openTreeReader(database);
    const sizes = [1, 2, ...around(256), ...around(512), ...around(65_280), ...around(65_536), SIZE];
    const places = [0, ...around(255), ...around(65_279), ...around(65_535), SIZE - 1];
    for (const size of sizes) {
      const root = tree.hash(0, size);
      for (const index of places.filter((each) => each < size)) {
        const path = inclusionPath(index, size);
        const proof = assemble(path, await hashes(path.flat()));
        expect(proof).toEqual(tree.path(index, size));
        expect(verifyInclusion({ index, size, leaf: tree.hash(index, index + 1), root, proof })).toBeNull();
      }
      const path = consistencyPath(size, SIZE);
      const proof = assemble(path, await hashes(path.flat()));
      const [firstRoot, secondRoot] = [root, tree.hash(0, SIZE)];
      expect(verifyConsistency({ first: size, firstRoot, second: SIZE, secondRoot, proof })).toBeNull();
    }
  });

  it.each([
    [
      'a node of it is lost',
      'DELETE FROM tree_nodes WHERE level = 8 AND node_index = 3',
      'node 3 of level 8 of the tree over the log is missing',
    ],
    [
      'an event is lost',
      'DROP TRIGGER events_no_delete; DELETE FROM events WHERE log_index = 5',
      'event 5 of the log is missing',
    ],
  ])('says so when %s', async (_name, sql, message) => {
    const { hashes } = openTreeReader(database);
    const nodes = [
      { level: 10, index: 0 },
      { level: 3, index: 0 },
    ];
    expect(await hashes(nodes)).toHaveLength(2);
    database.raw.exec(`BEGIN; ${sql}`);
    const asked = hashes(nodes);
    database.raw.exec('ROLLBACK');
    await expect(asked).rejects.toMatchObject({ code: 'store_corrupt', message });
  });

  it('says so when its head does not fit', async () => {
    database.raw.exec('BEGIN; UPDATE log_head SET size = size + 1');
    const asked = openTreeReader(database).head();
    database.raw.exec('ROLLBACK');
    await expect(asked).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringMatching(/^the head of the log does not fit its size of 65837: /) as string,
    });
  });
});
