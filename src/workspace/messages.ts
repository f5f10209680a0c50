import { pingsIn } from './mrkdwn.ts';
import type { Conversation, Ephemeral, StoredMessage, WorkspaceState } from './state.ts';
import type { Block, BlockElement, JsonObject, MessageMetadata } from './wire.ts';
import { isObject, nonEmpty } from './wire.ts';

const maxMessagesEachConversation = 5000;
const maxEphemerals = 1000;

/** Text, blocks and metadata of a message that passed the limits. */
export interface MessageContent {
  text: string;
  blocks: Block[];
  metadata?: MessageMetadata;
}

export function contentOf(args: JsonObject, state: WorkspaceState): MessageContent {
  const blocks = Array.isArray(args.blocks) ? (structuredClone(args.blocks) as unknown as Block[]) : [];
  const content: MessageContent = { text: nonEmpty(args.text) ?? '', blocks: withIds(blocks, state) };
  if (isObject(args.metadata)) content.metadata = args.metadata as unknown as MessageMetadata;
  return content;
}

/** Slack gives a block_id and an action_id where the app gave none. */
export function withIds(blocks: Block[], state: WorkspaceState): Block[] {
  const named = (element: BlockElement) => {
    if (element.type !== 'image' && !element.type.startsWith('rich_text_'))
      element.action_id ??= state.nextId('a');
  };
  for (const block of blocks) {
    block.block_id ??= state.nextId('b');
    if (block.type === 'actions') block.elements?.forEach(named);
    if (block.accessory) named(block.accessory);
    if (block.element) named(block.element);
  }
  return blocks;
}

export interface PostOptions {
  threadTs?: string;
  broadcast?: boolean;
  /** Slack's `link_names` or `parse=full`: a bare `@channel` notifies too. */
  linkNames?: boolean;
}

export function postMessage(
  state: WorkspaceState,
  conversation: Conversation,
  authorId: string,
  content: MessageContent,
  options: PostOptions = {},
): StoredMessage {
  const message = stored(state, authorId, content, options.linkNames ?? false);
  const parent = options.threadTs ? threadParent(conversation, options.threadTs) : undefined;
  if (parent) {
    message.thread_ts = parent.ts;
    message.parent_user_id = parent.user;
    if (options.broadcast) message.subtype = 'thread_broadcast';
  }
  conversation.messages.push(message);
  if (conversation.messages.length > maxMessagesEachConversation) conversation.messages.shift();
  if (parent) countReplies(conversation, parent);
  state.lastRead.set(`${authorId}:${conversation.id}`, message.ts);
  state.changed();
  return message;
}

/** The root of the thread that `ts` is in, be it the root itself or a reply. */
export function threadParent(conversation: Conversation, ts: string): StoredMessage | undefined {
  const message = conversation.messages.find((one) => one.ts === ts);
  if (!message?.thread_ts || message.thread_ts === message.ts) return message;
  return conversation.messages.find((one) => one.ts === message.thread_ts);
}

export function repliesOf(conversation: Conversation, rootTs: string): StoredMessage[] {
  return conversation.messages.filter((one) => one.thread_ts === rootTs && one.ts !== rootTs);
}

function countReplies(conversation: Conversation, parent: StoredMessage): void {
  const replies = repliesOf(conversation, parent.ts);
  const last = replies.at(-1);
  if (!last) {
    for (const key of [
      'thread_ts',
      'reply_count',
      'reply_users',
      'reply_users_count',
      'latest_reply',
    ] as const)
      delete parent[key];
    return;
  }
  parent.thread_ts = parent.ts;
  parent.reply_count = replies.length;
  parent.reply_users = [...new Set(replies.map((one) => one.user))];
  parent.reply_users_count = parent.reply_users.length;
  parent.latest_reply = last.ts;
}

export function updateMessage(
  state: WorkspaceState,
  message: StoredMessage,
  content: MessageContent,
  args: JsonObject,
): void {
  message.text = content.text;
  if (args.blocks !== undefined || args.text !== undefined) {
    if (content.blocks.length > 0) message.blocks = content.blocks;
    else delete message.blocks;
  }
  if (content.metadata) message.metadata = content.metadata;
  message.pings = pingsOf(content, false);
  message.edited = { user: message.user, ts: state.nextTs() };
  state.changed();
}

export function deleteMessage(
  state: WorkspaceState,
  conversation: Conversation,
  message: StoredMessage,
): void {
  conversation.messages.splice(conversation.messages.indexOf(message), 1);
  const parent = conversation.messages.find((one) => one.ts === message.thread_ts);
  if (parent && parent !== message) countReplies(conversation, parent);
  state.changed();
}

export function postEphemeral(
  state: WorkspaceState,
  to: { channel: string; user: string; threadTs?: string },
  content: MessageContent,
  authorId: string = state.setup.app.botUserId,
): Ephemeral {
  const ephemeral: Ephemeral = {
    ...stored(state, authorId, content, false),
    channel: to.channel,
    to: to.user,
  };
  if (to.threadTs) ephemeral.thread_ts = to.threadTs;
  state.ephemerals.push(ephemeral);
  if (state.ephemerals.length > maxEphemerals) state.ephemerals.shift();
  state.changed();
  return ephemeral;
}

function stored(
  state: WorkspaceState,
  authorId: string,
  content: MessageContent,
  linkNames: boolean,
): StoredMessage {
  const { app, team } = state.setup;
  const message: StoredMessage = {
    type: 'message',
    ts: state.nextTs(),
    user: authorId,
    text: content.text,
    team: team.id,
    pings: pingsOf(content, linkNames),
  };
  if (content.blocks.length > 0) message.blocks = content.blocks;
  if (content.metadata) message.metadata = content.metadata;
  if (authorId === app.botUserId) Object.assign(message, { bot_id: app.botId, app_id: app.id });
  return message;
}

/** The fallback text counts too: Slack puts it in the notification. */
function pingsOf(content: MessageContent, linkNames: boolean): string[] {
  const texts = [content.text];
  const elements: string[] = [];
  collectPings(content.blocks, texts, elements);
  if (linkNames)
    for (const [, range] of content.text.matchAll(/@(channel|here|everyone)\b/g)) elements.push(`!${range}`);
  return [...new Set([...texts.flatMap(pingsIn), ...elements])];
}

function collectPings(value: unknown, texts: string[], elements: string[]): void {
  if (Array.isArray(value)) for (const item of value) collectPings(item, texts, elements);
  if (!isObject(value)) return;
  if ((value.type === 'mrkdwn' || value.type === 'markdown') && typeof value.text === 'string')
    texts.push(value.text);
  if (value.type === 'broadcast' && typeof value.range === 'string') elements.push(`!${value.range}`);
  if (value.type === 'user' && typeof value.user_id === 'string') elements.push(`@${value.user_id}`);
  if (value.type === 'usergroup' && typeof value.usergroup_id === 'string')
    elements.push(`!subteam^${value.usergroup_id}`);
  for (const item of Object.values(value)) collectPings(item, texts, elements);
}
