import { createServer } from 'node:net';
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../src/workspace/server.ts';

export type BoltApp = App;

const people: NonNullable<WorkspaceOptions['users']> = [
  {
    id: 'U0ADA',
    name: 'ada',
    realName: 'Ada Lovelace',
    email: 'ada@example.test',
    tz: 'Europe/Zurich',
    title: 'Engineer',
  },
  {
    id: 'U0GRACE',
    name: 'grace',
    realName: 'Grace Hopper',
    email: 'grace@example.test',
    title: 'Database owner',
  },
  { id: 'U0GUEST', name: 'guest', realName: 'A Guest', email: 'guest@example.test', isRestricted: true },
];

const channels: NonNullable<WorkspaceOptions['channels']> = [
  { id: 'C0GENERAL', name: 'general', members: ['U0ADA', 'U0GRACE', 'U0BOT'] },
  { id: 'C0OTHER', name: 'other', members: ['U0ADA'] },
  { id: 'C0SECRET', name: 'secret', members: ['U0GRACE'], isPrivate: true },
];

export function startPlain(options: WorkspaceOptions = {}): Promise<Workspace> {
  return startWorkspace({
    page: false,
    users: people,
    channels,
    usergroups: [{ id: 'S0DBA', handle: 'dba', name: 'Database owners', users: ['U0GRACE'] }],
    app: {
      name: 'Countersign',
      commands: [{ command: '/elevate', description: 'Ask for access', shouldEscape: true }],
    },
    ...options,
  });
}

export const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

export interface Bot {
  app: BoltApp;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real Bolt app over signed HTTP, connected to the workspace. */
export async function httpBot(workspace: Workspace, listen: (app: BoltApp) => void): Promise<Bot> {
  const receiver = new HTTPReceiver({ signingSecret: workspace.signingSecret, logger: quiet });
  const clientOptions = {
    slackApiUrl: workspace.slackApiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  const app = new App({ token: workspace.botToken, receiver, clientOptions, logger: quiet });
  listen(app);
  const port = await freePort();
  await receiver.start({ port, host: '127.0.0.1' });
  workspace.connectApp({ requestUrl: `http://127.0.0.1:${port}/slack/events` });
  return {
    app,
    [Symbol.asyncDispose]: async () => {
      await receiver.stop();
    },
  };
}

/** The same over Socket Mode. */
export async function socketBot(workspace: Workspace, listen: (app: BoltApp) => void): Promise<Bot> {
  const clientOptions = { slackApiUrl: workspace.slackApiUrl };
  const receiver = new SocketModeReceiver({
    appToken: workspace.appToken,
    logger: quiet,
    clientPingTimeout: 200,
    installerOptions: { clientOptions },
  });
  const app = new App({ token: workspace.botToken, receiver, clientOptions, logger: quiet });
  listen(app);
  await app.start();
  return {
    app,
    [Symbol.asyncDispose]: async () => {
      await app.stop();
    },
  };
}

const form = (note: string) => ({
  type: 'modal' as const,
  callback_id: 'ask',
  title: { type: 'plain_text' as const, text: 'Ask' },
  submit: { type: 'plain_text' as const, text: 'Send' },
  private_metadata: note,
  notify_on_close: true,
  blocks: [
    {
      type: 'input' as const,
      block_id: 'what',
      label: { type: 'plain_text' as const, text: 'What' },
      element: { type: 'external_select' as const, action_id: 'what', min_query_length: 0 },
    },
    {
      type: 'input' as const,
      block_id: 'why',
      label: { type: 'plain_text' as const, text: 'Why' },
      element: { type: 'plain_text_input' as const, action_id: 'why', min_length: 3 },
    },
  ],
});

/** The whole conversation: command, form, errors, card, click, update, private answer. */
export function asker(app: BoltApp): void {
  app.command('/elevate', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: form(body.text) });
  });
  app.options('what', async ({ ack, options }) => {
    const all = ['orders-db:read', 'orders-db:write'].filter((name) => name.includes(options.value));
    await ack({ options: all.map((value) => ({ text: { type: 'plain_text', text: value }, value })) });
  });
  app.view('ask', async ({ ack, view, body, client }) => {
    const why = view.state.values.why?.why?.value ?? '';
    if (why.includes('just because')) return ack({ response_action: 'errors', errors: { why: 'Say more' } });
    await ack();
    await client.chat.postMessage({
      channel: 'C0GENERAL',
      text: `${body.user.id} asks`,
      metadata: { event_type: 'asked', event_payload: { id: 'r1' } },
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: `*<@${body.user.id}>* asks for ${view.state.values.what?.what?.selected_option?.value}`,
          },
        },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'approve',
              style: 'primary',
              text: { type: 'plain_text', text: 'Approve' },
              value: 'r1',
            },
          ],
        },
      ],
    });
  });
  app.action('approve', async ({ ack, body, respond, client }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.channel || !body.message) return;
    await client.chat.update({
      channel: body.channel.id,
      ts: body.message.ts,
      text: `approved by ${body.user.id}`,
      blocks: [],
    });
    await respond({ response_type: 'ephemeral', replace_original: false, text: 'Noted' });
  });
}
