import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDirectory, type PeopleDirectory } from '../../src/identity/directory.ts';
import type { Catalogue, GroupSource } from '../../src/ports/catalogue.ts';
import type { ScimGroup, ScimShelf, ScimUser } from '../../src/ports/identity.ts';
import type { Store } from '../../src/ports/store.ts';
import { sqlitePlace } from '../store/places.ts';
import { catalogueOf, HOUR, pushedGroup, slack, T0, TOO_FAR_AHEAD_MS, userOf } from './known.ts';

const DN = 'cn=dba,ou=groups,dc=counter';
const ANA = 'uid="ana",dc="counter"';
const byEntry = { links: { scim: null, ldap: 'uid=Ana,dc=counter' } };
const from = (source: GroupSource) => ({ source, staleAfterMs: HOUR });
const byScim = from({ kind: 'scim', group: 'Administrators' });
const byLdap = from({ kind: 'ldap', dn: DN });
const bySlack = (counts: boolean) => from({ kind: 'slack', id: 'S1', counts });

let store: Store;
let discard: () => Promise<void>;
let catalogue: Catalogue;
let now: number;
let scans: number;
let directory: PeopleDirectory;

beforeEach(async () => {
  const place = await sqlitePlace();
  discard = () => place.discard();
  store = await place.open();
  now = T0;
  scans = 0;
  catalogue = catalogueOf({});
  const { scim, groups } = store;
  directory = createDirectory({
    catalogue: () => catalogue,
    groups,
    scim: { ...scim, users: () => scim.users().finally(() => (scans += 1)) },
    now: () => now,
  });
});
afterEach(async () => {
  await store.close();
  await discard();
});

async function push(users: readonly ScimUser[], groups: readonly ScimGroup[] = []): Promise<void> {
  for (const user of users) expect(await store.scim.putUser(user, null)).toBe('stored');
  for (const group of groups) expect(await store.scim.putGroup(group, null)).toBe('stored');
  await store.scim.contacted(now);
}
const membersOf = async (group: string, at = now): Promise<readonly string[]> => {
  const state = await directory.group(group, at);
  expect(state.kind).toBe('known');
  return state.kind === 'known' ? state.members : [];
};

describe('a group that the identity provider pushes', () => {
  beforeEach(() => {
    catalogue = catalogueOf({ ana: { links: { scim: 'ext-ana', ldap: null } } }, { dba: byScim });
  });

  test('has people of the catalogue and of the provider, by displayName or externalId', async () => {
    await push([userOf('ana'), userOf('una')], [pushedGroup('administrators', ['ana', 'una'])]);
    expect(await membersOf('dba')).toEqual(['ana', 'scim:id-una']);
    expect(await directory.groupsOf('scim:id-una', now)).toEqual({ groups: ['dba'], stale: [] });
    catalogue = catalogueOf({}, { dba: from({ kind: 'scim', group: 'ext-administrators' }) });
    expect(await membersOf('dba')).toContain('scim:id-una');
  });

  test('does not have those who are not active', async () => {
    await push(
      [userOf('ana', { active: false }), userOf('una', { active: false }), userOf('uwe')],
      [pushedGroup('Administrators', ['ana', 'una', 'uwe'])],
    );
    expect(await membersOf('dba')).toEqual(['scim:id-uwe']);
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: [], stale: [] });
  });

  test('is unknown once it is gone, and where there was none', async () => {
    await push([userOf('ana')], [pushedGroup('Administrators', ['ana'])]);
    await store.scim.dropGroup('id-Administrators');
    expect(await directory.group('dba', now)).toEqual({ kind: 'unknown' });
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: [], stale: [] });
  });

  test('is as old as the provider’s last word, and nobody is a member beyond its bound', async () => {
    await push([userOf('ana')], [pushedGroup('Administrators', ['ana'])]);
    now = T0 + HOUR;
    expect(await membersOf('dba')).toEqual(['ana']);
    now += 1;
    expect(await directory.group('dba', now)).toEqual({ kind: 'stale', ageMs: HOUR + 1 });
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: [], stale: ['dba'] });
    await store.scim.contacted(now);
    expect(await membersOf('dba')).toEqual(['ana']);
  });

  test('was never heard of before the provider has spoken', async () => {
    expect(await directory.group('dba', now)).toEqual({ kind: 'stale', ageMs: null });
  });

  test('is what the provider says now, and thousands are not looked through for a click', async () => {
    await push([userOf('ana'), userOf('una')], [pushedGroup('Administrators', ['ana'])]);
    const ask = () => Promise.all([directory.personOf(slack('UANA')), directory.groupsOf('ana', now)]);
    for (let asked = 0; asked < 3; asked += 1) await ask();
    expect(scans).toBe(1);
    await store.scim.putUser(userOf('ana', { active: false, version: 2 }), 1);
    expect(await directory.personOf(slack('UANA'))).toBeNull();
    expect(scans).toBe(2);
  });
});

