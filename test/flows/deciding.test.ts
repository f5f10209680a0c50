import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { textOf } from '../../src/practice/people.ts';
import {
  approveBoth,
  APPROVERS,
  aReason,
  ask,
  cardNow,
  expectToldOnce,
  noteOf,
  SECURITY,
  told,
} from './acting.ts';
import { clickBody, send, signed, valueOf } from './raw.ts';
import { eventually, type Flow, idIn, openFlow } from './world.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());

const MINUTE = 60_000;

it('asks security only after the database administrators, and not the other way round', async () => {
  const { ana, cleo, erin } = flow.people;
  const why = 'INC-77 an order is stuck; update orders set item; undone by the same statement';
  const asked = await ask(ana, { entitlement: 'orders-db:write', duration: '15m', why });
  const inSecurity = () => erin.person.messages(SECURITY).find((one) => textOf(one).includes(asked.id));
  expect(inSecurity()).toBeUndefined();
  expect(cardNow(cleo, asked)).toContain('INC-77');

  const early = await told(erin, () => erin.press(asked.card, ACTION.approve));
  expect(early).toContain("isn't your group's turn");
  expect((await flow.state(asked.id)).ballot.approvals).toEqual([]);

  await cleo.press(asked.card, ACTION.approve);
  const card = await eventually(async () => inSecurity(), 'the card of the second stage');
  expect((await flow.state(asked.id)).phase).toBe('requested');
  await erin.press(card, ACTION.approve);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('a scheduled request waits approved, and is set up when its window opens', async () => {
  const { ana } = flow.people;
  await ana.type('general', 'practice-db:read');
  await ana.view('What will happen');
  const startAt = Math.floor(flow.clock.now() / 1_000) + 3_600;
  const why = aReason();
  await ana.person.fill(ACTION.duration, '60000');
  await ana.person.fill(ACTION.startAt, startAt);
  expect(await ana.person.submitView({ [ACTION.justification]: why })).toMatchObject({ ok: true });
  const card = await ana.message(APPROVERS, (text) => text.includes(why), 'the card');
  const asked = { card, id: idIn(textOf(card)) };
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'approved');
  expect(await flow.roles()).toEqual([]);
  await noteOf(ana, asked.id, 'It starts');

  flow.clock.forward(59 * MINUTE);
  expect((await flow.state(asked.id)).phase).toBe('approved');
  flow.clock.forward(2 * MINUTE);
  const state = await flow.until(asked.id, 'active');
  expect(state.grant!.startedAt).toBeGreaterThanOrEqual(startAt * 1_000);
  expect(await flow.roles()).toEqual([state.grant!.handle.name]);
  flow.clock.forward(MINUTE);
  await flow.until(asked.id, 'revoked');
  expect(await flow.roles()).toEqual([]);
  await expectToldOnce(flow, asked);
});

it('approving for less makes everyone consent to the shortest time', async () => {
  const { ben, cleo, dev } = flow.people;
  const asked = await ask(ben, { duration: '5m' });
  await cleo.press(asked.card, ACTION.approveShorter);
  await cleo.view('For how long instead');
  expect(await cleo.person.submitView({ [ACTION.shorter]: '30000' })).toMatchObject({ ok: true });
  await dev.press(asked.card, ACTION.approve);
  const { grant } = await flow.until(asked.id, 'active');
  expect(grant!.expiresAt - grant!.startedAt).toBe(30_000);
  await ben.type('general', 'done');
  await flow.until(asked.id, 'revoked');
});

it('a denial needs a reason, is final, and leaves no buttons', async () => {
  const { ben, cleo, dev } = flow.people;
  const asked = await ask(ben);
  const value = valueOf(asked.card, ACTION.approve);
  await cleo.press(asked.card, ACTION.deny);
  await cleo.view('Why not?');
  const empty = await cleo.person.submitView({ [ACTION.reason]: '   ' });
  expect(empty.ok).toBe(false);
  expect((await flow.state(asked.id)).phase).toBe('requested');
  expect(await cleo.person.submitView({ [ACTION.reason]: 'Use the dashboard' })).toMatchObject({ ok: true });
  expect(textOf(await noteOf(ben, asked.id, 'Denied'))).toContain('Use the dashboard');
  await cleo.reply(APPROVERS, asked.card, 'Use the dashboard');
  await eventually(async () => cardNow(cleo, asked).includes('Denied'), 'the card to say so');
  expect(JSON.stringify(asked.card.blocks)).not.toContain(ACTION.approve);

  const size = await flow.happened();
  const late = await told(dev, () => send(flow, signed(flow, clickBody('U0DEV', ACTION.approve, value))));
  expect(late).toContain('was denied');
  expect(await flow.happened()).toBe(size);
  await expectToldOnce(flow, asked);
});

it('withdrawn before the decision: nobody is asked any more', async () => {
  const { ben, dev } = flow.people;
  const asked = await ask(ben);
  const value = valueOf(asked.card, ACTION.approve);
  const note = await noteOf(ben, asked.id, 'Asked');
  await ben.press(note, ACTION.withdraw);
  await flow.until(asked.id, 'withdrawn');
  await eventually(async () => !JSON.stringify(asked.card.blocks).includes(ACTION.approve), 'no buttons');
  const late = await told(dev, () => send(flow, signed(flow, clickBody('U0DEV', ACTION.approve, value))));
  expect(late).toContain('was withdrawn');
  await expectToldOnce(flow, asked);
});

it('nobody decides: reminded, then lapsed, and told so', async () => {
  const { ben } = flow.people;
  const asked = await ask(ben);
  flow.clock.forward(MINUTE);
  await eventually(async () => (await flow.state(asked.id)).reminders === 1, 'a reminder');
  flow.clock.forward(9 * MINUTE);
  await flow.until(asked.id, 'lapsed');
  await noteOf(ben, asked.id, 'Lapsed');
  expect(await flow.roles()).toEqual([]);
  await expectToldOnce(flow, asked);
});
