import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { KeyError } from './ports/sealer.ts';
import type { Sealer } from './ports/sealer.ts';

/** `size` bytes that nobody can guess; tests give their own. */
export type Random = (size: number) => Uint8Array;

export interface Keys {
  /** 32 hex digits; tells two installations on one target apart. */
  readonly installation: string;
  readonly sealer: Sealer;
  readonly namingKey: Uint8Array;
  readonly fingerprintKey: Uint8Array;
  /** The private JWK (Ed25519) that signs tokens; `kid` is its thumbprint (RFC 7638). */
  tokenSigningKey(): Promise<JsonWebKey & { kid: string }>;
  /** Its public half as a JWK set (RFC 7517), for `/.well-known/jwks.json`. */
  jwks(): Promise<{ keys: readonly (JsonWebKey & { kid: string })[] }>;
}

const KEYS_FILE = 'keys.json';
const KEY_BYTES = 32;

const key = z
  .base64()
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
  .refine((bytes) => bytes.length === KEY_BYTES, `must be ${KEY_BYTES} bytes`);

/** The file as it lies on disk. The last sealing key seals, all of them open: so a key is rotated by adding one. */
const keysFile = z.strictObject({
  version: z.literal(1),
  installation: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits'),
  sealing: z
    .array(z.strictObject({ id: z.int().min(1).max(255), key }))
    .min(1)
    .max(255)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'repeats a key id'),
  naming: key,
  fingerprint: key,
  /** Ed25519's seed (RFC 8032, 5.1.5). */
  tokenSigning: key,
});

/**
 * The installation's keys, from one file, so that they are all there or none is. With `create` a missing file is
 * made; an existing one is never replaced. Throws KeyError.
 */
export function loadKeys(
  folder: string,
  { create, random = randomBytes }: { create: boolean; random?: Random },
): Keys {
  const file = join(folder, KEYS_FILE);
  if (create) createKeys(folder, file, random);
  refuseUnsafe(folder, 'directory');
  refuseUnsafe(file, 'file');
  const read = keysFile.safeParse(readJson(file));
  if (!read.success) {
    const [issue] = read.error.issues;
    const what = `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unreadable'}`;
    throw new KeyError(
      'keys_invalid',
      `${file} holds no keys of ours (${what})`,
      'Restore it from its backup.',
    );
  }
  const { installation, sealing, naming, fingerprint, tokenSigning } = read.data;
  const sealingKeys = new Map(sealing.map(({ id, key }) => [id, key]));
  const current = sealing.at(-1)?.id ?? 0;
  return {
    installation,
    sealer: createSealer(sealingKeys, current, random),
    namingKey: naming,
    fingerprintKey: fingerprint,
    tokenSigningKey: () => privateJwk(tokenSigning),
    jwks: async () => {
      const { d: _private, ...publicJwk } = await privateJwk(tokenSigning);
      return { keys: [{ ...publicJwk, use: 'sig' }] };
    },
  };
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed value: key id (1 byte), nonce (12), ciphertext, tag (16). AES-256-GCM, the context authenticated. */
function createSealer(keys: ReadonlyMap<number, Uint8Array>, current: number, random: Random): Sealer {
  return {
    seal(plain, context) {
      const sealingKey = keys.get(current);
      if (sealingKey === undefined) throw new Error(`no sealing key ${current}`);
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(associated(current, context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return new Uint8Array(Buffer.concat([Uint8Array.of(current), nonce, body, cipher.getAuthTag()]));
    },
    open(sealed, context) {
      const sealingKey = keys.get(sealed[0] ?? 0);
      if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES) throw sealBroken('it is too short');
      if (sealingKey === undefined) throw sealBroken('its key is not among ours');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, nonce, { authTagLength: TAG_BYTES })
        .setAAD(associated(sealed[0] ?? 0, context))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const body = sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES);
        return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
      } catch {
        throw sealBroken('it was changed, or sealed for something else');
      }
    },
  };
}

/** Binds the ciphertext to its use; the label keeps it apart from any other use of the key. */
function associated(keyId: number, context: string): Buffer {
  return Buffer.from(`countersign/seal/${keyId}\n${context}`, 'utf8');
}

function sealBroken(why: string): KeyError {
  const hint =
    'Check that the keys folder belongs to this database; what cannot be opened must be issued again.';
  return new KeyError('seal_broken', `a sealed value does not open: ${why}`, hint);
}

/** PKCS #8 for Ed25519 (RFC 8410, 7) up to the seed. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

async function privateJwk(seed: Uint8Array): Promise<JsonWebKey & { kid: string }> {
  const signing = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const kid = await calculateJwkThumbprint(createPublicKey(signing).export({ format: 'jwk' }));
  return { ...signing.export({ format: 'jwk' }), kid };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // The parser's own message quotes the text, which is key material.
    if (error instanceof SyntaxError) return undefined;
    const hint = 'Let the user that runs Countersign read it, and nobody else.';
    throw new KeyError('keys_unsafe', `${file} cannot be read`, hint, { cause: error });
  }
}

/** Links are followed: what counts is who may read what is there. */
function refuseUnsafe(path: string, kind: 'directory' | 'file'): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    const hint = 'Set COUNTERSIGN_KEYS to the folder they are in, or make new ones: countersign keys init';
    throw new KeyError('keys_missing', `there are no keys at ${path}`, hint);
  }
  if (kind === 'directory' ? !found.isDirectory() : !found.isFile()) {
    throw new KeyError('keys_unsafe', `${path} is no ${kind}`, `Put a ${kind} there.`);
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    const hint = `Run: chmod ${kind === 'directory' ? '700' : '600'} ${path}`;
    throw new KeyError('keys_unsafe', `${path} is open to other users of this machine`, hint);
  }
}

function newKeys(random: Random): string {
  const secret = () => Buffer.from(random(KEY_BYTES)).toString('base64');
  const content = {
    version: 1,
    installation: Buffer.from(random(16)).toString('hex'),
    sealing: [{ id: 1, key: secret() }],
    naming: secret(),
    fingerprint: secret(),
    tokenSigning: secret(),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Written aside, made durable, then linked into place: the file is there whole or not at all. */
function createKeys(folder: string, file: string, random: Random): void {
  const draft = join(folder, `.${KEYS_FILE}.${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (existsSync(file)) return;
    refuseUnsafe(folder, 'directory');
    try {
      writeFileSync(draft, newKeys(random), { mode: 0o600, flag: 'wx', flush: true });
      // Not renamed: of two processes that start together, the second must not replace the first's keys.
      linkSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
    if (process.platform !== 'win32') syncFolder(folder);
  } catch (error) {
    if (error instanceof KeyError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    const hint = 'Make it a folder on a local disk that this process may write to.';
    throw new KeyError('keys_unwritable', `keys cannot be made in ${folder}`, hint, { cause: error });
  }
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
