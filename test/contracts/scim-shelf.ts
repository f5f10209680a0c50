import { describe, expect, it } from 'vitest';
import type { AccountRef } from '../../src/ports/directory.ts';
import type { ScimGroup, ScimUser } from '../../src/ports/identity.ts';
import type { Subject } from './store.ts';
import { now } from './store-samples.ts';

const slack = (user: string): AccountRef => ({ platform: 'slack', team: 'T1', user });

const userOf = (name: string, more: Partial<ScimUser> = {}): ScimUser => ({
  id: `u-${name}`,
  externalId: `ext-${name}`,
  userName: `${name}@x.test`,
  displayName: name,
  email: `${name}@x.test`,
  active: true,
  accounts: [slack(`U-${name}`)],
  manager: null,
  attributes: { department: 'shop' },
  version: 1,
  createdAt: now,
  changedAt: now,
  ...more,
});

const groupOf = (name: string, more: Partial<ScimGroup> = {}): ScimGroup => ({
  id: `g-${name}`,
  externalId: `ext-${name}`,
  displayName: name,
  members: [],
  version: 1,
  createdAt: now,
  changedAt: now,
  ...more,
});

export function scimShelfContract(subject: Subject): void {
  describe('what the identity provider pushed', () => {
    users(subject);
    uniqueUsers(subject);
    groups(subject);
    dropping(subject);

    it('knows how much of it there is', async () => {
      const { scim } = subject.store;
      expect(await scim.size()).toEqual({ users: 0, groups: 0 });
      for (const name of ['ana', 'bo']) await scim.putUser(userOf(name), null);
      await scim.putGroup(groupOf('dba'), null);
      expect(await scim.size()).toEqual({ users: 2, groups: 1 });
    });

    it('has another revision after each write of a user or group', async () => {
      const { scim } = subject.store;
      const seen = [await scim.revision()];
      const after = async (write: Promise<unknown>) => {
        await write;
        seen.push(await scim.revision());
      };
      await after(scim.putUser(userOf('ana'), null));
      await after(scim.putUser(userOf('ana', { version: 2 }), 1));
      await after(scim.putGroup(groupOf('dba', { members: ['u-ana'] }), null));
      await after(scim.dropUser('u-ana'));
      await after(scim.dropGroup('g-dba'));
      expect(new Set(seen).size).toBe(6);
      await scim.contacted(now);
      expect(await scim.revision()).toBe(seen.at(-1));
    });

    it('came when it last spoke to us, which outlives a restart', async () => {
      const { scim } = subject.store;
      expect(await scim.contactAt()).toBeNull();
      await scim.contacted(now + 5);
      await scim.contacted(now);
      expect(await scim.contactAt()).toBe(now);
      expect(await (await subject.reopen()).scim.contactAt()).toBe(now);
    });
  });
}

