import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupCommit } from '../../src/store/sqlite/group-commit.ts';
import { sqlitePlace } from './places.ts';

describe('writes of one turn of the event loop', () => {
  let place: Awaited<ReturnType<typeof sqlitePlace>>;
  let raw: BetterSqlite3.Database;
  let other: BetterSqlite3.Database;
  let commits: number;
  let group: ReturnType<typeof groupCommit>;
  beforeEach(async () => {
    place = await sqlitePlace();
    raw = new BetterSqlite3(place.file, {
      timeout: 0,
      verbose: (statement) => {
        if (statement === 'COMMIT') commits += 1;
      },
    });
    raw.pragma('journal_mode = WAL');
    raw.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
    other = new BetterSqlite3(place.file, { timeout: 0 });
    commits = 0;
    group = groupCommit(raw, (error) => error);
  });
  afterEach(async () => {
    raw.close();
    other.close();
    await place.discard();
  });

  const insert = (n: number) => (): number => {
    raw.prepare('INSERT INTO t VALUES (?)').run(n);
    return n;
  };
  const onDisk = (): unknown[] => other.prepare('SELECT n FROM t ORDER BY n').pluck().all();

  it('share one commit, in their order, and each has its own answer', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => group.write(insert(n))));
    expect(answers).toEqual([1, 2, 3]);
    expect(onDisk()).toEqual([1, 2, 3]);
    expect(commits).toBe(1);
  });

  it('are not answered before they are on disk', async () => {
    const seen: unknown[][] = [];
    await Promise.all([1, 2].map((n) => group.write(insert(n)).then(() => seen.push(onDisk()))));
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('fail one by one: what throws undoes all that it did, and nothing of the others', async () => {
    const half = (): never => {
      insert(7)();
      throw new Error('half way');
    };
    const outcomes = await Promise.allSettled([
      group.write(insert(1)),
      group.write(half),
      group.write(insert(2)),
    ]);
    expect(outcomes.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(onDisk()).toEqual([1, 2]);
  });

  it('fail alone when they are alone: the transaction undoes all of it', async () => {
    const half = group.write(() => {
      insert(7)();
      throw new Error('half way');
    });
    await expect(half).rejects.toThrow('half way');
    expect(await group.write(insert(1))).toBe(1);
    expect(onDisk()).toEqual([1]);
  });

  it('fail together when the transaction is lost, and nothing is kept or run outside of it', async () => {
    const lose = (): void => void raw.exec('ROLLBACK');
    const outcomes = await Promise.allSettled([
      group.write(insert(1)),
      group.write(() => {
        lose();
        throw new Error('disk full');
      }),
      group.write(insert(2)),
    ]);
    expect(outcomes.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(onDisk()).toEqual([]);
    expect(await group.write(insert(3))).toBe(3);
  });

  it('fail together while another program holds the lock, and go on once it is gone', async () => {
    other.exec('BEGIN IMMEDIATE');
    const outcomes = await Promise.allSettled([1, 2].map((n) => group.write(insert(n))));
    expect(outcomes.map((each) => each.status === 'rejected' && each.reason.code)).toEqual([
      'SQLITE_BUSY',
      'SQLITE_BUSY',
    ]);
    other.exec('ROLLBACK');
    expect(await group.write(insert(3))).toBe(3);
    expect(onDisk()).toEqual([3]);
  });

  it('are committed at once when that is asked for, as before closing', async () => {
    const written = group.write(insert(1));
    group.flush();
    expect(onDisk()).toEqual([1]);
    await written;
    expect(commits).toBe(1);
  });
});
