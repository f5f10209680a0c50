import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock, Ids } from './ports/clock.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      // A longer time-out than 2³¹−1 ms would fire at once.
      const timer = setTimeout(finish, Math.min(ms, 2_147_483_647));
      function finish(): void {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      }
      signal?.addEventListener('abort', finish, { once: true });
    }),
};

/** Crockford's base32 in lower case: no i, l, o or u, so that an id can be read out over the telephone. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const REQUEST_ID_CHARS = 12;

const SALT_BYTES = 16;
let salts = Buffer.alloc(0);

/** Drawn for many at once: a call for each costs more than all else that is done with it. */
function salt(): Uint8Array {
  if (salts.length === 0) salts = randomBytes(SALT_BYTES * 256);
  const next = salts.subarray(0, SALT_BYTES);
  salts = salts.subarray(SALT_BYTES);
  return next;
}

export const systemIds: Ids = {
  event: () => randomUUID(),
  request: () => {
    const chars = Array.from({ length: REQUEST_ID_CHARS }, () => ALPHABET.charAt(randomInt(ALPHABET.length)));
    return `req_${chars.join('')}`;
  },
  subject: () => `s:${randomBytes(12).toString('hex')}`,
  salt,
};
