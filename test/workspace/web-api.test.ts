import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/workspace/server.ts';
import { quiet, startPlain } from './bot.ts';

let workspace: Workspace;
let nowMs = Date.UTC(2026, 10, 20, 12);
let triggers: string[] = [];
let responseUrls: string[] = [];

beforeEach(async () => {
  triggers = [];
  responseUrls = [];
  workspace = await startPlain({
    now: () => nowMs,
    app: { commands: [{ command: '/elevate', description: '' }] },
  });
  const app = await recordingApp();
  workspace.connectApp({ requestUrl: app.url });
  closeApp = app.close;
});
let closeApp: () => Promise<void> = async () => {};
afterEach(async () => {
  await workspace.close();
  await closeApp();
});

/** An app that acknowledges everything and keeps the trigger ids and response urls it was given. */
async function recordingApp() {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const form = new URLSearchParams(body);
      const payload = JSON.parse(form.get('payload') ?? '{}') as {
        trigger_id?: string;
        response_url?: string;
      };
      triggers.push(form.get('trigger_id') ?? payload.trigger_id ?? '');
      responseUrls.push(form.get('response_url') ?? payload.response_url ?? '');
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${address.port}/`, close };
}

const client = (token = workspace.botToken) =>
  new WebClient(token, {
    slackApiUrl: workspace.slackApiUrl,
    logger: quiet,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });

/** The answer's `error`, or 'ok'. */
async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return (error as { data?: { error?: string } }).data?.error ?? (error as Error).message;
  }
}

const say = (text: string, more: object = {}) =>
  client().chat.postMessage({ channel: 'C0GENERAL', text, ...more });
const modal = (more: object = {}) => ({
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: 'T' },
  blocks: [],
  ...more,
});

describe('tokens', () => {
  it('are asked for, and told apart', async () => {
    expect(await client().auth.test()).toMatchObject({
      user_id: 'U0BOT',
      bot_id: 'B0BOT',
      team_id: 'T0WORKSPACE',
    });
    expect(await errorOf(client('xoxb-wrong').auth.test())).toBe('invalid_auth');
    expect(await errorOf(client(workspace.appToken).auth.test())).toBe('not_allowed_token_type');
    expect(await errorOf(new WebClient(undefined, { slackApiUrl: workspace.slackApiUrl }).auth.test())).toBe(
      'not_authed',
    );
  });

  it('are given for a code by oauth.v2.access, and never kept among the calls', async () => {
    const args = { client_id: '1000.1000', client_secret: 'local-client-secret', code: 'c' };
    const granted = await new WebClient(undefined, { slackApiUrl: workspace.slackApiUrl }).oauth.v2.access(
      args,
    );
    expect(granted.access_token).toBe(workspace.botToken);
    const kept = JSON.stringify(workspace.calls);
    expect(kept).not.toContain(workspace.botToken);
    expect(kept).not.toContain('local-client-secret');
  });
});

describe('messages', () => {
  it('are refused where the bot cannot write, in the words of Slack', async () => {
    expect(await errorOf(client().chat.postMessage({ channel: 'C0OTHER', text: 'x' }))).toBe(
      'not_in_channel',
    );
    expect(await errorOf(client().chat.postMessage({ channel: 'C0SECRET', text: 'x' }))).toBe(
      'channel_not_found',
    );
    expect(await errorOf(client().chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }))).toBe(
      'channel_not_found',
    );
    expect(await errorOf(client().chat.update({ channel: 'C0GENERAL', ts: '1.1', text: 'x' }))).toBe(
      'message_not_found',
    );
    const foreign = await workspace.as('U0ADA').post('general', 'mine');
    expect(await errorOf(client().chat.update({ channel: 'C0GENERAL', ts: foreign.ts, text: 'x' }))).toBe(
      'cant_update_message',
    );
    expect(await errorOf(client().chat.delete({ channel: 'C0GENERAL', ts: foreign.ts }))).toBe(
      'cant_delete_message',
    );
    const toGuest = client().chat.postEphemeral({ channel: 'C0GENERAL', user: 'U0GUEST', text: 'x' });
    expect(await errorOf(toGuest)).toBe('user_not_in_channel');
  });

  it('say with a pointer what is wrong in their blocks', async () => {
    const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'x'.repeat(3001) } }];
    const refused = await say('x', { blocks }).catch((error: { data: unknown }) => error.data);
    expect(refused).toMatchObject({
      error: 'invalid_blocks',
      response_metadata: {
        messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
      },
    });
    expect(workspace.history('general')).toEqual([]);
  });

  it('never get the same ts, though the clock stands still', async () => {
    const sent = await Promise.all([say('a'), say('b'), say('c')]);
    expect(new Set(sent.map((one) => one.ts)).size).toBe(3);
  });

  it('make a thread that is counted, and counted again when a reply is deleted', async () => {
    const root = await say('root');
    const reply = await say('one', { thread_ts: root.ts });
    await say('two', { thread_ts: reply.ts });
    const ada = workspace.as('U0ADA');
    expect(ada.messages('general')).toMatchObject([{ text: 'root', reply_count: 2, reply_users: ['U0BOT'] }]);
    await client().chat.delete({ channel: 'C0GENERAL', ts: reply.ts as string });
    expect(ada.thread('general', root.ts as string).map((one) => one.text)).toEqual(['root', 'two']);
    expect(ada.messages('general')[0]?.reply_count).toBe(1);
  });

  it('page through a thread, with their metadata when it is asked for', async () => {
    const root = await say('root');
    const metadata = { event_type: 'told', event_payload: { index: 7 } };
    for (const text of ['1', '2', '3', '4']) await say(text, { thread_ts: root.ts, metadata });
    const args = { channel: 'C0GENERAL', ts: root.ts as string, limit: 2, include_all_metadata: true };
    const first = await client().conversations.replies(args);
    expect(first).toMatchObject({ has_more: true, messages: [{ text: 'root' }, { text: '1', metadata }] });
    const cursor = first.response_metadata?.next_cursor as string;
    const rest = await client().conversations.replies({
      ...args,
      cursor,
      limit: 200,
      include_all_metadata: false,
    });
    expect(rest.messages?.map((one) => one.text)).toEqual(['2', '3', '4']);
    expect(rest.messages?.some((one) => 'metadata' in one)).toBe(false);
    expect(rest.response_metadata?.next_cursor).toBe('');
    expect(await errorOf(client().conversations.replies({ ...args, cursor: 'rubbish' }))).toBe(
      'invalid_cursor',
    );
  });

  it('keep what pings', async () => {
    await say('all &lt;!channel&gt; well');
    await say('wake up <!channel>');
    await say('bare @channel', { link_names: true });
    expect(workspace.history('general').map((one) => one.pings)).toEqual([[], ['!channel'], ['!channel']]);
  });

  it('go to a person by conversations.open, always the same place', async () => {
    const first = await client().conversations.open({ users: 'U0ADA' });
    const again = await client().conversations.open({ users: 'U0ADA' });
    expect(first.channel?.id).toBe(again.channel?.id);
    expect(await errorOf(client().conversations.open({ users: 'U0NOBODY' }))).toBe('user_not_found');
    await workspace.updateUser('U0GRACE', { deleted: true });
    expect(await errorOf(client().conversations.open({ users: 'U0GRACE' }))).toBe('user_disabled');
    await client().chat.postMessage({ channel: first.channel?.id as string, text: 'psst' });
    expect(
      workspace
        .as('U0ADA')
        .dm()
        .map((one) => one.text),
    ).toEqual(['psst']);
    expect(() => workspace.as('U0GRACE').messages(first.channel?.id as string)).toThrow('cannot see it');
  });
});

describe('people', () => {
  it('are found by address while they are active', async () => {
    const found = await client().users.lookupByEmail({ email: 'ADA@example.test' });
    expect(found.user).toMatchObject({
      id: 'U0ADA',
      is_restricted: false,
      deleted: false,
      tz: 'Europe/Zurich',
      tz_offset: 3600,
    });
    expect((await client().users.info({ user: 'U0GUEST' })).user?.is_restricted).toBe(true);
    await workspace.updateUser('U0ADA', { deleted: true });
    expect(await errorOf(client().users.lookupByEmail({ email: 'ada@example.test' }))).toBe(
      'users_not_found',
    );
    expect((await client().users.info({ user: 'U0ADA' })).user?.deleted).toBe(true);
  });

  it('are in user groups', async () => {
    expect((await client().usergroups.users.list({ usergroup: 'S0DBA' })).users).toEqual(['U0GRACE']);
    await workspace.setUsergroupUsers('S0DBA', ['U0ADA']);
    expect((await client().usergroups.users.list({ usergroup: 'S0DBA' })).users).toEqual(['U0ADA']);
    expect(await errorOf(client().usergroups.users.list({ usergroup: 'S0NONE' }))).toBe('no_such_subteam');
  });
});

describe('trigger ids', () => {
  const trigger = async () => {
    await workspace.as('U0ADA').command('general', '/elevate');
    return triggers.at(-1) as string;
  };

  it('open one view, once', async () => {
    const trigger_id = await trigger();
    await client().views.open({ trigger_id, view: modal() });
    expect(await errorOf(client().views.open({ trigger_id, view: modal() }))).toBe('exchanged_trigger_id');
    expect(await errorOf(client().views.open({ trigger_id: 'made.up', view: modal() }))).toBe(
      'invalid_trigger_id',
    );
  });

  it('are good at 3 seconds and not a millisecond later', async () => {
    const [timely, late] = [await trigger(), await trigger()];
    nowMs += 3000;
    expect(await errorOf(client().views.open({ trigger_id: timely, view: modal() }))).toBe('ok');
    nowMs += 1;
    expect(await errorOf(client().views.open({ trigger_id: late, view: modal() }))).toBe(
      'expired_trigger_id',
    );
  });
});

describe('views', () => {
  const open = async (more: object = {}) => {
    await workspace.as('U0ADA').command('general', '/elevate');
    return client().views.open({ trigger_id: triggers.at(-1) as string, view: modal(more) });
  };

  it('are three deep and no deeper', async () => {
    await open();
    const push = async () => {
      await workspace.as('U0ADA').command('general', '/elevate');
      return errorOf(client().views.push({ trigger_id: triggers.at(-1) as string, view: modal() }));
    };
    expect([await push(), await push(), await push()]).toEqual(['ok', 'ok', 'push_limit_reached']);
  });

  it('refuse an update made for another state of them', async () => {
    const { view } = await open();
    const view_id = view?.id as string;
    const hash = view?.hash as string;
    expect(await errorOf(client().views.update({ view_id, hash, view: modal() }))).toBe('ok');
    expect(await errorOf(client().views.update({ view_id, hash, view: modal() }))).toBe('hash_conflict');
    await workspace.as('U0ADA').closeView();
    expect(await errorOf(client().views.update({ view_id, view: modal() }))).toBe('not_found');
  });

  it('keep what was typed when an update keeps the field', async () => {
    const field = (block_id: string) => ({
      type: 'input' as const,
      block_id,
      label: { type: 'plain_text' as const, text: 'Why' },
      element: { type: 'plain_text_input' as const, action_id: 'why' },
    });
    const submit = { type: 'plain_text' as const, text: 'Send' };
    const { view } = await open({ submit, blocks: [field('why')] });
    const ada = workspace.as('U0ADA');
    await ada.fill('why', 'because');
    const view_id = view?.id as string;
    await client().views.update({ view_id, view: modal({ submit, blocks: [field('why'), field('other')] }) });
    const now = ada.currentView();
    expect(now && ada.values(now)).toMatchObject({
      why: { why: { value: 'because' } },
      other: { why: { value: null } },
    });
  });

  it('do not share an external_id', async () => {
    await open({ external_id: 'one' });
    const home = { type: 'home' as const, blocks: [], external_id: 'one' };
    expect(await errorOf(client().views.publish({ user_id: 'U0GRACE', view: home }))).toBe(
      'duplicate_external_id',
    );
  });
});

describe('a response_url', () => {
  const post = async (url: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as { ok: boolean; error?: string };
  };

  it('answers one person, or everyone, five times in half an hour', async () => {
    const ada = workspace.as('U0ADA');
    await ada.command('general', '/elevate');
    const url = responseUrls.at(-1) as string;
    await post(url, { text: 'for you' });
    await post(url, { text: 'for all', response_type: 'in_channel' });
    expect(ada.ephemerals('general').map((one) => one.text)).toEqual(['for you']);
    expect(workspace.as('U0GRACE').ephemerals()).toEqual([]);
    expect(workspace.history('general').map((one) => one.text)).toEqual(['for all']);
    for (const text of ['3', '4', '5']) expect(await post(url, { text })).toEqual({ ok: true });
    expect(await post(url, { text: '6' })).toEqual({ ok: false, error: 'used_url' });
    await ada.command('general', '/elevate');
    nowMs += 30 * 60_000 + 1;
    expect(await post(responseUrls.at(-1) as string, { text: 'late' })).toEqual({
      ok: false,
      error: 'expired_url',
    });
  });

  it('replaces or deletes the ephemeral message whose button was pressed', async () => {
    const button = {
      type: 'button' as const,
      action_id: 'ok',
      text: { type: 'plain_text' as const, text: 'OK' },
    };
    const blocks = [{ type: 'actions' as const, elements: [button] }];
    await client().chat.postEphemeral({ channel: 'C0GENERAL', user: 'U0ADA', text: 'press', blocks });
    const ada = workspace.as('U0ADA');
    const note = ada.ephemerals('general')[0];
    if (!note) throw new Error('no ephemeral message');
    await ada.click(note, 'ok');
    await post(responseUrls.at(-1) as string, { replace_original: true, text: 'pressed' });
    expect(ada.ephemerals('general')).toMatchObject([{ text: 'pressed' }]);
    await post(responseUrls.at(-1) as string, { delete_original: true });
    expect(ada.ephemerals('general')).toEqual([]);
  });
});

describe('faults', () => {
  it('limit the rate for as many calls as were asked for', async () => {
    const fault = workspace.faults.add({
      method: 'chat.postMessage',
      times: 2,
      kind: 'rate-limit',
      retryAfterS: 7,
    });
    const limited = await say('x').catch((error: { code: string; retryAfter: number }) => error);
    expect(limited).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 7 });
    expect(fault.remaining).toBe(1);
    await expect(say('x')).rejects.toThrow();
    expect(await errorOf(say('x'))).toBe('ok');
    expect(workspace.calls.of('chat.postMessage').map((call) => call.status)).toEqual([429, 429, 200]);
    expect(workspace.history('general')).toHaveLength(1);
  });

  it('lose an answer after the work was done, or a request before', async () => {
    workspace.faults.add({ method: 'chat.postMessage', kind: 'lost-answer' });
    await expect(say('done')).rejects.toThrow();
    workspace.faults.add({ method: 'chat.postMessage', kind: 'lost-request' });
    await expect(say('not done')).rejects.toThrow();
    expect(workspace.history('general').map((one) => one.text)).toEqual(['done']);
  });

  it('answer with a status or an error of Slack, for that method alone', async () => {
    workspace.faults.add({ method: 'chat.postMessage', kind: 'error', status: 503 });
    workspace.faults.add({ method: 'chat.update', kind: 'slack-error', error: 'fatal_error' });
    expect(await errorOf(client().chat.update({ channel: 'C0GENERAL', ts: '1', text: 'x' }))).toBe(
      'fatal_error',
    );
    await expect(say('x')).rejects.toThrow('503');
    expect(await errorOf(say('x'))).toBe('ok');
  });
});
