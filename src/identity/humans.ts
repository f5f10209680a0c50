import type { CataloguePerson } from '../ports/catalogue.ts';
import type { AccountRef } from '../ports/directory.ts';
import type { ScimUser } from '../ports/identity.ts';

/** Someone, as put together from what the sources have of them; not yet anyone who may act. */
export interface Human {
  readonly key: string;
  readonly listed: CataloguePerson | null;
  readonly user: ScimUser | null;
  /** What they say is theirs, from both; some may say so twice. */
  readonly accounts: readonly AccountRef[];
  /** The catalogue's link, where it does not lead to one active user who can be this person. */
  readonly brokenLink: string | null;
}

/**
 * The catalogue's people, each one with the user it is linked to by the user's `externalId` or `userName`, and the
 * users that nobody is linked to. An e-mail links nobody. `users` null: no identity provider speaks to us, and links
 * to one say nothing.
 */
export function humansOf(
  listed: readonly CataloguePerson[],
  users: readonly ScimUser[] | null,
): readonly Human[] {
  const find = finderOf(users ?? []);
  const linked = new Set<ScimUser>();
  const humans = listed.map((person): Human => {
    const link = users === null ? null : person.links.scim;
    const found = link === null ? [] : find(link);
    for (const user of found) linked.add(user);
    const [user = null] = found;
    const fits = found.length === 1 && user?.active === true && !isAnother(person.accounts, user.accounts);
    const holds = link === null || fits;
    const accounts = [...person.accounts, ...found.flatMap((each) => each.accounts)];
    return { key: person.key, listed: person, user, accounts, brokenLink: holds ? null : link };
  });
  const others = (users ?? []).filter((user) => !linked.has(user));
  return [...humans, ...others.map(alone)];
}

/**
 * Whether two sources speak of two people: nobody has one account by the one, and only others by the other, in the same
 * workspace. Names are given anew, and some may choose their own.
 */
const isAnother = (listed: readonly AccountRef[], told: readonly AccountRef[]): boolean =>
  listed.some(({ platform, team }) => {
    const isThere = (account: AccountRef): boolean => account.platform === platform && account.team === team;
    const users = listed.filter(isThere).map(({ user }) => user);
    const theirs = told.filter(isThere);
    return theirs.length > 0 && !theirs.some(({ user }) => users.includes(user));
  });

/** The catalogue's keys have no colon. */
const alone = (user: ScimUser): Human => ({
  key: `scim:${user.id}`,
  listed: null,
  user,
  accounts: user.accounts,
  brokenLink: null,
});

/** By `externalId` to the letter, or by `userName` in any case. */
function finderOf(users: readonly ScimUser[]): (link: string) => readonly ScimUser[] {
  const byExternalId = new Map(users.map((user) => [user.externalId, user] as const));
  const byName = new Map(users.map((user) => [nameKey(user.userName), user] as const));
  return (link) => {
    const found = new Set([byExternalId.get(link), byName.get(nameKey(link))]);
    return [...found].filter((user) => user !== undefined);
  };
}

/** Names are one when they differ in case alone, or in how Unicode writes the same letters. */
export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase();