function users(subject: Subject): void {
  it('is a user as it was put, with everything in it, across restarts', async () => {
    const bare = { externalId: null, displayName: null, email: null, accounts: [], attributes: {} };
    const ana = userOf('ana', {
      manager: 'u-bo',
      accounts: [slack('U1'), { ...slack('U2'), platform: 'teams' }],
    });
    const bo = userOf('bo', { ...bare, active: false, createdAt: now - 1 });
    expect(await subject.store.scim.putUser(ana, null)).toBe('stored');
    expect(await subject.store.scim.putUser(bo, null)).toBe('stored');
    const { scim } = await subject.reopen();
    expect(await scim.user(ana.id)).toEqual(ana);
    expect(await scim.users()).toEqual([bo, ana]);
    expect(await scim.user('u-cy')).toBeNull();
  });

  it('is replaced by whoever knows its version, and by nobody else', async () => {
    const { scim } = subject.store;
    const ana = userOf('ana');
    await scim.putUser(ana, null);
    expect(await scim.putUser({ ...ana, displayName: 'again' }, null)).toBe('conflict');
    expect(await scim.putUser({ ...ana, displayName: 'wrong' }, 2)).toBe('conflict');
    expect(await scim.putUser(userOf('bo'), 1)).toBe('conflict');
    expect(await scim.users()).toEqual([ana]);
    const next = userOf('ana', { userName: 'anna@x.test', accounts: [slack('U9')], version: 2 });
    expect(await scim.putUser(next, 1)).toBe('stored');
    expect(await scim.putUser(next, 1)).toBe('conflict');
    expect(await scim.users()).toEqual([next]);
  });

  it('is found by userName in any case, by externalId, and by both where both are given', async () => {
    const { scim } = subject.store;
    await scim.putUser(userOf('ana', { userName: 'Zoë@X.test' }), null);
    await scim.putUser(userOf('bo'), null);
    const found = async (lookup: Parameters<typeof scim.users>[0]) =>
      (await scim.users(lookup)).map(({ id }) => id);
    expect(await found({ name: 'zOE\u0308@x.TEST' })).toEqual(['u-ana']);
    expect(await found({ externalId: 'ext-bo' })).toEqual(['u-bo']);
    expect(await found({ externalId: 'EXT-bo' })).toEqual([]);
    expect(await found({ name: 'bo@x.test', externalId: 'ext-ana' })).toEqual([]);
    expect(await found({ name: 'bo@x.test', externalId: 'ext-bo' })).toEqual(['u-bo']);
    expect(await found({ name: '%' })).toEqual([]);
  });
}

function uniqueUsers(subject: Subject): void {
  it.each<[string, Partial<ScimUser>]>([
    ['userName in another case', { userName: 'ANA@X.test' }],
    ['externalId', { externalId: 'ext-ana' }],
    ['account', { accounts: [slack('U-new'), slack('U-ana')] }],
  ])('is no user with another’s %s: nothing of it is stored', async (_what, more) => {
    const { scim } = subject.store;
    const [ana, bo] = [userOf('ana'), userOf('bo')];
    await scim.putUser(ana, null);
    expect(await scim.putUser(userOf('bo', more), null)).toBe('taken');
    expect(await scim.users()).toEqual([ana]);
    await scim.putUser(bo, null);
    expect(await scim.putUser({ ...userOf('bo', more), version: 2 }, 1)).toBe('taken');
    expect(await scim.user(bo.id)).toEqual(bo);
    expect(await scim.putUser(userOf('cy', { accounts: [slack('U-new')] }), null)).toBe('stored');
  });

  it('may be many users without externalId, and an account of the same id on another platform or team', async () => {
    const { scim } = subject.store;
    const none = { externalId: null };
    await scim.putUser(userOf('ana', { ...none, accounts: [slack('U1')] }), null);
    const others = [
      { ...slack('U1'), platform: 'teams' as const },
      { ...slack('U1'), team: 'T2' },
    ];
    expect(await scim.putUser(userOf('bo', { ...none, accounts: others }), null)).toBe('stored');
  });

  it('lets go of a name and an account that a user no longer has', async () => {
    const { scim } = subject.store;
    await scim.putUser(userOf('ana'), null);
    await scim.putUser(userOf('ana', { userName: 'new', externalId: 'new', accounts: [], version: 2 }), 1);
    const heir = userOf('ana', { id: 'u-heir' });
    expect(await scim.putUser(heir, null)).toBe('stored');
  });
}

