import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the practice server', () => {
  it('listens on loopback only, has no unix socket, and asks for a password by SCRAM', async () => {
    await using server = await startPostgres();
    const [row] = await query(
      server.superuserUrl,
      `select current_setting('listen_addresses') as at, current_setting('unix_socket_directories') as sockets,
        (select array_agg(distinct auth_method) from pg_hba_file_rules) as methods,
        (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'postgres') as scram`,
    );
    expect(row).toEqual({ at: '127.0.0.1', sockets: '', methods: ['scram-sha-256'], scram: true });
    const wrong = Object.assign(new URL(server.superuserUrl), { password: 'wrong' }).href;
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(server.logText()).toContain('ready to accept connections');
  });

  it('leaves nothing behind when it is stopped, and stops once', async () => {
    const server = await startPostgres();
    const [row] = (await query(server.superuserUrl, 'show data_directory')) as { data_directory: string }[];
    const folder = path.dirname(row?.data_directory ?? '');
    expect(await readdir(folder)).toEqual(['data']);
    await Promise.all([server.stop(), server.stop()]);
    expect(existsSync(folder)).toBe(false);
    await expect(query(server.superuserUrl, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes up a kept folder again, under a new password', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'countersign-kept-'));
    const first = await startPostgres({ dataDir });
    await query(first.superuserUrl, 'create table kept (n int)');
    await first.stop();
    const second = await startPostgres({ dataDir });
    expect(await query(second.superuserUrl, 'select n from kept')).toEqual([]);
    expect(new URL(second.superuserUrl).password).not.toBe(new URL(first.superuserUrl).password);
    const old = Object.assign(new URL(second.superuserUrl), {
      password: new URL(first.superuserUrl).password,
    }).href;
    await expect(query(old, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await second.stop();
    await rm(dataDir, { recursive: true });
  });

  it('does not outlive the process that started it, killed without warning', async () => {
    const script = fileURLToPath(new URL('hold-postgres.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const [row] = (await query(url, 'show data_directory')) as { data_directory: string }[];
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(query(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' }), {
      timeout: 10_000,
    });
    const folder = path.dirname(row?.data_directory ?? '/');
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 10_000 });
  });

  it('says what the log says when it cannot start', async () => {
    await expect(startPostgres({ settings: { shared_buffers: 'much' } })).rejects.toThrow(
      /did not start; its log ends:\n.*invalid value for parameter "shared_buffers"/s,
    );
  });
});

describe('the shop', () => {
  it('has orders to read, and an account that may create roles and is no superuser', async () => {
    await using server = await startPostgres({ settings: { log_statement: 'all' } });
    const first = await seedShop(server.superuserUrl);
    const again = await seedShop(server.superuserUrl);
    await expect(query(first.adminUrl, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const [row] = await query(
      again.adminUrl,
      `select rolsuper, rolcreaterole, pg_has_role('shop_ro', 'member with admin option') as ro,
        pg_has_role('shop_rw', 'member with admin option') as rw, current_database() as database
       from pg_roles where rolname = current_user`,
    );
    expect(row).toEqual({ rolsuper: false, rolcreaterole: true, ro: true, rw: true, database: 'shop' });
    const shopUrl = Object.assign(new URL(server.superuserUrl), { pathname: '/shop' }).href;
    expect(await query(shopUrl, 'select count(*)::int as orders from orders')).toEqual([{ orders: 4 }]);
    for (const url of [first.adminUrl, again.adminUrl]) {
      expect(server.logText().includes(new URL(url).password)).toBe(false);
    }
  });
});
