import { refuseMessage } from '../limits/message.ts';
import {
  contentOf,
  deleteMessage,
  postEphemeral,
  postMessage,
  threadParent,
  updateMessage,
} from '../messages.ts';
import { messagePayload } from '../payloads.ts';
import type { Conversation, StoredMessage } from '../state.ts';
import { nonEmpty } from '../wire.ts';
import { fail, isTrue, type Method, visibleChannel, type WebApiParts } from './method.ts';

const maxUpdateTextBytes = 4000;

const post: Method = (parts, args) => {
  const { state } = parts;
  const { botUserId } = state.setup.app;
  const conversation = visibleChannel(parts, args.channel);
  if (!conversation) return fail('channel_not_found');
  if (!conversation.members.has(botUserId)) return fail('not_in_channel');
  const refusal = refuseMessage(args);
  if (refusal) return fail(refusal.error, refusal.problems);
  const threadTs = nonEmpty(args.thread_ts);
  if (threadTs && !threadParent(conversation, threadTs)) return fail('thread_not_found');
  const message = postMessage(state, conversation, botUserId, contentOf(args, state), {
    ...(threadTs ? { threadTs } : {}),
    broadcast: isTrue(args.reply_broadcast),
    linkNames: isTrue(args.link_names) || args.parse === 'full',
  });
  return { ok: true, channel: conversation.id, ts: message.ts, message: messagePayload(message, true) };
};

const update: Method = (parts, args) => {
  const found = ownMessage(parts, args.channel, args.ts, 'cant_update_message');
  if ('ok' in found) return found;
  const { conversation, message } = found;
  const refusal = refuseMessage(args, { maxTextBytes: maxUpdateTextBytes });
  if (refusal) return fail(refusal.error, refusal.problems);
  updateMessage(parts.state, message, contentOf(args, parts.state), args);
  return {
    ok: true,
    channel: conversation.id,
    ts: message.ts,
    text: message.text,
    message: messagePayload(message, true),
  };
};

const remove: Method = (parts, args) => {
  const found = ownMessage(parts, args.channel, args.ts, 'cant_delete_message');
  if ('ok' in found) return found;
  deleteMessage(parts.state, found.conversation, found.message);
  return { ok: true, channel: found.conversation.id, ts: found.message.ts };
};

/** Unlike chat.postMessage, update and delete take no names and no user ids. */
function ownMessage(
  parts: WebApiParts,
  channel: unknown,
  ts: unknown,
  notOwn: string,
): { conversation: Conversation; message: StoredMessage } | ReturnType<typeof fail> {
  const conversation = parts.state.conversations.get(nonEmpty(channel) ?? '');
  const visible = conversation && visibleChannel(parts, conversation.id);
  if (!visible) return fail('channel_not_found');
  const message = visible.messages.find((one) => one.ts === ts);
  if (!message) return fail('message_not_found');
  if (message.user !== parts.state.setup.app.botUserId) return fail(notOwn);
  return { conversation: visible, message };
}

const ephemeral: Method = (parts, args) => {
  const { state } = parts;
  const conversation = visibleChannel(parts, args.channel);
  if (!conversation) return fail('channel_not_found');
  if (!conversation.members.has(state.setup.app.botUserId)) return fail('not_in_channel');
  const userId = nonEmpty(args.user) ?? '';
  if (!conversation.members.has(userId)) return fail('user_not_in_channel');
  const refusal = refuseMessage(args);
  if (refusal) return fail(refusal.error, refusal.problems);
  const threadTs = nonEmpty(args.thread_ts);
  const to = { channel: conversation.id, user: userId, ...(threadTs ? { threadTs } : {}) };
  return { ok: true, message_ts: postEphemeral(state, to, contentOf(args, state)).ts };
};

const permalink: Method = (parts, args) => {
  const conversation = visibleChannel(parts, args.channel);
  if (!conversation) return fail('channel_not_found');
  const message = conversation.messages.find((one) => one.ts === args.message_ts);
  if (!message) return fail('message_not_found');
  const inThread = message.thread_ts && message.thread_ts !== message.ts;
  const thread = inThread ? `?thread_ts=${message.thread_ts}&cid=${conversation.id}` : '';
  const path = `archives/${conversation.id}/p${message.ts.replace('.', '')}${thread}`;
  return {
    ok: true,
    channel: conversation.id,
    permalink: `https://${parts.state.setup.team.domain}.slack.com/${path}`,
  };
};

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': post,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': ephemeral,
  'chat.getPermalink': permalink,
};
