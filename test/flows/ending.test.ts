import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { login, refusal } from '../../src/practice/login.ts';
import { textOf } from '../../src/practice/people.ts';
import { APPROVERS, ask, expectToldOnce, granted, noteOf, reveal, SECURITY, told } from './acting.ts';
import { eventually, type Flow, openFlow } from './world.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());

const MINUTE = 60_000;

it('one click after the warning gives more time, on the target too, and the old end passes', async () => {
  const { ana } = flow.people;
  const asked = await granted(flow, ana, { duration: '1m' });
  const url = await reveal(ana, asked);
  const before = (await flow.state(asked.id)).grant!.expiresAt;
  flow.clock.forward(56_000);
  const warning = await noteOf(ana, asked.id, 'Ending soon');
  await ana.press(warning, ACTION.extend);
  const { grant } = await eventually(async () => {
    const state = await flow.state(asked.id);
    return state.grant!.expiresAt > before ? state : null;
  }, 'more time');
  expect(grant!.expiresAt).toBe(before + MINUTE);
  const [role] = await flow.sql(
    `select extract(epoch from rolvaliduntil)::float8 * 1000 as until from pg_roles where rolname = '${grant!.handle.name}'`,
  );
  expect(Number(role!['until'])).toBeGreaterThanOrEqual(grant!.expiresAt);
  await noteOf(ana, asked.id, 'Extended');

  flow.clock.forward(10_000);
  expect((await flow.state(asked.id)).phase).toBe('active');
  expect(await refusal(url)).toBeNull();
  flow.clock.forward(MINUTE);
  await flow.until(asked.id, 'revoked');
  expect(await refusal(url)).toMatch(/^28P01/);
  await expectToldOnce(flow, asked);
});

it('more time by stages takes the same consent again; denied, it ends as before', async () => {
  const { ana, cleo, erin } = flow.people;
  const why = 'INC-78 an order is stuck; update orders set item; undone by the same statement';
  const asked = await ask(ana, { entitlement: 'orders-db:write', duration: '30m', why });
  await cleo.press(asked.card, ACTION.approve);
  const second = await cleo.message(SECURITY, (text) => text.includes(asked.id), 'the second card');
  await erin.press(second, ACTION.approve);
  const before = (await flow.until(asked.id, 'active')).grant!.expiresAt;
  const size = async () => (await flow.state(asked.id)).extension;

  await ana.type('general', 'extend 10m');
  await eventually(size, 'the extension to be asked for');
  await eventually(async () => JSON.stringify(asked.card.blocks).includes('Approve extension'), 'buttons');
  await cleo.press(asked.card, ACTION.approve);
  expect((await flow.state(asked.id)).grant!.expiresAt).toBe(before);
  await eventually(
    async () => JSON.stringify(second.blocks).includes('Approve extension'),
    'buttons there too',
  );
  await erin.press(second, ACTION.approve);
  await eventually(
    async () => (await flow.state(asked.id)).grant!.expiresAt === before + 10 * MINUTE,
    'more time',
  );

  expect(await told(ana, () => ana.type('general', 'extend 10m'))).toContain('once');
  await ana.type('general', 'done');
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('a denied extension leaves the end where it was', async () => {
  const { ana, cleo, erin } = flow.people;
  const why = 'INC-79 an order is stuck; update orders set item; undone by the same statement';
  const asked = await ask(ana, { entitlement: 'orders-db:write', duration: '30m', why });
  await cleo.press(asked.card, ACTION.approve);
  const second = await cleo.message(SECURITY, (text) => text.includes(asked.id), 'the second card');
  await erin.press(second, ACTION.approve);
  const before = (await flow.until(asked.id, 'active')).grant!.expiresAt;
  await ana.type('general', 'extend');
  await eventually(async () => JSON.stringify(asked.card.blocks).includes('Deny extension'), 'buttons');
  await cleo.press(asked.card, ACTION.deny);
  await cleo.view('Why not?');
  await cleo.person.submitView({ [ACTION.reason]: 'Thirty minutes were enough' });
  expect(textOf(await noteOf(ana, asked.id, 'No more time'))).toContain('Thirty minutes were enough');
  expect((await flow.state(asked.id)).grant!.expiresAt).toBe(before);
  flow.clock.forward(30 * MINUTE);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('an approver revokes from the card, with a reason; the open session ends', async () => {
  const { ben, dev } = flow.people;
  const asked = await granted(flow, ben);
  const session = await login(await reveal(ben, asked));
  await eventually(async () => JSON.stringify(asked.card.blocks).includes(ACTION.revoke), 'the button');
  await dev.press(asked.card, ACTION.revoke);
  await dev.view('Why now?');
  await dev.person.submitView({ [ACTION.reason]: 'The laptop was lost' });
  expect(await session.ended).toContain('terminating connection');
  const state = await flow.until(asked.id, 'revoked');
  expect(state.revocation).toMatchObject({ trigger: 'revoked', killed: 1 });
  await dev.reply(APPROVERS, asked.card, 'The laptop was lost');
  await noteOf(ben, asked.id, 'Access ended');
  await expectToldOnce(flow, asked);
});

it('an operator revokes by command; who has no part in it may not, and that is on record', async () => {
  const { ana, finn, gus } = flow.people;
  const asked = await granted(flow, ana);
  const refused = await told(gus, () => gus.type('general', `revoke ${asked.id} "curious"`));
  expect(refused).toContain('its owner, its approvers and the operators');
  expect((await flow.state(asked.id)).phase).toBe('active');
  expect((await flow.events(asked.id)).at(-1)).toMatchObject({ type: 'AttemptRefused' });
  await finn.type('general', `revoke ${asked.id} "a drill"`);
  await flow.until(asked.id, 'revoked');
  expect(await flow.roles()).toEqual([]);
  await expectToldOnce(flow, asked);
});

it('overlapping grants of one person do not end each other', async () => {
  const { ana } = flow.people;
  const first = await granted(flow, ana, { duration: '1m' });
  const firstUrl = await reveal(ana, first);
  flow.clock.forward(10_000);
  const second = await granted(flow, ana, { duration: '5m' });
  const third = await granted(flow, ana, {
    entitlement: 'orders-db:read',
    duration: '15m',
    why: 'INC-9 comparing what was exported',
  });
  const [secondUrl, thirdUrl] = [await reveal(ana, second), await reveal(ana, third)];
  const sessions = await Promise.all([secondUrl, thirdUrl].map(login));
  expect(await flow.roles()).toHaveLength(3);

  flow.clock.forward(50_000);
  await flow.until(first.id, 'revoked');
  expect(await refusal(firstUrl)).toMatch(/^28P01/);
  for (const session of sessions)
    expect(await session.rows('select 1 as one from orders limit 1')).toHaveLength(1);
  expect(await refusal(secondUrl)).toBeNull();
  await ana.type('general', `done ${second.id}`);
  await flow.until(second.id, 'revoked');
  expect(await refusal(thirdUrl)).toBeNull();
  expect(await sessions[1]!.rows('select 1 as one from orders limit 1')).toHaveLength(1);
  await ana.type('general', `done ${third.id}`);
  await flow.until(third.id, 'revoked');
  expect(await flow.roles()).toEqual([]);
});
