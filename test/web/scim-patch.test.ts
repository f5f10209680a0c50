import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { ScimUser } from '../../src/ports/identity.ts';
import {
  CORE,
  COUNTERSIGN,
  ENTERPRISE,
  type ScimServer,
  scimServer,
  someGroup,
  someone,
} from './scim-server.ts';

let server: ScimServer;
let ana: string;
let bo: string;
beforeEach(async () => {
  server = await scimServer();
  ana = await someone(server, 'ana', {
    displayName: 'Ana',
    title: 'Engineer',
    emails: [{ value: 'ana@x.test', type: 'work', primary: true }],
    [ENTERPRISE]: { department: 'Shop', manager: { value: 'u-boss' } },
    [COUNTERSIGN]: { slack: ['T1/U1'] },
  });
  bo = await someone(server, 'bo');
});
afterEach(() => server.close());

const patched = async (...operations: readonly unknown[]): Promise<ScimUser | null> => {
  const { status } = await server.patch(`/Users/${ana}`, operations);
  expect(status).toBe(200);
  return server.store.scim.user(ana);
};

describe('an operation on a user', () => {
  it.each<[string, object, Partial<ScimUser>]>([
    ['replaces a text', { op: 'replace', path: 'displayName', value: 'A' }, { displayName: 'A' }],
    ['adds a text', { op: 'add', path: 'externalId', value: 'E1' }, { externalId: 'E1' }],
    ['removes a text', { op: 'remove', path: 'displayName' }, { displayName: null }],
    [
      'takes an empty text for none',
      { op: 'replace', path: 'displayName', value: '' },
      { displayName: null },
    ],
    ['takes null for none', { op: 'replace', path: 'displayName', value: null }, { displayName: null }],
    [
      'knows an attribute in any case',
      { op: 'replace', path: 'DISPLAYNAME', value: 'A' },
      { displayName: 'A' },
    ],
    [
      'knows an attribute with its schema',
      { op: 'replace', path: `${CORE}:User:displayName`, value: 'A' },
      { displayName: 'A' },
    ],
    [
      'sets an attribute of an extension',
      { op: 'replace', path: `${ENTERPRISE}:department`, value: 'Ops' },
      { attributes: { title: 'Engineer', department: 'Ops' } },
    ],
    [
      'removes an attribute of an extension',
      { op: 'remove', path: `${ENTERPRISE}:department` },
      { attributes: { title: 'Engineer' } },
    ],
    ['sets a manager by id', { op: 'add', path: `${ENTERPRISE}:manager`, value: 'u-2' }, { manager: 'u-2' }],
    [
      'sets a manager as an object',
      { op: 'add', path: `${ENTERPRISE}:manager`, value: { value: 'u-2', $ref: '../Users/u-2' } },
      { manager: 'u-2' },
    ],
    [
      'sets a manager by part',
      { op: 'add', path: `${ENTERPRISE}:manager.value`, value: 'u-2' },
      { manager: 'u-2' },
    ],
    ['removes a manager', { op: 'remove', path: `${ENTERPRISE}:manager` }, { manager: null }],
    [
      'removes an extension',
      { op: 'remove', path: ENTERPRISE },
      { manager: null, attributes: { title: 'Engineer' } },
    ],
    [
      'sets an extension',
      { op: 'add', path: ENTERPRISE, value: { department: 'Ops', unheard: 'of' } },
      { manager: 'u-boss', attributes: { title: 'Engineer', department: 'Ops' } },
    ],
    [
      'sets an address of work',
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'a@y.test' },
      { email: 'a@y.test' },
    ],
    [
      'sets the primary address',
      { op: 'replace', path: 'emails[primary eq true]', value: { value: 'a@y.test' } },
      { email: 'a@y.test' },
    ],
    [
      'passes over another address',
      { op: 'add', path: 'emails[type eq "home"].value', value: 'h@y.test' },
      {},
    ],
    [
      'passes over what it says of an address beside it',
      { op: 'replace', path: 'emails[type eq "work"].primary', value: false },
      {},
    ],
    ['removes addresses', { op: 'remove', path: 'emails' }, { email: null }],
    [
      'adds accounts to those there are',
      { op: 'add', path: `${COUNTERSIGN}:slack`, value: ['T1/U2', 'T1/U1'] },
      { accounts: ['U1', 'U2'].map((user) => ({ platform: 'slack', team: 'T1', user })) },
    ],
    [
      'replaces accounts by one text',
      { op: 'replace', path: `${COUNTERSIGN}:slack`, value: 'T1/U9' },
      { accounts: [{ platform: 'slack', team: 'T1', user: 'U9' }] },
    ],
    [
      'removes one account',
      { op: 'remove', path: `${COUNTERSIGN}:slack[value eq "T1/U1"]` },
      { accounts: [] },
    ],
    ['passes over what we do not keep', { op: 'replace', path: 'nickName', value: 'Annie' }, {}],
    ['passes over what nobody ever heard of', { op: 'add', path: 'constructor', value: { a: 1 } }, {}],
    [
      'takes a whole body, its keys paths',
      {
        op: 'replace',
        value: {
          displayName: 'A',
          'name.givenName': 'An',
          'emails[type eq "work"].value': 'a@y.test',
          [`${ENTERPRISE}:department`]: 'Ops',
          id: 'other',
          'no path!': 1,
        },
      },
      { displayName: 'A', email: 'a@y.test', attributes: { title: 'Engineer', department: 'Ops' } },
    ],
  ])('%s', async (_name, operation, after) => {
    const before = await server.store.scim.user(ana);
    const isSame = Object.keys(after).length === 0;
    expect(await patched(operation)).toEqual({ ...before, ...after, version: isSame ? 1 : 2 });
  });

  it('is done in its order', async () => {
    const set = (value: string) => ({ op: 'replace', path: 'title', value });
    const after = await patched(set('a'), { op: 'remove', path: 'title' }, set('b'), set('c'));
    expect(after).toMatchObject({ attributes: { title: 'c' }, version: 2 });
  });

  it.each<[string, unknown, string]>([
    ['no object', 'replace', 'invalidSyntax'],
    ['another word', { op: 'move', path: 'title', value: 'x' }, 'invalidSyntax'],
    ['no word', { path: 'title', value: 'x' }, 'invalidSyntax'],
    ['no value', { op: 'replace', path: 'title' }, 'invalidValue'],
    ['no path to remove', { op: 'remove' }, 'noTarget'],
    ['neither path nor object', { op: 'add', value: 'x' }, 'invalidValue'],
    ['a path that is no text', { op: 'add', path: 7, value: 'x' }, 'invalidPath'],
    ['a path that is none', { op: 'add', path: 'emails[type eq "work"', value: 'x' }, 'invalidPath'],
    ['a path with no filter in it', { op: 'add', path: 'emails[work].value', value: 'x' }, 'invalidPath'],
    ['a path of one part too many', { op: 'add', path: 'a.b.c', value: 'x' }, 'invalidPath'],
    ['a part of what has none', { op: 'add', path: 'title.de', value: 'x' }, 'invalidPath'],
    [
      'one of the values of what has one',
      { op: 'add', path: 'title[value eq "x"]', value: 'x' },
      'invalidPath',
    ],
    ['what cannot be changed', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['what cannot be without a value', { op: 'remove', path: 'userName' }, 'invalidValue'],
    ['being neither in nor out', { op: 'remove', path: 'active' }, 'invalidValue'],
    ['a number for a text', { op: 'replace', path: 'title', value: 7 }, 'invalidValue'],
    ['an account of another form', { op: 'add', path: `${COUNTERSIGN}:slack`, value: 'x' }, 'invalidValue'],
  ])('is refused with %s, and so are all that came with it', async (_name, operation, scimType) => {
    const before = await server.store.scim.user(ana);
    const good = { op: 'replace', path: 'displayName', value: 'changed' };
    const answer = await server.patch(`/Users/${ana}`, [good, operation, good]);
    expect([answer.status, answer.body]).toMatchObject([400, { status: '400', scimType }]);
    expect(await server.store.scim.user(ana)).toEqual(before);
    expect(server.changes.count).toBe(2);
  });

  it('is refused where it would take another’s name, and nothing of it is done', async () => {
    const answer = await server.patch(`/Users/${ana}`, [
      { op: 'replace', path: 'displayName', value: 'changed' },
      { op: 'replace', path: 'userName', value: 'BO@x.test' },
    ]);
    expect([answer.status, answer.body]).toMatchObject([409, { scimType: 'uniqueness' }]);
    expect(await server.store.scim.user(ana)).toMatchObject({ displayName: 'Ana', version: 1 });
  });

  it.each<[string, object]>([
    ['no operations', {}],
    ['an empty list of them', { Operations: [] }],
    ['one that is in no list', { Operations: { op: 'remove', path: 'title' } }],
  ])('is refused as a request with %s', async (_name, body) => {
    const answer = await server.ask('PATCH', `/Users/${ana}`, body);
    expect([answer.status, answer.body]).toMatchObject([400, { scimType: 'invalidSyntax' }]);
  });

  it('is refused among too many', async () => {
    const one = { op: 'replace', path: 'title', value: 'x' };
    const all = Array.from({ length: LIMITS.scimOperationsMax + 1 }, () => one);
    expect((await server.patch(`/Users/${ana}`, all)).status).toBe(413);
    expect((await server.patch(`/Users/${ana}`, all.slice(1))).status).toBe(200);
  });
});

