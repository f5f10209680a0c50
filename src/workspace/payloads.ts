import { stateOf, valueKey } from './inputs.ts';
import type { Conversation, Ephemeral, StoredMessage, User, WorkspaceState } from './state.ts';
import type { Block, BlockElement, JsonObject, Option, StateValue, StateValues, View } from './wire.ts';

/** Slack's outgoing shapes: commands, interactions, users, channels, messages, views. */

/** The deprecated verification token: sent by Slack to this day, to be ignored by every app. */
const verificationToken = 'deprecated-verification-token';

/** Where a control stands: in a message, in a message only one person sees, in a modal or in a home. */
export type Place =
  | { kind: 'message'; conversation: Conversation; message: StoredMessage }
  | { kind: 'ephemeral'; conversation: Conversation; message: Ephemeral }
  | { kind: 'view'; view: View };

export function envelope(state: WorkspaceState, user: User): JsonObject {
  const { app, team } = state.setup;
  return {
    team: { id: team.id, domain: team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    api_app_id: app.id,
    token: verificationToken,
    enterprise: null,
    is_enterprise_install: false,
  };
}

export interface CommandCall {
  user: User;
  conversation: Conversation;
  command: string;
  text: string;
  triggerId: string;
  responseUrl: string;
}

export function commandPayload(state: WorkspaceState, call: CommandCall): JsonObject {
  const { app, team } = state.setup;
  return {
    token: verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: call.conversation.id,
    channel_name: channelName(call.conversation),
    user_id: call.user.id,
    user_name: call.user.name,
    command: call.command,
    text: call.text,
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: call.responseUrl,
    trigger_id: call.triggerId,
  };
}

function channelName(conversation: Conversation): string {
  if (conversation.kind === 'im') return 'directmessage';
  if (conversation.kind === 'mpim') return 'mpdm-group';
  return conversation.isPrivate ? 'privategroup' : conversation.name;
}

/** The parts of a payload that say where the control stands. */
export function placePayload(place: Place, values: StateValues): JsonObject {
  if (place.kind === 'view') {
    return { container: { type: 'view', view_id: place.view.id }, view: viewPayload(place.view, values) };
  }
  const { conversation, message } = place;
  const container: JsonObject = {
    type: 'message',
    message_ts: message.ts,
    channel_id: conversation.id,
    is_ephemeral: place.kind === 'ephemeral',
  };
  if (message.thread_ts) container.thread_ts = message.thread_ts;
  const payload: JsonObject = {
    container,
    channel: { id: conversation.id, name: channelName(conversation) },
    state: { values: stateOf(message.blocks ?? [], values) as unknown as JsonObject },
  };
  // Slack keeps the content of an ephemeral message out of the payload.
  if (place.kind === 'message') payload.message = messagePayload(message, true);
  return payload;
}

export function viewPayload(view: View, values: StateValues): JsonObject {
  return {
    ...structuredClone(view),
    state: { values: stateOf(view.blocks, values) },
  } as unknown as JsonObject;
}

/** What `actions[0]` holds for a press or a choice. */
export function actionPayload(
  state: WorkspaceState,
  block: Block,
  element: BlockElement,
  chosen: StateValue | Option | undefined,
): JsonObject {
  const action: JsonObject = {
    type: element.type,
    action_id: element.action_id ?? '',
    block_id: block.block_id ?? '',
    action_ts: state.nextTs(),
  };
  if (element.type === 'button') {
    action.text = element.text as unknown as JsonObject;
    if (element.value !== undefined) action.value = element.value;
    if (element.style) action.style = element.style;
  } else if (element.type === 'overflow') {
    action.selected_option = chosen as unknown as JsonObject;
  } else if (chosen) {
    const key = valueKey(element.type);
    action[key] = ((chosen as StateValue)[key] ?? null) as JsonObject | null;
    if (element.placeholder) action.placeholder = element.placeholder as unknown as JsonObject;
  }
  return action;
}

export function messagePayload(message: StoredMessage, withMetadata: boolean): JsonObject {
  const { pings: _pings, metadata, ...rest } = message;
  const payload = structuredClone(rest) as unknown as JsonObject;
  if (withMetadata && metadata) payload.metadata = structuredClone(metadata) as unknown as JsonObject;
  return payload;
}

export function userPayload(user: User): JsonObject {
  const [first = '', ...others] = user.realName.split(' ');
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: user.deleted,
    real_name: user.realName,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: offsetS(user.tz, user.updatedS * 1000),
    profile: {
      title: user.title,
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      first_name: first,
      last_name: others.join(' '),
      team: user.teamId,
      ...(user.email && !user.isBot ? { email: user.email } : {}),
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isRestricted,
    is_ultra_restricted: user.isUltraRestricted,
    is_bot: user.isBot,
    is_app_user: false,
    is_stranger: user.isStranger,
    is_email_confirmed: true,
    updated: user.updatedS,
  };
}

function offsetS(timeZone: string, atMs: number): number {
  const local = new Date(atMs).toLocaleString('sv-SE', { timeZone });
  return Math.round((Date.parse(`${local.replace(' ', 'T')}Z`) - atMs) / 60_000) * 60;
}

export function channelPayload(conversation: Conversation, botUserId: string): JsonObject {
  const { id, kind, isPrivate, members } = conversation;
  const base: JsonObject = { id, created: conversation.createdS, is_archived: false, is_private: isPrivate };
  if (kind === 'im') {
    const other = [...members].find((member) => member !== botUserId) ?? botUserId;
    return { ...base, is_im: true, user: other, is_open: true };
  }
  return {
    ...base,
    name: conversation.name || 'mpdm-group',
    name_normalized: conversation.name || 'mpdm-group',
    is_channel: kind === 'channel' && !isPrivate,
    is_group: kind === 'channel' && isPrivate,
    is_im: false,
    is_mpim: kind === 'mpim',
    is_general: conversation.name === 'general',
    is_member: members.has(botUserId),
    num_members: members.size,
    topic: { value: conversation.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  };
}
