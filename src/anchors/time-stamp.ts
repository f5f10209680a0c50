import { hash } from 'node:crypto';
import { AuditError } from '../audit/error.ts';
import { readTimeStampAnswer, timeStampRequest } from '../audit/timestamp.ts';
import { type Anchor, AnchorFault } from '../ports/anchor.ts';
import { post, refusedWith } from './http.ts';

export interface TimeStampOptions {
  readonly url: string;
  /** `size` bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array;
}

/**
 * An RFC 3161 server over HTTP (section 3.4): its word that the signed head existed at a time. It keeps nothing that
 * could be asked for; the receipt is the token in base64, for `openssl ts -verify -token_in`.
 */
export function createTimeStamp({ url, random }: TimeStampOptions): Anchor {
  const what = `time-stamp server ${new URL(url).host}`;
  return {
    name: 'time-stamp',
    async publish({ note }, signal) {
      const imprint = hash('sha256', note, 'buffer');
      const nonce = nonceOf(random(8));
      const body = timeStampRequest(imprint, nonce);
      const answer = await post({ what, url, type: 'application/timestamp-query', body }, signal);
      if (answer.status !== 200) throw refusedWith(what, answer, HINT);
      if (answer.type !== 'application/timestamp-reply')
        throw new AnchorFault('refused', `the ${what} answered something that is no time-stamp`, HINT);
      return tokenIn(what, answer.body, imprint, nonce);
    },
    held: async () => [],
  };
}

const HINT = 'Check COUNTERSIGN_TIMESTAMP_URL: it must lead to an RFC 3161 server that takes SHA-256.';

/** A positive integer of exactly 8 bytes: the first of them 01 to 7f. */
function nonceOf(bytes: Uint8Array): Uint8Array {
  const nonce = Uint8Array.from(bytes);
  nonce[0] = ((nonce[0] ?? 0) % 0x7f) + 1;
  return nonce;
}

function tokenIn(what: string, body: Buffer, imprint: Uint8Array, nonce: Uint8Array): string {
  try {
    return readTimeStampAnswer(body, imprint, nonce).token.toString('base64');
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    throw new AnchorFault('refused', `the ${what}: ${error.message}`, HINT, { cause: error });
  }
}
