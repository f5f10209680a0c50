import { request } from 'node:http';
import { sign } from '../../src/workspace/signature.ts';
import { answerParent } from './child.ts';
import type { SlackRequest } from './slack-requests.ts';

export interface Load {
  readonly url: string;
  readonly signingSecret: string;
  /** The bot's clock less this machine's: signatures are of the bot's time. */
  readonly aheadMs: number;
  readonly everyMs: number;
  readonly requests: readonly SlackRequest[];
}
/** From the moment it was to be sent until the whole answer was there. */
export interface Sent {
  readonly kind: SlackRequest['kind'];
  readonly ms: number;
}

const TIMEOUT_MS = 30_000;

/**
 * Sends each request at its own moment, whether those before it have been answered or not, and counts from that
 * moment: a server that is held up cannot keep the load away from itself.
 */
answerParent<Load, readonly Sent[]>(async (load) => {
  const from = performance.now() + 100;
  return Promise.all(
    load.requests.map(async ({ kind, body }, index) => {
      const at = from + index * load.everyMs;
      await new Promise((resolve) => setTimeout(resolve, at - performance.now()));
      await post(load, body);
      return { kind, ms: performance.now() - at };
    }),
  );
});

function post({ url, signingSecret, aheadMs }: Load, body: string): Promise<void> {
  const timestampS = Math.floor((Date.now() + aheadMs) / 1_000);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'x-slack-request-timestamp': String(timestampS),
    'x-slack-signature': sign(signingSecret, timestampS, body),
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const outgoing = request(url, { method: 'POST', agent: false, headers, signal }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the bot answered ${response.statusCode}`));
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
