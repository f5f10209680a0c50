import { randomUUID } from 'node:crypto';
import { App, type Receiver } from '@slack/bolt';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { troubleCard } from '../answers.ts';
import { DIALOG } from '../intent.ts';
import { onAction, showHome } from './actions.ts';
import { onCommand } from './commands.ts';
import { placeOf, type SlackContext, tell, UNKNOWN } from './context.ts';
import { type DialogKind, submitDialog } from './dialogs.ts';
import { offersFor, Previews, submitForm } from './form-flow.ts';
import { accountOf, accountOfEvent } from './identity.ts';
import { modal } from './modal.ts';
import { render } from './render.ts';
import type { Standings } from './standing.ts';
import { boltLogger } from './web.ts';

interface AppParts {
  readonly context: SlackContext;
  readonly standings: Standings;
  readonly receiver: Receiver;
  readonly botToken: string;
  readonly apiUrl: string | null;
  readonly commandName: string;
}

/**
 * Bolt with one listener for each kind of payload, so that nothing is without an answer: what none of ours knows is
 * answered too.
 */
export function createApp(parts: AppParts): App {
  const { context, standings, receiver, botToken, apiUrl } = parts;
  const app = new App({
    receiver,
    // Calls go through our own client (web.ts); Bolt's is not used, and it must not ask for anything by itself.
    authorize: () => Promise.resolve({ botToken }),
    clientOptions: apiUrl === null ? {} : { slackApiUrl: apiUrl },
    logger: boltLogger(context.logger),
    convoStore: false,
    ignoreSelf: false,
  });
  app.use(answerFailures(context));
  app.use(onceOnly());
  listenToCommands(app, parts);
  listenToClicks(app, context);
  listenToViews(app, context);
  listenToEvents(app, context, standings);
  return app;
}

type Middleware = Parameters<App['use']>[0];

/** Bolt answers nothing when a listener throws, and Slack waits for its time-out: the person is told instead. */
function answerFailures(context: SlackContext): Middleware {
  return async (args) => {
    try {
      await args.next();
    } catch (error) {
      const incident = randomUUID();
      context.logger.error({ incident, error }, 'a slack listener failed');
      if ('event' in args) return;
      await acknowledge(args);
      await tell(context, placeOf(args.body), troubleCard(incident));
    }
  };
}

async function acknowledge(args: object): Promise<void> {
  if ('ack' in args && typeof args.ack === 'function') await (args.ack as () => Promise<void>)();
}

/**
 * Slack delivers again what was not answered in time, and Socket Mode after a reconnection too. Each event has its id
 * and each interaction its trigger; the second time is answered and does nothing.
 */
function onceOnly(): Middleware {
  const seen = new Set<string>();
  const ids = z.object({ event_id: z.string().optional(), trigger_id: z.string().optional() });
  return async (args) => {
    const parsed = ids.safeParse(args.body);
    const id = parsed.data?.event_id ?? parsed.data?.trigger_id;
    if (id !== undefined) {
      if (seen.has(id)) return acknowledge(args);
      seen.add(id);
      const [oldest] = seen;
      if (seen.size > LIMITS.eventsRememberedMax && oldest !== undefined) seen.delete(oldest);
    }
    await args.next();
  };
}

function listenToCommands(app: App, { context, commandName }: AppParts): void {
  app.command(/.*/, async ({ body, ack }) => {
    const account = accountOf(body);
    if (account === null || body.command !== commandName)
      return ack({ response_type: 'ephemeral', ...render(UNKNOWN) });
    await onCommand(context, account, body, (answer) => (answer ? ack(answer) : ack()));
  });
}

function listenToClicks(app: App, context: SlackContext): void {
  const previews = new Previews(context);
  app.action({ type: 'block_actions' }, async ({ body, ack }) => {
    const account = accountOf(body);
    if (account === null) return ack();
    await onAction(context, previews, account, body, () => ack());
  });
  app.options(/.*/, async ({ body, ack }) => {
    const account = accountOf(body);
    const query = z.object({ value: z.string() }).safeParse(body);
    const known = account !== null && query.success;
    await ack(known ? await offersFor(context, account, query.data.value) : { options: [] });
  });
  const unknown = async (body: unknown, ack: () => Promise<void>): Promise<void> => {
    await ack();
    await tell(context, placeOf(body), UNKNOWN);
  };
  app.shortcut(/.*/, ({ body, ack }) => unknown(body, () => ack()));
  app.action({ type: 'interactive_message' }, ({ body, ack }) => unknown(body, () => ack()));
}

const DIALOGS: Readonly<Record<string, DialogKind>> = {
  [DIALOG.deny]: 'deny',
  [DIALOG.shorten]: 'shorten',
  [DIALOG.revoke]: 'revoke',
};

function listenToViews(app: App, context: SlackContext): void {
  app.view(/.*/, async ({ body, view, ack }) => {
    const account = accountOf(body);
    const kind = DIALOGS[view.callback_id];
    if (account !== null && view.callback_id === DIALOG.request)
      return submitForm(context, account, view, (answer) => ack(answer));
    if (account !== null && kind !== undefined)
      return submitDialog(context, account, kind, view, (answer) => (answer ? ack(answer) : ack()));
    await ack({ response_action: 'update', view: modal('Countersign', UNKNOWN.blocks) });
  });
  app.view({ callback_id: /.*/, type: 'view_closed' }, ({ ack }) => ack());
}

const changedUser = z.object({ event: z.object({ user: z.object({ id: z.string() }) }) });

function listenToEvents(app: App, context: SlackContext, standings: Standings): void {
  app.event('app_home_opened', async ({ body }) => {
    const account = accountOfEvent(body);
    const tab = z.object({ event: z.object({ tab: z.string() }) }).safeParse(body);
    if (account !== null && tab.data?.event.tab !== 'messages') await showHome(context, account);
  });
  app.event('user_change', ({ body }) => {
    const changed = changedUser.safeParse(body);
    if (changed.success) standings.forget(changed.data.event.user.id);
    else standings.forgetAll();
    return Promise.resolve();
  });
  for (const name of ['app_uninstalled', 'tokens_revoked'] as const)
    app.event(name, () => {
      standings.forgetAll();
      context.logger.error(
        { event: name },
        'slack has withdrawn our access: install the app again and set its new bot token',
      );
      return Promise.resolve();
    });
}
