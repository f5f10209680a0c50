import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/ports/store.ts';
import { reading, subjectOf } from '../contracts/store-samples.ts';
import { sqlitePlace } from './places.ts';

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let store: Store;
beforeEach(async () => {
  place = await sqlitePlace();
  store = await place.open();
});
afterEach(async () => {
  await store.close();
  await place.discard();
});

describe('a search through more than one batch', () => {
  it('finds in each, up to the limit over all of them, and lets others have their turn in between', async () => {
    const some = (by: number, count: number) => {
      const events = Array.from({ length: count }, () => reading(subjectOf(by)));
      return store.enter({ stream: 'log', expectedVersion: null, events });
    };
    await some(6, 3);
    const most = LIMITS.eventsPerCommitMax;
    await Promise.all(Array.from({ length: Math.ceil(LIMITS.logScanBatchMax / most) }, () => some(5, most)));
    await some(6, 3);
    const found = async (limit: number) =>
      (await store.search({ subject: subjectOf(6), limit })).map(({ meta }) => meta.index);
    const size = await store.size();
    expect(size).toBeGreaterThan(LIMITS.logScanBatchMax);
    expect(await found(100)).toEqual([0, 1, 2, size - 3, size - 2, size - 1]);
    expect(await found(4)).toEqual([0, 1, 2, size - 3]);
    expect(await found(3)).toEqual([0, 1, 2]);

    const done: string[] = [];
    const search = found(100).then(() => done.push('search'));
    await new Promise((resolve) => setImmediate(resolve)).then(() => done.push('someone else'));
    await search;
    expect(done).toEqual(['someone else', 'search']);
  });
});
