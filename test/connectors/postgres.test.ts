import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Connector, Order, Provisioned } from '../../src/ports/connector.ts';
import { type PracticePostgres, startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';
import { freshName } from '../contracts/connector-harness.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { connectorTo, openSession, ownerUrl, PREFIX, sql, urlWith } from './postgres-harness.ts';

let server: PracticePostgres;
let adminUrl: string;
let shopUrl: string;
let connector: Connector;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
  ({ adminUrl } = await seedShop(server.superuserUrl));
  shopUrl = urlWith(server.superuserUrl, { pathname: '/shop' });
  await sql(shopUrl, 'create database attic', 'grant create on database attic to public');
  connector = connectorTo(adminUrl);
});
afterAll(async () => {
  await connector?.close();
  await server?.stop();
});

const signal = (): AbortSignal => AbortSignal.timeout(15_000);
const orderFor = (role = 'shop_ro', name = freshName(PREFIX)): Order => ({
  handle: {
    name,
    scope: { role, database: 'shop' },
    connector: { id: 'shop', use: 'postgres-role', config: {} },
  },
  request: 'req_0123456789ab',
  subject: 's:0123456789abcdef01234567',
  generation: 1,
  expiresAt: Date.now() + 3_600_000,
});
const make = async (role?: string): Promise<{ order: Order; made: Provisioned; url: string }> => {
  const order = orderFor(role);
  const made = await connector.provision(order, signal());
  return { order, made, url: ownerUrl(adminUrl, order, made) };
};

it('makes nothing with a superuser as admin, unless that is meant', async () => {
  const reckless = connectorTo(server.superuserUrl);
  const order = orderFor();
  await expect(reckless.provision(order, signal())).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('the admin account is a superuser'),
  });
  expect(await sql(shopUrl, `select from pg_roles where rolname = '${order.handle.name}'`)).toEqual([]);
  const meant = connectorTo(server.superuserUrl, { allowSuperuser: true });
  await meant.provision(order, signal());
  expect(await meant.revoke(order.handle, signal())).toMatchObject({ outcome: 'revoked' });
  await Promise.all([reckless.close(), meant.close()]);
});

describe('the role', () => {
  it('works as the group, inherits nothing, and says whose it is in its comment', async () => {
    const { order, url } = await make('shop_rw');
    expect(await sql(url, 'select session_user as s, current_user as c')).toEqual([
      { s: order.handle.name, c: 'shop_rw' },
    ]);
    await expect(sql(url, 'reset role', 'set role none', 'select from orders')).rejects.toMatchObject({
      code: '42501',
    });
    const [row] = await sql(
      adminUrl,
      `select rolinherit, rolconnlimit, shobj_description(oid, 'pg_authid') as comment from pg_roles where rolname = '${order.handle.name}'`,
    );
    expect(row).toMatchObject({ rolinherit: false, rolconnlimit: 5 });
    expect(JSON.parse(String(row?.['comment']))).toEqual({
      jit: { request: order.request, subject: order.subject, generation: 1, expiresAt: order.expiresAt },
    });
  });

  it('cannot lengthen its own life, and a password it gives itself does not save it', async () => {
    const { order, url } = await make();
    const { name } = order.handle;
    await expect(
      sql(url, 'set role none', `alter role ${name} valid until 'infinity'`),
    ).rejects.toMatchObject({ code: '42501' });
    await sql(url, 'set role none', `alter role ${name} password 'mine'`);
    await connector.revoke(order.handle, signal());
    await expect(sql(urlWith(url, { password: 'mine' }), 'select 1')).rejects.toMatchObject({
      code: '28P01',
    });
  });

  it('is reached by the host that people know, where the configuration names one', async () => {
    const named = connectorTo(adminUrl, { displayHost: 'db.example.com:6432' });
    const order = orderFor();
    const { secret } = await named.provision(order, signal());
    expect(named.describeScope(order.handle.scope)).toBe('role shop_ro on shop at db.example.com:6432');
    expect(secret.expose().map(({ label }) => label)).toEqual([
      'Server',
      'Database',
      'User',
      'Password',
      'Connection string',
    ]);
    expect(secret.expose()[0]?.value).toBe('db.example.com:6432');
    await named.close();
  });

  it('is not made when the group is missing or may not be given out, and the message says what to do', async () => {
    await expect(connector.provision(orderFor('no_such_role'), signal())).rejects.toMatchObject({
      code: 'invalid',
    });
    await sql(shopUrl, 'create role vault nologin');
    await expect(connector.provision(orderFor('vault'), signal())).rejects.toMatchObject({ code: 'auth' });
    expect((await connector.listOwned(signal())).length).toBeGreaterThan(0);
    const rows = await sql(
      adminUrl,
      `select from pg_roles where rolname like 'jit%' and not rolcanlogin and rolname not like '%graveyard'`,
    );
    expect(rows).toHaveLength(0);
  });

  it('says so when CONNECT was taken from public, without which nobody gets in', async () => {
    const order = orderFor();
    await sql(shopUrl, 'revoke connect on database attic from public');
    const scope = { role: 'shop_ro', database: 'attic' };
    const attic = { ...order, handle: { ...order.handle, scope } };
    const made = await connector.provision(attic, signal());
    await expect(connector.verifyActive(attic, made, signal())).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('CONNECT on the database must be granted to public'),
    });
    await sql(shopUrl, 'grant connect on database attic to public');
    await connector.revoke(attic.handle, signal());
  });
});

