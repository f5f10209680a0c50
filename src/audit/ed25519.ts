import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** RFC 8032 Ed25519 on raw bytes; RFC 8410 section 10 has the DER that stands around them. */

export const seedBytes = 32;
export const publicKeyBytes = 32;
export const signatureBytes = 64;

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** `seed` is 32 bytes. */
export function ed25519Key(seed: Uint8Array): { publicKey: Buffer; sign(message: Uint8Array): Buffer } {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: spki.subarray(spkiPrefix.length), sign: (message) => sign(null, message, key) };
}

/** `publicKey` is 32 bytes; of a signature of another length than 64 the answer is no. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
