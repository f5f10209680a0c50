import { expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { refusal } from '../../src/practice/login.ts';
import { approveBoth, APPROVERS, expectToldOnce, reveal } from './acting.ts';
import { textOf } from '../../src/practice/people.ts';
import { idIn, openFlow } from './world.ts';

it('Socket Mode carries the same life: form, quorum, secret, early end and proof', async () => {
  await using flow = await openFlow({ mode: 'socket' });
  const { ana, cleo } = flow.people;
  await ana.type('general', '');
  await ana.view('');
  await ana.person.fill(ACTION.entitlement, 'practice-db:read');
  await ana.view('What will happen');
  await ana.person.fill(ACTION.duration, '300000');
  const refused = await ana.person.submitView({ [ACTION.justification]: 'x' });
  expect(refused).toMatchObject({ ok: false, problem: 'errors' });
  expect(await ana.person.submitView({ [ACTION.justification]: 'INC-20 by socket' })).toMatchObject({
    ok: true,
  });
  await ana.person.closeView();
  const card = await ana.message(APPROVERS, (text) => text.includes('INC-20 by socket'), 'the card');
  const asked = { card, id: idIn(textOf(card)) };
  await ana.press(card, ACTION.approve);
  expect((await flow.state(asked.id)).ballot.approvals).toEqual([]);
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'active');
  const url = await reveal(ana, asked);
  expect(await refusal(url)).toBeNull();

  await flow.restart();
  await ana.type('general', 'done');
  await flow.until(asked.id, 'revoked');
  expect(await refusal(url)).toMatch(/^28P01/);
  await expectToldOnce(flow, asked);
  expect(flow.workspace.deliveries.every(({ transport }) => transport === 'socket')).toBe(true);
  await cleo.reply(APPROVERS, card, 'Proven gone');
});
