import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import postgresRole from '../../src/connectors/postgres-role/index.ts';
import {
  type ConnectorRegistry,
  importFrom,
  installationPrefix,
  openConnectors,
} from '../../src/connectors/registry.ts';
import signedJwt from '../../src/connectors/signed-jwt/index.ts';
import { ConnectorFault } from '../../src/ports/connector.ts';
import { contextWith } from './context.ts';

const namingKey = new Uint8Array(32).fill(1);
const fingerprintKey = new Uint8Array(32).fill(2);
const jwt = { id: 'api', use: 'signed-jwt', config: { lifetimeMaxMs: 1_000 } };
let folder: string;

const PLUGIN = `
  const any = { parse: (value) => value };
  export default {
    id: 'door', apiVersion: 1, scopeSchema: any,
    configSchema: { parse(value) { if (value.bad) throw new Error('bad: must be absent'); return value; } },
    open: (id, config) => ({
      manifest: { id: 'door', apiVersion: 1, name: { maxLength: config.maxLength ?? 32, charset: /^[a-z0-9_]+$/ },
        caps: { nativeExpiry: 'none', killSessions: false, extend: false, list: 'none', loginProbe: false } },
      close: async () => { globalThis.doorsClosed = (globalThis.doorsClosed ?? 0) + 1; },
    }),
  };`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-plugins-'));
  await writeFile(path.join(folder, 'door.mjs'), PLUGIN);
  await writeFile(
    path.join(folder, 'old.mjs'),
    PLUGIN.replace('apiVersion: 1, scopeSchema', 'apiVersion: 0, scopeSchema'),
  );
  await writeFile(path.join(folder, 'empty.mjs'), 'export const nothing = 1;');
  await writeFile(path.join(folder, 'broken.mjs'), 'throw new Error("it breaks as it loads");');
});
afterAll(() => rm(folder, { recursive: true }));

const registry = (key = namingKey, prefix = 'jit_test_'): ConnectorRegistry =>
  openConnectors({
    context: contextWith({ prefix }),
    builtIns: [postgresRole, signedJwt],
    load: importFrom(folder),
    namingKey: key,
    fingerprintKey,
  });

describe('names', () => {
  it('follow from the grant alone, and fit every target', () => {
    const name = registry().nameFor('req_0123456789ab', 1);
    expect(name).toBe(registry().nameFor('req_0123456789ab', 1));
    expect(name).toMatch(/^jit_test_[a-z2-7]{20}$/);
    expect(name).toHaveLength(29);
  });

  it('differ by request, generation, installation and key', () => {
    const names = [
      registry().nameFor('req_0123456789ab', 1),
      registry().nameFor('req_0123456789ab', 2),
      registry().nameFor('req_0123456789ac', 1),
      registry(new Uint8Array(32)).nameFor('req_0123456789ab', 1),
      registry(namingKey, 'jit_othr_').nameFor('req_0123456789ab', 1),
    ].map((name) => name.slice(9));
    expect(new Set(names).size).toBe(names.length);
  });

  it('begin with a prefix that follows from the installation', () => {
    expect(installationPrefix('0'.repeat(32))).toMatch(/^jit_[a-z2-7]{4}_$/);
    expect(installationPrefix('0'.repeat(32))).toBe(installationPrefix('0'.repeat(32)));
    expect(installationPrefix('0'.repeat(32))).not.toBe(installationPrefix('1'.repeat(32)));
  });
});

it('takes the fingerprint of a secret under its own key', () => {
  expect(registry().fingerprint('secret')).toMatch(/^[0-9a-f]{16}$/);
  expect(registry().fingerprint('secret')).not.toBe(registry().fingerprint('secret2'));
  expect(registry().fingerprint('secret')).toBe(registry(new Uint8Array(32)).fingerprint('secret'));
});

