import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { type Desk, textOf } from '../../src/practice/people.ts';
import { APPROVERS, ask, granted, noteOf, told } from './acting.ts';
import { clickBody, send, signed, valueOf } from './raw.ts';
import { eventually, type Flow, idIn, openFlow } from './world.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());

const homeSays = (desk: Desk, part: string) =>
  eventually(async () => {
    const home = desk.person.home();
    return home !== undefined && textOf(home).includes(part) ? home : null;
  }, `${desk.name}'s home to say "${part}"`);

const homeIsWithout = (desk: Desk, part: string) =>
  eventually(async () => !textOf(desk.person.home()).includes(part), `no "${part}" in ${desk.name}'s home`);

describe('the home', () => {
  it('asks, approves, reveals, extends and ends, and follows what happens', async () => {
    const { ana, cleo, dev } = flow.people;
    for (const desk of [ana, cleo, dev]) await desk.person.openHome();
    const home = await homeSays(ana, 'Nothing at the moment');
    await ana.press(home, ACTION.ask);
    await ana.view('');
    await ana.person.fill(ACTION.entitlement, 'practice-db:read');
    await ana.view('What will happen');
    await ana.person.fill(ACTION.duration, '300000');
    await ana.person.submitView({ [ACTION.justification]: 'INC-12 from the home' });
    await ana.person.closeView();
    const card = await ana.message(APPROVERS, (text) => text.includes('INC-12 from the home'), 'the card');
    const id = idIn(textOf(card));

    await cleo.press(await homeSays(cleo, 'INC-12 from the home'), ACTION.approve);
    await homeSays(dev, '1 of 2');
    await homeIsWithout(cleo, 'INC-12 from the home');
    await dev.press(await homeSays(dev, 'INC-12 from the home'), ACTION.approve);
    const { grant } = await flow.until(id, 'active');

    await ana.press(await homeSays(ana, 'left'), ACTION.reveal);
    await ana.view('postgres://');
    await ana.person.closeView();
    await homeIsWithout(ana, 'Reveal once');
    await ana.press(await homeSays(ana, 'Extend by'), ACTION.extend);
    await eventually(async () => (await flow.state(id)).grant!.expiresAt > grant!.expiresAt, 'more time');
    await ana.press(await homeSays(ana, "I'm done"), ACTION.done);
    await flow.until(id, 'revoked');
    await homeSays(ana, 'Nothing at the moment');
    await homeSays(ana, id);
    await homeIsWithout(ana, "I'm done");
  });

  it('shows nobody what is not theirs to see', async () => {
    const { ben, gus } = flow.people;
    const asked = await ask(ben, { why: 'INC-13 a secret of the trade' });
    await gus.person.openHome();
    const home = textOf(await homeSays(gus, 'Nothing at the moment'));
    expect(home).not.toContain('INC-13');
    expect(home).not.toContain(asked.id);
    await ben.type('general', 'withdraw');
    await flow.until(asked.id, 'withdrawn');
  });
});

describe('/elevate', () => {
  it('help teaches each command by example', async () => {
    const { gus } = flow.people;
    const help = await told(gus, () => gus.type('general', 'help'));
    for (const word of ['mine', 'who', 'extend', 'done', 'withdraw', 'show', 'revoke'])
      expect(help).toContain(`/elevate ${word}`);
  });

  it('mine, show, who, extend, done and withdraw do what they say, for the right one', async () => {
    const { ana, ben, cleo, gus } = flow.people;
    const active = await granted(flow, ana, { duration: '5m' });
    const waiting = await ask(ben);
    expect(await told(ana, () => ana.type('general', 'mine'))).toContain(active.id);
    expect(await told(gus, () => gus.type('general', 'mine'))).not.toContain('req_');

    const who = await told(gus, () => gus.type('general', 'who practice-db:read'));
    expect(who).toContain('Ana Novak');
    expect(who).toContain('Dev Sharma');
    expect(who).not.toContain('Ben Okafor');

    expect(await told(ana, () => ana.type('general', `show ${active.id}`))).toContain('Active');
    expect(await told(cleo, () => cleo.type('general', `show ${active.id}`))).toContain('Ana Novak');
    const hidden = await told(gus, () => gus.type('general', `show ${active.id}`));
    expect(hidden).toContain("can't find that request");
    expect(hidden).not.toContain('Ana');

    const before = (await flow.state(active.id)).grant!.expiresAt;
    await told(ana, () => ana.type('general', 'extend 30s'));
    await eventually(
      async () => (await flow.state(active.id)).grant!.expiresAt === before + 30_000,
      'more time',
    );

    const notYours = await told(ben, () => ben.type('general', `done ${active.id}`));
    expect(notYours).toContain('Only the person who asked');
    expect((await flow.state(active.id)).phase).toBe('active');
    await told(ben, () => ben.type('general', 'withdraw'));
    expect((await flow.state(waiting.id)).phase).toBe('withdrawn');
    await told(ana, () => ana.type('general', 'done'));
    await flow.until(active.id, 'revoked');
    expect(await told(ana, () => ana.type('general', 'done'))).toContain('nothing to end');
    expect(await told(ana, () => ana.type('general', 'extend'))).toContain('nothing to extend');
  });

  it('asks which one is meant when there are several', async () => {
    const { ana } = flow.people;
    const first = await granted(flow, ana, { duration: '5m' });
    const second = await granted(flow, ana, {
      entitlement: 'orders-db:read',
      duration: '15m',
      why: 'INC-14 two things at the same time',
    });
    const which = await told(ana, () => ana.type('general', 'done'));
    expect(which).toContain(`/elevate done ${first.id}`);
    expect(which).toContain(`/elevate done ${second.id}`);
    expect((await flow.state(first.id)).phase).toBe('active');
    for (const { id } of [first, second]) {
      await ana.type('general', `done ${id}`);
      await flow.until(id, 'revoked');
    }
  });

  it('the secret is for its owner, once, however fast it is clicked', async () => {
    const { ana, ben } = flow.people;
    const asked = await granted(flow, ana, { duration: '5m' });
    const note = await noteOf(ana, asked.id, 'You have access');
    const value = valueOf(note, ACTION.reveal);
    await send(flow, signed(flow, clickBody('U0BEN', ACTION.reveal, value)));
    expect((await flow.state(asked.id)).grant!.secret).toBe('sealed');
    await Promise.all([ana.press(note, ACTION.reveal), ana.press(note, ACTION.reveal)]);
    await eventually(async () => (await flow.state(asked.id)).grant!.secret === 'revealed', 'a reveal');
    expect((await flow.events(asked.id)).filter(({ type }) => type === 'SecretRevealed')).toHaveLength(1);
    expect(textOf(ben.person.currentView())).not.toContain('postgres://');
    const name = (await flow.state(asked.id)).grant!.handle.name;
    const secretShown = () =>
      flow.workspace.calls.filter(({ args }) => JSON.stringify(args).includes(`postgres://${name}:`));
    expect(
      await eventually(async () => (secretShown().length > 0 ? secretShown() : null), 'the dialog'),
    ).toHaveLength(1);
    await ana.type('general', 'done');
    await flow.until(asked.id, 'revoked');
  });
});