describe('live sessions', () => {
  it('are ended whatever role they have taken, also in the middle of a transaction', async () => {
    const { order, url } = await make('shop_rw');
    const [plain, asNone, busy] = [await openSession(url), await openSession(url), await openSession(url)];
    await asNone.client.query('set role none');
    await busy.client.query('begin; update orders set cents = 0 where id = 1001');
    expect(await connector.revoke(order.handle, signal())).toMatchObject({ outcome: 'revoked', killed: 3 });
    await Promise.all([plain.ended, asNone.ended, busy.ended]);
    expect(await sql(shopUrl, 'select cents from orders where id = 1001')).toEqual([{ cents: 2450 }]);
  });

  it('of a role that someone dropped by hand are ended by its oid', async () => {
    const { order, url } = await make();
    const ghost = await openSession(url);
    await sql(shopUrl, `drop role ${order.handle.name}`);
    expect(await connector.verifyRevoked(order.handle, 1, signal())).toMatchObject({
      absent: true,
      liveSessions: 1,
    });
    expect(await connector.revoke(order.handle, signal())).toEqual({
      outcome: 'absent',
      killed: 1,
      leftovers: [],
    });
    await ghost.ended;
    expect(await connector.verifyRevoked(order.handle, 1, signal())).toMatchObject({
      absent: true,
      liveSessions: 0,
    });
  });

  it('whose role nobody can name any more are reported, and not ended on a guess', async () => {
    const { order, url } = await make();
    const ghost = await openSession(url);
    let ended = false;
    void ghost.ended.then(() => (ended = true));
    await sql(shopUrl, `drop role ${order.handle.name}`);
    const restarted = connectorTo(adminUrl);
    const removed = await restarted.revoke(order.handle, signal());
    expect(removed).toMatchObject({ outcome: 'absent', killed: 0 });
    expect(removed.leftovers).toEqual([
      expect.stringMatching(/^session \d+ belongs to a role that was dropped/),
    ]);
    expect(await ghost.client.query('select 1').then(({ rowCount }) => rowCount)).toBe(1);
    expect(ended).toBe(false);
    await connector.revoke(order.handle, signal());
    await ghost.ended;
    await restarted.close();
  });
});

