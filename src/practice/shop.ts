import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** What the practice target holds: a small shop, two group roles, and the account the bot works with. */
export interface Shop {
  /** postgres:// URL of jit_admin, which may create roles and is no superuser. */
  readonly adminUrl: string;
  readonly database: 'shop';
}

/**
 * Makes the database `shop` with the tables `customers` and `orders`, the group roles `shop_ro` and `shop_rw`, and
 * `jit_admin`. Called again, it keeps the data and gives `jit_admin` a new password.
 */
export async function seedShop(superuserUrl: string): Promise<Shop> {
  const password = randomBytes(24).toString('base64url');
  await withClient(superuserUrl, async (server) => {
    const { rowCount } = await server.query(`select from pg_database where datname = 'shop'`);
    if (rowCount === 0) await server.query('create database shop');
    await server.query(ROLES);
    // The password crosses in clear, on loopback: whatever the server logs, this statement is left out.
    await server.query(`set log_statement = 'none'; set log_min_error_statement = 'panic'`);
    await server.query(`alter role jit_admin login createrole password ${pg.escapeLiteral(password)}`);
    await server.query(
      `grant shop_ro, shop_rw to jit_admin with admin option; grant pg_signal_backend to jit_admin`,
    );
  });
  const shopUrl = new URL(superuserUrl);
  shopUrl.pathname = '/shop';
  await withClient(shopUrl.href, async (shop) => {
    await shop.query(TABLES);
  });
  const adminUrl = new URL(shopUrl);
  adminUrl.username = 'jit_admin';
  adminUrl.password = password;
  return { adminUrl: adminUrl.href, database: 'shop' };
}

const ROLES = ['shop_ro', 'shop_rw', 'jit_admin']
  .map(
    (role) => `do $$ begin
      if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
    end $$;`,
  )
  .join('\n');

const TABLES = `
  create table if not exists customers (
    id int primary key, name text not null, city text not null);
  create table if not exists orders (
    id int primary key, customer int not null references customers, item text not null,
    cents int not null, placed_at timestamptz not null);
  insert into customers values
    (1, 'Ada Byron', 'London'), (2, 'Grace Murray', 'New York'), (3, 'Edsger Wybe', 'Rotterdam')
    on conflict do nothing;
  insert into orders values
    (1001, 1, 'Teapot, blue', 2450, '2026-11-16T09:12:00Z'),
    (1002, 2, 'Desk lamp', 5900, '2026-11-17T14:03:00Z'),
    (1003, 2, 'Paper, 500 sheets', 720, '2026-11-18T08:41:00Z'),
    (1004, 3, 'Bicycle bell', 1295, '2026-11-19T17:25:00Z')
    on conflict do nothing;
  grant select on customers, orders to shop_ro;
  grant select, insert, update, delete on customers, orders to shop_rw;`;

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 20_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
