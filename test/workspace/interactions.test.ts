import { WebClient } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { inputProblems } from '../../src/workspace/inputs.ts';
import type { Workspace } from '../../src/workspace/server.ts';
import type { Block, StateValue } from '../../src/workspace/wire.ts';
import { quiet, startPlain } from './bot.ts';
import { answeringApp, type Payload } from './handmade.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const field = (block_id: string) => ({
  type: 'input' as const,
  block_id,
  label: plain('Why'),
  element: { type: 'plain_text_input' as const, action_id: 'text' },
});
const form = (title: string) => ({
  type: 'modal' as const,
  title: plain(title),
  submit: plain('Send'),
  callback_id: 'ask',
  private_metadata: 'note',
  blocks: [field('why')],
});

/** A workspace in which Ada has a form open, and an app that answers with what `answer` says. */
async function withForm(answer: (payload: Payload) => unknown) {
  const app = await answeringApp((payload) => (payload.type === undefined ? undefined : answer(payload)));
  const workspace = await startPlain({ requestUrl: app.url });
  const client = new WebClient(workspace.botToken, { slackApiUrl: workspace.slackApiUrl, logger: quiet });
  const ada = workspace.as('U0ADA');
  await ada.shortcut('ask');
  const trigger_id = app.payloads.at(-1)?.trigger_id as string;
  await client.views.open({ trigger_id, view: form('First') });
  await ada.fill('why', 'because');
  return {
    app,
    workspace,
    client,
    ada,
    [Symbol.asyncDispose]: async () => {
      await workspace.close();
      await app[Symbol.asyncDispose]();
    },
  };
}

const titles = (workspace: Workspace) => workspace.as('U0ADA').currentView()?.title?.text;
const submission = (answer: unknown) => (payload: Payload) =>
  payload.type === 'view_submission' ? answer : undefined;

describe('a submission', () => {
  it('carries the view as Slack sends it', async () => {
    await using it = await withForm(() => undefined);
    await it.ada.submitView();
    expect(it.app.payloads.at(-1)).toMatchObject({
      type: 'view_submission',
      team: { id: 'T0WORKSPACE', domain: 'local' },
      user: { id: 'U0ADA', username: 'ada', team_id: 'T0WORKSPACE' },
      api_app_id: 'A0APP',
      enterprise: null,
      is_enterprise_install: false,
      response_urls: [],
      view: {
        type: 'modal',
        callback_id: 'ask',
        private_metadata: 'note',
        state: { values: { why: { text: { type: 'plain_text_input', value: 'because' } } } },
        previous_view_id: null,
        app_id: 'A0APP',
      },
    });
  });

  it.each([
    ['nothing: the view closes', undefined, 'closed', undefined],
    ['clear: all views close', { response_action: 'clear' }, 'cleared', undefined],
    ['update: the view is another', { response_action: 'update', view: form('Second') }, 'updated', 'Second'],
    ['push: another view is on top', { response_action: 'push', view: form('Second') }, 'pushed', 'Second'],
  ])('is answered with %s', async (_name, answer, view, title) => {
    await using it = await withForm(submission(answer));
    expect(await it.ada.submitView()).toMatchObject({ ok: true, view });
    expect(titles(it.workspace)).toBe(title);
  });

  it.each([
    ['an action that Slack does not know', { response_action: 'celebrate' }],
    ['errors for a block that is not there', { response_action: 'errors', errors: { nowhere: 'no' } }],
    ['no error at all', { response_action: 'errors', errors: {} }],
    ['a view that breaks a limit', { response_action: 'update', view: form('x'.repeat(25)) }],
  ])('shows trouble and stays open after %s', async (_name, answer) => {
    await using it = await withForm(submission(answer));
    expect(await it.ada.submitView()).toMatchObject({ ok: false, problem: 'invalid_response' });
    expect(titles(it.workspace)).toBe('First');
    expect(it.ada.notices()).toMatchObject([{ text: 'We had some trouble connecting. Try again?' }]);
  });

  it('keeps its errors until the view changes or is sent again', async () => {
    const errors = { why: 'Say more' };
    await using it = await withForm(submission({ response_action: 'errors', errors }));
    await it.ada.submitView();
    expect(it.ada.viewErrors()).toEqual(errors);
    await it.client.views.update({ view_id: it.ada.currentView()?.id as string, view: form('Again') });
    expect(it.ada.viewErrors()).toEqual({});
  });

  it('is not sent while a required field is empty', async () => {
    await using it = await withForm(() => undefined);
    const before = it.app.payloads.length;
    expect(await it.ada.submitView({ why: null })).toMatchObject({
      problem: 'incomplete',
      errors: { why: 'Please complete this required field.' },
    });
    expect(it.app.payloads).toHaveLength(before);
  });
});

