import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { refusal } from '../../src/practice/login.ts';
import { APPROVERS, approveBoth, ask, expectToldOnce, granted, noteOf, reveal, threadOf } from './acting.ts';
import { eventually, type Flow, openFlow } from './world.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());
afterEach(() => {
  flow.proxy.fault({ kind: 'none' });
  flow.workspace.faults.clear();
});

/** Back-offs pass at once: the clock is put forward until there is what is looked for. */
const hurried = <T>(look: () => Promise<T | null | false>, what: string): Promise<T> =>
  eventually(
    async () => {
      flow.clock.forward(1_000);
      return look();
    },
    what,
    20_000,
  );

/** As the role's owner would, past the broken way: straight to the server. */
function direct(url: string): string {
  const way = new URL(url);
  way.port = String(flow.postgres.port);
  return way.href;
}

describe('the target is down', () => {
  it('when it should be set up: tried again, undone, told; nothing is left', async () => {
    const { ana } = flow.people;
    const asked = await ask(ana);
    flow.proxy.fault({ kind: 'refuse' });
    await approveBoth(flow, asked);
    await hurried(async () => (await flow.state(asked.id)).phase === 'revoking', 'giving up');
    const tries = (await flow.events(asked.id)).filter(({ type }) => type === 'ProvisioningFailed');
    expect(tries.length).toBeGreaterThanOrEqual(2);
    await noteOf(ana, asked.id, 'Trouble setting it up');
    expect(ana.person.dm().some((note) => JSON.stringify(note).includes('You have access'))).toBe(false);
    flow.proxy.fault({ kind: 'none' });
    await hurried(async () => (await flow.state(asked.id)).closedAt !== null, 'the undoing to be proven');
    expect((await flow.state(asked.id)).phase).toBe('failed');
    expect(await flow.roles()).toEqual([]);
    await expectToldOnce(flow, asked);
  });

  it('for a moment: it is set up when it is back, once', async () => {
    const { ana } = flow.people;
    const asked = await ask(ana);
    flow.proxy.fault({ kind: 'refuse' });
    await approveBoth(flow, asked);
    await eventually(async () => (await flow.state(asked.id)).grant?.provisionAttempts, 'a failed try');
    flow.proxy.fault({ kind: 'none' });
    await flow.until(asked.id, 'active');
    expect(await flow.roles()).toHaveLength(1);
    expect(await refusal(await reveal(ana, asked))).toBeNull();
    await ana.type('general', 'done');
    await flow.until(asked.id, 'revoked');
    await expectToldOnce(flow, asked);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'cut after query %i of it was carried out: one credential, which works',
    async (nth) => {
      const { ana } = flow.people;
      const asked = await ask(ana);
      flow.proxy.fault({ kind: 'cut', nth, when: 'after' });
      await approveBoth(flow, asked);
      const state = await flow.until(asked.id, 'active');
      expect(await flow.roles()).toEqual([state.grant!.handle.name]);
      expect(await refusal(await reveal(ana, asked))).toBeNull();
      await ana.type('general', 'done');
      await flow.until(asked.id, 'revoked');
      expect(await flow.roles()).toEqual([]);
    },
  );

  it('at expiry: people are alarmed, trying never stops, and it is proven once the target is back', async () => {
    const { ana, cleo } = flow.people;
    const asked = await granted(flow, ana, { duration: '1m' });
    const url = await reveal(ana, asked);
    flow.proxy.fault({ kind: 'refuse' });
    flow.clock.forward(60_000);
    await flow.until(asked.id, 'revoking');
    await hurried(async () => (await flow.state(asked.id)).revocation?.escalated === true, 'the alarm');
    await eventually(
      async () => threadOf(cleo, asked).some((text) => text.includes('failed') && text.includes('🚨')),
      'the alarm in the thread',
    );
    expect(cleo.person.messages(APPROVERS).some((one) => JSON.stringify(one).includes('🚨'))).toBe(true);
    expect((await flow.state(asked.id)).closedAt).toBeNull();
    expect(await flow.roles()).toHaveLength(1);

    await flow.restart();
    expect((await flow.state(asked.id)).phase).toBe('revoking');
    flow.proxy.fault({ kind: 'none' });
    await hurried(async () => (await flow.state(asked.id)).phase === 'revoked', 'the proof');
    expect(await refusal(direct(url))).toMatch(/^28P01/);
    expect(await flow.roles()).toEqual([]);
    await expectToldOnce(flow, asked);
  });

  it('a hanging target delays only its own: another grant is ended meanwhile', async () => {
    const { ana, cleo } = flow.people;
    const token = await ask(cleo, {
      entitlement: 'reports-api:read',
      duration: '30m',
      channel: 'access-log',
    });
    await flow.until(token.id, 'active');
    const asked = await granted(flow, ana, { duration: '1m' });
    flow.proxy.fault({ kind: 'hang' });
    flow.clock.forward(60_000);
    await flow.until(asked.id, 'revoking');
    await cleo.type('general', `done ${token.id}`);
    await flow.until(token.id, 'revoked', 3_000);
    flow.proxy.fault({ kind: 'refuse' });
    flow.proxy.fault({ kind: 'none' });
    await hurried(async () => (await flow.state(asked.id)).phase === 'revoked', 'the proof');
  });
});

describe('Slack is down', () => {
  it('at expiry: the revocation waits for nobody; the messages come later, each once', async () => {
    const { ana, cleo } = flow.people;
    const asked = await granted(flow, ana, { duration: '1m' });
    const url = await reveal(ana, asked);
    await expectToldOnce(flow, asked);
    flow.workspace.faults.add({ method: '*', times: 100_000, kind: 'error', status: 503 });
    const told = threadOf(cleo, asked).length;
    flow.clock.forward(60_000);
    const state = await flow.until(asked.id, 'revoked', 5_000);
    expect(state.closedAt! - state.grant!.expiresAt).toBeLessThan(5_000);
    expect(await refusal(url)).toMatch(/^28P01/);
    expect(threadOf(cleo, asked)).toHaveLength(told);
    flow.workspace.faults.clear();
    await hurried(async () => threadOf(cleo, asked).length > told, 'the messages');
    await expectToldOnce(flow, asked);
    await noteOf(ana, asked.id, 'Access ended');
  });

  it.each([
    ['limits our rate', [{ kind: 'rate-limit', retryAfterS: 1 }]],
    ['loses its answers', [{ kind: 'lost-answer' }]],
    ['loses our requests', [{ kind: 'lost-request' }]],
    [
      'does all of it by turns',
      [
        { kind: 'lost-answer' },
        { kind: 'rate-limit', retryAfterS: 1 },
        { kind: 'lost-request' },
        { kind: 'error', status: 500 },
      ],
    ],
  ] as const)('it %s: each event is told once', async (_, kinds) => {
    const { ana } = flow.people;
    const struck: { readonly remaining: number }[] = [];
    for (let round = 0; round < 3; round += 1)
      for (const kind of kinds)
        struck.push(flow.workspace.faults.add({ method: 'chat.postMessage', ...kind }));
    await ana.type('general', 'practice-db:read 1m "INC-60 told once"');
    const card = () =>
      ana.person.messages(APPROVERS).findLast((one) => JSON.stringify(one.blocks).includes(ACTION.approve));
    const found = await hurried(async () => card() ?? null, 'the card');
    const [newest] = await flow.bot.store.requests({ limit: 1 });
    const asked = { id: newest!.id, card: found };
    for (const kind of kinds)
      struck.push(flow.workspace.faults.add({ method: 'chat.postMessage', times: 2, ...kind }));
    await approveBoth(flow, asked);
    await flow.until(asked.id, 'active');
    for (const kind of kinds)
      struck.push(flow.workspace.faults.add({ method: 'chat.postMessage', times: 2, ...kind }));
    await ana.type('general', `done ${asked.id}`);
    await flow.until(asked.id, 'revoked');
    const events = (await flow.events(asked.id)).length;
    await hurried(async () => threadOf(ana, asked).length >= events, 'the thread to be complete');
    await expectToldOnce(flow, asked);
    expect(struck.map(({ remaining }) => remaining)).toEqual(struck.map(() => 0));
    const cards = ana.person.messages(APPROVERS).filter((one) => JSON.stringify(one).includes(asked.id));
    expect(cards).toHaveLength(1);
    await hurried(
      async () =>
        ana.person
          .dm()
          .filter(
            (one) => JSON.stringify(one).includes(asked.id) && JSON.stringify(one).includes('Access ended'),
          ).length === 1,
      'one note of the end',
    );
  });

  it('when the bot starts: access still ends on time, and all is told once Slack is back', async () => {
    const { ana } = flow.people;
    const asked = await granted(flow, ana, { duration: '1m' });
    const url = await reveal(ana, asked);
    await expectToldOnce(flow, asked);
    await flow.stop();
    flow.workspace.faults.add({ method: '*', times: 100_000, kind: 'lost-request' });
    await flow.start();
    flow.clock.forward(60_000);
    await flow.until(asked.id, 'revoked', 5_000);
    expect(await refusal(url)).toMatch(/^28P01/);
    expect(flow.log.some((line) => line.includes('slack cannot be reached'))).toBe(true);
    flow.workspace.faults.clear();
    const events = (await flow.events(asked.id)).length;
    await hurried(async () => threadOf(ana, asked).length >= events, 'the thread to be complete');
    await expectToldOnce(flow, asked);
    await eventually(
      async () => flow.log.some((line) => line.includes('slack is connected')),
      'the connection',
    );
  });

  it('and one that refuses us stops the start', async () => {
    await flow.stop();
    flow.workspace.faults.add({ method: 'auth.test', times: 10, kind: 'slack-error', error: 'invalid_auth' });
    await expect(flow.start()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('invalid_auth'),
    });
    flow.workspace.faults.clear();
    await flow.start();
  });
});
