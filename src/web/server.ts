import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIMITS } from '../limits.ts';
import type { Logger } from '../ports/logger.ts';
import { json } from './answer.ts';
import type { Answer, Route } from './answer.ts';
import { EVIDENCE, type EvidenceDoor, evidenceRoute } from './evidence.ts';
import { presents } from './client-secret.ts';
import { aliveRoute, readyRoute } from './health.ts';
import type { ReadinessCheck } from './health.ts';
import { introspectionRoute, revocationRoute } from './oauth.ts';
import type { TokenDesk } from './oauth.ts';
import { SCIM, type ScimDoor, type ScimRoutes, scimRoutes } from './scim/door.ts';

/** Answers by itself, and rejects nothing. The request's body, at most `httpBodyMaxBytes`, is still unread. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface WebOptions {
  readonly logger: Logger;
  readonly readiness: readonly ReadinessCheck[];
  /** What is done at the moment: all, or only what ends access. */
  readonly mode: () => string;
  readonly metrics: {
    readonly contentType: string;
    readonly render: () => Promise<string>;
    /** What a scraper must present; null: anyone who reaches the port. */
    readonly token: string | null;
  };
  /** A JWK set (RFC 7517, 5). */
  readonly jwks: () => Promise<unknown>;
  readonly tokens: TokenDesk;
  /**
   * The command line of this installation: what it must present with a body; `carryOut` answers null for one that is
   * no order.
   */
  readonly admin: { proofOf(body: string): string; carryOut(body: string): Promise<object | null> };
  /** Slack's requests over HTTP; null in Socket Mode. */
  readonly slackEvents: RawHandler | null;
  readonly evidence: EvidenceDoor;
  /** Where an identity provider pushes users and groups; null: nowhere. */
  readonly scim: ScimDoor | null;
}

export interface Web {
  readonly server: Server;
  /** Listens; port 0 takes a free one. Throws WebError. */
  start(port: number, host: string): Promise<{ readonly port: number; readonly url: string }>;
  /** From now on /readyz says 503, and connections are not kept alive. */
  drain(): void;
  /** Drains, waits for open requests at most `drainMs`, then cuts what is left. */
  close(): Promise<void>;
}

export class WebError extends Error {
  readonly code: 'port_in_use' | 'cannot_listen';
  readonly hint: string;
  constructor(code: WebError['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WebError';
    this.code = code;
    this.hint = hint;
  }
}

export function createWeb(options: WebOptions): Web {
  let draining = false;
  const routes = routeTable(options, () => draining);
  const scim = options.scim && scimRoutes(options.scim);
  const server = createServer(
    {
      headersTimeout: LIMITS.httpHeadersTimeoutMs,
      requestTimeout: LIMITS.httpRequestTimeoutMs,
      keepAliveTimeout: LIMITS.httpIdleTimeoutMs,
      // How often the two time-outs above are looked at; node's own is 30 s.
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      if (draining) response.setHeader('connection', 'close');
      // One that was asked before the drain has promised to keep its connection.
      response.once('close', () => {
        if (draining) server.closeIdleConnections();
      });
      for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
      const [path, query] = halves(request.url ?? '', '?');
      if (path === '/slack/events' && options.slackEvents !== null) {
        mount(options.slackEvents, request, response);
        return;
      }
      const found =
        routes.get(path) ??
        evidenceFound(options.evidence, path, request.method) ??
        scimFound(scim, path, query, request.method);
      void dispatch(found, request, options.logger).then((answer) => {
        write(response, answer);
      });
    },
  );
  server.maxConnections = LIMITS.httpConnectionsMax;
  const drain = () => {
    draining = true;
  };
  return {
    server,
    start: (port, host) => listen(server, port, host),
    drain,
    close: () => {
      drain();
      return closeWithin(server, LIMITS.drainMs);
    },
  };
}

type Method = 'GET' | 'POST';
interface Found {
  /** Null: the route looks at the method itself. */
  readonly method: Method | null;
  readonly route: Route;
  /** What the log of the process calls it, where the path is a secret. */
  readonly name?: string;
}
type RouteTable = ReadonlyMap<string, Found>;

/** Each link to evidence is a path of its own; with any other method there is nothing there. */
function evidenceFound(door: EvidenceDoor, path: string, asked = ''): Found | undefined {
  if (!path.startsWith(EVIDENCE) || !['GET', 'HEAD', 'POST'].includes(asked)) return undefined;
  const method = asked === 'POST' ? 'POST' : 'GET';
  return { method, route: evidenceRoute(door, method, path), name: EVIDENCE };
}

function scimFound(scim: ScimRoutes | null, path: string, query: string, method = ''): Found | undefined {
  if (scim === null || !path.startsWith(SCIM)) return undefined;
  return { method: null, route: scim(method, path, query) };
}

/** Everything this server answers, by exact path. */
function routeTable(options: WebOptions, isDraining: () => boolean): RouteTable {
  const { metrics, readiness, logger, tokens } = options;
  const metricsRoute: Route = async ({ headers }) => {
    if (metrics.token !== null && !presents(metrics.token, headers)) {
      return json(401, { error: 'unauthorized' }, { 'www-authenticate': 'Bearer realm="countersign"' });
    }
    return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.render() };
  };
  const jwksRoute: Route = async () =>
    json(200, await options.jwks(), {
      'content-type': 'application/jwk-set+json',
      'cache-control': 'public, max-age=300',
    });
  const adminRoute: Route = async ({ headers, body }) => {
    if (!presents(options.admin.proofOf(body), headers)) return json(401, { error: 'unauthorized' });
    const answer = await options.admin.carryOut(body);
    return answer === null ? json(400, { error: 'invalid_order' }) : json(200, answer);
  };
  return new Map([
    ['/admin/orders', { method: 'POST', route: adminRoute }],
    ['/healthz', { method: 'GET', route: aliveRoute }],
    ['/readyz', { method: 'GET', route: readyRoute(readiness, options.mode, isDraining, logger) }],
    ['/metrics', { method: 'GET', route: metricsRoute }],
    ['/.well-known/jwks.json', { method: 'GET', route: jwksRoute }],
    ['/oauth/introspect', { method: 'POST', route: introspectionRoute(tokens) }],
    ['/oauth/revoke', { method: 'POST', route: revocationRoute(tokens) }],
  ]);
}