describe("what Slack's client checks before it sends", () => {
  const check = (element: object, value: string | null, more: object = {}) => {
    const block = { ...field('b'), element: { action_id: 'text', ...element }, ...more } as Block;
    const state = { type: block.element?.type, value } as StateValue;
    return inputProblems([block], { b: { text: state } }).b ?? 'fine';
  };
  it.each([
    ['a text that is long enough', { type: 'plain_text_input', min_length: 3 }, 'abc', /fine/],
    ['a text that is too short', { type: 'plain_text_input', min_length: 3 }, 'ab', /at least 3/],
    ['a text that is too long', { type: 'plain_text_input', max_length: 3 }, 'abcd', /at most 3/],
    ['a number', { type: 'number_input', is_decimal_allowed: false }, '42', /fine/],
    ['no number', { type: 'number_input', is_decimal_allowed: true }, 'forty', /a number/],
    ['a fraction', { type: 'number_input', is_decimal_allowed: false }, '1.5', /whole number/],
    [
      'a number below',
      { type: 'number_input', is_decimal_allowed: false, min_value: '1' },
      '0',
      /at least 1/,
    ],
    [
      'a number above',
      { type: 'number_input', is_decimal_allowed: false, max_value: '9' },
      '10',
      /at most 9/,
    ],
    ['no address', { type: 'email_text_input' }, 'ada at example', /valid email/],
    ['no URL', { type: 'url_text_input' }, 'example', /valid URL/],
  ])('%s', (_name, element, value, expected) => expect(check(element, value)).toMatch(expected));

  it('an optional field may be empty, and is checked when it is not', () => {
    const element = { type: 'plain_text_input', min_length: 3 };
    expect(check(element, null, { optional: true })).toBe('fine');
    expect(check(element, 'ab', { optional: true })).toMatch(/at least 3/);
  });
});

