import { channelPayload, userPayload } from '../payloads.ts';
import { nonEmpty } from '../wire.ts';
import { typeOf } from './conversations.ts';
import { commaList, fail, isTrue, type Method, paginate } from './method.ts';

const info: Method = ({ state }, args) => {
  const user = state.users.get(nonEmpty(args.user) ?? '');
  return user ? { ok: true, user: userPayload(user) } : fail('user_not_found');
};

const list: Method = ({ state }, args) => {
  const page = paginate([...state.users.values()], args, 1000);
  if (!page) return fail('invalid_cursor');
  const { items, response_metadata } = page;
  return { ok: true, members: items.map(userPayload), cache_ts: state.nowS(), response_metadata };
};

/** Slack does not find deactivated people, nor bots, by their address. */
const lookupByEmail: Method = ({ state }, args) => {
  const email = nonEmpty(args.email)?.toLowerCase();
  const user = [...state.users.values()].find(
    (one) => email !== undefined && one.email?.toLowerCase() === email && !one.deleted && !one.isBot,
  );
  return user ? { ok: true, user: userPayload(user) } : fail('users_not_found');
};

const conversations: Method = ({ state }, args) => {
  const { botUserId } = state.setup.app;
  const userId = nonEmpty(args.user) ?? botUserId;
  if (!state.users.has(userId)) return fail('user_not_found');
  const types = commaList(args.types, 'public_channel');
  const mine = [...state.conversations.values()].filter(
    (one) =>
      one.members.has(userId) &&
      types.includes(typeOf(one)) &&
      (!one.isPrivate || one.members.has(botUserId)),
  );
  const page = paginate(mine, args, 100);
  if (!page) return fail('invalid_cursor');
  const channels = page.items.map((one) => channelPayload(one, botUserId));
  return { ok: true, channels, response_metadata: page.response_metadata };
};

const groupMembers: Method = ({ state }, args) => {
  const group = state.usergroups.get(nonEmpty(args.usergroup) ?? '');
  return group ? { ok: true, users: [...group.users] } : fail('no_such_subteam');
};

const groups: Method = ({ state }, args) => {
  const usergroups = [...state.usergroups.values()].map(({ id, handle, name, users }) => ({
    id,
    team_id: state.setup.team.id,
    is_usergroup: true,
    handle,
    name,
    description: '',
    user_count: users.length,
    date_delete: 0,
    ...(isTrue(args.include_users) ? { users: [...users] } : {}),
  }));
  return { ok: true, usergroups };
};

export const peopleMethods: Record<string, Method> = {
  'users.info': info,
  'users.list': list,
  'users.lookupByEmail': lookupByEmail,
  'users.conversations': conversations,
  'usergroups.users.list': groupMembers,
  'usergroups.list': groups,
};
