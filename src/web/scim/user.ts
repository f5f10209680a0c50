import { LIMITS } from '../../limits.ts';
import type { AccountRef } from '../../ports/directory.ts';
import type { ScimUser } from '../../ports/identity.ts';
import {
  agrees,
  type Attribute,
  type Attributes,
  type Change,
  isObject,
  listOf,
  many,
  plain,
  single,
  textOf,
} from './attribute.ts';
import { quoted, Refusal, refuse, tooMany } from './refusal.ts';
import { COUNTERSIGN, ENTERPRISE, USER } from './schema-names.ts';

/** What rules may ask of a user, by what the schema it is from is called. */
const ASKED = {
  core: ['title', 'userType'],
  enterprise: ['department', 'division', 'organization', 'costCenter'],
};

const enterprise = (name: string): string => `${ENTERPRISE}:${name}`.toLowerCase();

export const USER_ATTRIBUTES: Attributes<ScimUser> = new Map<string, Attribute<ScimUser>>([
  [
    'username',
    text('userName', (user, userName) =>
      userName === null ? refuse('invalidValue', 'userName cannot be empty') : { ...user, userName },
    ),
  ],
  ['externalid', text('externalId', (user, externalId) => ({ ...user, externalId }))],
  ['displayname', text('displayName', (user, displayName) => ({ ...user, displayName }))],
  ['name', withName],
  ['active', single('active', withActive)],
  ['emails', withEmail],
  [enterprise('manager'), withManager],
  [
    `${COUNTERSIGN}:slack`.toLowerCase(),
    many('slack', (user) => user.accounts.map(writtenAccount), withAccounts, textsOf),
  ],
  ...ASKED.core.map((name) => [name.toLowerCase(), asked(name)] as const),
  ...ASKED.enterprise.map((name) => [enterprise(name), asked(name)] as const),
]);

function text(
  name: string,
  set: (user: ScimUser, value: string | null) => ScimUser | Refusal,
): Attribute<ScimUser> {
  return single(name, (user, value) => {
    const line = textOf(name, value);
    return line instanceof Refusal ? line : set(user, line);
  });
}

function asked(name: string): Attribute<ScimUser> {
  return text(name, (user, value) => {
    const { [name]: _before, ...others } = user.attributes;
    return { ...user, attributes: value === null ? others : { ...others, [name]: value } };
  });
}

/** A name in parts stands in where there is none to show; its parts are not kept. */
function withName(user: ScimUser, { op, sub, value }: Change): ScimUser | Refusal {
  if (op === 'remove' || sub !== null || user.displayName !== null || !isObject(value)) return user;
  const { formatted, givenName, familyName } = value;
  const parts = [givenName, familyName].filter((each) => typeof each === 'string');
  const displayName = textOf('name', formatted ?? parts.join(' '));
  return displayName instanceof Refusal ? displayName : { ...user, displayName };
}

/** Some providers send the word. Whoever is neither in nor out is not let in by a default. */
function withActive(user: ScimUser, value: unknown): ScimUser | Refusal {
  const said = typeof value === 'string' ? value.toLowerCase() : value;
  if (said === true || said === 'true') return { ...user, active: true };
  if (said === false || said === 'false') return { ...user, active: false };
  return refuse('invalidValue', `active is true or false, not ${quoted(value)}`);
}

/** We keep one address: the primary one, else that of work, else the first. A path to another is passed over. */
function withEmail(user: ScimUser, { op, which, sub, value }: Change): ScimUser | Refusal {
  if (which !== null && !agrees(which, KEPT_EMAIL)) return user;
  if (sub !== null && sub !== 'value') return user;
  const email = textOf('emails', op === 'remove' ? null : addressIn(value));
  if (email instanceof Refusal) return email;
  return { ...user, email };
}

const KEPT_EMAIL = { type: 'work', primary: true };

function addressIn(value: unknown): unknown {
  const all = listOf(value);
  const chosen =
    all.find((each) => isObject(each) && each['primary'] === true) ??
    all.find((each) => isObject(each) && each['type'] === 'work') ??
    all[0];
  return plain(chosen);
}

function withManager(user: ScimUser, { op, which, sub, value }: Change): ScimUser | Refusal {
  if (which !== null) return refuse('invalidPath', 'manager has one value');
  if (sub !== null && sub !== 'value') return user;
  const manager = textOf('manager', op === 'remove' ? null : plain(value));
  return manager instanceof Refusal ? manager : { ...user, manager };
}

const ACCOUNT = /^([TE][A-Z0-9]{1,20})\/([UW][A-Z0-9]{1,20})$/;

const writtenAccount = ({ team, user }: AccountRef): string => `${team}/${user}`;

function withAccounts(user: ScimUser, written: readonly string[]): ScimUser | Refusal {
  if (written.length > LIMITS.scimAccountsMax)
    return tooMany(`slack holds ${LIMITS.scimAccountsMax} accounts at most`);
  const accounts: AccountRef[] = [];
  for (const each of written) {
    const [, team, theirs] = ACCOUNT.exec(each) ?? [];
    if (team === undefined || theirs === undefined)
      return refuse(
        'invalidValue',
        `slack holds accounts as TEAM/USER, such as T0AB1/U0CD2, not ${quoted(each)}`,
      );
    accounts.push({ platform: 'slack', team, user: theirs });
  }
  return { ...user, accounts: accounts.toSorted(byWriting) };
}

const byWriting = (a: AccountRef, b: AccountRef): number => (writtenAccount(a) < writtenAccount(b) ? -1 : 1);

function textsOf(value: unknown): readonly string[] | Refusal {
  const texts: string[] = [];
  for (const each of listOf(value)) {
    const one = plain(each);
    if (typeof one !== 'string') return refuse('invalidValue', `slack holds texts, not ${quoted(each)}`);
    texts.push(one);
  }
  return texts;
}

export const blankUser = (id: string, at: number): ScimUser => ({
  id,
  externalId: null,
  userName: '',
  displayName: null,
  email: null,
  active: true,
  accounts: [],
  manager: null,
  attributes: {},
  version: 1,
  createdAt: at,
  changedAt: at,
});

/** As it is shown; what is not there is left out. */
export function shownUser(user: ScimUser): object {
  const { externalId, userName, displayName, email, active, manager, accounts } = user;
  const work = told(ASKED.enterprise, user);
  const extended = manager === null ? work : { ...work, manager: { value: manager } };
  return {
    ...(externalId !== null && { externalId }),
    userName,
    ...(displayName !== null && { displayName }),
    ...told(ASKED.core, user),
    active,
    ...(email !== null && { emails: [{ value: email, ...KEPT_EMAIL }] }),
    ...(Object.keys(extended).length > 0 && { [ENTERPRISE]: extended }),
    ...(accounts.length > 0 && { [COUNTERSIGN]: { slack: accounts.map(writtenAccount) } }),
  };
}

export const schemasOfUser = (shown: object): readonly string[] => [
  USER,
  ...[ENTERPRISE, COUNTERSIGN].filter((each) => each in shown),
];

const told = (names: readonly string[], { attributes }: ScimUser): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = attributes[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
