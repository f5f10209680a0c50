import { expect, it } from 'vitest';
import { World, SECOND } from './world.ts';

it('goes from request to proof', async () => {
  for (let i = 0; i < 4; i += 1) {
    const a = performance.now();
    const world = await World.open();
    const b = performance.now();
    const id = await world.granted();
    const c = performance.now();
    await world.clock.moveBy(60 * SECOND);
    const d = performance.now();
    expect((await world.state(id)).phase).toBe('revoked');
    await world.close();
    console.log(b - a, c - b, d - c, performance.now() - d);
  }
});
