import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../src/practice/postgres.ts';
import type { Connector, Order } from '../../src/ports/connector.ts';
import { freshName } from '../contracts/connector-harness.ts';
import { connectorTo, openSession, sql, urlWith } from './postgres-harness.ts';

/**
 * PostgreSQL of another version and another build than the embedded one: the server on the standard port, where it
 * lets `postgres` in, and one of our own started from what is installed. Everything made there has a name of its own
 * and is removed again. Whether passwords are asked for is the server's own matter: each nature has its test.
 */
interface Real {
  readonly title: string;
  readonly superuser: string;
  readonly trusting: boolean;
  stop(): Promise<void>;
}

const versionOf = (url: string): Promise<string | null> =>
  sql(url, 'show server_version').then(
    ([row]) => String(row?.['server_version']),
    () => null,
  );
const lets = (url: string): Promise<boolean> => versionOf(url).then((version) => version !== null);

async function onStandardPort(): Promise<Real | null> {
  const superuser = 'postgres://postgres@127.0.0.1:5432/postgres';
  const version = await versionOf(superuser);
  if (version === null) return null;
  const trusting = await lets(urlWith(superuser, { password: 'wrong' }));
  return { title: `127.0.0.1:5432 (${version})`, superuser, trusting, stop: async () => {} };
}

/** Where Debian's packages put each version. */
const DEBIAN = '/usr/lib/postgresql';

async function installed(): Promise<Real | null> {
  const [newest] = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined || !existsSync(`${DEBIAN}/${newest}/bin/initdb`)) return null;
  const bin = `${DEBIAN}/${newest}/bin`;
  const server = await startPostgres({ bin });
  const version = await versionOf(server.superuserUrl);
  const title = `${bin} (${version})`;
  return { title, superuser: server.superuserUrl, trusting: false, stop: () => server.stop() };
}

const servers = (await Promise.all([onStandardPort(), installed()])).filter((server) => server !== null);
const none = 'no server lets postgres in on 127.0.0.1:5432, and none is installed';
if (servers.length === 0 && process.env['CI']) throw new Error(`${none}: install the package postgresql`);

const mark = randomBytes(4).toString('hex');
const [admin, group, database] = [`cs_admin_${mark}`, `cs_ro_${mark}`, `cs_shop_${mark}`];
/** Of this run alone: another run on the same server must not share a graveyard. */
const PREFIX = `${freshName('jit_').slice(0, 8)}_`;
const scope = { role: group, database };
const signal = (): AbortSignal => AbortSignal.timeout(15_000);

if (servers.length === 0) it.skip(`postgres-role on a server of this machine (skipped: ${none})`, () => {});

describe.each(servers)('postgres-role on $title', (server) => {
  const { superuser: SUPERUSER, trusting } = server;
  let connector: Connector;
  let adminUrl: string;
  beforeAll(async () => {
    const password = randomBytes(16).toString('hex');
    await sql(
      SUPERUSER,
      `create database ${database}`,
      `create role ${group} nologin`,
      `create role ${admin} login createrole password '${password}'`,
      `grant ${group} to ${admin} with admin option`,
      `grant pg_signal_backend to ${admin}`,
    );
    const shop = urlWith(SUPERUSER, { pathname: `/${database}` });
    await sql(
      shop,
      'create table orders (id int)',
      `grant select on orders to ${group}`,
      'grant create on schema public to public',
    );
    adminUrl = urlWith(shop, { username: admin, password });
    connector = connectorTo(adminUrl, {}, PREFIX);
  });
  afterAll(async () => {
    await connector?.close();
    await sql(SUPERUSER, `drop database if exists ${database} with (force)`);
    const ours = await sql(
      SUPERUSER,
      `select rolname from pg_roles where rolname in ('${admin}', '${group}', '${PREFIX}graveyard')`,
    );
    for (const { rolname } of ours) await sql(SUPERUSER, `drop role ${String(rolname)}`);
    await server.stop();
  });

  const orderFor = (): Order => ({
    handle: { name: freshName(PREFIX), scope, connector: { id: 'shop', use: 'postgres-role', config: {} } },
    request: 'req_0123456789ab',
    subject: 's:0123456789abcdef01234567',
    generation: 1,
    expiresAt: Date.now() + 3_600_000,
  });
  if (trusting)
    it('says so when members of the group are not asked for a password', async () => {
      const findings = await connector.checkHealth(signal(), [scope]);
      expect(findings.filter(({ level }) => level === 'error').map(({ what }) => what)).toEqual([
        expect.stringContaining(`members of ${group} are not asked for a password`),
      ]);
      const order = orderFor();
      const made = await connector.provision(order, signal());
      await expect(connector.verifyActive(order, made, signal())).rejects.toMatchObject({
        code: 'unsupported',
      });
      await connector.revoke(order.handle, signal());
    });

  if (!trusting)
    it('sees the right secret work and a wrong one fail', async () => {
      const order = orderFor();
      const made = await connector.provision(order, signal());
      expect(await connector.verifyActive(order, made, signal())).toBeGreaterThan(0);
      await connector.revoke(order.handle, signal());
    });

  it('makes, extends, lists, revokes and proves, also of a role that owns things and has a session open', async () => {
    const order = orderFor();
    const made = await connector.provision(order, signal());
    const url = urlWith(adminUrl, { username: order.handle.name, password: made.material });
    await sql(url, 'set role none', 'create table public.loot (id int)');
    const session = await openSession(url);
    const longer = { ...order, expiresAt: order.expiresAt + 60_000 };
    await connector.extend(longer, signal());
    expect(await connector.listOwned(signal())).toContainEqual({
      name: order.handle.name,
      expiresAt: longer.expiresAt,
    });
    expect(await connector.revoke(order.handle, signal())).toEqual({
      outcome: 'revoked',
      killed: 1,
      leftovers: [`${database}: table loot now belongs to ${PREFIX}graveyard`],
    });
    await session.ended;
    const proof = await connector.verifyRevoked(order.handle, null, signal());
    expect(proof).toMatchObject({ absent: true, loginRefused: 'yes', liveSessions: 0 });
    expect(await connector.revoke(order.handle, signal())).toMatchObject({ outcome: 'absent' });
  });
});
