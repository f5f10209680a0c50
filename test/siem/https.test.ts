import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Endpoint, signature, toEndpoint } from '../../src/siem/https.ts';
import type { Transport } from '../../src/siem/transport.ts';
import { testAuthority } from './certificate.ts';
import { messages } from './samples.ts';
import { faultOf, never, type Trouble, transportContract } from './transport-contract.ts';

const AUTHORITY = testAuthority();
const NOW = Date.UTC(2026, 10, 20, 9);
const SECRET = Buffer.from('0123456789abcdef0123456789abcdef');

async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const endpoint = (port: number, more: Partial<Endpoint> = {}): Transport =>
  toEndpoint({
    url: new URL(`https://127.0.0.1:${port}/in?tenant=1`),
    secret: SECRET,
    ca: AUTHORITY.ca,
    body: 'lines',
    clock: { now: () => NOW },
    ...more,
  });

transportContract('an HTTPS endpoint', async () => {
  const kept: number[] = [];
  const sockets = new Set<{ destroy(): void }>();
  let trouble: Trouble = 'none';
  let hear = (): void => {};
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const lines = (await bodyOf(request)).trimEnd().split('\n');
    if (trouble === 'refusing') return void response.writeHead(422).end('no');
    kept.push(...lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence));
    if (trouble === 'lost answer') return void request.socket.destroy();
    if (trouble === 'silent') return hear();
    response.writeHead(204).end();
  };
  const start = (): Server =>
    createServer(AUTHORITY, (request, response) => void answer(request, response)).on(
      'connection',
      (socket) => {
        sockets.add(socket);
      },
    );
  let server = start();
  const port = await listen(server);
  return {
    send: endpoint(port),
    kept: async () => kept,
    heard: () => heard,
    trouble: async (next) => {
      if (trouble === 'down') {
        server = start();
        await listen(server, port);
      }
      if (next === 'down') await closed(server);
      trouble = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
});

/** Runs until the test is over, and answers as it is told. */
async function serve(listener: RequestListener, { plain = false, host = '127.0.0.1' } = {}): Promise<number> {
  const server = plain ? createPlain(listener) : createServer(AUTHORITY, listener);
  onTestFinished(async () => {
    server.closeAllConnections();
    await closed(server);
  });
  return listen(server, 0, host);
}

