import { expect, test } from 'vitest';
import { createCatalogueDirectory } from '../../src/identity/catalogue-directory.ts';
import { catalogueOf, slack, T0 } from './known.ts';

const catalogue = catalogueOf(
  {
    ana: {
      name: 'Ana',
      accounts: [slack('U1'), slack('U1', 'T2')],
      manager: 'finn',
      attributes: { team: 'shop' },
    },
    finn: { name: 'Finn', accounts: [slack('U2')], operator: true, links: { scim: 'ext-finn', ldap: null } },
  },
  {
    dba: { title: 'Administrators', members: ['ana'], channel: 'log' },
    nobody: { title: 'Nobody' },
    pushed: { source: { kind: 'scim', group: 'dba' } },
    both: { members: ['finn'], includes: ['pushed'] },
  },
);
const directory = createCatalogueDirectory(catalogue);
const log = catalogue.channels.get('log');

test('one human is one person, whichever account they use', async () => {
  expect((await directory.personOf(slack('U1')))?.key).toBe('ana');
  expect((await directory.personOf(slack('U1', 'T2')))?.key).toBe('ana');
});

test('an account is known by platform, team and user together', async () => {
  expect(await directory.personOf(slack('U2', 'T2'))).toBeNull();
  expect(await directory.personOf(slack('U9'))).toBeNull();
  expect(await directory.personOf({ ...slack('U1'), platform: 'teams' })).toBeNull();
  expect(await directory.personOf({ platform: 'slack', team: '', user: 'T1/U1' })).toBeNull();
});

test('a person is found by key, with what they may operate and without their e-mail', async () => {
  expect(await directory.person('finn')).toEqual({
    key: 'finn',
    name: 'Finn',
    accounts: [slack('U2')],
    operator: true,
    auditor: false,
  });
  expect(await directory.person('constructor')).toBeNull();
});

test('what rules may ask of a person is known of people alone', async () => {
  expect(await directory.profile('ana')).toEqual({ manager: 'finn', attributes: { team: 'shop' } });
  expect(await directory.profile('constructor')).toBeNull();
});

test('members of an empty group are none, and a group that is not listed is unknown', async () => {
  expect(await directory.group('dba', T0)).toMatchObject({ kind: 'known', members: ['ana'], quiet: [] });
  expect(await directory.group('nobody', T0)).toMatchObject({ kind: 'known', members: [] });
  expect(await directory.group('no-such-group', T0)).toEqual({ kind: 'unknown' });
});

test('a group that another source knows was never heard of, and takes nothing from those that include it', async () => {
  expect(await directory.group('pushed', T0)).toEqual({ kind: 'stale', ageMs: null });
  expect(await directory.group('both', T0)).toMatchObject({ kind: 'known', members: ['finn'] });
  expect(await directory.groupsOf('finn', T0)).toEqual({ groups: ['both'], stale: ['pushed'] });
  expect(await directory.groupsOf('ana', T0)).toEqual({ groups: ['dba'], stale: ['pushed', 'both'] });
  expect(await directory.groupsOf('no-such-person', T0)).toEqual({ groups: [], stale: [] });
});

test('channels resolve, also those of a group; what is unknown is null', () => {
  expect(directory.channel('log')).toEqual(log);
  expect(directory.channelOfGroup('dba')).toEqual(log);
  for (const group of ['nobody', 'no-such-group', 'role:manager'])
    expect(directory.channelOfGroup(group)).toBeNull();
  expect(directory.channel('no-such-channel')).toBeNull();
});

test('a group is called by its title, a role by what it is, and what is unknown by its key', () => {
  expect(directory.groupTitle('dba')).toBe('Administrators');
  expect(directory.groupTitle('role:manager')).toBe('Manager of the requester');
  expect(directory.groupTitle('role:owner')).toBe('Owner of the resource');
  expect(directory.groupTitle('role:data-owner')).toBe('Owner of the data');
  expect(directory.groupTitle('gone')).toBe('gone');
});
