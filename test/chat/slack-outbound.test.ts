import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSlack } from '../../src/chat/slack/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { ChatFault } from '../../src/ports/chat.ts';
import { aHome, anActive, aTold, aView, clear, HOSTILE, ID, TEAM } from './samples.ts';
import { type Bench, startBench, TestClock, TestLogger } from './slack-bench.ts';

const card = { kind: 'request-card', view: aView() } as const;
const to = { conversation: 'C0ORDERS', thread: null };
const account = (user: string, team = TEAM) => ({ platform: 'slack', team, user }) as const;

async function faultOf(work: Promise<unknown>): Promise<ChatFault> {
  const error: unknown = await work.then(
    () => null,
    (each: unknown) => each,
  );
  if (!(error instanceof ChatFault)) throw new Error(`no ChatFault: ${String(error)}`);
  return error;
}

describe('posting', () => {
  it('posts, threads, updates, and pings nobody', async () => {
    await using bench = await startBench();
    const { chat } = bench.slack;
    const hostile = aView({
      justification: clear(HOSTILE),
      requester: { ...aView().requester, name: HOSTILE },
    });
    const root = await chat.post(to, { kind: 'request-card', view: hostile }, 'card');
    const told = aTold('RequestWithdrawn', { by: aView().requester.subject }, { reason: HOSTILE });
    await chat.post({ ...to, thread: root.ts }, { kind: 'thread-post', view: hostile, told }, 'post');
    await chat.update(root, { kind: 'request-card', view: { ...hostile, phase: 'withdrawn' } });
    const bo = bench.workspace.as('U0BO');
    const posted = [...bo.messages('C0ORDERS'), ...bo.thread('C0ORDERS', root.ts)];
    expect(posted.flatMap((message) => message.pings)).toEqual([]);
    expect(posted[0]?.text).toContain('Withdrawn');
    expect(bench.workspace.calls.of('chat.postMessage')[0]?.args).toMatchObject({
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
  });

  it('keeps its appearance when an update follows: metadata stays, so that it is found again', async () => {
    await using bench = await startBench();
    const { chat } = bench.slack;
    const posted = await chat.post(to, card, 'card');
    await chat.update(posted, { kind: 'request-card', view: anActive() });
    expect(await chat.find(to, 'card')).toEqual(posted);
  });

  it('finds what was posted though its answer was lost, and does not find what was not', async () => {
    await using bench = await startBench();
    const { chat } = bench.slack;
    const root = await chat.post(to, card, 'root');
    const thread = { ...to, thread: root.ts };
    for (const where of [to, thread]) {
      bench.workspace.faults.add({ method: 'chat.postMessage', times: 1, kind: 'lost-answer' });
      const key = `lost-in-${where.thread}`;
      expect((await faultOf(chat.post(where, card, key))).code).toBe('unreachable');
      expect(await chat.find(where, key)).not.toBeNull();
      bench.workspace.faults.add({ method: 'chat.postMessage', times: 1, kind: 'lost-request' });
      expect((await faultOf(chat.post(where, card, `not-${key}`))).code).toBe('unreachable');
      expect(await chat.find(where, `not-${key}`)).toBeNull();
    }
  });

  it('does not take a message of someone else for its own, whatever is written beside it', async () => {
    await using bench = await startBench();
    const { ts } = await bench.slack.chat.post(to, card, 'card');
    const message = bench.workspace.history('C0ORDERS').find((each) => each.ts === ts);
    message!.user = 'U0ADA';
    expect(await bench.slack.chat.find(to, 'card')).toBeNull();
  });

  it('looks through a bounded number of pages', async () => {
    await using bench = await startBench();
    await bench.slack.chat.post(to, card, 'root');
    await bench.slack.chat.find(to, 'never');
    expect(bench.workspace.calls.of('conversations.history').length).toBeLessThanOrEqual(LIMITS.findPagesMax);
  });

  it('has an appearance that changes when, and only when, what is shown changes', async () => {
    await using bench = await startBench();
    const { chat } = bench.slack;
    expect(chat.appearance(card)).toBe(chat.appearance({ kind: 'request-card', view: aView() }));
    expect(chat.appearance(card)).not.toBe(chat.appearance({ kind: 'request-card', view: anActive() }));
    expect(chat.appearance(card)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('opens a conversation with someone once', async () => {
    await using bench = await startBench();
    const first = await bench.slack.chat.direct(account('U0ADA'));
    expect(await bench.slack.chat.direct(account('U0ADA'))).toBe(first);
    expect(bench.workspace.calls.of('conversations.open')).toHaveLength(1);
  });

  it('publishes a home', async () => {
    await using bench = await startBench();
    await bench.slack.chat.publishHome(account('U0ADA'), aHome());
    expect(JSON.stringify(bench.workspace.as('U0ADA').home())).toContain('Your access');
  });
});

describe('starting', () => {
  it('tells which scopes the token lacks', async () => {
    const server = createServer((_, response) => {
      response.setHeader('x-oauth-scopes', 'commands,chat:write,users:read');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ok: true, team_id: 'T1', user_id: 'U1' }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const logger = new TestLogger();
    const slack = createSlack({
      config: {
        mode: 'http',
        botToken: 'xoxb-1',
        signingSecret: 's',
        apiUrl: `http://127.0.0.1:${port}/api/`,
      },
      clock: new TestClock(),
      logger,
      onIntent: async () => ({ kind: 'help' }),
    });
    const { missingScopes } = await slack.start();
    server.close();
    expect(missingScopes).toEqual([
      'im:write',
      'usergroups:read',
      'channels:history',
      'groups:history',
      'im:history',
    ]);
    expect(logger.lines.join('\n')).toContain('the Slack app lacks scopes');
  });

  it('lacks none where the manifest was followed', async () => {
    await using bench = await startBench();
    expect(await bench.slack.start()).toMatchObject({ missingScopes: [] });
  });
});

describe('what goes wrong', () => {
  it('is throttled with the time Slack wants, and holds that conversation alone', async () => {
    await using bench = await startBench();
    const { chat } = bench.slack;
    bench.workspace.faults.add({ method: 'chat.postMessage', times: 1, kind: 'rate-limit', retryAfterS: 30 });
    expect(await faultOf(chat.post(to, card, 'a'))).toMatchObject({
      code: 'throttled',
      retryAfterMs: 30_000,
    });
    const calls = bench.workspace.calls.of('chat.postMessage').length;
    const held = await faultOf(chat.post(to, card, 'a'));
    expect(held.code).toBe('throttled');
    expect(held.retryAfterMs).toBeLessThanOrEqual(30_000);
    expect(bench.workspace.calls.of('chat.postMessage')).toHaveLength(calls);
    await chat.post({ conversation: 'C0OTHER', thread: null }, card, 'b');
    bench.clock.aheadMs += 30_001;
    await chat.post(to, card, 'a');
  });

  it.each<[string, string]>([
    ['channel_not_found', 'gone'],
    ['account_inactive', 'gone'],
    ['internal_error', 'unreachable'],
    ['invalid_blocks', 'refused'],
    ['missing_scope', 'refused'],
  ])('%s is %s', async (error, code) => {
    await using bench = await startBench();
    bench.workspace.faults.add({ method: 'chat.postMessage', times: 1, kind: 'slack-error', error });
    const fault = await faultOf(bench.slack.chat.post(to, card, 'a'));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(`slack chat.postMessage: ${error}`);
  });

  it('a server error is unreachable, is tried once, and names no argument', async () => {
    await using bench = await startBench();
    bench.workspace.faults.add({ method: 'chat.postMessage', times: 1, kind: 'error', status: 503 });
    const fault = await faultOf(bench.slack.chat.post(to, card, 'a'));
    expect(fault.code).toBe('unreachable');
    expect(bench.workspace.calls.of('chat.postMessage')).toHaveLength(1);
    expect(`${fault.stack} ${bench.logger.lines.join('\n')}`).not.toContain(ID);
  });

  it('a channel without the bot says what to do', async () => {
    await using bench = await startBench();
    const fault = await faultOf(bench.slack.chat.post({ conversation: 'C0CLOSED', thread: null }, card, 'a'));
    expect(fault).toMatchObject({ code: 'gone' });
    expect(fault.message).toMatch(/not_in_channel \(invite the bot to that channel\)|channel_not_found/);
  });
});

describe('standing', () => {
  const standing = (bench: Bench, user: string, team?: string) =>
    bench.slack.chat.standing(account(user, team));

  it('is a member with their zone', async () => {
    await using bench = await startBench();
    expect(await standing(bench, 'U0ADA')).toEqual({ kind: 'member', zone: 'Europe/Zurich' });
  });

  it.each<[string, string]>([
    ['U0GUEST', 'guest'],
    ['U0STRANGER', 'stranger'],
    ['U0GONE', 'deleted'],
    ['U0ROBOT', 'bot'],
    ['U0NOBODY', 'unknown'],
  ])('refuses %s: %s', async (user, why) => {
    await using bench = await startBench();
    expect(await standing(bench, user)).toEqual({ kind: 'refused', why });
  });

  it('refuses another workspace without asking Slack about it', async () => {
    await using bench = await startBench();
    expect(await standing(bench, 'U0ADA', 'T0ELSEWHERE')).toEqual({
      kind: 'refused',
      why: 'other-workspace',
    });
    expect(bench.workspace.calls.of('users.info')).toEqual([]);
  });

  it('refuses everyone when no workspace is allowed', async () => {
    await using bench = await startBench({ teams: [] });
    expect(await standing(bench, 'U0ADA')).toEqual({ kind: 'refused', why: 'other-workspace' });
  });

  it('is asked once a minute', async () => {
    await using bench = await startBench();
    await standing(bench, 'U0ADA');
    await standing(bench, 'U0ADA');
    expect(bench.workspace.calls.of('users.info')).toHaveLength(1);
    bench.clock.aheadMs += LIMITS.standingFreshMs + 1;
    await standing(bench, 'U0ADA');
    expect(bench.workspace.calls.of('users.info')).toHaveLength(2);
  });

  it('is asked anew when Slack says that someone has changed', async () => {
    await using bench = await startBench();
    expect((await standing(bench, 'U0BO')).kind).toBe('member');
    await bench.workspace.updateUser('U0BO', { deleted: true });
    await bench.workspace.waitFor(() =>
      bench.workspace.deliveries.some((each) => each.type === 'user_change' && each.ok),
    );
    expect(await standing(bench, 'U0BO')).toEqual({ kind: 'refused', why: 'deleted' });
  });

  it('is unavailable, which means no, when Slack does not answer in time, and that is not remembered', async () => {
    await using bench = await startBench();
    bench.workspace.faults.add({
      method: 'users.info',
      times: 1,
      kind: 'latency',
      ms: LIMITS.standingTimeoutMs + 500,
    });
    const started = Date.now();
    expect(await standing(bench, 'U0ADA')).toEqual({ kind: 'unavailable' });
    expect(Date.now() - started).toBeLessThan(LIMITS.standingTimeoutMs + 400);
    expect((await standing(bench, 'U0ADA')).kind).toBe('member');
  });

  it('is forgotten when our access is withdrawn', async () => {
    await using bench = await startBench();
    await standing(bench, 'U0ADA');
    await bench.workspace.sendEvent({ type: 'tokens_revoked', tokens: { bot: ['U0BOT'] } });
    await bench.workspace.waitFor(() =>
      bench.logger.lines.some((each) => each.includes('withdrawn our access')),
    );
    await standing(bench, 'U0ADA');
    expect(bench.workspace.calls.of('users.info')).toHaveLength(2);
  });
});
