import { WorkspaceError } from './errors.ts';

/** A person or bot of the workspace; what is left out is an ordinary member of it. */
export interface UserOptions {
  id: string;
  name: string;
  realName: string;
  title?: string;
  email?: string | undefined;
  tz?: string;
  teamId?: string;
  isBot?: boolean;
  isRestricted?: boolean;
  isUltraRestricted?: boolean;
  isStranger?: boolean;
  deleted?: boolean;
}

export interface ChannelOptions {
  id: string;
  name: string;
  members: string[];
  isPrivate?: boolean;
  topic?: string;
}

export interface UsergroupOptions {
  id: string;
  handle: string;
  name: string;
  users: string[];
}

export interface CommandOptions {
  command: string;
  description: string;
  usageHint?: string;
  /** As in the manifest: `@name` and `#channel` typed by a person reach the app as `<@U…>` and `<#C…>`. */
  shouldEscape?: boolean;
}

export interface AppOptions {
  id?: string;
  name?: string;
  description?: string;
  /** The bot's user; it is added to `users`. */
  botUserId?: string;
  botId?: string;
  commands?: CommandOptions[];
  /** Event types delivered; message events by their kind: `message.im`, `message.channels`, `message.groups`. */
  events?: string[];
}

/** Where the app listens. One address for all, or one for each kind. Loopback only. */
export type RequestUrls =
  | string
  | { commands: string; interactivity: string; options: string; events: string };

export interface WorkspaceOptions {
  /** 0 (the default) takes a free port. */
  port?: number;
  /** 127.0.0.1 or ::1; anything else is refused. */
  host?: string;
  team?: { id?: string; name?: string; domain?: string };
  signingSecret?: string;
  botToken?: string;
  appToken?: string;
  clientId?: string;
  clientSecret?: string;
  app?: AppOptions;
  users?: UserOptions[];
  channels?: ChannelOptions[];
  usergroups?: UsergroupOptions[];
  /** Wall clock in ms; trigger ids, message times and signatures follow it. */
  now?: () => number;
  /** How long the app has to acknowledge, in real time. Slack gives 3,000. */
  ackTimeoutMs?: number;
  /** After a failed event: at once, after a minute, after five. */
  eventRetryDelaysMs?: number[];
  requestUrl?: RequestUrls;
  /** Serve the page at `/` (default). Off, the workspace starts without bundling anything. */
  page?: boolean;
}

export interface Setup {
  port: number;
  host: string;
  team: { id: string; name: string; domain: string };
  signingSecret: string;
  botToken: string;
  appToken: string;
  clientId: string;
  clientSecret: string;
  app: Required<AppOptions>;
  users: UserOptions[];
  channels: ChannelOptions[];
  usergroups: UsergroupOptions[];
  now: () => number;
  ackTimeoutMs: number;
  eventRetryDelaysMs: number[];
  page: boolean;
}

const defaultEvents = [
  'app_home_opened',
  'app_mention',
  'message.im',
  'user_change',
  'team_join',
  'subteam_updated',
  'subteam_members_changed',
  'member_joined_channel',
  'app_uninstalled',
  'tokens_revoked',
];

/** Fills in what was left out and refuses what cannot work. */
export function settle(options: WorkspaceOptions): Setup {
  const host = options.host ?? '127.0.0.1';
  if (host !== '127.0.0.1' && host !== '::1')
    throw new WorkspaceError(
      'workspace_not_loopback',
      `the workspace cannot listen on ${host}: anyone who reaches its page can act as anyone in it; use 127.0.0.1`,
    );
  const team = { id: 'T0WORKSPACE', name: 'Local workspace', domain: 'local', ...options.team };
  const app: Required<AppOptions> = {
    id: 'A0APP',
    name: 'App',
    description: '',
    botUserId: 'U0BOT',
    botId: 'B0BOT',
    commands: [],
    events: defaultEvents,
    ...options.app,
  };
  const bot = {
    id: app.botUserId,
    name: app.name.toLowerCase().replaceAll(' ', '-'),
    realName: app.name,
    isBot: true,
  };
  const slackbot = { id: 'USLACKBOT', name: 'slackbot', realName: 'Slackbot', isBot: true };
  const users = [...(options.users ?? []), bot, slackbot];
  refuseDoubles(users, 'user');
  refuseDoubles(options.channels ?? [], 'channel');
  return {
    port: options.port ?? 0,
    host,
    team,
    signingSecret: options.signingSecret ?? 'local-signing-secret',
    botToken: options.botToken ?? 'xoxb-local-bot-token',
    appToken: options.appToken ?? 'xapp-local-app-token',
    clientId: options.clientId ?? '1000.1000',
    clientSecret: options.clientSecret ?? 'local-client-secret',
    app,
    users,
    channels: options.channels ?? [],
    usergroups: options.usergroups ?? [],
    now: options.now ?? Date.now,
    ackTimeoutMs: options.ackTimeoutMs ?? 3000,
    eventRetryDelaysMs: options.eventRetryDelaysMs ?? [0, 60_000, 300_000],
    page: options.page ?? true,
  };
}

function refuseDoubles(items: { id: string }[], what: string): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id))
      throw new WorkspaceError('workspace_setup_invalid', `${what} ${id} is given twice; ids are unique`);
    seen.add(id);
  }
}
