import { hash } from 'node:crypto';
import { AuditError } from './error.ts';

export interface Disclosure {
  /** Base64url of 16 random bytes. */
  readonly salt: string;
  readonly field: string;
  readonly value: string;
}

/** RFC 9901 section 4.2.1: base64url of the JSON array [salt, field, value]. */
export function disclose(salt: Uint8Array, field: string, value: string): string {
  if (salt.length !== 16)
    throw new AuditError('disclosure_malformed', `salt of "${field}" has ${salt.length} bytes, expected 16`);
  const array = [Buffer.from(salt).toString('base64url'), field, value];
  return Buffer.from(JSON.stringify(array), 'utf8').toString('base64url');
}

/** RFC 9901 section 4.2.3: base64url of the SHA-256 of the disclosure's ASCII. What the event keeps. */
export function disclosureDigest(disclosure: string): string {
  return hash('sha256', disclosure, 'base64url');
}

/** Throws AuditError `disclosure_malformed`. */
export function readDisclosure(disclosure: string): Disclosure {
  const parsed = parse(disclosure);
  if (Array.isArray(parsed) && parsed.length === 3) {
    const [salt, field, value] = parsed as unknown[];
    if (typeof salt === 'string' && typeof field === 'string' && typeof value === 'string')
      return { salt, field, value };
  }
  throw new AuditError('disclosure_malformed', 'a disclosure must be the JSON array [salt, field, value]');
}

function parse(disclosure: string): unknown {
  try {
    return JSON.parse(Buffer.from(disclosure, 'base64url').toString('utf8'));
  } catch (cause) {
    throw new AuditError('disclosure_malformed', 'a disclosure must be base64url of JSON', { cause });
  }
}
