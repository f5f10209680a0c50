import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE, World } from './world.ts';

const POLICIES = `
@id("permit.any")
permit(principal, action in [Action::"request", Action::"activate", Action::"extend", Action::"approve"], resource);

@id("forbid.later")
forbid(principal, action == Action::"extend", resource) when { context.startsInMinutes > 2 };
`;

let world: World;
beforeEach(async () => {
  world = await World.open({ policies: POLICIES });
});
afterEach(() => world.close());

it('more time is asked of the rules as of when it is added, not as of the click', async () => {
  const id = await world.granted('ana', { duration: '5m' });
  const extend = () => world.as('ana', { kind: 'extend', request: id, extraMs: MINUTE });
  expect(await extend()).toMatchObject({ kind: 'refused', refusal: { code: 'not-admissible' } });
  await world.clock.moveBy(3 * MINUTE);
  expect(await extend()).toMatchObject({ kind: 'done' });
});
