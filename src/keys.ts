import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  randomBytes,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { createKeyFile, key, type KeyFile, newKey, type Random, readKeyFile } from './key-file.ts';
import { KeyError } from './ports/sealer.ts';
import type { Sealer } from './ports/sealer.ts';

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

const fileIn = (folder: string): KeyFile => ({
  folder,
  name: 'keys.json',
  missing: 'Set COUNTERSIGN_KEYS to the folder they are in, or make new ones: countersign keys init',
});

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
  const file = fileIn(folder);
  if (create) createKeyFile(file, () => newKeys(random));
  const { installation, sealing, naming, fingerprint, tokenSigning } = readKeyFile(file, keysFile);
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

function newKeys(random: Random): object {
  return {
    version: 1,
    installation: Buffer.from(random(16)).toString('hex'),
    sealing: [{ id: 1, key: newKey(random) }],
    naming: newKey(random),
    fingerprint: newKey(random),
    tokenSigning: newKey(random),
  };
}
