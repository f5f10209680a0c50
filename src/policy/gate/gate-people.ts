import { formatDuration } from '../../domain/duration.ts';
import type { Catalogue, CatalogueGroup, CataloguePerson } from '../../ports/catalogue.ts';
import { digestOf } from '../catalogue.ts';
import type { GateFinding } from './gate-rules.ts';

const REMEDY = 'Keep it, or have whoever answers for the installation agree to it on record.';

/** Whom a change trusts with more, in ways that no question to the rules shows. */
export function newlyTrusted(before: Catalogue, after: Catalogue): readonly GateFinding[] {
  const teams = after.slackTeams.filter((team) => !before.slackTeams.includes(team));
  return [
    ...[...after.groups.values()].flatMap((group) => membersElsewhere(before.groups.get(group.key), group)),
    ...[...after.people.values()].flatMap((person) => trustedWith(before.people.get(person.key), person)),
    ...teams.map(
      (team): GateFinding => ({
        rule: 'gate/people-trusted',
        subject: 'slack',
        message: `people of workspace ${team} may take part`,
        remedy: REMEDY,
        at: { path: ['slack', 'teams'] },
      }),
    ),
  ];
}

/** Who its members are is not known here, so that what they may is not either. */
function membersElsewhere(old: CatalogueGroup | undefined, group: CatalogueGroup): readonly GateFinding[] {
  const { key, source, staleAfterMs } = group;
  const found = (message: string): GateFinding => ({
    rule: 'gate/members-elsewhere',
    subject: `group ${key}`,
    message,
    remedy: 'Keep the source, or have whoever answers for the group look at who is in the new one.',
    at: { path: ['groups', key] },
  });
  if (old === undefined || source.kind === 'catalogue') return [];
  if (digestOf(old.source) !== digestOf(source))
    return [found(`its members are those of another source (${source.kind})`)];
  return staleAfterMs > old.staleAfterMs
    ? [
        found(
          `what is known of its members counts for ${formatDuration(staleAfterMs)}, not ${formatDuration(old.staleAfterMs)}`,
        ),
      ]
    : [];
}

function trustedWith(old: CataloguePerson | undefined, person: CataloguePerson): readonly GateFinding[] {
  const { key, operator, auditor } = person;
  const had = new Set(old?.accounts.map((each) => digestOf(each)));
  const otherAccount = person.accounts.some((each) => !had.has(digestOf(each)));
  const otherLink = (['scim', 'ldap'] as const).some(
    (name) => person.links[name] !== null && person.links[name] !== old?.links[name],
  );
  const messages = [
    ...(operator && !old?.operator ? ['is an operator'] : []),
    ...(auditor && !old?.auditor ? ['is an auditor'] : []),
    ...(old !== undefined && (otherAccount || otherLink)
      ? ['has an account, or a link, that they did not have']
      : []),
  ];
  return messages.map((message) => ({
    rule: 'gate/people-trusted',
    subject: `person ${key}`,
    message,
    remedy: REMEDY,
    at: { path: ['people', key] },
  }));
}
