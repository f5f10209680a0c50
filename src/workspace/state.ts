import { randomBytes } from 'node:crypto';
import { WorkspaceError } from './errors.ts';
import type { Setup, UsergroupOptions, UserOptions } from './options.ts';
import type { Message } from './wire.ts';

export interface User extends Required<Omit<UserOptions, 'email' | 'title'>> {
  email: string | undefined;
  title: string;
  updatedS: number;
}

export interface StoredMessage extends Message {
  /** Who this message notifies: `!channel`, `!here`, `!everyone`, `@U…`, `!subteam^S…`. */
  pings: string[];
}

export interface Conversation {
  id: string;
  /** Without `#`; empty for direct messages. */
  name: string;
  kind: 'channel' | 'im' | 'mpim';
  isPrivate: boolean;
  topic: string;
  createdS: number;
  members: Set<string>;
  messages: StoredMessage[];
}

/** A message that one person sees, in one place; it is in no history. */
export interface Ephemeral extends StoredMessage {
  channel: string;
  to: string;
}

/** What Slack's client tells a person when the app did not answer properly. */
export interface Notice {
  id: string;
  to: string;
  channel?: string;
  messageTs?: string;
  viewId?: string;
  text: string;
}

const maxNotices = 200;

/** People, conversations and messages, with one way to be told of any change. */
export class WorkspaceState {
  readonly setup: Setup;
  readonly users = new Map<string, User>();
  readonly conversations = new Map<string, Conversation>();
  readonly usergroups = new Map<string, UsergroupOptions>();
  readonly ephemerals: Ephemeral[] = [];
  readonly notices: Notice[] = [];
  /** `${userId}:${channelId}` → ts of the newest message that the person has seen. */
  readonly lastRead = new Map<string, string>();
  version = 0;
  readonly #listeners = new Set<() => void>();
  #sequence = 0;
  #lastTsMicros = 0;

  constructor(setup: Setup) {
    this.setup = setup;
    for (const user of setup.users) this.putUser(user);
    for (const group of setup.usergroups) this.usergroups.set(group.id, structuredClone(group));
    for (const channel of setup.channels) {
      this.conversations.set(channel.id, {
        id: channel.id,
        name: channel.name,
        kind: 'channel',
        isPrivate: channel.isPrivate ?? false,
        topic: channel.topic ?? '',
        createdS: this.nowS(),
        members: new Set(channel.members),
        messages: [],
      });
    }
  }

  nowS(): number {
    return Math.floor(this.setup.now() / 1000);
  }

  /** A message's ts: seconds and microseconds, never the same twice in this workspace. */
  nextTs(): string {
    const micros = Math.max(Math.floor(this.setup.now() * 1000), this.#lastTsMicros + 1);
    this.#lastTsMicros = micros;
    return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
  }

  /** An id in Slack's style, such as `V0000000A`. */
  nextId(prefix: string): string {
    this.#sequence += 1;
    return prefix + this.#sequence.toString(36).toUpperCase().padStart(8, '0');
  }

  secret(bytes = 12): string {
    return randomBytes(bytes).toString('hex');
  }

  putUser(user: UserOptions): User {
    const full: User = {
      tz: 'Etc/UTC',
      teamId: this.setup.team.id,
      isBot: false,
      isRestricted: false,
      isUltraRestricted: false,
      isStranger: false,
      deleted: false,
      ...user,
      email: user.email,
      title: user.title ?? '',
      updatedS: this.nowS(),
    };
    this.users.set(full.id, full);
    return full;
  }

  user(id: string): User {
    const user = this.users.get(id);
    if (!user) throw new WorkspaceError('workspace_unknown_person', `no user ${id} in this workspace`);
    return user;
  }

  /** By id, by `#name` or `name`; for a person's id, their direct messages with the app. */
  conversation(reference: string): Conversation {
    const found = this.findConversation(reference);
    if (!found)
      throw new WorkspaceError('workspace_unknown_channel', `no channel ${reference} in this workspace`);
    return found;
  }

  findConversation(reference: string): Conversation | undefined {
    const byId = this.conversations.get(reference);
    if (byId) return byId;
    const name = reference.replace(/^#/, '');
    return [...this.conversations.values()].find((one) => one.kind === 'channel' && one.name === name);
  }

  /** The direct conversation of exactly these people, opened when there is none. */
  directConversation(memberIds: string[]): Conversation {
    const members = [...new Set(memberIds)].sort();
    const same = (one: Conversation) =>
      one.kind !== 'channel' &&
      one.members.size === members.length &&
      members.every((id) => one.members.has(id));
    const existing = [...this.conversations.values()].find(same);
    if (existing) return existing;
    const kind = members.length > 2 ? 'mpim' : 'im';
    const opened: Conversation = {
      id: this.nextId(kind === 'im' ? 'D' : 'G'),
      name: '',
      kind,
      isPrivate: true,
      topic: '',
      createdS: this.nowS(),
      members: new Set(members),
      messages: [],
    };
    this.conversations.set(opened.id, opened);
    this.changed();
    return opened;
  }

  directWithApp(userId: string): Conversation {
    return this.directConversation([userId, this.setup.app.botUserId]);
  }

  notify(notice: Omit<Notice, 'id'>): void {
    this.notices.push({ id: this.nextId('N'), ...notice });
    if (this.notices.length > maxNotices) this.notices.shift();
    this.changed();
  }

  changed(): void {
    this.version += 1;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
