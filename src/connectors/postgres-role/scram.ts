import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
/** RFC 7677, section 4: at least 4096. More adds nothing to a password of 192 random bits. */
const ITERATIONS = 4_096;

/**
 * What PostgreSQL stores for a password (RFC 5803). Computed here, so that the password itself never crosses the
 * wire or lands in a server's statement log. `password` must be ASCII: no SASLprep is applied.
 */
export async function scramVerifier(password: string, salt: Uint8Array): Promise<string> {
  const salted = await derive(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