describe('opening', () => {
  it('opens one connector for one snapshot, in whatever order its keys stand', async () => {
    const all = registry();
    const config = { admin: 'env:X', connectionLimit: 2 };
    const other = { connectionLimit: 2, admin: 'env:X' };
    const context = contextWith({ secretOf: () => 'postgres://a:b@127.0.0.1:1/c' });
    const opened = openConnectors({
      context,
      builtIns: [postgresRole],
      load: importFrom(folder),
      namingKey,
      fingerprintKey,
    });
    const one = await opened.open({ id: 'shop', use: 'postgres-role', config });
    expect(await opened.open({ id: 'shop', use: 'postgres-role', config: other })).toBe(one);
    expect(await opened.open({ id: 'shop', use: 'postgres-role', config: { admin: 'env:X' } })).not.toBe(one);
    await opened.close();
    await all.close();
  });

  it('tries again what could not be opened, and quotes no value of the configuration', async () => {
    let secret: string | null = null;
    const context = contextWith({
      secretOf: () => {
        if (secret === null) throw new ConnectorFault('invalid', 'env:X is not set');
        return secret;
      },
    });
    const opened = openConnectors({
      context,
      builtIns: [postgresRole],
      load: importFrom(folder),
      namingKey,
      fingerprintKey,
    });
    const snapshot = { id: 'shop', use: 'postgres-role', config: { admin: 'env:X' } };
    await expect(opened.open(snapshot)).rejects.toThrow('env:X is not set');
    secret = 'postgres://a:b@127.0.0.1:1/c';
    await expect(opened.open(snapshot)).resolves.toBeDefined();
    const pasted = { ...snapshot, config: { admin: 'postgres://a:hunter2@h/d' } };
    await expect(opened.open(pasted)).rejects.toThrow(
      'connector shop (postgres-role): config.admin: expected env:NAME or file:PATH that holds a postgres:// URL',
    );
    await opened.close();
  });

  it('opens a connector anew when a secret it refers to was rotated, and lets go of the old one', async () => {
    let secret: string | null = 'first';
    const secretOf = () => {
      if (secret === null) throw new ConnectorFault('invalid', 'file:x cannot be opened (ENOENT)');
      return secret;
    };
    const all = openConnectors({
      context: contextWith({ secretOf }),
      builtIns: [],
      load: importFrom(folder),
      namingKey,
      fingerprintKey,
    });
    Object.assign(globalThis, { doorsClosed: 0 });
    const snapshot = { id: 'door', use: './door.mjs', config: { nested: { key: 'file:x' } } };
    const first = await all.open(snapshot);
    expect(await all.open(snapshot)).toBe(first);
    secret = null;
    expect(await all.open(snapshot)).toBe(first);
    secret = 'second';
    const second = await all.open(snapshot);
    expect(second).not.toBe(first);
    expect(await all.open(snapshot)).toBe(second);
    expect(globalThis).toMatchObject({ doorsClosed: 1 });
    await all.close();
    expect(globalThis).toMatchObject({ doorsClosed: 2 });
  });

  it('opens nothing once it is closed, and closes what was open', async () => {
    Object.assign(globalThis, { doorsClosed: 0 });
    const all = registry();
    await all.open({ id: 'door', use: './door.mjs', config: {} });
    await all.close();
    expect(globalThis).toMatchObject({ doorsClosed: 1 });
    await expect(all.open(jwt)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('closes the first of very many, so that edits of a catalogue do not pile up', async () => {
    const all = registry();
    Object.assign(globalThis, { doorsClosed: 0 });
    for (let n = 0; n < 66; n += 1) await all.open({ id: 'door', use: './door.mjs', config: { n } });
    expect(globalThis).toMatchObject({ doorsClosed: 2 });
    await all.close();
  });
});

describe('plugins', () => {
  it('load by a path relative to the catalogue', async () => {
    expect((await registry().loadPlugin('./door.mjs')).id).toBe('door');
  });

  it.each([
    ['./old.mjs', 'unsupported', 'apiVersion'],
    ['./empty.mjs', 'unsupported', 'default export'],
    ['./broken.mjs', 'invalid', 'it breaks as it loads'],
    ['./none.mjs', 'invalid', 'could not be loaded'],
    ['no-such-package-of-ours', 'invalid', 'could not be loaded'],
    ['data:text/javascript,export default 1', 'invalid', 'use one of postgres-role, signed-jwt'],
    ['https://example.com/x.js', 'invalid', 'use one of'],
    ['node:fs', 'invalid', 'use one of'],
    ['@scope/../x', 'invalid', 'use one of'],
  ])('are refused with a reason: %s', async (use, code, reason) => {
    const error: unknown = await registry()
      .loadPlugin(use)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
  });

  it('are refused when our names do not fit their target', async () => {
    await expect(
      registry().open({ id: 'door', use: './door.mjs', config: { maxLength: 28 } }),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('admit names of 29 characters'),
    });
  });
});

describe('checking a catalogue', () => {
  it('finds nothing wrong with what is right', async () => {
    expect(await registry().checkConfig('postgres-role', { admin: 'env:SHOP_ADMIN_URL' })).toEqual([]);
    expect(await registry().checkScope('postgres-role', { role: 'shop_ro', database: 'shop' })).toEqual([]);
  });

  it('says where and what, for built-in connectors and for those of others', async () => {
    expect(await registry().checkConfig('postgres-role', { admin: 'env:X', connectionLimit: 0 })).toEqual([
      { path: ['connectionLimit'], message: expect.any(String) },
    ]);
    expect(await registry().checkScope('postgres-role', { role: 'pg_monitor', database: 'shop' })).toEqual([
      { path: ['role'], message: expect.stringContaining('make a group role') },
    ]);
    expect(await registry().checkConfig('./door.mjs', { bad: true })).toEqual([
      { path: [], message: 'bad: must be absent' },
    ]);
    expect(await registry().checkConfig('nonsense:', {})).toEqual([
      { path: [], message: expect.stringContaining('use one of') },
    ]);
  });
});
