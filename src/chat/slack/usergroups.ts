import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import { ChatFault } from '../../ports/chat.ts';
import { GroupReadFault, type GroupReader, inTime } from '../../ports/group-reader.ts';
import { type SlackWeb, slackCode } from './web.ts';

const METHOD = 'usergroups.users.list';

const answer = z.object({
  users: z.array(z.string().regex(/^[UW][A-Z0-9]{1,30}$/)).max(LIMITS.sourceMembersMax),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** Slack's user groups by id; members as `TEAM/USER`. `team`: the workspace that the token belongs to. */
export function createUserGroups(web: SlackWeb, team: () => Promise<string>): GroupReader {
  return {
    name: 'slack',
    read: (usergroup, signal) =>
      inTime(signal, 'Slack', async () => {
        try {
          const members = membersIn(usergroup, await web.call(METHOD, { usergroup }));
          const home = await team();
          return members.map((user) => `${home}/${user}`);
        } catch (error) {
          if (slackCode(error) === 'no_such_subteam') return null;
          throw faultOf(usergroup, error);
        }
      }),
  };
}

function membersIn(usergroup: string, said: Readonly<Record<string, unknown>>): readonly string[] {
  const parsed = answer.safeParse(said);
  // Half of a group is not the group.
  if (!parsed.success || (parsed.data.response_metadata?.next_cursor ?? '') !== '')
    throw new GroupReadFault(
      'refused',
      `Slack does not tell all members of ${usergroup} as we know it`,
      SMALLER,
    );
  return parsed.data.users;
}
const SMALLER = 'See that it is an ordinary user group; take one that is smaller, or another source.';

/** Of the token, and not of one group: what is asked next would be answered the same. */
const DENIED = new Set([
  'account_inactive',
  'invalid_auth',
  'missing_scope',
  'not_authed',
  'plan_upgrade_required',
  'token_revoked',
]);

function faultOf(usergroup: string, error: unknown): GroupReadFault {
  if (error instanceof GroupReadFault) return error;
  const code = slackCode(error) ?? '';
  if (DENIED.has(code)) {
    const hint =
      'Install the app again with the scopes of manifests/slack/manifest.yaml; user groups need a paid plan.';
    return new GroupReadFault('denied', `Slack does not let us read user groups: ${code}`, hint, {
      cause: error,
    });
  }
  const passes = !(error instanceof ChatFault) || error.code === 'throttled' || error.code === 'unreachable';
  const said = error instanceof ChatFault ? error.message : 'Slack gave no answer';
  return passes
    ? new GroupReadFault('unreachable', said, 'It is asked again in the next round.', { cause: error })
    : new GroupReadFault('refused', said, `Check the id ${usergroup} in the catalogue.`, { cause: error });
}
