import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { LIMITS } from '../../../src/limits.ts';
import type { Followed, Follower } from '../../../src/ports/follower.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { Deps } from '../../../src/workflows/deps.ts';
import { perform } from '../../../src/workflows/due.ts';
import { streamRow } from '../../../src/workflows/log/stream.ts';
import { FakeFollower } from '../../fakes/follower.ts';
import { fillLog, upTo } from './filled-log.ts';
import { MINUTE, World } from '../world.ts';

let world: World;
afterEach(() => world.close());

it('moves no cursor that is not its own any more', async () => {
  const siem = new FakeFollower(() => world.clock.now());
  world = await World.open({ working: false, deps: (deps) => ({ ...deps, followers: [siem] }) });
  await world.deps.store.put([streamRow(siem.name, world.clock.now())]);
  await fillLog(world, 1);
  const claim = await world.claim('follow', 'stream');
  siem.answers = async () => world.clock.set(claim.claimedUntil);
  expect(await perform(world.deps, claim)).toEqual({ kind: 'done' });
  expect(await world.deps.store.cursor('siem')).toBe(0);
});

it('leaves nothing out and keeps the order, wherever the process dies', async () => {
  world = await World.open({ working: false });
  await fillLog(world, 2 * LIMITS.streamBatchMax + 50);
  const events = await world.deps.store.size();
  let run = 0;
  const death: fc.Arbitrary<Death> = fc.record({ after: fc.nat({ max: 8 }), happened: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(death, { maxLength: 6 }), async (deaths) => {
      run += 1;
      const follower = new FakeFollower(() => world.clock.now(), `siem-${run}`);
      await world.deps.store.put([streamRow(follower.name, world.clock.now())]);
      for (const next of [...deaths, null]) await live(follower, next);
      expect(first(follower.indices)).toEqual(upTo(events));
      expectNoGap(follower.batches);
      expect(await world.deps.store.cursor(follower.name)).toBe(events);
      await world.clock.moveBy(MINUTE);
    }),
    { numRuns: 40 },
  );
});

/** Works until it dies, or until nothing is left to do; whoever comes after waits for its claim to run out. */
async function live(follower: FakeFollower, dies: Death | null): Promise<void> {
  const { deps, died } = mortal(world.deps, follower, dies);
  for (;;) {
    const [claim] = await world.deps.store.claim('follow', world.clock.now(), 1, MINUTE);
    if (claim === undefined) return;
    const result = await Promise.race([perform(deps, claim), died]);
    if (result === 'died') return world.clock.set(claim.claimedUntil);
    if (result.kind === 'complete') await world.deps.store.complete(claim);
  }
}

/** In the doing of this number, before it has happened or after. */
interface Death {
  readonly after: number;
  readonly happened: boolean;
}

/** A process for which each delivery, each move of the cursor and each row put may be the last: it never returns. */
function mortal(deps: Deps, follower: Follower, dies: Death | null): { deps: Deps; died: Promise<'died'> } {
  let doings = 0;
  let die = (): void => {};
  const died = new Promise<'died'>((resolve) => {
    die = () => resolve('died');
  });
  const mortally = async <T>(work: () => Promise<T>): Promise<T> => {
    const last = dies !== null && doings >= dies.after;
    doings += 1;
    if (!last) return work();
    if (doings === dies.after + 1 && dies.happened) await work();
    die();
    return new Promise<never>(() => {});
  };
  const store: Store = {
    ...deps.store,
    moveCursor: (name, next) => mortally(() => deps.store.moveCursor(name, next)),
    put: (rows) => mortally(() => deps.store.put(rows)),
  };
  const deliver: Follower['deliver'] = (batch, signal) => mortally(() => follower.deliver(batch, signal));
  return { deps: { ...deps, store, followers: [{ name: follower.name, deliver }] }, died };
}

/** Each index where it came first. */
const first = (indices: readonly number[]): readonly number[] => [...new Set(indices)];

function expectNoGap(batches: readonly (readonly Followed[])[]): void {
  let next = 0;
  for (const batch of batches) {
    const indices = batch.map(({ event }) => event.meta.index);
    expect(indices[0]).toBeLessThanOrEqual(next);
    expect(indices).toEqual(indices.map((_, i) => (indices[0] ?? 0) + i));
    next = Math.max(next, (indices.at(-1) ?? 0) + 1);
  }
}
