import { createCipheriv, createDecipheriv } from 'node:crypto';

/** AES-256-GCM under a person's own key: `nonce (12) ‖ ciphertext ‖ tag (16)`. */

export const subjectKeyBytes = 32;
export const nonceBytes = 12;
const tagBytes = 16;

/** What a person's key is sealed for, so that it does not open as anyone else's. */
export const keyContext = (subject: string): string => `subject-key/${subject}`;

/** Which disclosure it is; authenticated, so that a sealed one opens nowhere else. */
export interface DisclosurePlace {
  readonly eventId: string;
  readonly field: string;
}

export function sealDisclosure(
  key: Uint8Array,
  nonce: Uint8Array,
  disclosure: string,
  place: DisclosurePlace,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(place));
  return Buffer.concat([nonce, cipher.update(disclosure, 'ascii'), cipher.final(), cipher.getAuthTag()]);
}

/** Null for anything that `sealDisclosure` did not make under the same key for the same place. */
export function openDisclosure(key: Uint8Array, sealed: Uint8Array, place: DisclosurePlace): string | null {
  if (sealed.length < nonceBytes + tagBytes) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associated(place)).setAuthTag(sealed.subarray(-tagBytes));
  try {
    const body = sealed.subarray(nonceBytes, -tagBytes);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('ascii');
  } catch {
    return null;
  }
}

/** The label keeps it apart from any other use of the key. */
function associated({ eventId, field }: DisclosurePlace): Buffer {
  return Buffer.from(JSON.stringify(['countersign/disclosure', eventId, field]));
}
