import { repliesOf } from '../messages.ts';
import { channelPayload, messagePayload } from '../payloads.ts';
import type { Conversation } from '../state.ts';
import type { JsonObject } from '../wire.ts';
import { nonEmpty } from '../wire.ts';
import {
  commaList,
  fail,
  isTrue,
  type Method,
  paginate,
  type Result,
  visibleChannel,
  type WebApiParts,
} from './method.ts';

/** A channel whose messages the bot may read. */
function readable(parts: WebApiParts, reference: unknown): Conversation | Result {
  const conversation = parts.state.conversations.get(nonEmpty(reference) ?? '');
  if (!conversation || !visibleChannel(parts, conversation.id)) return fail('channel_not_found');
  return conversation.members.has(parts.state.setup.app.botUserId) ? conversation : fail('not_in_channel');
}

const open: Method = ({ state }, args) => {
  const { botUserId } = state.setup.app;
  const given = nonEmpty(args.channel);
  if (given) {
    const conversation = state.conversations.get(given);
    return conversation ? { ok: true, channel: { id: conversation.id } } : fail('channel_not_found');
  }
  const ids = commaList(args.users);
  if (ids.length === 0) return fail('users_list_not_supplied');
  const users = ids.map((id) => state.users.get(id));
  if (users.some((user) => !user)) return fail('user_not_found');
  if (users.some((user) => user?.deleted)) return fail('user_disabled');
  if (users.some((user) => user?.isBot)) return fail('cannot_dm_bot');
  const conversation = state.directConversation([...ids, botUserId]);
  const channel = isTrue(args.return_im) ? channelPayload(conversation, botUserId) : { id: conversation.id };
  return { ok: true, channel };
};

const replies: Method = (parts, args) => {
  const conversation = readable(parts, args.channel);
  if ('ok' in conversation) return conversation;
  const root = conversation.messages.find((one) => one.ts === args.ts);
  if (!root) return fail('thread_not_found');
  const thread = [root, ...inRange(repliesOf(conversation, root.thread_ts ?? root.ts), args)];
  return messagePage(thread, args, 1000);
};

const history: Method = (parts, args) => {
  const conversation = readable(parts, args.channel);
  if ('ok' in conversation) return conversation;
  const roots = conversation.messages.filter(
    (one) => !one.thread_ts || one.thread_ts === one.ts || one.subtype === 'thread_broadcast',
  );
  return messagePage(inRange(roots, args).reverse(), args, 100);
};

function inRange<T extends { ts: string }>(messages: T[], args: JsonObject): T[] {
  const oldest = Number(args.oldest ?? 0);
  const latest = Number(args.latest ?? Number.POSITIVE_INFINITY);
  const edge = isTrue(args.inclusive);
  return messages.filter(({ ts }) => {
    const at = Number(ts);
    return edge ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
}

function messagePage(
  messages: Parameters<typeof messagePayload>[0][],
  args: JsonObject,
  defaultLimit: number,
): Result {
  const page = paginate(messages, args, defaultLimit);
  if (!page) return fail('invalid_cursor');
  const { items, ...rest } = page;
  const withMetadata = isTrue(args.include_all_metadata);
  return { ok: true, messages: items.map((message) => messagePayload(message, withMetadata)), ...rest };
}

const info: Method = (parts, args) => {
  const conversation = parts.state.conversations.get(nonEmpty(args.channel) ?? '');
  if (!conversation || !visibleChannel(parts, conversation.id)) return fail('channel_not_found');
  return { ok: true, channel: channelPayload(conversation, parts.state.setup.app.botUserId) };
};

const members: Method = (parts, args) => {
  const conversation = parts.state.conversations.get(nonEmpty(args.channel) ?? '');
  if (!conversation || !visibleChannel(parts, conversation.id)) return fail('channel_not_found');
  const page = paginate([...conversation.members], args, 100);
  if (!page) return fail('invalid_cursor');
  return { ok: true, members: page.items, response_metadata: page.response_metadata };
};

const list: Method = (parts, args) => {
  const { botUserId } = parts.state.setup.app;
  const types = commaList(args.types, 'public_channel');
  const shown = [...parts.state.conversations.values()].filter(
    (one) => types.includes(typeOf(one)) && (!one.isPrivate || one.members.has(botUserId)),
  );
  const page = paginate(shown, args, 100);
  if (!page) return fail('invalid_cursor');
  const channels = page.items.map((one) => channelPayload(one, botUserId));
  return { ok: true, channels, response_metadata: page.response_metadata };
};

export function typeOf(conversation: Conversation): string {
  if (conversation.kind !== 'channel') return conversation.kind;
  return conversation.isPrivate ? 'private_channel' : 'public_channel';
}

export const conversationMethods: Record<string, Method> = {
  'conversations.open': open,
  'conversations.replies': replies,
  'conversations.history': history,
  'conversations.info': info,
  'conversations.members': members,
  'conversations.list': list,
};