const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
];

async function dispatch(found: Found | undefined, request: IncomingMessage, logger: Logger): Promise<Answer> {
  if (found === undefined) return json(404, { error: 'not_found' });
  const { method, route } = found;
  const allowed = { GET: ['GET', 'HEAD'], POST: ['POST'] }[method ?? 'GET'];
  if (method !== null && !allowed.includes(request.method ?? '')) {
    return json(405, { error: 'method_not_allowed' }, { allow: allowed.join(', ') });
  }
  try {
    const body = method === 'GET' ? '' : await readBody(request);
    if (body === null) return json(413, { error: 'body_too_large' }, { connection: 'close' });
    return await within(LIMITS.httpAnswerTimeoutMs, route({ headers: request.headers, body }));
  } catch (error) {
    // What fails means no: a resource server must not take this answer for an active token.
    logger.error({ path: found.name ?? request.url?.split('?', 1)[0], error }, 'request failed');
    return json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '1' });
  }
}

/** What is before the first `mark` and what is behind it. */
function halves(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Null when it is longer than allowed. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > LIMITS.httpBodyMaxBytes) return null;
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The mounted handler reads the body itself, so its size must be known before: Slack always says it, and node holds
 * the sender to it.
 */
function mount(handler: RawHandler, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'POST') {
    write(response, json(405, { error: 'method_not_allowed' }, { allow: 'POST' }));
    return;
  }
  const length = request.headers['content-length'];
  if (length === undefined) {
    write(response, json(411, { error: 'length_required' }, { connection: 'close' }));
  } else if (Number(length) > LIMITS.httpBodyMaxBytes) {
    write(response, json(413, { error: 'body_too_large' }, { connection: 'close' }));
  } else {
    handler(request, response);
  }
}

function write(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  if (response.destroyed) return;
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { ...headers, 'content-length': length }).end(body);
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function listen(server: Server, port: number, host: string): Promise<{ port: number; url: string }> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        const hint = 'Stop the other process, or set COUNTERSIGN_PORT to another port (0 takes a free one).';
        reject(new WebError('port_in_use', `port ${port} of ${host} is taken`, hint, { cause: error }));
      } else {
        const hint = 'Set COUNTERSIGN_HOST and COUNTERSIGN_PORT to an address of this machine.';
        const message = `cannot listen on ${host}, port ${port} (${error.code})`;
        reject(new WebError('cannot_listen', message, hint, { cause: error }));
      }
    };
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve();
    });
  });
  // A listening TCP server has an address of this shape.
  const { port: taken } = server.address() as AddressInfo;
  return { port: taken, url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}` };
}

async function closeWithin(server: Server, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}
