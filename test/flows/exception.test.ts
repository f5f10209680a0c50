import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { ask, expectToldOnce, SECURITY, told } from './acting.ts';
import { type Flow, openFlow } from './world.ts';

const HOUR = 3_600_000;
const ALWAYS = 'from: 2020-01-01T00:00\n    until: 2090-01-01T00:00\n';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow({
    catalogue: (yaml) =>
      yaml.replace(/rule: FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20\n.*\n.*lasts: 16d\n/, ALWAYS),
  });
});
afterAll(() => flow[Symbol.asyncDispose]());

const deploy = { entitlement: 'pipeline:deploy', duration: '30m' };
const refusedDeploy = () => {
  const { ana } = flow.people;
  return told(ana, () => ana.type('general', 'pipeline:deploy 30m "INC-77 the fix for the checkout"'));
};

it('a rule is set aside for one person by a request with stages, which ends by itself and is proven gone', async () => {
  const { ana, ben, finn, dev, erin } = flow.people;
  expect(await refusedDeploy()).toContain('Production is frozen');

  const how = { entitlement: 'pipeline:freeze-exception', duration: '2h', channel: SECURITY };
  const exception = await ask(ana, how);
  await erin.press(exception.card, ACTION.approve);
  expect((await flow.state(exception.id)).phase).toBe('requested');
  expect(await refusedDeploy()).toContain('Production is frozen');
  await finn.press(exception.card, ACTION.approve);
  const inForce = await flow.until(exception.id, 'active');
  expect(inForce.grant?.handle.scope).toEqual({ overrides: 'freeze', entitlement: 'pipeline:deploy' });

  const asked = await ask(ana, deploy);
  await dev.press(asked.card, ACTION.approve);
  await flow.until(asked.id, 'active');
  const bens = await told(ben, () => ben.type('general', 'pipeline:deploy 30m "INC-78 another fix for it"'));
  expect(bens).toContain('Production is frozen');

  flow.clock.forward(2 * HOUR);
  const ended = await flow.until(exception.id, 'revoked');
  expect(ended.revocation).toMatchObject({
    trigger: 'expired',
    proof: { absent: true, loginRefused: 'yes' },
  });
  await flow.until(asked.id, 'revoked');
  expect(await refusedDeploy()).toContain('Production is frozen');
  await expectToldOnce(flow, exception, SECURITY);
});

it('what was asked for in the exception is refused at its start when the exception has ended by then', async () => {
  const { ana, erin, finn, dev } = flow.people;
  const how = { entitlement: 'pipeline:freeze-exception', duration: '2h', channel: SECURITY };
  const exception = await ask(ana, how);
  await erin.press(exception.card, ACTION.approve);
  await finn.press(exception.card, ACTION.approve);
  await flow.until(exception.id, 'active');
  const asked = await ask(ana, deploy);
  await ana.type('general', `done ${exception.id}`);
  await flow.until(exception.id, 'revoked');
  await dev.press(asked.card, ACTION.approve);
  const state = await flow.until(asked.id, 'failed');
  expect(state).toMatchObject({ failure: 'forbidden', grant: null });
});
