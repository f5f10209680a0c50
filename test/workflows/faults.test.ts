import { afterEach, describe, expect, it } from 'vitest';
import { ChatFault } from '../../src/ports/chat.ts';
import { ConnectorFault } from '../../src/ports/connector.ts';
import { StoreError } from '../../src/ports/store.ts';
import { Fuse } from './fuse.ts';
import { expectInvariants } from './invariants.ts';
import { playLife } from './life.ts';
import { MINUTE, World } from './world.ts';

let world: World;
afterEach(() => world.close());

type Room = 'store' | 'target' | 'chat';
const errorOf: Readonly<Record<Room, (what: string) => Error>> = {
  store: (what) => new StoreError('store_busy', `${what}: locked`, 'Try again.'),
  target: (what) => new ConnectorFault('unreachable', `${what}: reset`),
  chat: (what) => new ChatFault('unreachable', `${what}: HTTP 502`),
};

/** Uniform in [0, 1), the same for the same seed (a linear congruence; any would do). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A quarter of one room's effects fail, so that also what is done after a failure fails in its turn. */
async function lifeWithFaults(room: Room, seed: number, when: 'before' | 'after'): Promise<number> {
  const fuse = new Fuse();
  const random = randomOf(seed);
  let failed = 0;
  fuse.fault = (_, what) => {
    if (!what.startsWith(`${room}.`) || random() >= 0.25) return null;
    failed += 1;
    const error = errorOf[room](what);
    return when === 'before' ? { before: error } : { after: error };
  };
  world = await World.open({ fuse });
  await playLife(world);
  return failed;
}

const LIVES = 8;

describe('a life in which a quarter of the calls fail', () => {
  it.each<[Room, 'before' | 'after']>([
    ['store', 'before'],
    ['store', 'after'],
    ['target', 'before'],
    ['target', 'after'],
    ['chat', 'before'],
    ['chat', 'after'],
  ])('comes to its end and is told once: those of the %s, %s it happened', async (room, when) => {
    // A claim whose answer was lost is nobody's until it runs out.
    const graceMs = (room === 'store' ? 10 : 1) * MINUTE;
    let failed = 0;
    for (let seed = 1; seed <= LIVES; seed += 1) {
      failed += await lifeWithFaults(room, seed, when);
      await expectInvariants(world, graceMs).catch((cause: unknown) => {
        throw new Error(`seed ${seed}`, { cause });
      });
      if (seed < LIVES) await world.close();
    }
    expect(failed).toBeGreaterThan(LIVES);
  });
});