describe.each([
  ['LDAP', 'ldap', DN, byLdap, [ANA, 'uid="nobody",dc="counter"']],
  ['Slack', 'slack', 'S1', bySlack(true), ['T1/UANA', 'T2/UBEN', 'nonsense']],
] as const)('a group that %s has', (_, source, name, group, said) => {
  beforeEach(() => {
    catalogue = catalogueOf({ ana: byEntry, ben: {} }, { dba: group });
  });

  test('has those of its members who are people we know', async () => {
    await store.groups.keep(source, name, { members: said, asOf: now });
    expect(await membersOf('dba')).toEqual(['ana']);
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: ['dba'], stale: [] });
    expect(await directory.groupsOf('ben', now)).toEqual({ groups: [], stale: [] });
  });

  test('is unknown when it is gone there, and never heard of before it was read', async () => {
    expect(await directory.group('dba', now)).toEqual({ kind: 'stale', ageMs: null });
    await store.groups.keep(source, name, { members: null, asOf: now });
    expect(await directory.group('dba', now)).toEqual({ kind: 'unknown' });
  });

  test('has nobody once what was read is too old, or comes from the future', async () => {
    await store.groups.keep(source, name, { members: said, asOf: T0 });
    now = T0 + HOUR + 1;
    expect(await directory.group('dba', now)).toEqual({ kind: 'stale', ageMs: HOUR + 1 });
    now = T0 - TOO_FAR_AHEAD_MS;
    expect(await directory.group('dba', now)).toEqual({ kind: 'stale', ageMs: null });
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: [], stale: ['dba'] });
  });

  test('also when the question is about another time', async () => {
    await store.groups.keep(source, name, { members: said, asOf: T0 });
    expect(await membersOf('dba', T0 + 30 * 24 * HOUR)).toEqual(['ana']);
  });
});

test('a user group that is for telling people has no members to decide', async () => {
  catalogue = catalogueOf({ ana: {} }, { dba: bySlack(false), both: { includes: ['dba'] } });
  await store.groups.keep('slack', 'S1', { members: ['T1/UANA'], asOf: now });
  expect(await membersOf('dba')).toEqual([]);
  expect(await directory.groupsOf('ana', now)).toEqual({ groups: [], stale: [] });
});

