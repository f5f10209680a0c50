import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKeys } from '../src/keys.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  folder = join(root, 'deep', 'keys');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = () => join(folder, 'keys.json');
const create = () => loadKeys(folder, { create: true });
const open = () => loadKeys(folder, { create: false });
const edit = (change: (content: Record<string, unknown>) => void) => {
  const content = JSON.parse(readFileSync(file(), 'utf8'));
  change(content);
  writeFileSync(file(), JSON.stringify(content));
};
const text = (value: string) => new TextEncoder().encode(value);

describe('making keys', () => {
  it('happens once: the same keys are read back, also by a second creation', async () => {
    const [first, second, third] = [create(), open(), create()];
    for (const again of [second, third]) {
      expect(again.installation).toBe(first.installation);
      expect(again.namingKey).toEqual(first.namingKey);
      expect(again.fingerprintKey).toEqual(first.fingerprintKey);
      expect(await again.tokenSigningKey()).toEqual(await first.tokenSigningKey());
    }
    expect(first.namingKey).not.toEqual(first.fingerprintKey);
  });

  it.skipIf(process.platform === 'win32')('leaves one file for its owner alone', () => {
    create();
    expect(readdirSync(folder)).toEqual(['keys.json']);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('does not happen unasked', () => {
    expect(open).toThrow(
      expect.objectContaining({ code: 'keys_missing', hint: expect.stringContaining('keys init') }),
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('does not replace keys that another process made meanwhile', () => {
    let other = '';
    const random = (size: number) => {
      other ||= create().installation;
      return new Uint8Array(size);
    };
    expect(loadKeys(folder, { create: true, random }).installation).toBe(other);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('does not replace keys that cannot be read', () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file(), 'canary', { mode: 0o600 });
    expect(create).toThrow(expect.objectContaining({ code: 'keys_invalid' }));
    expect(readFileSync(file(), 'utf8')).toBe('canary');
  });

  it('says so where nothing can be written', () => {
    writeFileSync(join(root, 'deep'), 'a file where a folder should be');
    expect(create).toThrow(expect.objectContaining({ code: 'keys_unwritable' }));
  });

  it('takes its randomness from outside', () => {
    let next = 0;
    const random = (size: number) => new Uint8Array(size).fill((next += 1));
    expect(loadKeys(folder, { create: true, random }).installation).toBe('01'.repeat(16));
    expect(open().namingKey).toEqual(new Uint8Array(32).fill(3));
  });
});

describe('reading keys', () => {
  it.skipIf(process.platform === 'win32')(
    'refuses what other users of the machine can read, with the remedy',
    () => {
      create();
      chmodSync(file(), 0o640);
      expect(open).toThrow(
        expect.objectContaining({ code: 'keys_unsafe', hint: `Run: chmod 600 ${file()}` }),
      );
      chmodSync(file(), 0o600);
      chmodSync(folder, 0o750);
      expect(open).toThrow(
        expect.objectContaining({ code: 'keys_unsafe', hint: `Run: chmod 700 ${folder}` }),
      );
      expect(create).toThrow(expect.objectContaining({ code: 'keys_unsafe' }));
    },
  );

  it.each<[string, (content: Record<string, unknown>) => void, RegExp]>([
    ['a short key', (c) => (c.naming = Buffer.alloc(31, 7).toString('base64')), /naming: must be 32 bytes/],
    ['a missing key', (c) => delete c.fingerprint, /fingerprint/],
    ['an unknown version', (c) => (c.version = 2), /version/],
    ['an unknown field', (c) => (c.extra = 1), /extra/],
    ['a bad installation', (c) => (c.installation = 'x'), /installation: must be 32 hex digits/],
    ['no sealing key', (c) => (c.sealing = []), /sealing/],
  ])('refuses %s', (_, change, message) => {
    create();
    edit(change);
    expect(open).toThrow(message);
    expect(open).toThrow(expect.objectContaining({ code: 'keys_invalid' }));
  });

  it('does not quote a broken file', () => {
    create();
    writeFileSync(file(), '{"naming": canary');
    expect(open).toThrow(expect.not.objectContaining({ message: expect.stringContaining('canary') }));
  });
});

describe('a sealed value', () => {
  const broken = expect.objectContaining({
    code: 'seal_broken',
    hint: expect.stringContaining('keys folder'),
  });

  it('opens under the same context, also for another process', () => {
    const sealed = create().sealer.seal(text('hunter2'), 'req_1/1');
    expect(Buffer.from(sealed).includes('hunter2')).toBe(false);
    expect(open().sealer.open(sealed, 'req_1/1')).toEqual(text('hunter2'));
    expect(open().sealer.open(create().sealer.seal(text(''), 'c'), 'c')).toEqual(text(''));
  });

  it('is never the same twice', () => {
    const { sealer } = create();
    expect(sealer.seal(text('hunter2'), 'c')).not.toEqual(sealer.seal(text('hunter2'), 'c'));
  });

  it('does not open under another context, or another installation', () => {
    const sealed = create().sealer.seal(text('hunter2'), 'req_1/1');
    expect(() => open().sealer.open(sealed, 'req_2/1')).toThrow(broken);
    const other = loadKeys(join(root, 'other'), { create: true });
    expect(() => other.sealer.open(sealed, 'req_1/1')).toThrow(broken);
  });

  it('does not open when any byte was changed, or when it was cut', () => {
    const { sealer } = create();
    const sealed = sealer.seal(text('hunter2'), 'c');
    for (const [position, byte] of sealed.entries()) {
      const changed = Uint8Array.from(sealed);
      changed[position] = byte ^ 1;
      expect(() => sealer.open(changed, 'c'), `byte ${position}`).toThrow(broken);
      expect(() => sealer.open(sealed.subarray(0, position), 'c'), `cut at ${position}`).toThrow(broken);
    }
  });

  it('opens after a key was added, which seals from then on', () => {
    const sealed = create().sealer.seal(text('hunter2'), 'c');
    edit((c) => (c.sealing as object[]).push({ id: 2, key: Buffer.alloc(32, 9).toString('base64') }));
    const { sealer } = open();
    expect(sealer.open(sealed, 'c')).toEqual(text('hunter2'));
    expect(sealer.seal(text('hunter2'), 'c')[0]).toBe(2);
  });
});

describe('the token-signing key', () => {
  it('signs what the published set verifies', async () => {
    const keys = create();
    const jwk = await keys.tokenSigningKey();
    const token = await new SignJWT({ sub: 's' })
      .setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid })
      .sign(await importJWK(jwk, 'EdDSA'));
    const published = await keys.jwks();
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: published.keys as never }));
    expect(payload.sub).toBe('s');
    expect(published.keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ['crv', 'kid', 'kty', 'use', 'x'],
    ]);
  });

  it('follows RFC 8032 and RFC 8037 (their test key and its thumbprint)', async () => {
    create();
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    edit((c) => (c.tokenSigning = seed.toString('base64')));
    expect(await open().tokenSigningKey()).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    });
  });
});
