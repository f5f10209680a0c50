import type { IncomingMessage, ServerResponse } from 'node:http';
import { type App, type Receiver, verifySlackRequest } from '@slack/bolt';
import { LIMITS } from '../../limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

interface HttpReceiver extends Receiver {
  /** Answers one request to POST /slack/events by itself; never rejects. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * Slack over HTTP, for a server of ours. Bolt's own receiver takes timestamps of the future and exact replays; this
 * bounds the window on both sides and answers a signature once.
 */
export function createHttpReceiver(signingSecret: string, clock: Clock, logger: Logger): HttpReceiver {
  let app: App | undefined;
  const seen = new Signatures(clock);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') return end(response, 405, { allow: 'POST' });
    const raw = await readBody(request);
    if (raw === null) return end(response, 413, { connection: 'close' });
    const signed = verify(request, raw, signingSecret, clock.now());
    if (signed === null) {
      logger.warn(
        { path: request.url?.split('?', 1)[0] },
        'slack request refused: signature or time is wrong',
      );
      return end(response, 401);
    }
    const first = seen.add(signed);
    if (first === 'full') return end(response, 503, { 'retry-after': '10' });
    // Nothing is done twice, and nothing is told to whoever replays.
    if (first === 'again') return end(response, 200);
    const body = parseBody(request.headers['content-type'], raw);
    if (body === null) return end(response, 400);
    if (body.ssl_check !== undefined) return end(response, 200);
    if (body.type === 'url_verification') return endJson(response, { challenge: body.challenge });
    await process(app, request, response, body);
  };

  return {
    init(bolt) {
      app = bolt;
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async handler(request, response) {
      try {
        await answer(request, response);
      } catch (error) {
        logger.error({ error }, 'slack request failed');
      }
      // A listener that neither answered nor threw must not leave Slack waiting for its time-out.
      if (!response.writableEnded && !response.destroyed) end(response, response.headersSent ? 200 : 500);
    },
  };
}

async function process(
  app: App | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  body: Record<string, unknown>,
): Promise<void> {
  const retryNum = Number(request.headers['x-slack-retry-num']);
  await app?.processEvent({
    body,
    ...(Number.isInteger(retryNum) && { retryNum }),
    ack: (said?: unknown) => {
      if (response.writableEnded) return Promise.resolve();
      if (said === undefined || said === '') end(response, 200);
      else if (typeof said === 'string')
        end(response, 200, { 'content-type': 'text/plain; charset=utf-8' }, said);
      else endJson(response, said);
      return Promise.resolve();
    },
  });
  if (!response.writableEnded) end(response, 200);
}

/** Signatures of the window, each once; older ones are refused by their time. */
class Signatures {
  readonly #clock: Clock;
  readonly #untilBySignature = new Map<string, number>();
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  add(signature: string): 'first' | 'again' | 'full' {
    const now = this.#clock.now();
    for (const [each, until] of this.#untilBySignature) {
      if (until > now) break;
      this.#untilBySignature.delete(each);
    }
    if (this.#untilBySignature.has(signature)) return 'again';
    // Forgetting one early would let it be replayed.
    if (this.#untilBySignature.size >= LIMITS.replayCacheMax) return 'full';
    this.#untilBySignature.set(signature, now + 2 * LIMITS.signatureWindowMs);
    return 'first';
  }
}

/**
 * The signature when it is ours and of now, else null. Its form is checked first: Bolt reads `v0=HASH=junk` as
 * `v0=HASH`, which would give a replay another key. https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
function verify(request: IncomingMessage, raw: Buffer, signingSecret: string, nowMs: number): string | null {
  const signature = request.headers['x-slack-signature'];
  const timestamp = request.headers['x-slack-request-timestamp'];
  if (typeof signature !== 'string' || !/^v0=[0-9a-f]{64}$/.test(signature)) return null;
  if (typeof timestamp !== 'string' || !/^[1-9]\d{0,11}$/.test(timestamp)) return null;
  const atSeconds = Number(timestamp);
  if (Math.abs(nowMs - atSeconds * 1_000) > LIMITS.signatureWindowMs) return null;
  try {
    verifySlackRequest({
      signingSecret,
      body: raw.toString('utf8'),
      headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': atSeconds },
      nowMilliseconds: nowMs,
    });
    return signature;
  } catch {
    return null;
  }
}

/** Null when it is longer than allowed. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A destroyed request would take its connection, and the answer, with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = chunk as Buffer;
    bytes += piece.length;
    if (bytes > LIMITS.httpBodyMaxBytes) return null;
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

/** Commands come as form fields, interactions as JSON in the field `payload`, events as JSON. */
function parseBody(contentType: string | undefined, raw: Buffer): Record<string, unknown> | null {
  const text = raw.toString('utf8');
  if (contentType?.startsWith('application/json')) return parseObject(text);
  const fields = new URLSearchParams(text);
  const payload = fields.get('payload');
  return payload === null ? Object.fromEntries(fields) : parseObject(payload);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function end(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body = '',
): void {
  response.writeHead(status, headers).end(body);
}

const endJson = (response: ServerResponse, body: unknown): void =>
  end(response, 200, { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify(body));
