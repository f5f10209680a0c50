import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { LIMITS } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import { FollowerFault } from '../ports/follower.ts';
import { type Message, RETRIED, type Transport, unreachable } from './transport.ts';

export interface Endpoint {
  readonly url: URL;
  /** Signs each batch: HMAC-SHA256. */
  readonly secret: Uint8Array;
  /** PEM, in place of the system's; null: the system's. */
  readonly ca: string | null;
  /** A JSON array, as CloudEvents has it for batches, or a line of JSON for each event. */
  readonly body: 'array' | 'lines';
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * An endpoint that is sent each batch by POST, signed as Standard Webhooks 1.0 says. It has the batch when it answers
 * 2xx. Only the status of an answer is read. `webhook-id` names the events from the first to the last and the hash of
 * the last: a batch that comes again unchanged has the same, one that has grown meanwhile another.
 */
export function toEndpoint(endpoint: Endpoint): Transport {
  const where = endpoint.url.host;
  return async (batch, signal) => {
    const answer = await post(endpoint, batch, signal).catch((cause: unknown) => {
      throw unreachable(`${where} cannot be reached`, cause, signal);
    });
    const fault = faultOf(where, answer, endpoint.clock.now());
    if (fault !== null) throw fault;
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

function post(endpoint: Endpoint, batch: readonly Message[], signal: AbortSignal): Promise<Answer> {
  const { url, ca, clock } = endpoint;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const lines = endpoint.body === 'lines';
  const texts = batch.map(({ json }) => json);
  const body = Buffer.from(lines ? `${texts.join('\n')}\n` : `[${texts.join(',')}]`);
  const headers = {
    'content-type': lines ? 'application/x-ndjson' : 'application/cloudevents-batch+json',
    'content-length': body.length,
    ...signed(endpoint.secret, idOf(batch), Math.floor(clock.now() / 1_000), body),
  };
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      response.destroy();
    };
    const options = { method: 'POST', headers, signal, agent: false, ...(ca !== null && { ca }) };
    request(url, options, answered).on('error', reject).end(body);
  });
}

/** Without a full stop, which divides what is signed. */
function idOf(batch: readonly Message[]): string {
  const [first, last] = [batch.at(0), batch.at(-1)];
  return `log_${first?.index}_${last?.index}_${last?.leaf.slice(0, 16)}`;
}

function signed(secret: Uint8Array, id: string, timestamp: number, body: Buffer): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature(secret, id, timestamp, body),
  };
}

/** Standard Webhooks 1.0, "Signature scheme": over id, seconds since the epoch and body, a full stop between. */
export function signature(secret: Uint8Array, id: string, timestamp: number, body: Uint8Array): string {
  const hmac = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest('base64')}`;
}

/** Null where the batch was taken. */
function faultOf(where: string, { status, retryAfter }: Answer, now: number): FollowerFault | null {
  const answered = `${where} answered HTTP ${status}`;
  if (status >= 200 && status < 300) return null;
  if (status === 429 || status === 503)
    return new FollowerFault('throttled', answered, RETRIED, { retryAfterMs: retryAfterMs(retryAfter, now) });
  if (status >= 500 || status === 408) return new FollowerFault('unreachable', answered, RETRIED);
  return new FollowerFault('refused', answered, status < 400 ? REDIRECTED : REFUSED);
}

const REDIRECTED = 'Redirects are not followed: set COUNTERSIGN_SIEM_URL to where this one leads.';
const REFUSED =
  'Mend the endpoint, or COUNTERSIGN_SIEM_URL, _SECRET or _FORMAT; it is tried again, and no event is left out.';

/** Seconds or a date (RFC 9110, 10.2.3); what is neither, or negative, asks for nothing. */
function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Math.min(Math.max(0, ms || 0), LIMITS.siemRetryAfterMaxMs);
}
