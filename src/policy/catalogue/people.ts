import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { CataloguePerson } from '../../ports/catalogue.ts';
import { expectedOneOf, shown } from '../problems.ts';
import { fault, faultOfKey, like, moment, type Names, reference, strict, text } from './fields.ts';

export function personSchema(names: Names) {
  const person = reference('person', names.people);
  const at = moment(names.zone);
  return strict({
    name: text(LIMITS.titleMaxChars),
    email: like(/^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@]{1,63}$/, 'an e-mail address').optional(),
    accounts: strict({ slack: slackAccounts(names.teams) }),
    operator: z.boolean().default(false),
    auditor: z.boolean().default(false),
    manager: person.optional(),
    attributes: attributes.default({}),
    away: strict({ from: at.optional(), until: at, delegate: person.optional() }).optional(),
    links: strict({
      scim: text(LIMITS.sourceNameMaxChars).optional(),
      ldap: distinguishedName.optional(),
    }).prefault({}),
  });
}
export type PersonEntry = z.output<ReturnType<typeof personSchema>>;

/** One account as `T…/U…`, or a list of them where someone is in several workspaces. */
const slackAccounts = (teams: readonly string[]) =>
  z.unknown().transform((value, ctx) => {
    const listed = Array.isArray(value) ? value : [value];
    return listed.map((one: unknown, index) => {
      const path = Array.isArray(value) ? [index] : [];
      const [, team, user] =
        (typeof one === 'string' && /^([TE][A-Z0-9]+)\/([UW][A-Z0-9]+)$/.exec(one)) || [];
      if (team === undefined || user === undefined) {
        const got = one === undefined ? 'missing; ' : '';
        fault(
          ctx,
          `${got}expected an account as TEAM/USER, such as T0COUNTER/U0ANA${got ? '' : `; got ${shown(one)}`}`,
          path,
        );
      } else if (!teams.includes(team)) {
        fault(ctx, `team ${team} is not among slack.teams; ${expectedOneOf(team, teams)}`, path);
      }
      return { platform: 'slack' as const, team: team ?? '', user: user ?? '' };
    });
  });

/** Names as rules write them; values as people do. */
const attributes = z.record(z.string(), text(LIMITS.attributeMaxChars)).superRefine((given, ctx) => {
  const keys = Object.keys(given);
  for (const key of keys) {
    if (!/^[a-z][a-z0-9_-]{0,39}$/.test(key))
      faultOfKey(ctx, `expected a name of lower-case letters, digits, - and _; got ${shown(key)}`, [key]);
  }
  if (keys.length > LIMITS.attributesPerPersonMax)
    fault(ctx, `has ${keys.length} of them; expected at most ${LIMITS.attributesPerPersonMax}`);
});

/** RFC 4514, as far as a slip of the hand shows: a type and a value at least. */
export const distinguishedName = like(
  /^[A-Za-z][A-Za-z0-9-]*=[^\p{Cc}]{1,480}$/u,
  "an LDAP entry's name such as uid=ana,ou=people,dc=counter,dc=example",
);

export function buildPerson(key: string, entry: PersonEntry): CataloguePerson {
  const { name, email = null, accounts, operator, auditor, manager = null, attributes: given } = entry;
  const { away, links } = entry;
  return {
    key,
    name,
    email,
    accounts: accounts.slack,
    operator,
    auditor,
    manager,
    attributes: given,
    away:
      away === undefined
        ? null
        : { from: away.from ?? 0, until: away.until, delegate: away.delegate ?? null },
    links: { scim: links.scim ?? null, ldap: links.ldap ?? null },
  };
}
