import { verifySlackRequest } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { startWorkspace } from '../../src/workspace/server.ts';
import { startPlain } from './bot.ts';
import { handmadeApp, type Received } from './handmade.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);

function verify({ headers, body }: Received, signingSecret: string): void {
  verifySlackRequest({
    signingSecret,
    body,
    nowMilliseconds: nowMs,
    headers: {
      'x-slack-signature': String(headers['x-slack-signature']),
      'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
    },
  });
}

describe('signed delivery', () => {
  it("passes Bolt's own check, over the raw body", async () => {
    await using app = await handmadeApp();
    await using workspace = await startPlain({ now: () => nowMs, requestUrl: app.url });
    await workspace.as('U0ADA').command('general', '/elevate', 'a&b "c" é <@U1> +%20');
    await workspace.as('U0ADA').openHome();
    expect(app.received).toHaveLength(2);
    for (const one of app.received) expect(() => verify(one, workspace.signingSecret)).not.toThrow();
    expect(() => verify(app.received[0] as Received, 'another secret')).toThrow('signature mismatch');
  });

  it('sends a command as Slack does, with mentions escaped where the manifest asks for it', async () => {
    await using app = await handmadeApp();
    await using workspace = await startPlain({ requestUrl: app.url });
    await workspace.as('U0ADA').command('general', '/elevate', 'for @grace in #general <script> & more');
    const form = Object.fromEntries(new URLSearchParams(app.received[0]?.body));
    expect(form).toMatchObject({
      team_id: 'T0WORKSPACE',
      channel_id: 'C0GENERAL',
      channel_name: 'general',
      user_id: 'U0ADA',
      command: '/elevate',
      text: 'for <@U0GRACE|grace> in <#C0GENERAL|general> &lt;script&gt; &amp; more',
      api_app_id: 'A0APP',
    });
    expect(form.response_url).toContain(workspace.url);
  });

  it('can be spoilt: a wrong signature, none, a stale or a future timestamp', async () => {
    await using app = await handmadeApp();
    await using workspace = await startPlain({ now: () => nowMs, requestUrl: app.url });
    const send = async (
      kind: 'bad-signature' | 'missing-signature' | 'stale-timestamp' | 'future-timestamp',
    ) => {
      workspace.faults.add({ delivery: 'command', kind });
      await workspace.as('U0ADA').command('general', '/elevate');
      return app.received.at(-1) as Received;
    };
    const bad = await send('bad-signature');
    expect(() => verify(bad, workspace.signingSecret)).toThrow('signature mismatch');
    expect((await send('missing-signature')).headers['x-slack-signature']).toBeUndefined();
    const stale = await send('stale-timestamp');
    expect(() => verify(stale, workspace.signingSecret)).toThrow('stale');
    expect(Number((await send('future-timestamp')).headers['x-slack-request-timestamp'])).toBe(
      nowMs / 1000 + 600,
    );
    await workspace.as('U0ADA').command('general', '/elevate');
    expect(() => verify(app.received.at(-1) as Received, workspace.signingSecret)).not.toThrow();
  });

  it('comes twice when it is asked to, to the byte', async () => {
    await using app = await handmadeApp();
    await using workspace = await startPlain({ requestUrl: app.url });
    workspace.faults.add({ delivery: 'event', kind: 'redeliver' });
    await workspace.as('U0ADA').openHome();
    const [first, second] = app.received;
    expect(app.received).toHaveLength(2);
    expect(second?.body).toBe(first?.body);
    expect(first?.headers['x-slack-retry-num']).toBeUndefined();
    expect(second?.headers).toMatchObject({
      'x-slack-retry-num': '1',
      'x-slack-retry-reason': 'http_timeout',
    });
  });

  it('repeats an event that the app did not take, and stops after the last delay', async () => {
    await using app = await handmadeApp((_request, response) => response.writeHead(500).end());
    await using workspace = await startPlain({ requestUrl: app.url, eventRetryDelaysMs: [0, 1, 1] });
    await workspace.as('U0ADA').openHome();
    await workspace.waitFor(() => workspace.deliveries.length === 4);
    expect(app.received.map((one) => one.headers['x-slack-retry-num'])).toEqual([undefined, '1', '2', '3']);
    const ids = app.received.map((one) => (JSON.parse(one.body) as { event_id: string }).event_id);
    expect(new Set(ids).size).toBe(1);
  });

  it('brings only the events that the app subscribed to', async () => {
    await using app = await handmadeApp();
    await using workspace = await startPlain({ requestUrl: app.url, app: { events: ['message.im'] } });
    const ada = workspace.as('U0ADA');
    await ada.openHome();
    await ada.post('general', 'not for the app');
    await ada.post(workspace.dmId('U0ADA'), 'for the app');
    expect(app.received.map((one) => (JSON.parse(one.body) as { event: object }).event)).toMatchObject([
      { type: 'message', channel_type: 'im', text: 'for the app', user: 'U0ADA' },
    ]);
  });

  it('asks for the challenge and believes only the right answer', async () => {
    await using echo = await handmadeApp();
    await using workspace = await startPlain({ requestUrl: echo.url });
    expect(await workspace.verifyRequestUrl()).toBe(false);
    await using wrong = await handmadeApp((_request, response) => response.end('wrong'));
    workspace.connectApp({ requestUrl: wrong.url });
    expect(await workspace.verifyRequestUrl()).toBe(false);
  });
});

describe('what a person is told', () => {
  it('when the app is silent, broken, or not there', async () => {
    await using silent = await handmadeApp(() => {});
    await using workspace = await startPlain({ requestUrl: silent.url, ackTimeoutMs: 50 });
    const ada = workspace.as('U0ADA');
    expect(await ada.command('general', '/elevate')).toMatchObject({
      problem: 'operation_timeout',
      shown: '/elevate failed with the error "operation_timeout"',
    });
    await using broken = await handmadeApp((_request, response) => response.writeHead(500).end());
    workspace.connectApp({ requestUrl: broken.url });
    expect(await ada.command('general', '/elevate')).toMatchObject({ problem: 'http_service_error' });
    workspace.connectApp({ requestUrl: 'http://127.0.0.1:1/' });
    expect(await ada.command('general', '/elevate')).toMatchObject({ problem: 'dispatch_failed' });
    expect(ada.ephemerals('general').map((one) => [one.user, one.text.includes('failed')])).toEqual([
      ['USLACKBOT', true],
      ['USLACKBOT', true],
      ['USLACKBOT', true],
    ]);
  });

  it('when a command is answered at once', async () => {
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ response_type: 'ephemeral', text: 'here you are' });
    await using app = await handmadeApp((_request, response) => response.writeHead(200, json).end(body));
    await using workspace = await startPlain({ requestUrl: app.url });
    await workspace.as('U0ADA').command('general', '/elevate');
    expect(workspace.as('U0ADA').ephemerals('general')[0]).toMatchObject({
      user: 'U0BOT',
      text: 'here you are',
    });
  });
});

describe('loopback', () => {
  it('is the only place to listen on, and to deliver to', async () => {
    await expect(startWorkspace({ host: '0.0.0.0', page: false })).rejects.toThrow(
      'cannot listen on 0.0.0.0',
    );
    await using workspace = await startPlain();
    expect(() => workspace.connectApp({ requestUrl: 'https://example.test/slack' })).toThrow(
      'must be on loopback',
    );
  });

  it('is the only name to be called by', async () => {
    await using workspace = await startPlain();
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      const headers = { host: 'evil.test' };
      request(workspace.url, { headers }, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(421);
  });
});
