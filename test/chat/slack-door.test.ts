import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ACTION, actionValue } from '../../src/chat/intent.ts';
import { LIMITS } from '../../src/limits.ts';
import { aView, ID, SHOWN, TEAM } from './samples.ts';
import { type Bench, startBench } from './slack-bench.ts';

/** Without a trigger only its signature tells a replay. */
const approval = (trigger?: string, change: object = {}) => ({
  type: 'block_actions',
  user: { id: 'U0BO', team_id: TEAM },
  team: { id: TEAM },
  trigger_id: trigger,
  actions: [{ action_id: ACTION.approve, value: actionValue({ request: ID, shown: SHOWN }), type: 'button' }],
  ...change,
});
const asPayload = (body: object): string => new URLSearchParams({ payload: JSON.stringify(body) }).toString();

interface Sent {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly secret?: string;
  readonly atMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

function signed(bench: Bench, { body, secret, atMs }: Sent): Record<string, string> {
  const seconds = String(Math.floor((atMs ?? bench.clock.now()) / 1_000));
  const hmac = createHmac('sha256', secret ?? bench.workspace.signingSecret).update(`v0:${seconds}:`);
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': seconds,
    'x-slack-signature': `v0=${hmac.update(body).digest('hex')}`,
  };
}

const send = (bench: Bench, sent: Sent): Promise<Response> =>
  fetch(bench.url, { method: 'POST', body: sent.body, headers: { ...signed(bench, sent), ...sent.headers } });

async function aBench(): Promise<Bench> {
  const bench = await startBench();
  bench.core.on('approve', () => ({ kind: 'done', what: 'approve', view: aView() }));
  return bench;
}

describe("Slack's signature", () => {
  it('lets in what is signed now', async () => {
    await using bench = await aBench();
    expect((await send(bench, { body: asPayload(approval('1')) })).status).toBe(200);
    expect(bench.core.of('approve')).toHaveLength(1);
  });

  const minutes = 60_000;
  it.each<[string, (bench: Bench) => Partial<Sent>]>([
    ['of another secret', () => ({ secret: 'another-secret' })],
    ['older than five minutes', (bench) => ({ atMs: bench.clock.now() - 6 * minutes })],
    ['of the future', (bench) => ({ atMs: bench.clock.now() + 6 * minutes })],
    ['that is missing', () => ({ headers: { 'x-slack-signature': '' } })],
    ['of another version', () => ({ headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } })],
    ['whose time is no number', () => ({ headers: { 'x-slack-request-timestamp': 'now' } })],
    ['whose time was changed', () => ({ headers: { 'x-slack-request-timestamp': '1' } })],
  ])('refuses one %s, and does nothing', async (_, change) => {
    await using bench = await aBench();
    const answer = await send(bench, { body: asPayload(approval('1')), ...change(bench) });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toBe('');
    expect(bench.core.asked).toEqual([]);
  });

  it('covers every byte', async () => {
    await using bench = await aBench();
    const body = asPayload(approval('1'));
    const headers = signed(bench, { body });
    const answer = await fetch(bench.url, { method: 'POST', body: `${body}&x=1`, headers });
    expect(answer.status).toBe(401);
  });

  it('does nothing for a replay, and answers it', async () => {
    await using bench = await aBench();
    const body = asPayload(approval());
    const headers = signed(bench, { body });
    for (let times = 0; times < 3; times += 1)
      expect((await fetch(bench.url, { method: 'POST', body, headers })).status).toBe(200);
    expect(bench.core.of('approve')).toHaveLength(1);
  });

  it('does nothing for the same interaction signed anew', async () => {
    await using bench = await aBench();
    const body = asPayload(approval('1'));
    for (const ageMs of [0, 1_000, 2_000])
      expect((await send(bench, { body, atMs: bench.clock.now() - ageMs })).status).toBe(200);
    expect(bench.core.of('approve')).toHaveLength(1);
  });

  it('does not let a replay in under a signature with something appended', async () => {
    await using bench = await aBench();
    const body = asPayload(approval());
    const headers = signed(bench, { body });
    await fetch(bench.url, { method: 'POST', body, headers });
    const dressed = { ...headers, 'x-slack-signature': `${headers['x-slack-signature']}=x` };
    expect((await fetch(bench.url, { method: 'POST', body, headers: dressed })).status).toBe(401);
    expect(bench.core.of('approve')).toHaveLength(1);
  });

  it('remembers a replay for as long as its time would pass', async () => {
    await using bench = await aBench();
    const body = asPayload(approval());
    // Signed at the far edge of the window, so that its time stays good for the longest.
    const headers = signed(bench, { body, atMs: bench.clock.now() + LIMITS.signatureWindowMs - 2_000 });
    expect((await fetch(bench.url, { method: 'POST', body, headers })).status).toBe(200);
    bench.clock.aheadMs += 2 * LIMITS.signatureWindowMs - 5_000;
    await fetch(bench.url, { method: 'POST', body, headers });
    expect(bench.core.of('approve')).toHaveLength(1);
  });
});

