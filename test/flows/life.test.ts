import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { login, refusal } from '../../src/practice/login.ts';
import { textOf } from '../../src/practice/people.ts';
import { APPROVERS, cardNow, expectToldOnce, granted, noteOf, reveal, threadOf } from './acting.ts';
import { type Flow, openFlow } from './world.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());

it('asked in the form, approved by two, revealed once, used, warned of, and proven gone in real time', async () => {
  const { ana, cleo, dev } = flow.people;
  await ana.type('general', '');
  await ana.view('');
  await ana.person.fill(ACTION.entitlement, 'practice-db:read');
  await ana.view('What will happen');
  await ana.person.fill(ACTION.duration, '10000');
  const why = 'INC-1: ten seconds with the orders';
  expect(await ana.person.submitView({ [ACTION.justification]: why })).toMatchObject({ ok: true });
  const card = await ana.message(APPROVERS, (text) => text.includes(why), 'the card');
  const asked = { card, id: /req_\w{12}/.exec(textOf(card))![0] as `req_${string}` };
  expect(await flow.roles()).toEqual([]);

  await cleo.press(card, ACTION.approve);
  await ana.message(APPROVERS, (text) => text.includes('1 of 2'), 'one of two');
  expect((await flow.state(asked.id)).phase).toBe('requested');
  expect(await flow.roles()).toEqual([]);
  await dev.press(card, ACTION.approve);
  const state = await flow.until(asked.id, 'active');
  expect(await flow.roles()).toEqual([state.grant!.handle.name]);

  const url = await reveal(ana, asked);
  expect(new URL(url).username).toBe(state.grant!.handle.name);
  const session = await login(url);
  expect(await session.rows('select count(*)::int as n from orders')).toEqual([{ n: 4 }]);
  await expect(session.rows('delete from orders')).rejects.toThrow('permission denied');
  await noteOf(ana, asked.id, 'Ending soon');

  expect(await session.ended).toContain('terminating connection');
  expect(Date.now()).toBeGreaterThanOrEqual(state.grant!.expiresAt);
  await cleo.reply(APPROVERS, card, 'Proven gone');
  expect(await refusal(url)).toMatch(/^28P01/);
  expect(await flow.roles()).toEqual([]);
  const ended = await flow.state(asked.id);
  expect(ended.revocation?.proof).toMatchObject({ absent: true, loginRefused: 'yes', liveSessions: 0 });
  expect(ended.closedAt! - state.grant!.expiresAt).toBeLessThan(5_000);
  await expectToldOnce(flow, asked);
  const everywhere = JSON.stringify([
    flow.workspace.history(APPROVERS),
    ana.person.dm(),
    flow.log,
    (await flow.bot.store.stored(0, 1_000)).map(({ bytes }) => Buffer.from(bytes).toString()),
  ]);
  expect(everywhere).not.toContain(new URL(url).password);
});

it('tells the proof with what was tried, and the card keeps who decided', async () => {
  const { ben, cleo } = flow.people;
  const asked = await granted(flow, ben, { duration: '30s' });
  await ben.type('general', 'done');
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
  const thread = threadOf(cleo, asked).join('\n');
  expect(thread).toContain('was done early');
  expect(thread).toContain('the credential is gone, a fresh login was refused, no session is left');
  const card = await cleo.message(
    APPROVERS,
    (text) => text.includes(asked.id) && text.includes('Proven gone'),
    'the card',
  );
  expect(textOf(card)).toMatch(/Cleo Laurent|<@U0CLEO>/);
  expect(cardNow(cleo, asked)).toContain('Proven gone');
  await expectToldOnce(flow, asked);
});
