import { describe, expect, it } from 'vitest';
import { asker, httpBot, socketBot, startPlain } from './bot.ts';

describe.each([
  ['over signed HTTP', httpBot],
  ['in Socket Mode', socketBot],
] as const)('a Bolt app %s', (_name, startBot) => {
  it('takes a request from the command to the decision', async () => {
    await using workspace = await startPlain();
    await using _bot = await startBot(workspace, asker);
    const ada = workspace.as('U0ADA');

    expect(await ada.command('general', '/elevate', 'with a note')).toMatchObject({ ok: true });
    const view = await workspace.waitFor(() => ada.currentView());
    expect(view.private_metadata).toBe('with a note');
    expect((await ada.options(view, 'what', 'write')).options.map((option) => option.value)).toEqual([
      'orders-db:write',
    ]);

    const unfilled = await ada.submitView();
    expect(unfilled).toMatchObject({ ok: false, problem: 'incomplete' });
    const refused = await ada.submitView({ what: 'orders-db:read', why: 'just because' });
    expect(refused).toMatchObject({ ok: false, problem: 'errors', errors: { why: 'Say more' } });
    expect(ada.viewErrors()).toEqual({ why: 'Say more' });
    expect(await ada.submitView({ why: 'INC-1 is burning' })).toMatchObject({ ok: true, view: 'closed' });
    expect(ada.currentView()).toBeUndefined();

    const grace = workspace.as('U0GRACE');
    const card = await workspace.waitFor(() => grace.messages('general').at(-1));
    expect(card.pings).toEqual(['@U0ADA']);
    expect(card.metadata).toEqual({ event_type: 'asked', event_payload: { id: 'r1' } });
    expect(await grace.click(card, 'Approve')).toMatchObject({ ok: true });
    await workspace.waitFor(() => grace.messages('general').at(-1)?.text === 'approved by U0GRACE');
    const note = await workspace.waitFor(() => grace.ephemerals('general')[0]);
    expect(note.text).toBe('Noted');
    expect(ada.ephemerals()).toEqual([]);
  });

  it('hears of a closed view and of an opened home', async () => {
    await using workspace = await startPlain();
    const heard: string[] = [];
    await using _bot = await startBot(workspace, (app) => {
      asker(app);
      app.view({ type: 'view_closed', callback_id: 'ask' }, async ({ ack }) => {
        heard.push('closed');
        await ack();
      });
      app.event('app_home_opened', async ({ event, client }) => {
        heard.push(`home of ${event.user}`);
        const blocks = [
          { type: 'header' as const, text: { type: 'plain_text' as const, text: 'My access' } },
        ];
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
      });
    });
    const ada = workspace.as('U0ADA');
    await ada.command('general', '/elevate');
    await workspace.waitFor(() => ada.currentView());
    await ada.closeView();
    await ada.openHome();
    await workspace.waitFor(() => ada.home());
    expect(heard).toEqual(['closed', 'home of U0ADA']);
  });
});

describe('a request URL', () => {
  it('is verified with a challenge that Bolt answers', async () => {
    await using workspace = await startPlain();
    expect(await workspace.verifyRequestUrl()).toBe(false);
    await using _bot = await httpBot(workspace, asker);
    expect(await workspace.verifyRequestUrl()).toBe(true);
  });
});

describe('Socket Mode', () => {
  it('comes back after Slack asks it to reconnect, without losing the next command', async () => {
    await using workspace = await startPlain();
    await using _bot = await socketBot(workspace, asker);
    workspace.socketMode.refresh();
    expect(workspace.socketMode.isConnected).toBe(false);
    await workspace.waitFor(() => workspace.socketMode.isConnected);
    const ada = workspace.as('U0ADA');
    expect(await ada.command('general', '/elevate')).toMatchObject({ ok: true });
    await workspace.waitFor(() => ada.currentView());
  });

  it('does not let a connection url be used twice, nor be opened with the bot token', async () => {
    await using workspace = await startPlain();
    const open = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${workspace.slackApiUrl}apps.connections.open`, {
        method: 'POST',
        headers,
      });
      return (await answer.json()) as { ok: boolean; url?: string; error?: string };
    };
    expect(await open(workspace.botToken)).toEqual({ ok: false, error: 'not_allowed_token_type' });
    const { url } = await open(workspace.appToken);
    const { WebSocket } = await import('ws');
    const connect = () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url as string);
        socket.on('message', (data: Buffer) =>
          resolve((JSON.parse(data.toString()) as { type: string }).type),
        );
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await connect()).toBe('hello');
    expect(await connect()).toContain('401');
  });
});
