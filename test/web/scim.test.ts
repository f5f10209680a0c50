import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import {
  CORE,
  COUNTERSIGN,
  ENTERPRISE,
  NOW,
  OLD_TOKEN,
  type ScimServer,
  scimServer,
  someGroup,
  someone,
  TOKEN,
  type Told,
} from './scim-server.ts';

let server: ScimServer;
beforeEach(async () => {
  server = await scimServer();
});
afterEach(() => server.close());

const error = (status: number, scimType: string | null, detail?: string) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(status),
  ...(scimType !== null && { scimType }),
  detail: detail ?? (expect.any(String) as string),
});

describe('the door', () => {
  const withToken = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await fetch(`${server.url}/scim/v2/Users`, { headers });
    return [answer.status, await answer.text()];
  };
  const basic = `Basic ${Buffer.from(`okta:${TOKEN}`).toString('base64')}`;

  it.each([
    ['no token', undefined],
    ['another token', `Bearer ${TOKEN.slice(0, -1)}x`],
    ['the beginning of the token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token as a password', basic],
    ['an empty token', 'Bearer '],
  ])('is shut for %s, says nothing and remembers no contact', async (_name, authorization) => {
    expect(await withToken(authorization)).toEqual([401, '']);
    expect(await server.store.scim.contactAt()).toBeNull();
  });

  it('is shut alike at addresses that are not there and for methods that are not known', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['DELETE', '/Users/x'],
      ['OPTIONS', '/Schemas'],
    ] as const)
      expect((await server.ask(method, path, undefined, { authorization: 'Bearer x' })).status).toBe(401);
  });

  it('opens to either of two tokens while one takes the place of the other', async () => {
    await server.close();
    server = await scimServer({ tokens: [TOKEN, OLD_TOKEN] });
    for (const token of [TOKEN, OLD_TOKEN]) expect((await withToken(`bearer ${token}`))[0]).toBe(200);
    expect((await withToken(`Bearer ${TOKEN}${OLD_TOKEN}`))[0]).toBe(401);
  });

  it('is not there where no token is set', async () => {
    await server.close();
    server = await scimServer({ tokens: [] });
    const { status, text } = await server.ask('GET', '/Users');
    expect([status, text]).toEqual([404, '{"error":"not_found"}\n']);
    expect((await server.ask('POST', '/Users', { userName: 'ana' })).status).toBe(404);
  });

  it('remembers when the provider last spoke, whatever it said', async () => {
    await server.ask('GET', '/Users');
    expect(await server.store.scim.contactAt()).toBe(NOW);
    server.clock.time = NOW + 60_000;
    await server.ask('DELETE', '/Users/none');
    expect(await server.store.scim.contactAt()).toBe(NOW + 60_000);
  });

  it.each([
    ['GET', '/nothing', 404],
    ['GET', '/Users/a/b', 404],
    ['GET', '/constructor', 404],
    ['GET', '/Users/%E0%A4%A', 404],
    ['DELETE', '/Users', 405],
    ['POST', '/Users/x', 405],
    ['POST', '/Schemas', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    const body = method === 'POST' ? {} : undefined;
    const answer = await server.ask(method, path, body);
    expect([answer.status, answer.body]).toEqual([status, error(status, null)]);
    expect(answer.headers.has('allow')).toBe(status === 405);
  });

  it.each([
    ['nothing', undefined, 415],
    ['text/plain', 'text/plain', 415],
    ['JSON', 'application/json', 201],
    ['JSON with its charset', 'application/json; charset=utf-8', 201],
    ['SCIM', 'application/scim+json', 201],
  ])('takes a body that says it is %s or not', async (_name, type, status) => {
    const body = new TextEncoder().encode('{"userName":"ana"}');
    const headers = { authorization: `Bearer ${TOKEN}`, ...(type !== undefined && { 'content-type': type }) };
    const answer = await fetch(`${server.url}/scim/v2/Users`, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/scim+json; charset=utf-8');
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a list within lists without end', '['.repeat(100_000)],
  ])('refuses a body that is %s', async (_name, body) => {
    const answer = await server.ask('POST', '/Users', body, { 'content-type': 'application/scim+json' });
    expect([answer.status, answer.body]).toEqual([400, error(400, 'invalidSyntax')]);
  });

  it('refuses a body that is too long', async () => {
    const body = { userName: 'ana', title: 'x'.repeat(LIMITS.httpBodyMaxBytes) };
    expect((await server.ask('POST', '/Users', body)).status).toBe(413);
  });
});

describe('a user', () => {
  const full = {
    schemas: [`${CORE}:User`, ENTERPRISE, COUNTERSIGN],
    externalId: '00u1',
    userName: 'Ana@x.test',
    displayName: 'Ana Ruiz',
    title: 'Engineer',
    userType: 'Employee',
    active: true,
    emails: [
      { value: 'home@x.test', type: 'home' },
      { value: 'ana@x.test', type: 'work', primary: true },
    ],
    [ENTERPRISE]: { department: 'Shop', costCenter: '7', manager: { value: 'u-boss' } },
    [COUNTERSIGN]: { slack: ['T0AB1/U0CD2'] },
  };

  it('is kept with what we use of it, and shown so', async () => {
    const { status, headers, body } = await server.ask('POST', '/Users', full);
    const location = `https://access.example.com/scim/v2/Users/${body.id}`;
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, location, 'W/"1"']);
    const at = new Date(NOW).toISOString();
    expect(body).toEqual({
      ...full,
      id: body.id,
      emails: [{ value: 'ana@x.test', type: 'work', primary: true }],
      meta: { resourceType: 'User', created: at, lastModified: at, location, version: 'W/"1"' },
    });
    expect((await server.ask('GET', `/Users/${body.id}`)).body).toEqual(body);
    expect(await server.store.scim.user(body.id)).toEqual({
      id: body.id,
      externalId: '00u1',
      userName: 'Ana@x.test',
      displayName: 'Ana Ruiz',
      email: 'ana@x.test',
      active: true,
      accounts: [{ platform: 'slack', team: 'T0AB1', user: 'U0CD2' }],
      manager: 'u-boss',
      attributes: { title: 'Engineer', userType: 'Employee', department: 'Shop', costCenter: '7' },
      version: 1,
      createdAt: NOW,
      changedAt: NOW,
    });
  });

  it('is kept without what we have no use for', async () => {
    const id = await someone(server, 'ana', {
      password: 'canary-password',
      phoneNumbers: [{ value: 'canary-phone' }],
      name: { givenName: 'Ana', familyName: 'Ruiz' },
      [ENTERPRISE]: { employeeNumber: 'canary-number' },
      'urn:example:2.0:User': { blood: 'canary-blood' },
      id: 'canary-id',
      __proto__: { active: false },
      'weird key!': 'canary-key',
    });
    const kept = await server.store.scim.user(id);
    expect(JSON.stringify(kept)).not.toContain('canary');
    expect(kept).toMatchObject({ displayName: 'Ana Ruiz', active: true, attributes: {} });
  });

  it.each<[string, object, string]>([
    ['no userName', { displayName: 'x' }, 'missing required "userName"'],
    ['an empty userName', { userName: ' ' }, 'userName cannot be empty'],
    ['a userName that is no text', { userName: 7 }, 'userName is a text, not 7'],
    [
      'a name in two lines',
      { userName: 'ana', displayName: 'a\nb' },
      'displayName is one line of at most 256 characters that can all be seen',
    ],
    [
      'a name that turns the line around',
      { userName: 'ana', displayName: 'a\u202eb' },
      'displayName is one line of at most 256 characters that can all be seen',
    ],
    [
      'a title that is too long',
      { userName: 'ana', title: 'x'.repeat(257) },
      'title is one line of at most 256 characters that can all be seen',
    ],
    ['an active of nothing', { userName: 'ana', active: null }, 'active is true or false, not null'],
    ['an active of a word', { userName: 'ana', active: 'yes' }, 'active is true or false, not "yes"'],
    [
      'an account in another form',
      { userName: 'ana', [COUNTERSIGN]: { slack: ['ana'] } },
      'slack holds accounts as TEAM/USER, such as T0AB1/U0CD2, not "ana"',
    ],
    [
      'an account of a bot',
      { userName: 'ana', [COUNTERSIGN]: { slack: ['T0AB1/B0CD2'] } },
      'slack holds accounts as TEAM/USER, such as T0AB1/U0CD2, not "T0AB1/B0CD2"',
    ],
    [
      'an account that is no text',
      { userName: 'ana', [COUNTERSIGN]: { slack: [{ team: 'T0' }] } },
      'slack holds texts, not an object',
    ],
  ])('is refused with %s', async (_name, body, detail) => {
    const answer = await server.ask('POST', '/Users', body);
    expect([answer.status, answer.body]).toEqual([400, error(400, 'invalidValue', detail)]);
    expect(await server.store.scim.users()).toEqual([]);
  });

  it.each<[string, object]>([
    ['userName in another case', { userName: 'ANA@x.test' }],
    ['externalId', { userName: 'bo', externalId: '00u1' }],
    ['account', { userName: 'bo', [COUNTERSIGN]: { slack: ['T0AB1/U0CD2'] } }],
  ])('is refused with another’s %s', async (_name, body) => {
    await server.ask('POST', '/Users', full);
    const answer = await server.ask('POST', '/Users', body);
    expect([answer.status, answer.body]).toEqual([
      409,
      error(409, 'uniqueness', 'another user has that userName, externalId or account'),
    ]);
    expect(await server.store.scim.users()).toHaveLength(1);
  });

  it('is refused with more accounts than anyone has', async () => {
    const slack = Array.from({ length: LIMITS.scimAccountsMax + 1 }, (_, i) => `T1/U${i}`);
    const answer = await server.ask('POST', '/Users', { userName: 'ana', [COUNTERSIGN]: { slack } });
    expect(answer.status).toBe(413);
  });

  it('is replaced as a whole, but for being in or out, which silence does not change', async () => {
    const { body } = await server.ask('POST', '/Users', { ...full, active: false });
    server.clock.time = NOW + 1_000;
    const next = await server.ask('PUT', `/Users/${body.id}`, { id: 'other', userName: 'ana' });
    expect([next.status, next.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect(await server.store.scim.user(body.id)).toEqual({
      id: body.id,
      externalId: null,
      userName: 'ana',
      displayName: null,
      email: null,
      active: false,
      accounts: [],
      manager: null,
      attributes: {},
      version: 2,
      createdAt: NOW,
      changedAt: NOW + 1_000,
    });
    expect(next.body).toEqual({
      schemas: [`${CORE}:User`],
      id: body.id,
      userName: 'ana',
      active: false,
      meta: expect.objectContaining({ version: 'W/"2"' }) as object,
    });
  });

  it('is not written again by what changes nothing', async () => {
    const { body } = await server.ask('POST', '/Users', full);
    server.clock.time = NOW + 1_000;
    const again = await server.ask('PUT', `/Users/${body.id}`, full);
    expect(again.body).toEqual(body);
    expect(server.changes.count).toBe(1);
  });

  it('is not there once it is deleted', async () => {
    const id = await someone(server, 'ana');
    const gone = await server.ask('DELETE', `/Users/${id}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const method of ['GET', 'DELETE', 'PUT', 'PATCH']) {
      const answer = await server.ask(method, `/Users/${id}`, method.startsWith('P') ? {} : undefined);
      expect([answer.status, answer.body]).toEqual([404, error(404, null, `there is no User "${id}"`)]);
    }
    expect(await someone(server, 'ana')).not.toBe(id);
  });
});

describe('a user who has left', () => {
  it('is told of after it is stored, once they are not active', async () => {
    const id = await someone(server, 'ana');
    expect(server.left).toEqual([]);
    await server.ask('PUT', `/Users/${id}`, { userName: 'ana@x.test', active: false });
    expect(server.left).toEqual([await server.store.scim.user(id)]);
    expect(server.left).toMatchObject([{ id, active: false, version: 2 }]);
  });

  it('is told of again when the provider says so again: what was done of it may have been lost', async () => {
    const id = await someone(server, 'ana', { active: false });
    await server.ask('PUT', `/Users/${id}`, { userName: 'ana@x.test', active: 'False' });
    expect(server.left).toHaveLength(2);
    expect(await server.store.scim.user(id)).toMatchObject({ version: 1 });
  });

  it('is told of before a deletion, with all that was known of them', async () => {
    const id = await someone(server, 'ana', { [COUNTERSIGN]: { slack: ['T1/U1'] } });
    await server.ask('DELETE', `/Users/${id}`);
    const accounts = [{ platform: 'slack', team: 'T1', user: 'U1' }];
    expect(server.left).toMatchObject([{ id, active: false, accounts }]);
  });

  it('is not deleted while what follows from it fails: the provider is told to try again', async () => {
    const id = await someone(server, 'ana');
    server.follows.run = () => Promise.reject(new Error('canary'));
    const failed = await server.ask('DELETE', `/Users/${id}`);
    expect([failed.status, failed.text]).toEqual([503, '{"error":"temporarily_unavailable"}\n']);
    expect(await server.store.scim.user(id)).toMatchObject({ active: false });
    expect(
      (await server.patch(`/Users/${id}`, [{ op: 'replace', path: 'active', value: false }])).status,
    ).toBe(503);
    server.follows.run = async () => {};
    expect((await server.ask('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(await server.store.scim.user(id)).toBeNull();
    expect(server.left).toHaveLength(3);
  });

  it('keeps nobody else waiting while what follows from it is done', async () => {
    const id = await someone(server, 'ana');
    let [reach, end] = [() => {}, () => {}];
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const ended = new Promise<void>((resolve) => (end = resolve));
    server.follows.run = () => (reach(), ended);
    const deleting = server.ask('DELETE', `/Users/${id}`);
    await reached;
    expect((await server.ask('POST', '/Users', { userName: 'bo' })).status).toBe(201);
    expect(await server.store.scim.user(id)).toMatchObject({ active: false });
    end();
    expect((await deleting).status).toBe(204);
  });
});

describe('a group', () => {
  it('is kept with the ids of its members', async () => {
    const ana = await someone(server, 'ana');
    const { status, body } = await server.ask('POST', '/Groups', {
      schemas: [`${CORE}:Group`],
      externalId: '00g1',
      displayName: 'DBA',
      members: [{ value: ana, display: 'Ana', type: 'User' }],
    });
    const base = 'https://access.example.com/scim/v2';
    const at = new Date(NOW).toISOString();
    const location = `${base}/Groups/${body.id}`;
    expect([status, body]).toEqual([
      201,
      {
        schemas: [`${CORE}:Group`],
        id: body.id,
        externalId: '00g1',
        displayName: 'DBA',
        members: [{ value: ana, $ref: `${base}/Users/${ana}`, type: 'User' }],
        meta: { resourceType: 'Group', created: at, lastModified: at, location, version: 'W/"1"' },
      },
    ]);
    expect(await server.store.scim.groups()).toMatchObject([{ displayName: 'DBA', members: [ana] }]);
    expect(server.changes.count).toBe(2);
  });

  it.each<[string, (ids: { ana: string; group: string }) => object, string]>([
    ['no name', () => ({}), 'missing required "displayName"'],
    [
      'a member who is not known',
      () => ({ displayName: 'x', members: [{ value: 'nobody' }] }),
      'a member is a user that is known here; "nobody" is none',
    ],
    [
      'a group as a member',
      ({ group }) => ({ displayName: 'x', members: [{ value: group }] }),
      'groups within groups are not taken: send the users themselves as members',
    ],
    [
      'a member that says it is a group',
      ({ ana }) => ({ displayName: 'x', members: [{ value: ana, type: 'Group' }] }),
      'groups within groups are not taken: send the users themselves as members',
    ],
    [
      'a member that is where groups are',
      ({ ana }) => ({ displayName: 'x', members: [{ value: ana, $ref: 'https://x.test/scim/v2/Groups/7' }] }),
      'groups within groups are not taken: send the users themselves as members',
    ],
    [
      'a member without an id',
      () => ({ displayName: 'x', members: [{ display: 'Ana' }] }),
      'a member is { "value": id of a user }, not an object',
    ],
  ])('is refused with %s', async (_name, bodyOf, detail) => {
    const ana = await someone(server, 'ana');
    const group = await someGroup(server, 'dba', [ana]);
    const answer = await server.ask('POST', '/Groups', bodyOf({ ana, group }));
    expect([answer.status, answer.body]).toEqual([400, error(400, 'invalidValue', detail)]);
    expect(await server.store.scim.groups()).toHaveLength(1);
  });

  it('is refused with another’s name', async () => {
    await someGroup(server, 'dba');
    const answer = await server.ask('POST', '/Groups', { displayName: 'DBA' });
    expect([answer.status, answer.body]).toEqual([
      409,
      error(409, 'uniqueness', 'another group has that displayName or externalId'),
    ]);
  });

  it('is refused with more members than a group may have', async () => {
    const members = Array.from({ length: LIMITS.scimMembersMax + 1 }, (_, i) => ({ value: `u${i}` }));
    const answer = await server.ask('POST', '/Groups', { displayName: 'all', members });
    expect([answer.status, answer.body]).toEqual([413, error(413, null, 'a group has 5000 members at most')]);
  });

  it('is refused where there are as many as are kept', async () => {
    const { scim } = server.store;
    const one = { externalId: null, members: [], version: 1, createdAt: NOW, changedAt: NOW };
    const all = Array.from({ length: LIMITS.scimGroupsMax }, (_, i) => `g${i}`);
    await Promise.all(all.map((id) => scim.putGroup({ ...one, id, displayName: id }, null)));
    const answer = await server.ask('POST', '/Groups', { displayName: 'one more' });
    expect([answer.status, answer.body]).toEqual([413, error(413, null, '1000 Groups at most are kept')]);
    await server.ask('DELETE', '/Groups/g7');
    expect((await server.ask('POST', '/Groups', { displayName: 'one more' })).status).toBe(201);
  });

  it('is replaced as a whole: whoever is not named is no member', async () => {
    const [ana, bo] = [await someone(server, 'ana'), await someone(server, 'bo')];
    const id = await someGroup(server, 'dba', [ana, bo]);
    await server.ask('PUT', `/Groups/${id}`, { displayName: 'dba', members: [{ value: bo }] });
    expect(await server.store.scim.group(id)).toMatchObject({ members: [bo], version: 2 });
    await server.ask('PUT', `/Groups/${id}`, { displayName: 'dba' });
    expect(await server.store.scim.group(id)).toMatchObject({ members: [], version: 3 });
  });

  it('loses a user who is deleted', async () => {
    const ana = await someone(server, 'ana');
    const id = await someGroup(server, 'dba', [ana]);
    await server.ask('DELETE', `/Users/${ana}`);
    const { body, headers } = await server.ask('GET', `/Groups/${id}`);
    expect([body['members'], headers.get('etag')]).toEqual([[], 'W/"2"']);
  });

  it('is deleted without its members, and nobody has left', async () => {
    const ana = await someone(server, 'ana');
    const id = await someGroup(server, 'dba', [ana]);
    expect((await server.ask('DELETE', `/Groups/${id}`)).status).toBe(204);
    expect((await server.ask('DELETE', `/Groups/${id}`)).status).toBe(404);
    expect((await server.ask('GET', `/Users/${ana}`)).status).toBe(200);
    expect(server.left).toEqual([]);
  });
});

describe('a version', () => {
  it('is what a write may insist on', async () => {
    const id = await someone(server, 'ana');
    const put = (ifMatch: string, title: string) =>
      server.ask('PUT', `/Users/${id}`, { userName: 'ana', title }, { 'if-match': ifMatch });
    expect((await put('W/"1"', 'a')).status).toBe(200);
    const late = await put('W/"1"', 'b');
    expect([late.status, late.body]).toEqual([412, error(412, null)]);
    expect((await put('"7", W/"2"', 'c')).status).toBe(200);
    expect((await put('*', 'd')).status).toBe(200);
    expect(await server.store.scim.user(id)).toMatchObject({ attributes: { title: 'd' }, version: 4 });
    const gone = await server.ask('DELETE', `/Users/${id}`, undefined, { 'if-match': 'W/"3"' });
    expect(gone.status).toBe(412);
    expect(server.left).toEqual([]);
  });

  it('spares a reader what they have', async () => {
    const id = await someone(server, 'ana');
    const read = async (tag: string) =>
      (await server.ask('GET', `/Users/${id}`, undefined, { 'if-none-match': tag })).status;
    expect([await read('W/"1"'), await read('W/"2"')]).toEqual([304, 200]);
  });

  it('is never lost to a write at the same time', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, (_, i) => someone(server, `p${i}`)));
    const id = await someGroup(server, 'dba');
    const added = await Promise.all(
      people.map((value) =>
        server.patch(`/Groups/${id}`, [{ op: 'add', path: 'members', value: [{ value }] }]),
      ),
    );
    expect(new Set(added.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await server.store.scim.group(id)).toMatchObject({ members: people.toSorted(), version: 13 });
  });
});

describe('a search', () => {
  let ids: Record<'ana' | 'bo' | 'dba' | 'ops', string>;
  beforeEach(async () => {
    const ana = await someone(server, 'ana', {
      externalId: 'E1',
      emails: [{ value: 'ana@mail.test', type: 'work' }],
      [COUNTERSIGN]: { slack: ['T1/U1'] },
    });
    const bo = await someone(server, 'bo', { externalId: 'E2', [ENTERPRISE]: { manager: { value: ana } } });
    ids = {
      ana,
      bo,
      dba: await someGroup(server, 'dba', [ana]),
      ops: await someGroup(server, 'ops', [ana, bo]),
    };
  });
  const found = async (endpoint: string, filter: string) => {
    const { status, body } = await server.ask('GET', `/${endpoint}?filter=${encodeURIComponent(filter)}`);
    expect(status).toBe(200);
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
    return (body['Resources'] as readonly Told[]).map(({ id }) => names.get(id));
  };

  it.each<[string, string, readonly string[]]>([
    ['Users', 'userName eq "ana@x.test"', ['ana']],
    ['Users', 'USERNAME EQ "ANA@X.TEST"', ['ana']],
    ['Users', `${CORE}:User:userName eq "ana@x.test"`, ['ana']],
    ['Users', 'userName eq "nobody"', []],
    ['Users', 'externalId eq "E2"', ['bo']],
    ['Users', 'externalId eq "e2"', []],
    ['Users', 'userName eq "ana@x.test" and externalId eq "E1"', ['ana']],
    ['Users', 'userName eq "ana@x.test" and externalId eq "E2"', []],
    ['Users', 'userName eq "ana@x.test" and userName eq "bo@x.test"', []],
    ['Users', 'emails[type eq "work"].value eq "ANA@mail.test"', ['ana']],
    ['Users', 'emails[type eq "home"].value eq "ana@mail.test"', []],
    ['Users', `${COUNTERSIGN}:slack eq "T1/U1"`, ['ana']],
    ['Groups', 'displayName eq "DBA"', ['dba']],
    ['Groups', 'members.value eq "<bo>"', ['ops']],
    ['Groups', 'members eq "<ana>"', ['dba', 'ops']],
    ['Groups', 'members[value eq "<ana>"]', ['dba', 'ops']],
    ['Groups', 'id eq "<dba>" and members eq "<ana>"', ['dba']],
    ['Groups', 'id eq "<dba>" and members eq "<bo>"', []],
    ['Groups', '(displayName eq "ops") and (members eq "<bo>")', ['ops']],
    ['Groups', 'id eq "<ana>"', []],
    ['Users', 'id eq "<bo>" and manager eq "<ana>"', ['bo']],
    ['Users', 'id eq "<ana>" and userName eq "bo@x.test"', []],
  ])('among %s by %s', async (endpoint, filter, names) => {
    const filled = filter.replaceAll(/<(\w+)>/g, (_all, name: keyof typeof ids) => ids[name]);
    expect(new Set(await found(endpoint, filled))).toEqual(new Set(names));
  });

  it.each<[string, string]>([
    ['Users', 'userName'],
    ['Users', ''],
    ['Users', 'userName eq'],
    ['Users', 'userName eq ana'],
    ['Users', 'userName eq "ana" or userName eq "bo"'],
    ['Users', 'not (userName eq "ana")'],
    ['Users', 'userName sw "a"'],
    ['Users', 'userName pr'],
    ['Users', 'userName eq 7'],
    ['Users', 'userName eq null'],
    ['Users', 'password eq "x"'],
    ['Users', 'constructor eq "x"'],
    ['Users', 'displayName eq "x"'],
    ['Groups', 'userName eq "x"'],
    ['Users', `userName eq "${'x'.repeat(1_000)}"`],
    ['Users', `userName eq "${'\n'.repeat(200)}`],
    ['Users', '('.repeat(900)],
    ['Users', `${'not '.repeat(200)}(userName eq "x")`],
  ])('among %s by %j is refused', async (endpoint, filter) => {
    const answer = await server.ask('GET', `/${endpoint}?filter=${encodeURIComponent(filter)}`);
    expect([answer.status, answer.body]).toEqual([400, error(400, 'invalidFilter')]);
  });

  it('tells what it can be by', async () => {
    const { body } = await server.ask('GET', '/Groups?filter=owner%20eq%20%22x%22');
    expect(body['detail']).toBe(
      'Groups are searched by displayname, externalid, id, members, members.value, not by "owner"',
    );
  });
});

describe('a list', () => {
  beforeEach(async () => {
    for (let i = 1; i <= 5; i++) {
      server.clock.time = NOW + i;
      await someone(server, `u${i}`);
    }
  });
  const page = async (query: string) => {
    const { body } = await server.ask('GET', `/Users?${query}`);
    const names = (body['Resources'] as readonly Told[]).map((each) => each['userName']);
    return [names, body['startIndex'], body['itemsPerPage'], body['totalResults']];
  };
  const name = (i: number) => `u${i}@x.test`;

  it.each<[string, readonly number[], number]>([
    ['', [1, 2, 3, 4, 5], 1],
    ['startIndex=1&count=2', [1, 2], 1],
    ['startIndex=3&count=2', [3, 4], 3],
    ['startIndex=5&count=100', [5], 5],
    ['startIndex=6&count=2', [], 6],
    ['count=0', [], 1],
    ['startIndex=-4&count=-1', [], 1],
    ['startIndex=0&count=1', [1], 1],
  ])('has a page: %s', async (query, numbers, startIndex) => {
    expect(await page(query)).toEqual([numbers.map(name), startIndex, numbers.length, 5]);
  });

  it.each(['startIndex=x', 'count=1.5', 'count=1e3', `startIndex=${'9'.repeat(16)}`])(
    'has none where %s',
    async (query) => {
      const answer = await server.ask('GET', `/Users?${query}`);
      expect([answer.status, answer.body]).toEqual([400, error(400, 'invalidValue')]);
    },
  );

  it('shows what was asked for, or all but what was not wanted', async () => {
    const [user] = await server.store.scim.users();
    const id = await someGroup(server, 'dba', [user?.id ?? '']);
    const keys = async (query: string) =>
      Object.keys((await server.ask('GET', `/Groups/${id}?${query}`)).body).sort();
    expect(await keys('excludedAttributes=members')).toEqual(['displayName', 'id', 'meta', 'schemas']);
    expect(await keys('excludedAttributes=MEMBERS,id,meta')).toEqual(['displayName', 'id', 'schemas']);
    expect(await keys('attributes=displayName')).toEqual(['displayName', 'id', 'schemas']);
    expect(await keys('attributes=meta.version,members.value')).toEqual(['id', 'members', 'meta', 'schemas']);
  });
});

describe('what a provider may know beforehand', () => {
  it('is what we can do', async () => {
    const { status, body } = await server.ask('GET', '/ServiceProviderConfig');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false },
      filter: { supported: true, maxResults: LIMITS.scimPageMax },
      etag: { supported: true },
    });
  });

  it('is which resources there are, and where', async () => {
    const { body } = await server.ask('GET', '/ResourceTypes');
    expect(body).toMatchObject({
      totalResults: 2,
      Resources: [
        {
          id: 'User',
          endpoint: '/Users',
          schema: `${CORE}:User`,
          schemaExtensions: [{ schema: ENTERPRISE }, { schema: COUNTERSIGN }],
        },
        { id: 'Group', endpoint: '/Groups', schema: `${CORE}:Group` },
      ],
    });
    expect((await server.ask('GET', '/ResourceTypes/Group')).body).toMatchObject({ name: 'Group' });
    expect((await server.ask('GET', '/ResourceTypes/Door')).status).toBe(404);
  });

  it('is what each of them holds, our own extension among it', async () => {
    const { body } = await server.ask('GET', '/Schemas');
    const schemas = body['Resources'] as readonly Told[];
    expect(schemas.map(({ id }) => id)).toEqual([`${CORE}:User`, ENTERPRISE, COUNTERSIGN, `${CORE}:Group`]);
    for (const id of [COUNTERSIGN, encodeURIComponent(COUNTERSIGN)])
      expect((await server.ask('GET', `/Schemas/${id}`)).body).toMatchObject({
        id: COUNTERSIGN,
        attributes: [{ name: 'slack', multiValued: true, mutability: 'readWrite' }],
      });
    expect(JSON.stringify(body)).not.toContain('null');
  });
});
