import pg from 'pg';
import { expect, vi } from 'vitest';
import plugin from '../../src/connectors/postgres-role/index.ts';
import type { Connector, Order, Provisioned } from '../../src/ports/connector.ts';
import { startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';
import { type ConnectorHarness, freshName, type LiveSession } from '../contracts/connector-harness.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { contextWith } from './context.ts';

export const PREFIX = 'jit_test_';

/** A connector to the server behind `adminUrl`. */
export function connectorTo(
  adminUrl: string,
  config: Record<string, unknown> = {},
  prefix = PREFIX,
): Connector {
  const parsed = plugin.configSchema.parse({ admin: 'env:SHOP_ADMIN_URL', ...config });
  return plugin.open('shop', parsed as never, contextWith({ secretOf: () => adminUrl, prefix }));
}

export const urlWith = (
  url: string,
  over: Partial<Record<'username' | 'password' | 'pathname' | 'port', string>>,
): string => Object.assign(new URL(url), over).href;

/** Runs one statement after another on a connection of its own. */
export async function sql(url: string, ...statements: string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** The credential's own URL, as its owner would use it. */
export const ownerUrl = (adminUrl: string, order: Order, made: Provisioned): string =>
  urlWith(adminUrl, { username: order.handle.name, password: made.material, pathname: '/shop' });

async function works(adminUrl: string, order: Order, made: Provisioned): Promise<boolean> {
  try {
    await sql(ownerUrl(adminUrl, order, made), 'select count(*) from orders');
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '28P01') return false;
    throw error;
  }
}

export async function openSession(url: string): Promise<LiveSession & { client: pg.Client }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  await client.connect();
  await client.query('select count(*) from orders');
  return { ended, client };
}

/** The contract's view of the embedded server, which logs every statement. */
export async function embeddedHarness(): Promise<ConnectorHarness> {
  const server = await startPostgres({
    settings: { log_statement: 'all', log_connections: 'on', fsync: 'off' },
  });
  const { adminUrl } = await seedShop(server.superuserUrl);
  await sql(urlWith(server.superuserUrl, { pathname: '/shop' }), 'grant create on schema public to public');
  const proxy = await startFaultProxy(server.port);
  const proxied = urlWith(adminUrl, { port: String(proxy.port) });
  const refusing = await startFaultProxy(server.port);
  refusing.fault({ kind: 'refuse' });
  const silent = await startFaultProxy(server.port);
  silent.fault({ kind: 'hang' });
  const closed = await startFaultProxy(server.port);
  await closed.close();
  const at =
    (port: number): (() => Connector) =>
    () =>
      connectorTo(urlWith(adminUrl, { port: String(port) }));
  return {
    prefix: PREFIX,
    scope: { role: 'shop_ro', database: 'shop' },
    hostileScopes: [
      { role: 'shop_ro; drop table orders', database: 'shop' },
      { role: 'pg_execute_server_program', database: 'shop' },
      { role: 'none', database: 'shop' },
      { role: 'jit_test_aaaaaaaaaaaaaaaaaaaa', database: 'shop' },
      { role: 'x'.repeat(64), database: 'shop' },
      { role: 'no_such_role', database: 'shop' },
      { role: 'shop_ro', database: 'shop?user=postgres' },
      { role: 'shop_ro' },
      { role: 'shop_ro', database: 'shop', superuser: true },
    ],
    open: () => connectorTo(adminUrl),
    works: (order, made) => works(adminUrl, order, made),
    replacesSecret: true,
    canaries: [new URL(adminUrl).password],
    targetLog: () => server.logText(),
    openSession: (order, made) => openSession(ownerUrl(adminUrl, order, made)),
    leaveBehind: async (order, made) => {
      await sql(
        ownerUrl(adminUrl, order, made),
        'reset role',
        'set role none',
        'create table public.loot (id int)',
      );
    },
    down: [
      { what: 'nothing listens', open: at(closed.port) },
      { what: 'connections are reset', open: at(refusing.port) },
    ],
    hanging: at(silent.port),
    foreign: async () => {
      const name = freshName('jit_othr_');
      await sql(adminUrl, `create role ${name} nologin`);
      return {
        name,
        exists: async () =>
          (await sql(adminUrl, `select from pg_roles where rolname = '${name}'`)).length === 1,
      };
    },
    cut: (nth, when) => {
      proxy.fault({ kind: 'cut', nth, when });
      return {
        open: () => connectorTo(proxied),
        hasCut: () => proxy.hasCut(),
        mend: () => proxy.fault({ kind: 'none' }),
      };
    },
    waiting: async () => {
      await vi.waitFor(async () => {
        const waiters = await sql(
          adminUrl,
          `select from pg_locks where locktype = 'advisory' and not granted`,
        );
        expect(waiters.length).toBeGreaterThan(0);
      });
    },
    lacks: {},
    close: async () => {
      await Promise.all([proxy.close(), refusing.close(), silent.close()]);
      await server.stop();
    },
  };
}
