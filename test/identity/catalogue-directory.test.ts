import { expect, test } from 'vitest';
import { createCatalogueDirectory } from '../../src/identity/catalogue-directory.ts';
import type { Catalogue } from '../../src/ports/catalogue.ts';

const account = (user: string, team = 'T1') => ({ platform: 'slack' as const, team, user });
const ana = {
  key: 'ana',
  name: 'Ana',
  email: null,
  accounts: [account('U1'), account('U1', 'T2')],
  operator: false,
  auditor: false,
};
const finn = {
  key: 'finn',
  name: 'Finn',
  email: null,
  accounts: [account('U2')],
  operator: true,
  auditor: false,
};
const log = { key: 'log', platform: 'slack' as const, conversation: 'C1' };

const catalogue: Catalogue = {
  zone: 'UTC',
  slackTeams: ['T1', 'T2'],
  audit: {
    channel: null,
    retentionMs: { public: null, internal: null, confidential: null, restricted: null },
  },
  people: new Map([
    ['ana', ana],
    ['finn', finn],
  ]),
  groups: new Map([
    ['dba', { key: 'dba', title: 'Administrators', members: ['ana'], channel: 'log' }],
    ['nobody', { key: 'nobody', title: 'Nobody', members: [], channel: null }],
  ]),
  channels: new Map([['log', log]]),
  connectors: new Map(),
  resources: new Map(),
  entitlements: new Map(),
  digest: '',
  warnings: [],
};
const directory = createCatalogueDirectory(catalogue);

test('one human is one person, whichever account they use', async () => {
  expect((await directory.personOf(account('U1')))?.key).toBe('ana');
  expect((await directory.personOf(account('U1', 'T2')))?.key).toBe('ana');
});

test('an account is known by platform, team and user together', async () => {
  expect(await directory.personOf(account('U2', 'T2'))).toBeNull();
  expect(await directory.personOf(account('U9'))).toBeNull();
  expect(await directory.personOf({ ...account('U1'), platform: 'teams' })).toBeNull();
  expect(await directory.personOf({ platform: 'slack', team: '', user: 'T1/U1' })).toBeNull();
});

test('a person is found by key, with what they may operate and without their e-mail', async () => {
  expect(await directory.person('finn')).toEqual({
    key: 'finn',
    name: 'Finn',
    accounts: [account('U2')],
    operator: true,
    auditor: false,
  });
  expect(await directory.person('constructor')).toBeNull();
});

test('members of an empty group are none, of an unknown group null', async () => {
  expect(await directory.members('dba')).toEqual(['ana']);
  expect(await directory.members('nobody')).toEqual([]);
  expect(await directory.members('no-such-group')).toBeNull();
});

test('channels resolve, also those of a group; what is unknown is null', () => {
  expect(directory.channel('log')).toEqual(log);
  expect(directory.channelOfGroup('dba')).toEqual(log);
  for (const group of ['nobody', 'no-such-group']) expect(directory.channelOfGroup(group)).toBeNull();
  expect(directory.channel('no-such-channel')).toBeNull();
});

test('a group is called by its title, an unknown one by its key', () => {
  expect(directory.groupTitle('dba')).toBe('Administrators');
  expect(directory.groupTitle('gone')).toBe('gone');
});
