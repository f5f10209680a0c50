import type { IncomingMessage, ServerResponse } from 'node:http';
import { SocketModeReceiver } from '@slack/bolt';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { Chat } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupReader } from '../../ports/group-reader.ts';
import type { OnIntent } from '../../ports/intent.ts';
import type { Logger } from '../../ports/logger.ts';
import { createApp } from './app.ts';
import { type SlackContext, settledWithin } from './context.ts';
import { createOutbound } from './outbound.ts';
import { createHttpReceiver } from './receiver.ts';
import { createStandings } from './standing.ts';
import { createUserGroups } from './usergroups.ts';
import { boltLogger, createSlackWeb, faultOf, type SlackWeb } from './web.ts';

export type SlackConfig = {
  readonly botToken: string;
  /** Null: Slack itself. */
  readonly apiUrl: string | null;
  /** Workspaces whose members may take part; left out, the one the token belongs to. Empty means nobody. */
  readonly teams?: () => readonly string[];
} & (
  | { readonly mode: 'http'; readonly signingSecret: string }
  | { readonly mode: 'socket'; readonly appToken: string }
);

interface SlackParts {
  readonly config: SlackConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onIntent: OnIntent;
}

export interface SlackWorkspace {
  readonly teamId: string;
  readonly botUserId: string;
  /** Scopes the token lacks; each loses what the manifest says beside it. */
  readonly missingScopes: readonly string[];
}

export interface Slack {
  readonly chat: Chat;
  /** User groups by their ids. */
  readonly groups: GroupReader;
  /** For POST /slack/events; answers by itself and never rejects. Null in Socket Mode. */
  readonly handler: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  /** Checks the token and, in Socket Mode, connects. Throws ChatFault when Slack will not have us. */
  start(): Promise<SlackWorkspace>;
  stop(): Promise<void>;
}

export function createSlack({ config, clock, logger, onIntent }: SlackParts): Slack {
  const { botToken, apiUrl } = config;
  const quiet = boltLogger(logger);
  const web = createSlackWeb({ botToken, apiUrl, timeoutMs: LIMITS.chatCallTimeoutMs }, clock, quiet);
  // A click waits for this one, so it may not take as long.
  const quick = createSlackWeb({ botToken, apiUrl, timeoutMs: LIMITS.standingTimeoutMs }, clock, quiet);
  const workspace = remember(() => whoAreWe(quick));
  const teams = async () => config.teams?.() ?? [(await workspace()).teamId];
  const standings = createStandings(quick, clock, teams);
  const context: SlackContext = {
    web,
    onIntent,
    clock,
    logger,
    zoneOf: (account) => standings.zoneOf(account),
  };
  const { receiver, handler, connect, close } = receiverOf(config, clock, logger);
  createApp({ context, standings, receiver, botToken, apiUrl, commandName: '/elevate' });
  const botUserId = async () => (await workspace()).botUserId;
  return {
    chat: createOutbound({ web, clock, botUserId, standing: (account) => standings.of(account) }),
    groups: createUserGroups(web, async () => (await workspace()).teamId),
    handler,
    async start() {
      const us = await workspace();
      await connect();
      const { teamId: team, missingScopes } = us;
      if (missingScopes.length > 0)
        logger.warn({ missingScopes }, 'the Slack app lacks scopes; install it again');
      logger.info({ team, mode: config.mode }, 'slack is connected');
      return us;
    },
    stop: close,
  };
}

const authTest = z.object({
  team_id: z.string(),
  user_id: z.string(),
  /** From the header x-oauth-scopes; absent where a proxy drops it. */
  response_metadata: z.object({ scopes: z.array(z.string()).optional() }).optional(),
});

/** The bot scopes of manifests/slack/manifest.yaml; a test keeps the two alike. */
export const BOT_SCOPES = [
  'commands',
  'chat:write',
  'im:write',
  'users:read',
  'usergroups:read',
  'channels:history',
  'groups:history',
  'im:history',
] as const;

async function whoAreWe(web: SlackWeb): Promise<SlackWorkspace> {
  const { team_id, user_id, response_metadata } = authTest.parse(await web.call('auth.test', {}));
  const granted = response_metadata?.scopes;
  const missingScopes = granted === undefined ? [] : BOT_SCOPES.filter((scope) => !granted.includes(scope));
  return { teamId: team_id, botUserId: user_id, missingScopes };
}

/** Asks until there is an answer, then never again. */
function remember<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  };
}

/** How long a socket may take to say goodbye. */
const GOODBYE_MS = 2_000;

function receiverOf(config: SlackConfig, clock: Clock, logger: Logger) {
  if (config.mode === 'http') {
    const receiver = createHttpReceiver(config.signingSecret, clock, logger);
    const nothing = () => Promise.resolve();
    return { receiver, handler: receiver.handler, connect: nothing, close: nothing };
  }
  const receiver = new SocketModeReceiver({
    appToken: config.appToken,
    logger: boltLogger(logger),
    installerOptions: { clientOptions: config.apiUrl === null ? {} : { slackApiUrl: config.apiUrl } },
  });
  const connect = async () => {
    await receiver.start().catch((error: unknown) => {
      throw faultOf('apps.connections.open', error);
    });
  };
  // Bolt's own stop does not wait for the socket to be closed.
  const close = async () => {
    await settledWithin(clock, receiver.client.disconnect(), GOODBYE_MS);
  };
  return { receiver, handler: null, connect, close };
}
