import type { Away, Catalogue } from '../ports/catalogue.ts';
import type { AccountRef, Person, Profile } from '../ports/directory.ts';
import type { ScimUser } from '../ports/identity.ts';
import { Claims } from './claims.ts';
import { normaliseDn } from './dn.ts';
import { type Human, humansOf } from './humans.ts';

/** What sources say of people that cannot be. Whatever is in dispute is nobody's until someone settles it. */
export type Conflict =
  | { readonly kind: 'account'; readonly account: AccountRef; readonly people: readonly string[] }
  /** People linked to one SCIM user: none of them may do anything. `user`: its id. */
  | { readonly kind: 'scim-user'; readonly user: string; readonly people: readonly string[] }
  | { readonly kind: 'ldap-entry'; readonly dn: string; readonly people: readonly string[] }
  /** Linked to a SCIM user who is not there, not active, more than one, or someone else: they may do nothing. */
  | { readonly kind: 'broken-link'; readonly link: string; readonly person: string }
  /** Linked to an LDAP entry by a name that is no distinguished name: no group has them. */
  | { readonly kind: 'unreadable-dn'; readonly dn: string; readonly person: string };

/** Everyone there is, from all sources, as of one moment. */
export interface People {
  personOf(account: AccountRef): Person | null;
  person(key: string): Person | null;
  profile(key: string): Profile | null;
  awayOf(key: string): Away | null;
  /** Keys of people by what sources of groups call them; someone who may do nothing has one too. */
  readonly keyOf: {
    readonly scimUser: (id: string) => string | null;
    readonly ldapEntry: (dn: string) => string | null;
    readonly account: (account: AccountRef) => string | null;
  };
  readonly conflicts: readonly Conflict[];
}

export function gatherPeople(
  { people }: Pick<Catalogue, 'people'>,
  users: readonly ScimUser[] | null,
): People {
  const humans = humansOf([...people.values()], users);
  const claims = claimsOf(humans);
  const { accounts, scimUsers, ldapEntries } = claims;
  const known = new Map<string, Human>();
  for (const human of humans) if (mayAct(human, claims)) known.set(human.key, human);
  // Of thousands only a few are ever asked for.
  const persons = new Map<string, Person>();
  const person = (key: string): Person | null => {
    const human = known.get(key);
    if (human === undefined) return null;
    const found = persons.get(key) ?? personOf(human, claims);
    persons.set(key, found);
    return found;
  };
  return {
    personOf: (account) => person(accounts.ownerOf(account) ?? ''),
    person,
    profile(key) {
      const human = known.get(key);
      if (human === undefined) return null;
      const above = scimUsers.ownerOf(human.user?.manager ?? '');
      return profileOf(human, above !== null && known.has(above) ? above : null);
    },
    awayOf: (key) => people.get(key)?.away ?? null,
    keyOf: {
      scimUser: (id) => scimUsers.ownerOf(id),
      ldapEntry: (dn) => ldapEntries.ownerOf(dn),
      account: (account) => accounts.ownerOf(account),
    },
    conflicts: conflictsOf(humans, claims),
  };
}

type AllClaims = ReturnType<typeof claimsOf>;

/** Of those who may do nothing too: nobody else comes by the account of someone who has left. */
function claimsOf(humans: readonly Human[]) {
  const accounts = new Claims<AccountRef>(accountKey);
  const scimUsers = new Claims<string>((id) => id);
  const ldapEntries = new Claims<string>((dn) => dn);
  for (const { key, accounts: theirs, user, listed } of humans) {
    for (const account of theirs) accounts.claim(account, key);
    if (user !== null) scimUsers.claim(user.id, key);
    const dn = normaliseDn(listed?.links.ldap ?? '');
    if (dn !== null) ldapEntries.claim(dn, key);
  }
  return { accounts, scimUsers, ldapEntries };
}

/** Unambiguous whatever a platform puts into its ids. */
const accountKey = ({ platform, team, user }: AccountRef): string => JSON.stringify([platform, team, user]);

function mayAct({ key, listed, user, accounts, brokenLink }: Human, { scimUsers }: AllClaims): boolean {
  if (brokenLink !== null || (user !== null && scimUsers.ownerOf(user.id) !== key)) return false;
  return listed !== null || (user?.active === true && accounts.length > 0);
}

/** Only what a Person has: who is shown or logged as one has no e-mail. Only the catalogue makes operators. */
function personOf({ key, listed, user, accounts }: Human, claims: AllClaims): Person {
  const theirs = new Map(accounts.map((account) => [accountKey(account), account] as const));
  return {
    key,
    name: listed?.name ?? user?.displayName ?? user?.userName ?? key,
    accounts: [...theirs.values()].filter((account) => claims.accounts.ownerOf(account) === key),
    operator: listed?.operator ?? false,
    auditor: listed?.auditor ?? false,
  };
}

/** `above`: the manager that the identity provider knows of. What the catalogue says goes before. */
const profileOf = ({ listed, user }: Human, above: string | null): Profile => ({
  manager: listed?.manager ?? above,
  attributes: { ...user?.attributes, ...listed?.attributes },
});

function conflictsOf(humans: readonly Human[], claims: AllClaims): readonly Conflict[] {
  const { accounts, scimUsers, ldapEntries } = claims;
  return [
    ...accounts.disputed().map(({ thing, people }) => ({ kind: 'account' as const, account: thing, people })),
    ...scimUsers.disputed().map(({ thing, people }) => ({ kind: 'scim-user' as const, user: thing, people })),
    ...ldapEntries
      .disputed()
      .map(({ thing, people }) => ({ kind: 'ldap-entry' as const, dn: thing, people })),
    ...humans.flatMap(brokenIn),
  ];
}

function brokenIn({ key, listed, brokenLink }: Human): readonly Conflict[] {
  const dn = listed?.links.ldap ?? null;
  const broken: Conflict[] = [];
  if (brokenLink !== null) broken.push({ kind: 'broken-link', link: brokenLink, person: key });
  if (dn !== null && normaliseDn(dn) === null) broken.push({ kind: 'unreadable-dn', dn, person: key });
  return broken;
}