describe('the door', () => {
  it('takes POST alone', async () => {
    await using bench = await aBench();
    const answer = await fetch(bench.url);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses a body beyond 1 MB before anything else', async () => {
    await using bench = await aBench();
    const body = 'x'.repeat(LIMITS.httpBodyMaxBytes + 1);
    expect((await send(bench, { body })).status).toBe(413);
  });

  it.each(['payload={', 'payload=[]', 'payload=null'])('answers 400 to %s', async (body) => {
    await using bench = await aBench();
    expect((await send(bench, { body })).status).toBe(400);
  });

  it.each<[string, object]>([
    ['of a type that does not exist', { type: 'telepathy', user: { id: 'U0BO' } }],
    ['without a user', { ...approval('9'), user: undefined }],
    ['without actions', { ...approval('9'), actions: [] }],
    [
      'of the old kind',
      {
        type: 'interactive_message',
        callback_id: 'x',
        user: { id: 'U0BO' },
        team: { id: TEAM },
        actions: [{ name: 'x', type: 'button' }],
      },
    ],
  ])('answers a payload %s, and does nothing', async (_, body) => {
    await using bench = await aBench();
    const answer = await send(bench, { body: asPayload(body) });
    expect(answer.status).toBeLessThan(501);
    expect(bench.core.asked).toEqual([]);
  });

  it("answers Slack's question whether the address is ours", async () => {
    await using bench = await startBench();
    expect(await bench.workspace.verifyRequestUrl()).toBe(true);
  });

  it('answers even when the core breaks its promise and throws', async () => {
    await using bench = await aBench();
    bench.core.on('approve', () => {
      throw new Error('the core broke');
    });
    expect((await send(bench, { body: asPayload(approval('1')) })).status).toBe(200);
    expect(bench.logger.lines.join('\n')).toContain('a slack listener failed');
  });
});

describe('who is meant', () => {
  it('is the person of the envelope, whatever else it says', async () => {
    await using bench = await aBench();
    const body = approval('1', {
      user: { id: 'U0BO', team_id: TEAM, name: 'ada', username: 'U0ADA' },
      user_id: 'U0ADA',
      actions: [
        { action_id: ACTION.approve, value: actionValue({ request: ID, shown: SHOWN }), user: 'U0ADA' },
      ],
    });
    await send(bench, { body: asPayload(body) });
    expect(bench.core.asked.map(({ actor }) => actor.account)).toEqual([
      { platform: 'slack', team: TEAM, user: 'U0BO' },
    ]);
  });

  it('is someone of their own workspace, also in a channel of ours', async () => {
    await using bench = await aBench();
    await send(bench, { body: asPayload(approval('1', { user: { id: 'U0BO', team_id: 'T0ELSEWHERE' } })) });
    expect(bench.core.asked[0]?.actor.account.team).toBe('T0ELSEWHERE');
  });

  it.each(['u0bo', 'U0BO|U0ADA', '', 7])('is nobody with the id %j', async (id) => {
    await using bench = await aBench();
    await send(bench, { body: asPayload(approval('1', { user: { id, team_id: TEAM } })) });
    expect(bench.core.asked).toEqual([]);
  });
});
