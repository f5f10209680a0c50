import { fail, type Method } from './method.ts';

const authTest: Method = ({ state }) => {
  const { app, team } = state.setup;
  return {
    ok: true,
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: state.user(app.botUserId).name,
    team_id: team.id,
    user_id: app.botUserId,
    bot_id: app.botId,
    is_enterprise_install: false,
  };
};

const apiTest: Method = (_parts, args) => {
  const { error } = args;
  return typeof error === 'string' && error !== '' ? fail(error) : { ok: true, args };
};

const connectionsOpen: Method = ({ socketUrl }) => ({ ok: true, url: socketUrl() });

const oauthAccess: Method = ({ state }, args) => {
  const { app, team, botToken, clientId, clientSecret } = state.setup;
  if (args.client_id !== clientId) return fail('invalid_client_id');
  if (args.client_secret !== clientSecret) return fail('bad_client_secret');
  if (typeof args.code !== 'string' || args.code === '') return fail('invalid_code');
  return {
    ok: true,
    app_id: app.id,
    authed_user: { id: [...state.users.values()].find((user) => !user.isBot)?.id ?? '' },
    scope: grantedScopes,
    token_type: 'bot',
    access_token: botToken,
    bot_user_id: app.botUserId,
    team: { id: team.id, name: team.name },
    enterprise: null,
    is_enterprise_install: false,
  };
};

export const grantedScopes =
  'commands,chat:write,im:write,im:history,users:read,users:read.email,usergroups:read,channels:read,groups:read,channels:history,groups:history';

export const appMethods: Record<string, Method> = {
  'auth.test': authTest,
  'api.test': apiTest,
  'apps.connections.open': connectionsOpen,
  'oauth.v2.access': oauthAccess,
};
