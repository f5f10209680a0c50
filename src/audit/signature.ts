import { hash } from 'node:crypto';
import { publicKeyBytes } from './ed25519.ts';
import { base64, readBase64 } from './encoding.ts';
import { AuditError } from './error.ts';

/** C2SP signed-note, "Signatures" and "Verifier keys": who signs, under which name, in which line. */

/** 1 is Ed25519 over the text; 4 the Ed25519 cosignature of a witness, which has its time in it. */
export type SignatureType = 1 | 4;

export interface VerifierKey {
  readonly name: string;
  /** 4 bytes. */
  readonly id: Buffer;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly algorithm: SignatureType;
}

/** A signature as it stands in a note: not verified. */
export interface NoteSignature {
  readonly name: string;
  /** 4 bytes. */
  readonly id: Buffer;
  readonly signature: Buffer;
}

/** "Key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B) characters." */
export function isKeyName(name: string): boolean {
  return /^[^\p{White_Space}\p{Surrogate}+]+$/u.test(name);
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4]. */
export function keyId(name: string, algorithm: SignatureType, publicKey: Uint8Array): Buffer {
  const key = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([algorithm]), publicKey]);
  return hash('sha256', key, 'buffer').subarray(0, 4);
}

/** Throws AuditError `vkey_malformed`. */
export function verifierKey(name: string, algorithm: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw malformed('its name must not be empty nor hold spaces or "+"');
  if (publicKey.length !== publicKeyBytes)
    throw malformed(`its public key must have ${publicKeyBytes} bytes`);
  return { name, id: keyId(name, algorithm, publicKey), publicKey: Buffer.from(publicKey), algorithm };
}

/** `name+hex(id)+base64(type ‖ public key)`. Throws AuditError `vkey_malformed`. */
export function parseVkey(text: string): VerifierKey {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? [];
  if (name === undefined || encoded === undefined) throw malformed('it must be name+id+key');
  const [algorithm, ...publicKey] = readBase64(encoded) ?? [];
  if (algorithm !== 1 && algorithm !== 4) throw malformed('its key must be base64 and of type 1 or 4');
  const key = verifierKey(name, algorithm, Buffer.from(publicKey));
  if (key.id.toString('hex') !== id) throw malformed('its id is not that of its name and key');
  return key;
}

export function formatVkey({ name, id, publicKey, algorithm }: VerifierKey): string {
  return `${name}+${id.toString('hex')}+${base64(Buffer.concat([Buffer.from([algorithm]), publicKey]))}`;
}

/** Em dash, space, key name, space, base64(key id ‖ signature), newline. */
export function formatSignature({ name, id, signature }: NoteSignature): string {
  return `\u2014 ${name} ${base64(Buffer.concat([id, signature]))}\n`;
}

/** One line without its newline; null when it is none. */
export function readSignature(line: string): NoteSignature | null {
  const [, name, encoded] = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return null;
  const bytes = readBase64(encoded);
  if (bytes === null || bytes.length < 5) return null;
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function malformed(rule: string): AuditError {
  return new AuditError('vkey_malformed', `a verifier key is malformed: ${rule}`);
}