describe('a group that includes others', () => {
  beforeEach(() => {
    catalogue = catalogueOf(
      { ana: byEntry, ben: {}, cleo: {} },
      {
        dba: byLdap,
        listed: { members: ['cleo'], quiet: ['cleo'] },
        middle: { includes: ['dba', 'listed'], members: ['cleo'] },
        all: { includes: ['middle'], members: ['ben', 'cleo'] },
      },
    );
  });

  test('has all their members, however deep, each with their quiet ones', async () => {
    await store.groups.keep('ldap', DN, { members: [ANA], asOf: now });
    expect((await membersOf('all')).toSorted()).toEqual(['ana', 'ben', 'cleo']);
    expect(await directory.group('all', now)).toMatchObject({ quiet: ['cleo'] });
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: ['dba', 'middle', 'all'], stale: [] });
  });

  test('keeps the members of what can be told, and tells who only the rest would have', async () => {
    await store.groups.keep('ldap', DN, { members: [ANA], asOf: now - HOUR - 1 });
    expect((await membersOf('all')).toSorted()).toEqual(['ben', 'cleo']);
    expect(await directory.groupsOf('ana', now)).toEqual({ groups: [], stale: ['dba', 'middle', 'all'] });
    const cleo = await directory.groupsOf('cleo', now);
    expect(cleo).toEqual({ groups: ['listed', 'middle', 'all'], stale: ['dba'] });
  });

  test('is stale itself where what can be told is nobody', async () => {
    catalogue = catalogueOf({ ana: byEntry }, { dba: byLdap, all: { includes: ['dba'] } });
    expect(await directory.group('all', now)).toEqual({ kind: 'stale', ageMs: null });
    await store.groups.keep('ldap', DN, { members: null, asOf: now });
    expect(await membersOf('all')).toEqual([]);
  });

  test('is as old as the oldest of them', async () => {
    const other = { ...byLdap, source: { kind: 'ldap', dn: 'cn=other' } } as const;
    catalogue = catalogueOf({}, { dba: byLdap, other, all: { includes: ['dba', 'other'] } });
    await store.groups.keep('ldap', DN, { members: [ANA], asOf: now - 2 * HOUR });
    await store.groups.keep('ldap', 'cn=other', { members: [ANA], asOf: now - 3 * HOUR });
    expect(await directory.group('all', now)).toEqual({ kind: 'stale', ageMs: 3 * HOUR });
  });

  test('ends where groups go in a circle', async () => {
    const circle = { one: { includes: ['two'], members: ['ana'] }, two: { includes: ['one'] } };
    catalogue = catalogueOf({ ana: {} }, circle);
    expect(await membersOf('two')).toEqual(['ana']);
  });
});

test('who stands in consents in a group and does not ask in it; who is away stays in theirs', async () => {
  const away = { from: T0, until: T0 + HOUR, delegate: 'ben' };
  catalogue = catalogueOf({ ana: { away }, ben: {} }, { dba: { members: ['ana'] } });
  expect(await directory.group('dba', T0)).toMatchObject({
    members: ['ben'],
    standIns: new Map([['ben', 'ana']]),
  });
  expect(await directory.groupsOf('ben', T0)).toEqual({ groups: [], stale: [] });
  expect(await directory.groupsOf('ana', T0)).toEqual({ groups: ['dba'], stale: [] });
});

test('who may do nothing is no member, and stands in for nobody', async () => {
  const away = { from: T0, until: T0 + HOUR, delegate: 'ben' };
  const linked = { links: { scim: 'ext-gone', ldap: null } };
  catalogue = catalogueOf(
    { ana: { away }, ben: linked, cleo: linked },
    { dba: { members: ['ana', 'cleo'] } },
  );
  expect(await membersOf('dba')).toEqual(['ana']);
  expect(await directory.conflicts()).toMatchObject([{ person: 'ben' }, { person: 'cleo' }]);
});

test('another catalogue is answered from at once', async () => {
  catalogue = catalogueOf({ ana: {} }, { dba: { members: ['ana'] } });
  expect(await membersOf('dba')).toEqual(['ana']);
  catalogue = catalogueOf({ ben: {} }, { dba: { title: 'New', members: ['ben'] } });
  expect(await membersOf('dba')).toEqual(['ben']);
  expect(await directory.person('ana')).toBeNull();
  expect(directory.groupTitle('dba')).toBe('New');
});

test('a shelf that fails is no answer, and the next question is asked anew', async () => {
  catalogue = catalogueOf({ ana: {} }, { dba: byScim });
  let broken = true;
  const scim: ScimShelf = {
    ...store.scim,
    users: () => (broken ? Promise.reject(new Error('the disk is gone')) : store.scim.users()),
  };
  const other = createDirectory({ catalogue: () => catalogue, groups: store.groups, scim, now: () => now });
  await expect(other.person('ana')).rejects.toThrow('the disk is gone');
  await expect(other.group('dba', now)).rejects.toThrow('the disk is gone');
  broken = false;
  expect((await other.person('ana'))?.key).toBe('ana');
});