describe('what is sent', () => {
  interface Got {
    readonly headers: IncomingMessage['headers'];
    readonly url: string | undefined;
    readonly body: string;
  }
  async function received(count: number, more: Partial<Endpoint> = {}): Promise<Got> {
    const got: Got[] = [];
    const listener: RequestListener = (request, response) =>
      void bodyOf(request).then((body) => {
        got.push({ headers: request.headers, url: request.url, body });
        response.end();
      });
    await endpoint(await serve(listener), more)(messages(5, count), never);
    const [first] = got;
    if (first === undefined) throw new Error('nothing was sent');
    return first;
  }

  it('is a line for each event', async () => {
    const { body, headers, url } = await received(2);
    expect(body).toBe(
      messages(5, 2)
        .map(({ json }) => `${json}\n`)
        .join(''),
    );
    expect([headers['content-type'], url]).toEqual(['application/x-ndjson', '/in?tenant=1']);
  });

  it('is an array, as CloudEvents has it for batches, where that is asked for', async () => {
    const { body, headers } = await received(2, { body: 'array' });
    expect(JSON.parse(body)).toEqual(messages(5, 2).map(({ json }) => JSON.parse(json)));
    expect(headers['content-type']).toBe('application/cloudevents-batch+json');
  });

  it('is signed, with a name of the batch and the time of the try', async () => {
    const { headers, body } = await received(3);
    const id = `log_5_7_${'0'.repeat(16)}`;
    expect(headers).toMatchObject({
      'webhook-id': id,
      'webhook-timestamp': String(NOW / 1_000),
      'webhook-signature': signature(SECRET, id, NOW / 1_000, Buffer.from(body)),
    });
  });

  it('has the signature that the libraries of Standard Webhooks make', () => {
    // github.com/standard-webhooks/standard-webhooks, libraries/go/webhook_test.go
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const body = Buffer.from('{"test": 2432232314}');
    expect(signature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });
});

describe('an answer', () => {
  const answering = async (status: number, headers: Record<string, string> = {}) =>
    faultOf(
      endpoint(await serve((_, response) => void response.writeHead(status, headers).end()))(
        messages(0, 1),
        never,
      ),
    );

  it.each([400, 401, 403, 404, 410, 413, 422])('of %i is a refusal', async (status) => {
    expect(await answering(status)).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:\\d+ answered HTTP ${status}$`)),
    });
  });

  it.each([408, 500, 502, 504])('of %i is tried again', async (status) => {
    expect(await answering(status)).toMatchObject({ code: 'unreachable', retryAfterMs: undefined });
  });

  it.each<[number, string | undefined, number]>([
    [429, '7', 7_000],
    [503, new Date(NOW + 90_000).toUTCString(), 90_000],
    [503, undefined, 0],
    [429, 'soon', 0],
    [429, new Date(NOW - 90_000).toUTCString(), 0],
    [429, '99999999999', 600_000],
  ])('of %i with Retry-After %s asks for a rest of %i ms', async (status, after, retryAfterMs) => {
    const fault = await answering(status, after === undefined ? {} : { 'retry-after': after });
    expect(fault).toMatchObject({ code: 'throttled', retryAfterMs });
  });

  it('that leads elsewhere is not followed', async () => {
    let followed = 0;
    const elsewhere = await serve((_, response) => {
      followed += 1;
      response.end();
    });
    const fault = await answering(307, { location: `https://127.0.0.1:${elsewhere}/` });
    expect(fault).toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('Redirects are not followed'),
    });
    expect(followed).toBe(0);
  });

  it('without an end is not read', async () => {
    let hangUp = (): void => {};
    const hungUp = new Promise<void>((resolve) => {
      hangUp = resolve;
    });
    const port = await serve((_, response) => {
      response.on('close', hangUp);
      response.writeHead(200);
      const pour = (): boolean => response.destroyed || response.write('x'.repeat(65_536));
      response.on('drain', pour);
      pour();
    });
    await endpoint(port)(messages(0, 1), never);
    await hungUp;
  });
});

describe('the certificate', () => {
  it('must be of an authority that is known', async () => {
    const port = await serve((_, response) => void response.end());
    expect(await faultOf(endpoint(port, { ca: null })(messages(0, 1), never))).toMatchObject({
      code: 'unreachable',
      message: `127.0.0.1:${port} cannot be reached (SELF_SIGNED_CERT_IN_CHAIN)`,
    });
  });

  it('must be for the host that was asked', async () => {
    const port = await serve((_, response) => void response.end(), { host: '127.0.0.2' });
    const url = new URL(`https://127.0.0.2:${port}/`);
    expect(await faultOf(endpoint(port, { url })(messages(0, 1), never))).toMatchObject({
      code: 'unreachable',
      message: `127.0.0.2:${port} cannot be reached (ERR_TLS_CERT_ALTNAME_INVALID)`,
    });
  });
});

it('does without TLS on loopback', async () => {
  const port = await serve((_, response) => void response.writeHead(202).end(), { plain: true });
  await endpoint(port, { url: new URL(`http://127.0.0.1:${port}/`), ca: null })(messages(0, 1), never);
});

it('says nothing of the address but its host, which may be a secret in itself', async () => {
  const port = await serve((_, response) => void response.writeHead(403).end());
  const url = new URL(`https://127.0.0.1:${port}/collect/canary-9?key=canary-9`);
  const fault = await faultOf(endpoint(port, { url })(messages(0, 1), never));
  expect(`${fault.message} ${fault.hint}`).not.toContain('canary-9');
});
