import { createHash } from 'node:crypto';

const leafPrefix = Buffer.from([0x00]);

/** RFC 6962 section 2.1: SHA-256(0x00 ‖ leaf), 32 bytes. */
export function leafHash(leaf: Uint8Array): Buffer {
  return createHash('sha256').update(leafPrefix).update(leaf).digest();
}
