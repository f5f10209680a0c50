import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CORE,
  ENTERPRISE,
  OLD_TOKEN,
  PATCH_OP,
  type ScimServer,
  scimServer,
  someGroup,
  someone,
  type Told,
} from './scim-server.ts';

let server: ScimServer;
beforeEach(async () => {
  server = await scimServer();
});
afterEach(() => server.close());

const resources = (body: Told) => body['Resources'] as readonly Told[];

/** The requests that Okta's reference of SCIM 2.0 describes, in their order. */
describe('Okta', () => {
  const profile = {
    schemas: [`${CORE}:User`],
    userName: 'isaac@x.test',
    name: { givenName: 'Isaac', familyName: 'Brock' },
    emails: [{ primary: true, value: 'isaac@x.test', type: 'work' }],
    displayName: 'Isaac Brock',
    locale: 'en-US',
    externalId: '00ujl29u0le5T6Aj10h7',
    groups: [],
    password: '1mz050nq',
    active: true,
  };

  it('looks, finds nobody, makes a user and reads it', async () => {
    const looked = await server.ask(
      'GET',
      '/Users?filter=userName%20eq%20%22isaac%40x.test%22&startIndex=1&count=100',
    );
    expect(looked.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
    const made = await server.ask('POST', '/Users', profile);
    expect(made.status).toBe(201);
    const read = await server.ask('GET', `/Users/${made.body.id}`);
    expect(read.body).toMatchObject({
      userName: 'isaac@x.test',
      active: true,
      externalId: profile.externalId,
    });
    expect(read.text).not.toContain(profile.password);
    expect((await server.ask('GET', '/Users?startIndex=1&count=2')).body).toMatchObject({ totalResults: 1 });
  });

  it('changes a profile by PUT, and ends and takes back a user by PATCH without a path', async () => {
    const { body } = await server.ask('POST', '/Users', profile);
    await server.ask('PUT', `/Users/${body.id}`, { ...profile, id: body.id, displayName: 'I. Brock' });
    expect(await server.store.scim.user(body.id)).toMatchObject({ displayName: 'I. Brock', version: 2 });
    const turn = (active: boolean) =>
      server.patch(`/Users/${body.id}`, [{ op: 'replace', value: { active } }]);
    expect((await turn(false)).body).toMatchObject({ active: false });
    expect(server.left.map(({ id }) => id)).toEqual([body.id]);
    expect((await turn(true)).body).toMatchObject({ active: true });
    expect(server.left).toHaveLength(1);
  });

  it('pushes a group, renames it with its id beside, and moves members in one request', async () => {
    const [ana, bo] = [await someone(server, 'ana'), await someone(server, 'bo')];
    expect((await server.ask('GET', '/Groups?startIndex=1&count=100')).body).toMatchObject({
      totalResults: 0,
    });
    const { body, status } = await server.ask('POST', '/Groups', {
      schemas: [`${CORE}:Group`],
      displayName: 'Test SCIMv2',
      members: [],
    });
    expect(status).toBe(201);
    const path = `/Groups/${body.id}`;
    await server.patch(path, [{ op: 'replace', value: { id: body.id, displayName: 'Renamed' } }]);
    await server.patch(path, [
      { op: 'add', path: 'members', value: [{ value: ana, display: 'ana@x.test' }] },
    ]);
    await server.patch(path, [
      { op: 'remove', path: `members[value eq "${ana}"]` },
      { op: 'add', path: 'members', value: [{ value: bo, display: 'bo@x.test' }] },
    ]);
    expect(await server.store.scim.group(body.id)).toMatchObject({ displayName: 'Renamed', members: [bo] });
    const everyone = [ana, bo].map((value) => ({ value, display: 'x' }));
    await server.patch(path, [{ op: 'replace', path: 'members', value: everyone }]);
    expect(await server.store.scim.group(body.id)).toMatchObject({ members: [ana, bo].toSorted() });
    expect((await server.ask('DELETE', path)).status).toBe(204);
  });
});

/** The requests that the reference of Entra's provisioning shows, with and without its flag `aadOptscim062020`. */
describe('Entra', () => {
  const creation = {
    schemas: [`${CORE}:User`, ENTERPRISE],
    externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
    userName: 'Test_User_00aa00aa',
    active: true,
    emails: [{ primary: true, type: 'work', value: 'test@x.test' }],
    meta: { resourceType: 'User' },
    name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
    roles: [],
  };

  it('tries the connection with a search for nobody', async () => {
    const { status, body } = await server.ask('GET', '/Users?filter=userName+eq+%22non-existent%20user%22');
    expect([status, body['totalResults'], body['Resources']]).toEqual([200, 0, []]);
    expect(
      (await server.ask('GET', '/Users', undefined, { authorization: `Bearer ${OLD_TOKEN}` })).status,
    ).toBe(401);
  });

  it('makes a user, and updates it with words for truth and capitals for operations', async () => {
    const { body } = await server.ask('POST', '/Users', creation);
    const path = `/Users/${body.id}`;
    const kept = () => server.store.scim.user(body.id);
    expect(await kept()).toMatchObject({ displayName: 'givenName familyName', email: 'test@x.test' });
    const { status } = await server.patch(path, [
      { op: 'Replace', path: 'displayName', value: 'Pvlo' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'new@x.test' },
      { op: 'Replace', path: 'name.givenName', value: 'Gtfd' },
      { op: 'Replace', path: 'externalId', value: 'Eqpj' },
      { op: 'Replace', path: `${ENTERPRISE}:employeeNumber`, value: 'Eqpj' },
      { op: 'Add', path: `${ENTERPRISE}:department`, value: 'Shop' },
      { op: 'Add', path: 'nickName', value: 'Babs' },
    ]);
    expect(status).toBe(200);
    expect(await kept()).toMatchObject({
      displayName: 'Pvlo',
      email: 'new@x.test',
      externalId: 'Eqpj',
      attributes: { department: 'Shop' },
      version: 2,
    });
    const end = await server.patch(path, [{ op: 'Replace', path: 'active', value: 'False' }]);
    expect(end.body).toMatchObject({ active: false });
    expect(server.left.map(({ id }) => id)).toEqual([body.id]);
    await server.patch(path, [{ op: 'Replace', path: 'active', value: 'True' }]);
    expect(await kept()).toMatchObject({ active: true });
    expect((await server.ask('DELETE', path)).status).toBe(204);
  });

  it('updates it in one operation without a path, with the flag', async () => {
    const { body } = await server.ask('POST', '/Users', creation);
    await server.patch(`/Users/${body.id}`, [
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@x.test' },
      {
        op: 'replace',
        value: {
          displayName: 'Bjfe',
          'name.givenName': 'Kkom',
          [`${ENTERPRISE}:employeeNumber`]: 'Aklq',
          [`${ENTERPRISE}:department`]: 'Shop',
          active: false,
        },
      },
    ]);
    expect(await server.store.scim.user(body.id)).toMatchObject({
      displayName: 'Bjfe',
      email: 'new@x.test',
      active: false,
      attributes: { department: 'Shop' },
    });
    expect(server.left).toHaveLength(1);
  });

  it('makes a group, reads it without members, and moves them in either dialect', async () => {
    const [ana, bo] = [await someone(server, 'ana'), await someone(server, 'bo')];
    const { status, body } = await server.ask('POST', '/Groups', {
      schemas: [`${CORE}:Group`, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
      externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
      displayName: 'DBA',
      meta: { resourceType: 'Group' },
    });
    expect([status, body['members']]).toEqual([201, []]);
    const path = `/Groups/${body.id}`;
    const looked = await server.ask(
      'GET',
      '/Groups?excludedAttributes=members&filter=displayName+eq+%22DBA%22',
    );
    expect(resources(looked.body)).toHaveLength(1);
    expect(resources(looked.body)[0]).not.toHaveProperty('members');
    const add = {
      op: 'Add',
      path: 'members',
      value: [
        { $ref: null, value: ana },
        { $ref: null, value: bo },
      ],
    };
    expect((await server.patch(path, [add])).status).toBe(204);
    const isMember = async (id: string) => {
      const filter = encodeURIComponent(`id eq "${body.id}" and members eq "${id}"`);
      return (await server.ask('GET', `/Groups?filter=${filter}`)).body['totalResults'];
    };
    expect([await isMember(ana), await isMember(bo), await isMember('x')]).toEqual([1, 1, 0]);
    await server.patch(path, [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: ana }] }]);
    expect([await isMember(ana), await isMember(bo)]).toEqual([0, 1]);
    await server.patch(path, [{ op: 'remove', path: `members[value eq "${bo}"]` }]);
    expect(await isMember(bo)).toBe(0);
    await server.patch(path, [{ op: 'Replace', path: 'displayName', value: 'updated' }]);
    expect((await server.ask('GET', `${path}?excludedAttributes=members`)).body['displayName']).toBe(
      'updated',
    );
  });

  it('sends a manager as a reference', async () => {
    const [ana, boss] = [await someone(server, 'ana'), await someone(server, 'boss')];
    await server.patch(`/Users/${ana}`, [{ op: 'Add', path: `${ENTERPRISE}:manager`, value: boss }]);
    const filter = encodeURIComponent(`id eq "${ana}" and manager eq "${boss}"`);
    expect((await server.ask('GET', `/Users?filter=${filter}`)).body['totalResults']).toBe(1);
    await server.patch(`/Users/${ana}`, [{ op: 'Replace', path: `${ENTERPRISE}:manager`, value: '' }]);
    expect(await server.store.scim.user(ana)).toMatchObject({ manager: null });
  });

  it('sends operations without saying which schema they are of', async () => {
    const id = await someGroup(server, 'dba');
    const Operations = [{ op: 'Replace', path: 'displayName', value: 'x' }];
    expect((await server.ask('PATCH', `/Groups/${id}`, { Operations })).status).toBe(204);
    expect((await server.ask('PATCH', `/Groups/${id}`, { schemas: [PATCH_OP], Operations })).status).toBe(
      204,
    );
  });
});