describe('what a role leaves behind', () => {
  it('goes to a role that can do nothing, in every database, and a SECURITY DEFINER function is no back door', async () => {
    const { order, made, url } = await make('shop_rw');
    await sql(shopUrl, 'grant create on schema public to public');
    const atticUrl = urlWith(ownerUrl(adminUrl, order, made), { pathname: '/attic' });
    await sql(
      url,
      'set role none',
      'create table loot (id int)',
      'create function door() returns bigint language sql security definer set search_path = public as $$ select count(*) from orders $$',
    );
    await sql(
      atticUrl,
      'set role none',
      'create schema den',
      'create function den.nest() returns int language sql as $$ select 1 $$',
      'create table den.hoard (id int)',
      'grant select on den.hoard to public',
    );
    const removed = await connector.revoke(order.handle, signal());
    expect(removed.outcome).toBe('revoked');
    expect([...removed.leftovers].sort()).toEqual([
      'attic: function den.nest() now belongs to jit_test_graveyard',
      'attic: schema den now belongs to jit_test_graveyard',
      'attic: table den.hoard now belongs to jit_test_graveyard',
      'shop: function door() (SECURITY DEFINER) now belongs to jit_test_graveyard',
      'shop: table loot now belongs to jit_test_graveyard',
    ]);
    await expect(sql(shopUrl, 'select door()')).rejects.toMatchObject({ code: '42501' });
    const [graveyard] = await sql(
      adminUrl,
      `select rolcanlogin, rolinherit, (select count(*)::int from pg_auth_members where member = r.oid) as groups
       from pg_roles r where rolname = 'jit_test_graveyard'`,
    );
    expect(graveyard).toEqual({ rolcanlogin: false, rolinherit: false, groups: 0 });
    expect((await connector.listOwned(signal())).map(({ name }) => name)).not.toContain('jit_test_graveyard');
  });

  it('keeps the login shut when the rest cannot be cleaned, and is listed with the expiry it had', async () => {
    const { order, made, url } = await make();
    const session = await openSession(url);
    await sql(
      urlWith(ownerUrl(adminUrl, order, made), { pathname: '/attic' }),
      'set role none',
      'create schema stuck',
    );
    await sql(shopUrl, 'alter database attic allow_connections false');
    await expect(connector.revoke(order.handle, signal())).rejects.toMatchObject({ name: 'ConnectorFault' });
    await session.ended;
    expect(await connector.verifyRevoked(order.handle, 1, signal())).toMatchObject({
      absent: false,
      loginRefused: 'yes',
    });
    const owned = (await connector.listOwned(signal())).find(({ name }) => name === order.handle.name);
    expect(owned?.expiresAt).toBe(order.expiresAt);
    await expect(connector.extend(order, signal())).rejects.toMatchObject({ code: 'conflict' });
    await sql(shopUrl, 'alter database attic allow_connections true');
    expect(await connector.revoke(order.handle, signal())).toMatchObject({
      outcome: 'revoked',
      leftovers: ['attic: schema stuck now belongs to jit_test_graveyard'],
    });
  });
});

describe('the target', () => {
  it('that falls silent in the middle is left at once, and lets go of what it held', async () => {
    await using proxy = await startFaultProxy(server.port);
    const behind = connectorTo(urlWith(adminUrl, { port: String(proxy.port) }));
    const { order, made } = await make();
    expect((await behind.listOwned(signal())).length).toBeGreaterThan(0);
    proxy.fault({ kind: 'hang' });
    const since = Date.now();
    const calls = [
      behind.revoke(order.handle, AbortSignal.timeout(200)),
      behind.verifyActive(order, made, AbortSignal.timeout(200)),
      behind.listOwned(AbortSignal.timeout(200)),
    ];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ code: 'unreachable' })));
    expect(Date.now() - since).toBeLessThan(2_000);
    await behind.close();
    expect(await connector.revoke(order.handle, signal())).toMatchObject({ outcome: 'revoked' });
  });

  it('proves nothing while the admin’s own database is missing', async () => {
    const lost = connectorTo(urlWith(adminUrl, { pathname: '/no_such_database' }));
    await expect(lost.verifyRevoked(orderFor().handle, 1, signal())).rejects.toMatchObject({
      code: 'unreachable',
    });
    await expect(lost.revoke(orderFor().handle, signal())).rejects.toMatchObject({ code: 'unreachable' });
    await lost.close();
  });

  it('has no connection left once the connector is closed', async () => {
    await using proxy = await startFaultProxy(server.port);
    const behind = connectorTo(urlWith(adminUrl, { port: String(proxy.port) }));
    const order = orderFor();
    await behind.verifyActive(order, await behind.provision(order, signal()), signal());
    await behind.revoke(order.handle, signal());
    await behind.verifyRevoked(order.handle, 1, signal());
    expect(proxy.sockets()).toBeGreaterThan(0);
    await behind.close();
    await vi.waitFor(() => expect(proxy.sockets()).toBe(0));
  });

  it('refuses an admin reference that is no URL, without repeating it', () => {
    const open = (): Connector => connectorTo('hunter2 is no URL');
    expect(open).toThrowError(
      'the admin reference of postgres-role must hold postgres://USER:PASSWORD@HOST/DATABASE',
    );
  });

  it('says auth when the admin’s own password is wrong', async () => {
    const wrong = connectorTo(urlWith(adminUrl, { password: 'wrong' }));
    await expect(wrong.revoke(orderFor().handle, signal())).rejects.toMatchObject({ code: 'auth' });
    await wrong.close();
  });
});
