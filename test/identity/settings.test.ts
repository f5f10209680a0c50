import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Config, ConfigError, type Env, loadConfig } from '../../src/config.ts';
import { testAuthority } from '../siem/certificate.ts';

const { ca } = testAuthority();
const LDAP = {
  COUNTERSIGN_LDAP_URL: 'ldaps://ldap.example.com',
  COUNTERSIGN_LDAP_BIND_DN: 'cn=countersign,dc=example,dc=com',
  COUNTERSIGN_LDAP_PASSWORD: 'env:DIRECTORY_PASSWORD',
  DIRECTORY_PASSWORD: 'canary',
};

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'countersign-ldap-'));
  writeFileSync(join(cwd, 'ca.pem'), ca);
  writeFileSync(join(cwd, 'other.txt'), 'canary\n', { mode: 0o600 });
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (env: Env): Config => loadConfig(env, { cwd, envFile: null });

it('is not read unless it is said where it is', () => {
  expect(load({}).ldap).toBeNull();
});

it('is a server over TLS, and the account we read with', () => {
  const { ldap, secretValues } = load({ ...LDAP, COUNTERSIGN_LDAP_CA: 'ca.pem' });
  expect(ldap).toMatchObject({
    url: 'ldaps://ldap.example.com',
    startTls: false,
    bindDn: 'cn=countersign,dc=example,dc=com',
    ca,
  });
  expect(ldap?.password()).toBe('canary');
  expect(secretValues).toContain('canary');
});

it.each<[string, string, boolean]>([
  ['ldap://ldap.example.com/', 'ldap://ldap.example.com', true],
  ['ldap://10.0.0.7:3389', 'ldap://10.0.0.7:3389', true],
  ['ldap://127.0.0.1:3389', 'ldap://127.0.0.1:3389', false],
  ['ldap://[::1]:3389', 'ldap://[::1]:3389', false],
  ['ldap://localhost', 'ldap://localhost', false],
])('%s is encrypted before anything is said, except on loopback', (given, url, startTls) => {
  expect(load({ ...LDAP, COUNTERSIGN_LDAP_URL: given }).ldap).toMatchObject({ url, startTls });
});

it('reads the password each time', () => {
  const { ldap } = load({ ...LDAP, COUNTERSIGN_LDAP_PASSWORD: 'file:other.txt' });
  expect(ldap?.password()).toBe('canary');
  writeFileSync(join(cwd, 'other.txt'), 'canary-new\n');
  expect(ldap?.password()).toBe('canary-new');
});

const without = (name: keyof typeof LDAP): Env => ({ ...LDAP, [name]: undefined });

it.each<[string, Env, string]>([
  [
    'an address of another kind',
    { ...LDAP, COUNTERSIGN_LDAP_URL: 'https://ldap.test' },
    'COUNTERSIGN_LDAP_URL must be',
  ],
  [
    'an address with a password',
    { ...LDAP, COUNTERSIGN_LDAP_URL: 'ldaps://me:canary@ldap.test' },
    'must be ldaps',
  ],
  [
    'an address with a base',
    { ...LDAP, COUNTERSIGN_LDAP_URL: 'ldaps://ldap.test/dc=x' },
    'must be ldaps://HOST',
  ],
  [
    'a base with a question',
    { ...LDAP, COUNTERSIGN_LDAP_URL: 'ldaps://ldap.test?x' },
    'must be ldaps://HOST',
  ],
  ['no host', { ...LDAP, COUNTERSIGN_LDAP_URL: 'ldaps://' }, 'must be ldaps://HOST'],
  ['no address', without('COUNTERSIGN_LDAP_URL'), 'COUNTERSIGN_LDAP_URL is missing'],
  ['no account', without('COUNTERSIGN_LDAP_BIND_DN'), 'COUNTERSIGN_LDAP_BIND_DN is missing'],
  [
    'an account that is no name',
    { ...LDAP, COUNTERSIGN_LDAP_BIND_DN: 'countersign' },
    'the name of an entry',
  ],
  ['no password', without('COUNTERSIGN_LDAP_PASSWORD'), 'COUNTERSIGN_LDAP_PASSWORD is missing'],
  ['the password itself', { ...LDAP, COUNTERSIGN_LDAP_PASSWORD: 'canary' }, 'and not be the password'],
  ['a password that is not set', without('DIRECTORY_PASSWORD'), 'env:DIRECTORY_PASSWORD is not set'],
  ['a password that is empty', { ...LDAP, DIRECTORY_PASSWORD: '' }, 'env:DIRECTORY_PASSWORD is empty'],
  [
    'a setting of ours as the password',
    { ...LDAP, COUNTERSIGN_LDAP_PASSWORD: 'env:COUNTERSIGN_LDAP_URL' },
    "is Countersign's own",
  ],
  [
    'an authority that is not there',
    { ...LDAP, COUNTERSIGN_LDAP_CA: 'no.pem' },
    'COUNTERSIGN_LDAP_CA names no file',
  ],
  [
    'an authority that is none',
    { ...LDAP, COUNTERSIGN_LDAP_CA: 'other.txt' },
    'COUNTERSIGN_LDAP_CA names no file',
  ],
  ['an authority alone', { COUNTERSIGN_LDAP_CA: 'ca.pem' }, 'COUNTERSIGN_LDAP_URL is missing'],
])('refuses %s', (_, env, said) => {
  const refused = (() => {
    try {
      return load(env);
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toBeInstanceOf(ConfigError);
  const { message } = refused as ConfigError;
  expect(message).toContain(said);
  expect(message).not.toContain('canary');
});

it('refuses a file with the password that others can read', () => {
  chmodSync(join(cwd, 'other.txt'), 0o644);
  expect(() => load({ ...LDAP, COUNTERSIGN_LDAP_PASSWORD: 'file:other.txt' })).toThrow(
    'can be read by others',
  );
});