describe('a press', () => {
  const blocks = [
    {
      type: 'actions' as const,
      block_id: 'decide',
      elements: [
        { type: 'button' as const, action_id: 'approve', value: 'r1', text: plain('Approve') },
        {
          type: 'overflow' as const,
          action_id: 'more',
          options: [{ text: plain('Log'), value: 'log' }],
        },
        {
          type: 'static_select' as const,
          action_id: 'for',
          options: [{ text: plain('1 hour'), value: '1h' }],
        },
      ],
    },
  ];

  it('on a message carries the message, where it is, and an address to answer at', async () => {
    await using it = await withForm(() => undefined);
    const root = await it.client.chat.postMessage({ channel: 'C0GENERAL', text: 'root' });
    await it.client.chat.postMessage({
      channel: 'C0GENERAL',
      text: 'card',
      blocks,
      thread_ts: root.ts as string,
    });
    const card = it.ada.thread('general', root.ts as string)[1];
    if (!card) throw new Error('no card');
    await it.ada.click(card, 'Approve');
    const pressed = it.app.payloads.at(-1);
    expect(pressed).toMatchObject({
      type: 'block_actions',
      container: {
        type: 'message',
        message_ts: card.ts,
        channel_id: 'C0GENERAL',
        is_ephemeral: false,
        thread_ts: root.ts as string,
      },
      channel: { id: 'C0GENERAL', name: 'general' },
      message: { ts: card.ts, user: 'U0BOT', bot_id: 'B0BOT', text: 'card' },
      actions: [
        { type: 'button', action_id: 'approve', block_id: 'decide', value: 'r1', text: plain('Approve') },
      ],
      state: { values: { decide: { for: { type: 'static_select', selected_option: null } } } },
    });
    expect(pressed?.response_url).toContain(it.workspace.url);
    expect(JSON.stringify(pressed)).not.toContain('"pings"');

    await it.ada.click(card, 'more', { option: 'log' });
    expect(it.app.payloads.at(-1)?.actions).toMatchObject([
      { type: 'overflow', selected_option: { value: 'log' } },
    ]);
    await it.ada.choose(card, 'for', '1 hour');
    expect(it.app.payloads.at(-1)?.actions).toMatchObject([
      { type: 'static_select', selected_option: { value: '1h' } },
    ]);
    await expect(it.ada.click(card, 'nothing')).rejects.toThrow(
      'no control "nothing" there; there are: approve, more, for',
    );
  });

  it('on an ephemeral message carries no message', async () => {
    await using it = await withForm(() => undefined);
    await it.client.chat.postEphemeral({ channel: 'C0GENERAL', user: 'U0ADA', text: 'psst', blocks });
    const note = it.ada.ephemerals()[0];
    if (!note) throw new Error('no ephemeral message');
    await it.ada.click(note, 'approve');
    expect(it.app.payloads.at(-1)).toMatchObject({ container: { is_ephemeral: true } });
    expect(it.app.payloads.at(-1)).not.toHaveProperty('message');
  });

  it('in a view tells the app of a field only where it asked for that', async () => {
    await using it = await withForm(() => undefined);
    const before = it.app.payloads.length;
    await it.ada.fill('why', 'quietly');
    expect(it.app.payloads).toHaveLength(before);
    const view = { ...form('Told'), blocks: [{ ...field('why'), dispatch_action: true }] };
    await it.client.views.update({ view_id: it.ada.currentView()?.id as string, view });
    await it.ada.fill('why', 'aloud');
    expect(it.app.payloads.at(-1)).toMatchObject({
      type: 'block_actions',
      container: { type: 'view' },
      actions: [{ action_id: 'text', value: 'aloud' }],
    });
  });
});

describe('suggestions', () => {
  it('over the limit are none', async () => {
    const option = (index: number) => ({ text: plain(`o${index}`), value: `o${index}` });
    let count = 100;
    const many = () => ({ options: Array.from({ length: count }, (_, index) => option(index)) });
    await using it = await withForm((payload) => (payload.type === 'block_suggestion' ? many() : undefined));
    const select = { type: 'external_select' as const, action_id: 'pick', min_query_length: 0 };
    const view = { ...form('Pick'), blocks: [{ ...field('what'), element: select }] };
    await it.client.views.update({ view_id: it.ada.currentView()?.id as string, view });
    const open = it.ada.currentView();
    if (!open) throw new Error('no view');
    expect((await it.ada.options(open, 'pick', 'o')).options).toHaveLength(100);
    expect(it.app.payloads.at(-1)).toMatchObject({
      type: 'block_suggestion',
      action_id: 'pick',
      block_id: 'what',
      value: 'o',
    });
    count = 101;
    expect(await it.ada.options(open, 'pick', 'o')).toEqual({ ok: false, options: [], groups: [] });
    count = 0;
    expect(await it.ada.options(open, 'pick', 'o')).toEqual({ ok: true, options: [], groups: [] });
    await expect(it.ada.fill('pick', 'o7')).rejects.toThrow('offers no option "o7"');
  });
});
