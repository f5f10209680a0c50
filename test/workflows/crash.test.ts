import { afterEach, describe, expect, it } from 'vitest';
import { Fuse } from './fuse.ts';
import { expectInvariants } from './invariants.ts';
import { playLife } from './life.ts';
import { World } from './world.ts';

let world: World;
afterEach(() => world.close());

async function lifeThatDiesAfter(effects: number): Promise<Fuse> {
  const fuse = new Fuse();
  fuse.blowsAfter = effects;
  world = await World.open({ fuse });
  await playLife(world);
  return fuse;
}

const errors = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.includes('"level":"error"'));

describe('a process that is killed', () => {
  it('leaves nothing half done, whichever of its effects was the last', { timeout: 120_000 }, async () => {
    const whole = await lifeThatDiesAfter(Number.POSITIVE_INFINITY);
    await expectInvariants(world);
    for (let n = 1; n <= whole.effects.length; n += 1) {
      await world.close();
      const fuse = await lifeThatDiesAfter(n);
      const last = `killed after effect ${n}, ${fuse.effects.at(-1)}`;
      expect(fuse.isBlown, last).toBe(true);
      await expectInvariants(world).catch((cause: unknown) => {
        throw new Error(last, { cause });
      });
      expect(errors(world.logLines), last).toEqual([]);
      expect(world.replies.filter((reply) => reply.kind === 'secret').length, last).toBeLessThanOrEqual(1);
    }
  });
});