describe('an operation on members', () => {
  let group: string;
  beforeEach(async () => {
    group = await someGroup(server, 'dba', [ana]);
  });
  const members = async () => (await server.store.scim.group(group))?.members;

  it.each<[string, () => object, () => readonly string[]]>([
    ['adds one', () => ({ op: 'add', path: 'members', value: [{ value: bo }] }), () => [ana, bo]],
    [
      'adds one twice',
      () => ({ op: 'add', path: 'members', value: [{ value: ana }, { value: ana }] }),
      () => [ana],
    ],
    ['adds one without a path', () => ({ op: 'add', value: { members: [{ value: bo }] } }), () => [ana, bo]],
    ['replaces all', () => ({ op: 'replace', path: 'members', value: [{ value: bo }] }), () => [bo]],
    ['replaces all by none', () => ({ op: 'replace', path: 'members', value: [] }), () => []],
    ['removes one by a filter', () => ({ op: 'remove', path: `members[value eq "${ana}"]` }), () => []],
    ['removes one by a value', () => ({ op: 'remove', path: 'members', value: [{ value: ana }] }), () => []],
    [
      'removes nobody who is no member',
      () => ({ op: 'remove', path: `members[value eq "${bo}"]` }),
      () => [ana],
    ],
    ['removes nobody by an empty list', () => ({ op: 'remove', path: 'members', value: [] }), () => [ana]],
    ['removes all', () => ({ op: 'remove', path: 'members' }), () => []],
    [
      'removes all where nothing is written as null',
      () => ({ op: 'remove', path: 'members', value: null }),
      () => [],
    ],
  ])('%s', async (_name, operation, after) => {
    const answer = await server.patch(`/Groups/${group}`, [operation()]);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await members()).toEqual(after().toSorted());
  });

  it.each<[string, () => object, string]>([
    ['a stranger', () => ({ op: 'add', path: 'members', value: [{ value: 'nobody' }] }), 'invalidValue'],
    ['a group', () => ({ op: 'add', path: 'members', value: [{ value: group }] }), 'invalidValue'],
    [
      'one of them replaced',
      () => ({ op: 'replace', path: `members[value eq "${ana}"]`, value: bo }),
      'invalidPath',
    ],
    ['those of a kind', () => ({ op: 'remove', path: 'members[type eq "User"]' }), 'invalidPath'],
    ['a part of all of them', () => ({ op: 'remove', path: 'members.display' }), 'invalidPath'],
    ['members in a number', () => ({ op: 'add', path: 'members', value: 7 }), 'invalidValue'],
  ])('is refused with %s', async (_name, operation, scimType) => {
    const rename = { op: 'replace', path: 'displayName', value: 'renamed' };
    const answer = await server.patch(`/Groups/${group}`, [rename, operation()]);
    expect([answer.status, answer.body]).toMatchObject([400, { scimType }]);
    expect(await server.store.scim.group(group)).toMatchObject({
      displayName: 'dba',
      members: [ana],
      version: 1,
    });
  });

  it('is answered with the group where it was asked for', async () => {
    const rename = { op: 'replace', path: 'displayName', value: 'renamed' };
    const answer = await server.patch(`/Groups/${group}?attributes=displayName`, [rename]);
    expect([answer.status, answer.body]).toEqual([
      200,
      { schemas: [`${CORE}:Group`], id: group, displayName: 'renamed' },
    ]);
  });
});
