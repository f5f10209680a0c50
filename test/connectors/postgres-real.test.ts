import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Connector, Order } from '../../src/ports/connector.ts';
import { freshName } from '../contracts/connector-harness.ts';
import { connectorTo, openSession, sql, urlWith } from './postgres-harness.ts';

/**
 * A PostgreSQL of another version and another build than the embedded one, where one listens on this machine and
 * lets `postgres` in. Everything made there has a name of its own and is removed again. What it needs a password
 * for is skipped where the server asks for none: its pg_hba.conf is not ours to edit.
 */
const SUPERUSER = 'postgres://postgres@127.0.0.1:5432/postgres';
const mark = randomBytes(4).toString('hex');
const [admin, group, database] = [`cs_admin_${mark}`, `cs_ro_${mark}`, `cs_shop_${mark}`];
/** Of this run alone: another run on the same server must not share a graveyard. */
const PREFIX = freshName('jit_').slice(0, 8) + '_';
const scope = { role: group, database };
const signal = (): AbortSignal => AbortSignal.timeout(15_000);

const version = await sql(SUPERUSER, 'show server_version').then(
  ([row]) => String(row?.['server_version']),
  () => null,
);

describe.skipIf(version === null)(
  `postgres-role on 127.0.0.1:5432 (${version ?? 'no server lets postgres in there'})`,
  () => {
    let connector: Connector;
    let adminUrl: string;
    let trusting = false;
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
      trusting = await sql(urlWith(adminUrl, { password: 'wrong' }), 'select 1').then(
        () => true,
        () => false,
      );
    });
    afterAll(async () => {
      await connector?.close();
      await sql(SUPERUSER, `drop database if exists ${database} with (force)`);
      const ours = await sql(
        SUPERUSER,
        `select rolname from pg_roles where rolname in ('${admin}', '${group}', '${PREFIX}graveyard')`,
      );
      for (const { rolname } of ours) await sql(SUPERUSER, `drop role ${String(rolname)}`);
    });

    const orderFor = (): Order => ({
      handle: { name: freshName(PREFIX), scope, connector: { id: 'shop', use: 'postgres-role', config: {} } },
      request: 'req_0123456789ab',
      subject: 's:0123456789abcdef01234567',
      generation: 1,
      expiresAt: Date.now() + 3_600_000,
    });
    const onlyWhen = (context: TestContext, condition: boolean, reason: string): void => {
      if (!condition) context.skip(reason);
    };

    it('says so when members of the group are not asked for a password', async (context) => {
      onlyWhen(context, trusting, 'this server asks for passwords');
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

    it('sees the right secret work and a wrong one fail', async (context) => {
      onlyWhen(context, !trusting, 'this server asks for no password (trust), so there is no wrong secret');
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
  },
);