function groups(subject: Subject): void {
  it('is a group as it was put, with its members, across restarts', async () => {
    const { scim } = subject.store;
    for (const name of ['ana', 'bo']) await scim.putUser(userOf(name), null);
    const dba = groupOf('dba', { members: ['u-ana', 'u-bo'] });
    const empty = groupOf('empty', { externalId: null, createdAt: now - 1 });
    expect(await scim.putGroup(dba, null)).toBe('stored');
    expect(await scim.putGroup(empty, null)).toBe('stored');
    const again = (await subject.reopen()).scim;
    expect(await again.group('g-dba')).toEqual(dba);
    expect(await again.groups()).toEqual([empty, dba]);
    expect(await again.groups({ name: 'DBA' })).toEqual([dba]);
    expect(await again.groups({ externalId: 'ext-dba' })).toEqual([dba]);
    expect(await again.groups({ name: 'ext-dba' })).toEqual([]);
    expect(await again.group('g-none')).toBeNull();
  });

  it('is a group replaced by whoever knows its version: members come and go', async () => {
    const { scim } = subject.store;
    for (const name of ['ana', 'bo', 'cy']) await scim.putUser(userOf(name), null);
    await scim.putGroup(groupOf('dba', { members: ['u-ana', 'u-bo'] }), null);
    const next = groupOf('dba', { members: ['u-bo', 'u-cy'], version: 2 });
    expect(await scim.putGroup(next, 2)).toBe('conflict');
    expect(await scim.putGroup(next, null)).toBe('conflict');
    expect(await scim.putGroup(next, 1)).toBe('stored');
    expect(await scim.groups()).toEqual([next]);
  });

  it('is no group with a member who is no user: nothing of it is stored', async () => {
    const { scim } = subject.store;
    await scim.putUser(userOf('ana'), null);
    const dba = groupOf('dba', { members: ['u-ana'] });
    expect(await scim.putGroup({ ...dba, members: ['u-ana', 'u-none'] }, null)).toBe('conflict');
    expect(await scim.groups()).toEqual([]);
    await scim.putGroup(dba, null);
    expect(await scim.putGroup({ ...dba, members: ['g-dba'], version: 2 }, 1)).toBe('conflict');
    expect(await scim.groups()).toEqual([dba]);
  });

  it.each<[string, Partial<ScimGroup>]>([
    ['displayName in another case', { displayName: 'DBA' }],
    ['externalId', { externalId: 'ext-dba' }],
    ['externalId as its displayName', { displayName: 'ext-dba' }],
    ['displayName as its externalId', { externalId: 'dba' }],
  ])('is no group with another’s %s', async (_what, more) => {
    const { scim } = subject.store;
    await scim.putGroup(groupOf('dba'), null);
    expect(await scim.putGroup(groupOf('other', more), null)).toBe('taken');
    await scim.putGroup(groupOf('other'), null);
    expect(await scim.putGroup({ ...groupOf('other', more), version: 2 }, 1)).toBe('taken');
    expect(await scim.group('g-other')).toEqual(groupOf('other'));
  });
}

function dropping(subject: Subject): void {
  it('lets go of a user, of the accounts and out of every group, whose versions say so', async () => {
    const { scim } = subject.store;
    for (const name of ['ana', 'bo']) await scim.putUser(userOf(name), null);
    await scim.putGroup(groupOf('dba', { members: ['u-ana', 'u-bo'] }), null);
    await scim.putGroup(groupOf('other', { members: ['u-bo'] }), null);
    expect(await scim.dropUser('u-ana')).toBe(true);
    expect(await scim.dropUser('u-ana')).toBe(false);
    expect(await scim.user('u-ana')).toBeNull();
    expect(await scim.user('u-bo')).toEqual(userOf('bo'));
    expect(await scim.group('g-dba')).toEqual(groupOf('dba', { members: ['u-bo'], version: 2 }));
    expect(await scim.group('g-other')).toEqual(groupOf('other', { members: ['u-bo'] }));
    expect(await scim.putUser(userOf('ana', { id: 'u-heir' }), null)).toBe('stored');
    expect(await scim.group('g-dba')).toMatchObject({ members: ['u-bo'] });
  });

  it('lets go of a group, not of its members', async () => {
    const { scim } = subject.store;
    await scim.putUser(userOf('ana'), null);
    await scim.putGroup(groupOf('dba', { members: ['u-ana'] }), null);
    expect(await scim.dropGroup('g-dba')).toBe(true);
    expect(await scim.dropGroup('g-dba')).toBe(false);
    expect(await scim.groups()).toEqual([]);
    expect(await scim.users()).toEqual([userOf('ana')]);
    await scim.putGroup(groupOf('dba'), null);
    expect(await scim.group('g-dba')).toMatchObject({ members: [] });
  });
}
