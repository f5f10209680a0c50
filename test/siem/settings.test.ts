import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, ConfigError, type Env, loadConfig } from '../../src/config.ts';
import { testAuthority } from './certificate.ts';

const SECRET = `whsec_${Buffer.from('0123456789abcdefcanary-secret-01').toString('base64')}`;
const FILE = { COUNTERSIGN_SIEM_URL: 'file:///var/log/events.ndjson' };
const HTTPS = {
  COUNTERSIGN_SIEM_URL: 'https://siem.test/in?key=canary-path',
  COUNTERSIGN_SIEM_SECRET: SECRET,
};
const SYSLOG = { COUNTERSIGN_SIEM_URL: 'syslog+tls://siem.test' };

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'countersign-siem-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (env: Env): Config => loadConfig(env, { cwd, envFile: null });

function refused(env: Env): ConfigError {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

it('is nothing by default', () => {
  expect(load({}).siem).toBeNull();
});

it.each<[string, Env, object]>([
  ['a file', FILE, { kind: 'file', path: '/var/log/events.ndjson' }],
  [
    'an endpoint',
    HTTPS,
    { kind: 'endpoint', secret: new Uint8Array(Buffer.from('0123456789abcdefcanary-secret-01')) },
  ],
  [
    'an endpoint on loopback',
    { ...HTTPS, COUNTERSIGN_SIEM_URL: 'http://127.0.0.1:8088/' },
    { kind: 'endpoint' },
  ],
  ['a collector', SYSLOG, { kind: 'collector', host: 'siem.test', port: 6_514 }],
  [
    'a collector at a port',
    { COUNTERSIGN_SIEM_URL: 'syslog+tls://[::1]:10514' },
    { kind: 'collector', host: '::1', port: 10_514 },
  ],
])('takes %s, as OCSF 1.8.0 with pseudonyms', (_, env, to) => {
  expect(load(env).siem).toMatchObject({
    to,
    ca: null,
    format: 'ocsf',
    ocsfVersion: '1.8.0',
    detail: 'pseudonyms',
  });
});

it('takes a format, its version and names', () => {
  const format = { COUNTERSIGN_SIEM_FORMAT: 'ecs', COUNTERSIGN_SIEM_DETAIL: 'names' };
  expect(load({ ...FILE, ...format }).siem).toMatchObject({ format: 'ecs', detail: 'names' });
  expect(load({ ...FILE, COUNTERSIGN_SIEM_OCSF_VERSION: '1.9.0-dev' }).siem).toMatchObject({
    ocsfVersion: '1.9.0-dev',
  });
});

it('takes an authority, from the folder it is started in', () => {
  const { ca } = testAuthority();
  writeFileSync(join(cwd, 'ca.pem'), ca);
  expect(load({ ...SYSLOG, COUNTERSIGN_SIEM_CA: 'ca.pem' }).siem).toMatchObject({ ca });
});

describe('refuses', () => {
  const CA = { COUNTERSIGN_SIEM_CA: 'ca.pem' };
  beforeEach(() => {
    writeFileSync(join(cwd, 'ca.pem'), testAuthority().ca);
    writeFileSync(join(cwd, 'other.txt'), 'no certificate');
  });

  it.each<[string, Env, string]>([
    ['a secret without an address', { COUNTERSIGN_SIEM_SECRET: SECRET }, 'SIEM_SECRET is set, and'],
    ['a format without an address', { COUNTERSIGN_SIEM_FORMAT: 'ecs' }, 'SIEM_FORMAT is set, and'],
    ['https without a secret', { ...HTTPS, COUNTERSIGN_SIEM_SECRET: undefined }, 'SIEM_SECRET is missing'],
    ['a secret for a file', { ...FILE, COUNTERSIGN_SIEM_SECRET: SECRET }, 'nothing is signed over file:'],
    [
      'a secret for syslog',
      { ...SYSLOG, COUNTERSIGN_SIEM_SECRET: SECRET },
      'nothing is signed over syslog+tls:',
    ],
    [
      'http anywhere but on loopback',
      { ...HTTPS, COUNTERSIGN_SIEM_URL: 'http://siem.test/' },
      'loopback alone',
    ],
    ['an authority for a file', { ...FILE, ...CA }, 'there is no TLS over file:'],
    ['an authority that is not there', { ...SYSLOG, COUNTERSIGN_SIEM_CA: 'no.pem' }, 'names no file'],
    ['an authority that is none', { ...SYSLOG, COUNTERSIGN_SIEM_CA: 'other.txt' }, 'names no file'],
    [
      'a version of OCSF for ECS',
      { ...FILE, COUNTERSIGN_SIEM_FORMAT: 'ecs', COUNTERSIGN_SIEM_OCSF_VERSION: '1.8.0' },
      'OCSF_VERSION is set, and the format is ecs',
    ],
    [
      'names in CloudEvents',
      { ...FILE, COUNTERSIGN_SIEM_FORMAT: 'cloudevents', COUNTERSIGN_SIEM_DETAIL: 'names' },
      'which have none',
    ],
    [
      'a version that is not there',
      { ...FILE, COUNTERSIGN_SIEM_OCSF_VERSION: '1.9.0' },
      'one of 1.8.0, 1.9.0-dev',
    ],
    [
      'a short secret',
      { ...HTTPS, COUNTERSIGN_SIEM_SECRET: 'whsec_AAAA' },
      'must be whsec_ and 24 to 64 bytes',
    ],
    ['a secret without its prefix', { ...HTTPS, COUNTERSIGN_SIEM_SECRET: SECRET.slice(6) }, 'must be whsec_'],
  ])('%s', (_, env, what) => {
    const { message, problems } = refused(env);
    expect(problems).toHaveLength(1);
    expect(message).toContain(what);
    expect(message).not.toContain('canary');
    expect(message).not.toContain(SECRET.slice(10));
  });

  it.each([
    'siem.test',
    'ftp://siem.test/',
    'file://host/events',
    'file:///',
    'file:///var/log/',
    'file:///var%2flog',
    'https://user:canary@siem.test/',
    'https://siem.test/#part',
    'syslog+tls://',
    'syslog+tls://siem.test/path',
    'syslog://siem.test',
  ])('%s as an address', (COUNTERSIGN_SIEM_URL) => {
    const { message } = refused({ COUNTERSIGN_SIEM_URL });
    expect(message).toContain(
      'COUNTERSIGN_SIEM_URL must be file:///PATH, https://HOST/PATH or syslog+tls://HOST',
    );
    expect(message).not.toContain('canary');
  });
});

it('has its secret and its address masked in every line of the log', () => {
  expect(load(HTTPS).secretValues).toEqual(expect.arrayContaining([SECRET, HTTPS.COUNTERSIGN_SIEM_URL]));
});
