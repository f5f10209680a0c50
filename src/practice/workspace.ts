import { randomBytes } from 'node:crypto';
import type { Catalogue } from '../ports/catalogue.ts';
import { startWorkspace, type Workspace } from '../workspace/server.ts';

const BOT_USER = 'U0COUNTERSIGN';

/** The local workspace peopled as the catalogue says, with one guest who may do nothing. */
export function openWorkspace(
  catalogue: Catalogue,
  port: number,
  page: boolean,
  now: () => number = Date.now,
): Promise<Workspace> {
  const team = catalogue.slackTeams[0] ?? 'T0COUNTER';
  const users = [...catalogue.people.values()].flatMap((person) =>
    person.accounts
      .filter((account) => account.platform === 'slack' && account.team === team)
      .map((account) => ({
        id: account.user,
        name: person.key,
        realName: person.name,
        title: titleOf(catalogue, person.key),
        email: person.email ?? `${person.key}@counter.example`,
        tz: catalogue.zone,
      })),
  );
  const guest = { id: 'U0GUEST', name: 'gil', realName: 'Gil Moreau', title: 'Guest', isRestricted: true };
  const everyone = [...users.map((user) => user.id), guest.id];
  const named = [...catalogue.channels.values()]
    .filter((channel) => channel.platform === 'slack')
    .map((channel) => ({ id: channel.conversation, name: channel.key, members: [...everyone, BOT_USER] }));
  return startWorkspace({
    port,
    page,
    now,
    team: { id: team, name: 'Counter & Co', domain: 'counter' },
    signingSecret: randomBytes(16).toString('hex'),
    botToken: `xoxb-practice-${randomBytes(12).toString('hex')}`,
    users: [...users, guest],
    channels: [{ id: 'C0GENERAL', name: 'general', members: [...everyone, BOT_USER] }, ...named],
    app: {
      id: 'A0COUNTERSIGN',
      name: 'Countersign',
      description: 'Temporary access, countersigned',
      botUserId: BOT_USER,
      commands: [
        {
          command: '/elevate',
          description: 'Ask for temporary access',
          usageHint: '[entitlement] [duration] ["why"] · mine · who · extend · done · help',
          shouldEscape: true,
        },
      ],
    },
  });
}

/** What the switch of person shows under a name: the groups that make up their part in this. */
function titleOf(catalogue: Catalogue, person: string): string {
  const groups = [...catalogue.groups.values()].filter((group) => group.members.includes(person));
  return groups.map((group) => group.title).join(', ') || 'No group';
}
