import type { Parts } from './interactions.ts';
import type { Conversation, StoredMessage } from './state.ts';
import type { View } from './wire.ts';

/** Everything one person's client shows: sent whole at each change, so the page holds no state of the workspace. */
export interface Snapshot {
  version: number;
  nowMs: number;
  me: string;
  team: { id: string; name: string };
  app: {
    id: string;
    name: string;
    description: string;
    botUserId: string;
    connected: boolean;
    commands: { command: string; description: string; usageHint?: string }[];
  };
  users: {
    id: string;
    name: string;
    realName: string;
    title: string;
    tz: string;
    isBot: boolean;
    deleted: boolean;
    isGuest: boolean;
  }[];
  usergroups: { id: string; handle: string; name: string }[];
  conversations: ConversationSnapshot[];
  /** Modals from the bottom up, and the inline errors of the top one. */
  views: View[];
  viewErrors: Record<string, string>;
  home: View | null;
  notices: { id: string; text: string; channel?: string; messageTs?: string; viewId?: string }[];
}

export interface MessageSnapshot extends StoredMessage {
  isEphemeral?: boolean;
}

export interface ConversationSnapshot {
  id: string;
  name: string;
  kind: Conversation['kind'];
  isPrivate: boolean;
  isMember: boolean;
  topic: string;
  members: string[];
  unread: number;
  mentions: number;
  messages: MessageSnapshot[];
}

/** Older ones stay in the workspace and are not shown. */
const maxMessagesShown = 300;

export function snapshotFor(parts: Parts, userId: string, connected: boolean): Snapshot {
  const { state, views } = parts;
  const { app, team } = state.setup;
  const { id, name, description, botUserId, commands } = app;
  const top = views.current(userId);
  const visible = [...state.conversations.values()].filter(
    (one) => one.members.has(userId) || !one.isPrivate,
  );
  return {
    version: state.version,
    nowMs: state.setup.now(),
    me: userId,
    team: { id: team.id, name: team.name },
    app: { id, name, description, botUserId, connected, commands },
    users: [...state.users.values()].map((user) => ({
      id: user.id,
      name: user.name,
      realName: user.realName,
      title: user.title,
      tz: user.tz,
      isBot: user.isBot,
      deleted: user.deleted,
      isGuest: user.isRestricted || user.isUltraRestricted || user.isStranger,
    })),
    usergroups: [...state.usergroups.values()].map((group) => ({
      id: group.id,
      handle: group.handle,
      name: group.name,
    })),
    conversations: visible.map((one) => conversationFor(parts, one, userId)),
    views: [...views.stack(userId)],
    viewErrors: (top && views.errors.get(top.id)) ?? {},
    home: views.home(userId) ?? null,
    notices: state.notices.filter((one) => one.to === userId).slice(-5),
  };
}

function conversationFor({ state }: Parts, conversation: Conversation, userId: string): ConversationSnapshot {
  const read = state.lastRead.get(`${userId}:${conversation.id}`) ?? '0';
  const own = state.ephemerals
    .filter((one) => one.to === userId && one.channel === conversation.id)
    .map((one) => ({ ...one, isEphemeral: true }));
  const isMember = conversation.members.has(userId);
  const fresh = isMember
    ? conversation.messages.filter((one) => one.user !== userId && Number(one.ts) > Number(read))
    : [];
  const forMe = fresh.filter((one) => conversation.kind !== 'channel' || isForMe(one, userId));
  return {
    id: conversation.id,
    name: conversation.name,
    kind: conversation.kind,
    isPrivate: conversation.isPrivate,
    isMember,
    topic: conversation.topic,
    members: [...conversation.members],
    unread: fresh.length,
    mentions: forMe.length,
    messages: [...conversation.messages.slice(-maxMessagesShown), ...own].sort(
      (a, b) => Number(a.ts) - Number(b.ts),
    ),
  };
}

function isForMe(message: StoredMessage, userId: string): boolean {
  return message.pings.some((ping) => ping === `@${userId}` || /^!(channel|here|everyone)$/.test(ping));
}
