import { cosignatureTime } from './cosignature.ts';
import { ed25519Key, ed25519Verify, seedBytes } from './ed25519.ts';
import { AuditError } from './error.ts';
import {
  formatSignature,
  formatVkey,
  type NoteSignature,
  readSignature,
  verifierKey,
  type VerifierKey,
} from './signature.ts';

export { formatVkey, keyId, parseVkey } from './signature.ts';
export type { NoteSignature, VerifierKey } from './signature.ts';

/** C2SP signed-note: a text, a blank line, signature lines. */

/** The specification asks for at least 16; Go's reader takes 100. */
const maxSignatures = 100;

export interface NoteSigner {
  readonly name: string;
  readonly vkey: string;
  /** Key id (4 bytes) ‖ signature (64 bytes). */
  sign(text: string): Buffer;
}

/** Ed25519, type 0x01. Throws AuditError `seed_malformed` unless the seed has 32 bytes, or `vkey_malformed`. */
export function signerFromSeed(name: string, seed: Uint8Array): NoteSigner {
  if (seed.length !== seedBytes)
    throw new AuditError(
      'seed_malformed',
      `the seed of key ${name} has ${seed.length} bytes, expected ${seedBytes}`,
    );
  const pair = ed25519Key(seed);
  const key = verifierKey(name, 1, pair.publicKey);
  return {
    name,
    vkey: formatVkey(key),
    sign: (text) => Buffer.concat([key.id, pair.sign(Buffer.from(text))]),
  };
}

/** Throws AuditError `note_malformed` where `parseNote` could not read it again. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n')) throw malformed('its text must end in a newline');
  const lines = signers.map((signer) => {
    const signed = signer.sign(text);
    return formatSignature({ name: signer.name, id: signed.subarray(0, 4), signature: signed.subarray(4) });
  });
  const note = `${text}\n${lines.join('')}`;
  parseNote(note);
  return note;
}

export interface ParsedNote {
  /** With its last newline. */
  readonly text: string;
  /** Not verified; equal ones told once. */
  readonly signatures: readonly NoteSignature[];
}

/** Throws AuditError `note_malformed`. The text must not be used before `verifyNote`. */
export function parseNote(note: string | Uint8Array): ParsedNote {
  const whole = wellFormed(note);
  // "The text is separated from the signatures by the last empty line in the note."
  const blank = whole.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('it must have a blank line before its signatures');
  if (!whole.endsWith('\n')) throw malformed('it must end in a newline');
  const lines = whole.slice(blank + 2, -1).split('\n', maxSignatures + 1);
  if (lines.length > maxSignatures) throw malformed(`it may have at most ${maxSignatures} signatures`);
  const signatures = [...new Set(lines)].map((line) => {
    const signature = readSignature(line);
    if (signature === null) throw malformed('a line after its blank line is no signature');
    return signature;
  });
  return { text: whole.slice(0, blank + 1), signatures };
}

export interface VerifiedNote {
  readonly text: string;
  /** Each key once, in the order of the signatures. */
  readonly verifiedBy: readonly VerifierKey[];
  /** How many signatures are of keys that are not known. */
  readonly unverified: number;
}

/**
 * Every signature of a known key must verify. Throws AuditError `note_malformed`, `note_signature_invalid`, or
 * `note_unsigned` when no known key has signed.
 */
export function verifyNote(note: string | Uint8Array, keys: readonly VerifierKey[]): VerifiedNote {
  const { text, signatures } = parseNote(note);
  const verifiedBy = new Set<VerifierKey>();
  let unverified = 0;
  for (const signature of signatures) {
    const key = keys.find(({ name, id }) => name === signature.name && id.equals(signature.id));
    if (key === undefined) unverified++;
    else if (verifies(text, signature, key)) verifiedBy.add(key);
    else
      throw new AuditError(
        'note_signature_invalid',
        `the note's signature of key ${key.name} does not verify`,
      );
  }
  if (verifiedBy.size === 0) throw new AuditError('note_unsigned', 'the note is not signed by a known key');
  return { text, verifiedBy: [...verifiedBy], unverified };
}

function verifies(
  text: string,
  { signature }: NoteSignature,
  { algorithm, publicKey }: VerifierKey,
): boolean {
  switch (algorithm) {
    case 1:
      return ed25519Verify(publicKey, Buffer.from(text), signature);
    case 4:
      return cosignatureTime(text, signature, publicKey) !== null;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** "Signed notes MUST be valid UTF-8 and MUST NOT contain any ASCII control characters other than newline." */
function wellFormed(note: string | Uint8Array): string {
  const text = typeof note === 'string' ? note : decode(note);
  if (/[^\P{Cc}\n\x7f-\x9f]/u.test(text)) throw malformed('it must hold no control characters but newlines');
  if (!text.isWellFormed()) throw malformed('it must be UTF-8');
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new AuditError('note_malformed', 'a note is malformed: it must be UTF-8', { cause });
  }
}

function malformed(rule: string): AuditError {
  return new AuditError('note_malformed', `a note is malformed: ${rule}`);
}
