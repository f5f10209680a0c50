import { expect, test } from 'vitest';
import { createSlack } from '../../src/chat/slack/index.ts';
import { createUserGroups } from '../../src/chat/slack/usergroups.ts';
import { boltLogger, createSlackWeb, type SlackWeb } from '../../src/chat/slack/web.ts';
import { LIMITS } from '../../src/limits.ts';
import { ChatFault } from '../../src/ports/chat.ts';
import { GroupReadFault } from '../../src/ports/group-reader.ts';
import { startWorkspace } from '../../src/workspace/server.ts';
import { groupReaderContract } from '../contracts/group-reader.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { TestClock, TestLogger } from './slack-bench.ts';

const TOKEN = 'xoxb-canary-1';
const users = ['U0ADA', 'U0BO', 'U0CY'].map((id) => ({ id, name: id.toLowerCase(), realName: id }));
/** Each call is a POST. */
const POST = 0x50;

groupReaderContract('Slack', async () => {
  const workspace = await startWorkspace({
    page: false,
    botToken: TOKEN,
    team: { id: 'T0TEAM' },
    users,
    usergroups: [{ id: 'S0DBA', handle: 'dba', name: 'Administrators', users: [] }],
  });
  const target = new URL(workspace.slackApiUrl);
  const proxy = await startFaultProxy(Number(target.port), POST);
  target.port = String(proxy.port);
  const readerFor = (botToken: string) => {
    const options = { botToken, apiUrl: target.href, timeoutMs: LIMITS.chatCallTimeoutMs };
    const web = createSlackWeb(options, new TestClock(), boltLogger(new TestLogger()));
    return createUserGroups(web, () => Promise.resolve('T0TEAM'));
  };
  let gone = { remove: (): void => {} };
  return {
    reader: readerFor(TOKEN),
    unwelcome: readerFor('xoxb-canary-2'),
    groups: { there: 'S0DBA', never: 'S0NEVER', nonsense: 'administrators' },
    people: ['T0TEAM/U0ADA', 'T0TEAM/U0BO', 'T0TEAM/U0CY'],
    async setMembers(members) {
      gone.remove();
      const error = { kind: 'slack-error', error: 'no_such_subteam' } as const;
      if (members === null)
        gone = workspace.faults.add({ method: 'usergroups.users.list', times: 9, ...error });
      else
        await workspace.setUsergroupUsers(
          'S0DBA',
          members.map((name) => name.slice('T0TEAM/'.length)),
        );
    },
    breakDown: () => proxy.fault({ kind: 'refuse' }),
    hang: () => proxy.fault({ kind: 'hang' }),
    cut: (nth, when) => proxy.fault({ kind: 'cut', nth, when }),
    mend: () => proxy.fault({ kind: 'none' }),
    messages: 1,
    secret: 'xoxb-canary',
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await workspace[Symbol.asyncDispose]();
    },
  };
});

const read = (call: SlackWeb['call']) =>
  createUserGroups({ call }, async () => 'T0TEAM')
    .read('S0DBA', AbortSignal.timeout(5_000))
    .catch((error: unknown) => (error instanceof GroupReadFault ? error.code : error));

test.each<[string, unknown]>([
  ['is no list', { ok: true, users: 'U0ADA' }],
  ['has what is no account', { ok: true, users: ['U0ADA', 'T0OTHER/U0ADA'] }],
  ['is only a part', { ok: true, users: ['U0ADA'], response_metadata: { next_cursor: 'more' } }],
  ['is too long', { ok: true, users: Array.from({ length: LIMITS.sourceMembersMax + 1 }, () => 'U0ADA') }],
])('an answer that %s is none', async (_, answer) => {
  expect(await read(async () => answer as Record<string, unknown>)).toBe('refused');
});

test('an answer may say that it is all there is', async () => {
  const answer = { ok: true, users: ['U0ADA', 'W0BO'], response_metadata: { next_cursor: '' } };
  expect(await read(async () => answer)).toEqual(['T0TEAM/U0ADA', 'T0TEAM/W0BO']);
});

test.each([
  ['missing_scope', 'denied'],
  ['plan_upgrade_required', 'denied'],
  ['some_new_code', 'refused'],
])('%s is %s', async (said, code) => {
  const fail = () => Promise.reject(new ChatFault('refused', `slack usergroups.users.list: ${said}`));
  expect(await read(fail)).toBe(code);
});

test('too many calls are a fault of the moment', async () => {
  const fail = () => Promise.reject(new ChatFault('throttled', 'slack usergroups.users.list: ratelimited'));
  expect(await read(fail)).toBe('unreachable');
});

test('members are of the workspace that the token belongs to', async () => {
  const workspace = await startWorkspace({
    page: false,
    team: { id: 'T0HOME' },
    users,
    usergroups: [{ id: 'S0DBA', handle: 'dba', name: 'Administrators', users: ['U0BO'] }],
  });
  const slack = createSlack({
    config: {
      mode: 'http',
      botToken: workspace.botToken,
      signingSecret: workspace.signingSecret,
      apiUrl: workspace.slackApiUrl,
      teams: () => ['T0OTHER'],
    },
    clock: new TestClock(),
    logger: new TestLogger(),
    onIntent: async () => ({ kind: 'help' }),
  });
  expect(await slack.groups.read('S0DBA', AbortSignal.timeout(5_000))).toEqual(['T0HOME/U0BO']);
  await workspace[Symbol.asyncDispose]();
});
