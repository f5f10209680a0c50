import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { LogFields, Logger } from '../../src/ports/logger.ts';
import { createWeb } from '../../src/web/server.ts';
import { noEvidence } from '../fakes/evidence.ts';
import type { Web, WebOptions } from '../../src/web/server.ts';

const SECRET = 'introspection-secret-0123';
const logged: { fields: LogFields; message: string }[] = [];
const note = (fields: LogFields, message: string) => void logged.push({ fields, message });
const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };

const running: Web[] = [];
afterEach(async () => {
  vi.useRealTimers();
  logged.length = 0;
  await Promise.all(
    running.splice(0).map((web) => {
      web.server.closeAllConnections();
      return web.close();
    }),
  );
});

async function serve(options: Partial<WebOptions> = {}): Promise<{ web: Web; url: string; port: number }> {
  const web = createWeb({
    logger,
    readiness: [],
    mode: () => 'full',
    metrics: { contentType: 'text/plain; version=0.0.4', render: async () => 'up 1\n', token: null },
    jwks: async () => ({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k' }] }),
    tokens: {
      secret: SECRET,
      introspect: async (token) => (token === 'good' ? { active: true, sub: 's' } : { active: false }),
      revoke: async () => {},
    },
    admin: { proofOf: () => 'admin-proof-0123456789', carryOut: async () => null },
    slackEvents: null,
    evidence: noEvidence,
    scim: null,
    ...options,
  });
  running.push(web);
  return { web, ...(await web.start(0, '127.0.0.1')) };
}

const form = (fields: Record<string, string> | string, authorization = `Bearer ${SECRET}`): RequestInit => ({
  method: 'POST',
  headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

describe('any route', () => {
  it('answers in JSON where there is none, and names the method where it is another', async () => {
    const { url } = await serve();
    const nowhere = await fetch(`${url}/healthz/`);
    expect([nowhere.status, await nowhere.json()]).toEqual([404, { error: 'not_found' }]);
    const wrong = await fetch(`${url}/healthz`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const get = await fetch(`${url}/oauth/introspect`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each(['/__proto__', '/constructor', '/healthz%2f', '//healthz', '/slack/events'])(
    'has nothing at %s',
    async (path) => {
      const { url } = await serve();
      expect((await fetch(url + path)).status).toBe(404);
    },
  );

  it('carries headers that keep browsers and caches out', async () => {
    const { url } = await serve();
    for (const path of ['/healthz', '/nowhere']) {
      const { headers } = await fetch(url + path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  it('answers HEAD like GET, without a body', async () => {
    const { url } = await serve();
    const [get, head] = [await fetch(`${url}/healthz`), await fetch(`${url}/healthz`, { method: 'HEAD' })];
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect(await head.text()).toBe('');
  });

  it('says only that it is unavailable when it breaks, and logs why', async () => {
    const { url } = await serve({ jwks: () => Promise.reject(new Error('canary')) });
    const answer = await fetch(`${url}/.well-known/jwks.json?q=private`);
    expect([answer.status, await answer.text()]).toEqual([503, '{"error":"temporarily_unavailable"}\n']);
    expect(logged).toMatchObject([
      { fields: { path: '/.well-known/jwks.json', error: { message: 'canary' } } },
    ]);
  });

  it('does not wait for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let asked = () => {};
    const reached = new Promise<void>((resolve) => (asked = resolve));
    const { url } = await serve({ jwks: () => (asked(), new Promise(() => {})) });
    const answer = fetch(`${url}/.well-known/jwks.json`);
    await reached;
    await vi.advanceTimersByTimeAsync(LIMITS.httpAnswerTimeoutMs);
    expect((await answer).status).toBe(503);
  });
});

describe('a body', () => {
  it('is refused beyond the limit, whether its length is told or not', async () => {
    const { url } = await serve();
    const text = `token=${'x'.repeat(LIMITS.httpBodyMaxBytes)}`;
    const long = form(text);
    expect((await fetch(`${url}/oauth/introspect`, long)).status).toBe(413);
    const body = new Blob([text]).stream();
    const streamed: RequestInit & { duplex: 'half' } = { ...long, body, duplex: 'half' };
    const outcome = await fetch(`${url}/oauth/introspect`, streamed).then(
      ({ status }) => status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(outcome);
  });

  it('that never ends does not hold its connection', async () => {
    const { web } = await serve();
    expect(web.server.requestTimeout).toBe(LIMITS.httpRequestTimeoutMs);
    expect(web.server.headersTimeout).toBe(LIMITS.httpHeadersTimeoutMs);
    expect(web.server.maxConnections).toBe(LIMITS.httpConnectionsMax);
  });
});

describe('/readyz', () => {
  const ready = async (readiness: WebOptions['readiness']) => {
    const { url } = await serve({ readiness });
    const answer = await fetch(`${url}/readyz`);
    return [answer.status, await answer.json()];
  };

  it('is 200 when every check passes, with their names', async () => {
    expect(await ready([{ name: 'store', check: async () => {} }])).toEqual([
      200,
      { status: 'ready', mode: 'full', checks: [{ name: 'store', ok: true }] },
    ]);
  });

  it('is 200 while only ending access is done, for that must be served; it says so', async () => {
    const { url } = await serve({ mode: () => 'revoke-only' });
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { status: 'ready', mode: 'revoke-only', checks: [] },
    ]);
  });

  it('is 503 with what failed and its code, and never the message', async () => {
    const locked = Object.assign(new Error('postgres://u:canary@db'), { code: 'store_locked' });
    const answer = await ready([
      { name: 'store', check: () => Promise.reject(locked) },
      { name: 'chat', check: () => Promise.reject(new Error('canary')) },
      {
        name: 'odd',
        check: () => Promise.reject(Object.assign(new Error(), { code: 'canary at 10.0.0.1' })),
      },
      { name: 'fine', check: async () => {} },
    ]);
    expect(answer).toEqual([
      503,
      {
        status: 'not ready',
        mode: 'full',
        checks: [
          { name: 'store', ok: false, why: 'store_locked' },
          { name: 'chat', ok: false, why: 'failed; the log says why' },
          { name: 'odd', ok: false, why: 'failed; the log says why' },
          { name: 'fine', ok: true },
        ],
      },
    ]);
    expect(logged.map(({ fields }) => fields.check)).toEqual(['store', 'chat', 'odd']);
  });

  it('does not wait for a check that hangs', async () => {
    let aborted = false;
    const hang = (signal: AbortSignal) =>
      new Promise<void>(() => signal.addEventListener('abort', () => (aborted = true)));
    expect(await ready([{ name: 'target', check: hang }])).toEqual([
      503,
      {
        status: 'not ready',
        mode: 'full',
        checks: [{ name: 'target', ok: false, why: 'no answer in 2000 ms' }],
      },
    ]);
    expect(aborted).toBe(true);
  });

  it('is 503 while draining, when /healthz still is 200', async () => {
    const { web, url } = await serve({ readiness: [{ name: 'store', check: async () => {} }] });
    web.drain();
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'draining', mode: 'full', checks: [] },
    ]);
    expect(answer.headers.get('connection')).toBe('close');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('/metrics', () => {
  it('is open without a token, closed with one', async () => {
    const open = await serve();
    const answer = await fetch(`${open.url}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');

    const metrics = {
      contentType: 'text/plain',
      render: async () => 'up 1\n',
      token: 'scrape-token-0123456',
    };
    const { url } = await serve({ metrics });
    const status = async (authorization?: string) =>
      (await fetch(`${url}/metrics`, authorization === undefined ? {} : { headers: { authorization } }))
        .status;
    expect(await status()).toBe(401);
    expect(await status('Bearer scrape-token-0123457')).toBe(401);
    expect(await status('Bearer scrape-token-01234567')).toBe(401);
    expect(await status('Bearer ')).toBe(401);
    expect(await status('Bearer scrape-token-0123456')).toBe(200);
  });
});

it('/.well-known/jwks.json is a key set that may be cached', async () => {
  const { url } = await serve();
  const answer = await fetch(`${url}/.well-known/jwks.json`);
  expect(answer.headers.get('content-type')).toBe('application/jwk-set+json');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  expect(await answer.json()).toEqual({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k' }] });
});

describe('/oauth/introspect (RFC 7662)', () => {
  const ask = async (init: RequestInit, options: Partial<WebOptions> = {}) => {
    const { url } = await serve(options);
    return fetch(`${url}/oauth/introspect`, init);
  };

  it('tells an authenticated caller whether a token is active', async () => {
    const good = await ask(form({ token: 'good', token_type_hint: 'access_token' }));
    expect([good.status, await good.json()]).toEqual([200, { active: true, sub: 's' }]);
    const bad = await ask(form({ token: 'other' }));
    expect([bad.status, await bad.json()]).toEqual([200, { active: false }]);
  });

  it('takes the secret as the password of Basic, form-encoded', async () => {
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    expect((await ask(form({ token: 'good' }, basic(`api:${SECRET}`)))).status).toBe(200);
    const odd = {
      secret: 'a+b%c d-0123456789',
      introspect: async () => ({ active: false }) as const,
      revoke: async () => {},
    };
    const encoded = basic(`api:${encodeURIComponent(odd.secret)}`);
    expect((await ask(form({ token: 'x' }, encoded), { tokens: odd })).status).toBe(200);
  });

  it.each<[string, string]>([
    ['no secret', ''],
    ['a wrong one', 'Bearer wrong'],
    ['the right one under another scheme', `Digest ${SECRET}`],
    ['Basic without a colon', `Basic ${Buffer.from(SECRET).toString('base64')}`],
    ['Basic with broken encoding', `Basic ${Buffer.from('a:%zz').toString('base64')}`],
    ['the secret as the user name', `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`],
  ])('is 401 with %s, before anything is looked up', async (_, authorization) => {
    const introspect = vi.fn<WebOptions['tokens']['introspect']>();
    const answer = await ask(form({ token: 'good' }, authorization), {
      tokens: { secret: SECRET, introspect, revoke: async () => {} },
    });
    expect([answer.status, await answer.json()]).toEqual([401, { error: 'invalid_client' }]);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(introspect).not.toHaveBeenCalled();
  });

  it('is closed to all when no secret is configured', async () => {
    const tokens = {
      secret: null,
      introspect: async () => ({ active: true }) as const,
      revoke: async () => {},
    };
    for (const authorization of ['', 'Bearer null', 'Bearer ', `Bearer ${SECRET}`]) {
      expect((await ask(form({ token: 'good' }, authorization), { tokens })).status).toBe(401);
    }
  });

  it.each<[string, RequestInit, string]>([
    ['no token', form({}), 'missing required "token" parameter'],
    ['an empty token', form({ token: '' }), 'missing required "token" parameter'],
    ['two tokens', form('token=a&token=b'), '"token" must not be repeated'],
    ['an endless token', form({ token: 'x'.repeat(LIMITS.tokenMaxChars + 1) }), '"token" is too long'],
    [
      'JSON',
      {
        ...form({}),
        body: '{"token":"good"}',
        headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
      },
      'the body must be application/x-www-form-urlencoded',
    ],
  ])('is 400 with %s', async (_, init, description) => {
    const answer = await ask(init);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: description },
    ]);
  });

  it('never says active when the look-up fails', async () => {
    const tokens = {
      secret: SECRET,
      introspect: () => Promise.reject(new Error('store')),
      revoke: async () => {},
    };
    const answer = await ask(form({ token: 'good' }), { tokens });
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('active');
  });
});

describe('/oauth/revoke (RFC 7009)', () => {
  it('revokes for an authenticated caller and says nothing more', async () => {
    const revoked: string[] = [];
    const tokens = {
      secret: SECRET,
      introspect: async () => ({ active: false }) as const,
      revoke: async (token: string) => void revoked.push(token),
    };
    const { url } = await serve({ tokens });
    const answer = await fetch(`${url}/oauth/revoke`, form({ token: 'good' }));
    expect([answer.status, await answer.text(), revoked]).toEqual([200, '', ['good']]);
    expect((await fetch(`${url}/oauth/revoke`, form({ token: 'good' }, ''))).status).toBe(401);
    expect(revoked).toEqual(['good']);
  });
});

describe('/slack/events', () => {
  const echo: WebOptions['slackEvents'] = (request: IncomingMessage, response) => {
    request.pipe(response);
  };

  it('hands the raw request on, its body unread', async () => {
    const { url } = await serve({ slackEvents: echo });
    const answer = await fetch(`${url}/slack/events`, { method: 'POST', body: 'command=%2Felevate' });
    expect([answer.status, await answer.text()]).toEqual([200, 'command=%2Felevate']);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('hands on nothing that is too long, of unknown length, or no POST', async () => {
    const handler = vi.fn<NonNullable<WebOptions['slackEvents']>>();
    const { url, port } = await serve({ slackEvents: handler });
    expect((await fetch(`${url}/slack/events`)).status).toBe(405);
    expect(await postRaw(port, { 'content-length': String(LIMITS.httpBodyMaxBytes + 1) })).toBe(413);
    expect(await postRaw(port, { 'transfer-encoding': 'chunked' })).toBe(411);
    expect(handler).not.toHaveBeenCalled();
  });
});

/** Sends the headers alone and resolves to the status. */
function postRaw(port: number, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { port, host: '127.0.0.1', path: '/slack/events', method: 'POST', headers },
      (answer) => {
        resolve(answer.statusCode);
        sent.destroy();
      },
    );
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

describe('start and close', () => {
  it('says which port is taken, and what to do', async () => {
    const { port } = await serve();
    const second = createWeb({ ...(await optionsOf()), logger });
    await expect(second.start(port, '127.0.0.1')).rejects.toMatchObject({
      code: 'port_in_use',
      message: `port ${port} of 127.0.0.1 is taken`,
      hint: expect.stringContaining('COUNTERSIGN_PORT'),
    });
  });

  it('lets an open request finish, and takes no new one', async () => {
    let finish = () => {};
    let asked = () => {};
    const reached = new Promise<void>((resolve) => (asked = resolve));
    const held = new Promise<void>((resolve) => (finish = resolve));
    const { web, url } = await serve({ jwks: async () => (asked(), await held, { keys: [] }) });
    const open = fetch(`${url}/.well-known/jwks.json`);
    await reached;
    const closed = web.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    finish();
    expect((await open).status).toBe(200);
    await closed;
  });

  it('cuts what has not finished in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { web, port } = await serve({ slackEvents: () => {} });
    const socket = connect(port, '127.0.0.1');
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const reached = new Promise<void>((resolve) => web.server.once('request', () => resolve()));
    socket.on('error', () => {});
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    await reached;
    const closed = web.close();
    await vi.advanceTimersByTimeAsync(LIMITS.drainMs);
    await closed;
    await ended;
  });

  it('closes when it never started', async () => {
    await createWeb({ ...(await optionsOf()), logger }).close();
  });
});

async function optionsOf(): Promise<WebOptions> {
  return {
    logger,
    readiness: [],
    mode: () => 'full',
    metrics: { contentType: 'text/plain', render: async () => '', token: null },
    jwks: async () => ({ keys: [] }),
    tokens: { secret: null, introspect: async () => ({ active: false }), revoke: async () => {} },
    admin: { proofOf: () => 'admin-proof-0123456789', carryOut: async () => null },
    slackEvents: null,
    evidence: noEvidence,
    scim: null,
  };
}
