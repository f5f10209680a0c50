import { ed25519Key, ed25519Verify, signatureBytes } from './ed25519.ts';
import { AuditError } from './error.ts';
import { formatSignature, type NoteSignature, verifierKey, type VerifierKey } from './signature.ts';

/** C2SP tlog-cosignature, the Ed25519 kind (type 0x04): u64 time ‖ signature, over header, time and text. */

const timeBytes = 8;

/** A signature line, with its newline: what a witness answers. `timeS` is s since the epoch. */
export function cosign(
  text: string,
  { name, seed }: { name: string; seed: Uint8Array },
  timeS: number,
): string {
  if (!isTime(timeS)) throw new AuditError('cosignature_invalid', 'a cosignature must have a time, in s');
  const key = ed25519Key(seed);
  const time = Buffer.alloc(timeBytes);
  time.writeBigUInt64BE(BigInt(timeS));
  const signature = Buffer.concat([time, key.sign(signedMessage(text, timeS))]);
  return formatSignature({ name, id: verifierKey(name, 4, key.publicKey).id, signature });
}

/**
 * The time of the cosignature, s since the epoch: until then the witness had seen no larger tree of this log, and
 * none that contradicts it. Throws AuditError `cosignature_invalid`.
 */
export function verifyCosignature(text: string, signature: NoteSignature, key: VerifierKey): number {
  if (key.algorithm !== 4 || signature.name !== key.name || !signature.id.equals(key.id))
    throw invalid(key, 'it is of another key');
  const time = cosignatureTime(text, signature.signature, key.publicKey);
  if (time === null) throw invalid(key, 'it does not verify');
  return time;
}

/** Null when the signature is not the key's for this text, or has no time. */
export function cosignatureTime(text: string, signature: Buffer, publicKey: Uint8Array): number | null {
  if (signature.length !== timeBytes + signatureBytes) return null;
  const time = Number(signature.readBigUInt64BE());
  if (!isTime(time)) return null;
  return ed25519Verify(publicKey, signedMessage(text, time), signature.subarray(timeBytes)) ? time : null;
}

/** 0 would say that the witness does not tell when (tlog-witness). */
const isTime = (timeS: number): boolean => Number.isSafeInteger(timeS) && timeS > 0;

function signedMessage(text: string, timeS: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`);
}

function invalid(key: VerifierKey, rule: string): AuditError {
  return new AuditError('cosignature_invalid', `the cosignature of ${key.name} is invalid: ${rule}`);
}
