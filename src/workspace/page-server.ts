import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Faults } from './faults.ts';
import { answerJson, readBody } from './http.ts';
import type { Parts } from './interactions.ts';
import { doAction, type PageAction } from './page-actions.ts';
import { loadPage, type PageFiles } from './page-bundle.ts';
import type { Person } from './person.ts';
import { snapshotFor } from './snapshot.ts';

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Workspace</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/main.css">
<script src="/main.js" defer></script>
</head>
<body><div id="root"></div></body>
</html>
`;

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const maxStreams = 50;
/** Changes that come together are drawn together. */
const coalesceMs = 30;

/** The page, its live stream, and the one address at which its people act. */
export class PageServer {
  readonly #parts: Parts;
  readonly #faults: Faults;
  readonly #as: (userId: string) => Person;
  readonly #streams = new Set<{ userId: string; response: ServerResponse }>();
  readonly #stopListening: () => void;
  #files: PageFiles | undefined;
  #pending: NodeJS.Timeout | undefined;

  constructor(parts: Parts, faults: Faults, as: (userId: string) => Person) {
    this.#parts = parts;
    this.#faults = faults;
    this.#as = as;
    this.#stopListening = parts.state.onChange(() => this.#schedule());
  }

  async prepare(): Promise<void> {
    this.#files = await loadPage();
  }

  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#files) return answerJson(response, 404, { ok: false, error: 'no_page' });
    if (request.method === 'POST') return this.#act(path, request, response);
    switch (path) {
      case '/':
        return send(response, 'text/html; charset=utf-8', html);
      case '/main.js':
        return send(response, 'text/javascript; charset=utf-8', this.#files.js);
      case '/main.css':
        return send(response, 'text/css; charset=utf-8', this.#files.css);
      case '/client/people':
        return answerJson(response, 200, { people: this.#people() });
      case '/client/stream':
        return this.#stream(
          new URL(request.url ?? '/', 'http://localhost').searchParams.get('as') ?? '',
          response,
        );
      default:
        return answerJson(response, 404, { ok: false, error: 'not_found' });
    }
  }

  /** Ids of those one can be: everyone who is neither a bot nor gone. */
  #people(): string[] {
    const users = [...this.#parts.state.users.values()];
    return users.filter((user) => !user.isBot && !user.deleted).map((user) => user.id);
  }

  /** JSON only, and from our own origin: no form and no other site can send it. */
  async #act(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ownOrigin =
      request.headers.origin === undefined || request.headers.origin === `http://${request.headers.host}`;
    if (!ownOrigin || !request.headers['content-type']?.startsWith('application/json'))
      return answerJson(response, 403, { ok: false, error: 'foreign_origin' });
    const body = JSON.parse(await readBody(request)) as unknown;
    if (path === '/client/do') {
      const action = body as PageAction;
      return answerJson(response, 200, await doAction(this.#as(action.as), this.#parts, action));
    }
    if (path === '/dev/faults') {
      this.#faults.add(body as Fault);
      return answerJson(response, 200, { ok: true });
    }
    return answerJson(response, 404, { ok: false, error: 'not_found' });
  }

  #stream(userId: string, response: ServerResponse): void {
    this.#parts.state.user(userId);
    if (this.#streams.size >= maxStreams)
      return answerJson(response, 503, { ok: false, error: 'too_many_streams' });
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const stream = { userId, response };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    response.on('drain', () => this.#schedule());
    this.#send(stream);
  }

  #schedule(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      for (const stream of this.#streams) this.#send(stream);
    }, coalesceMs).unref();
  }

  #send({ userId, response }: { userId: string; response: ServerResponse }): void {
    // A slow reader gets the newest picture when it is ready again, not every one in between.
    if (response.writableNeedDrain) return;
    const snapshot = snapshotFor(this.#parts, userId, this.#parts.courier.isConnected);
    response.write(`data: ${JSON.stringify(snapshot)}\n\n`);
  }

  close(): void {
    this.#stopListening();
    clearTimeout(this.#pending);
    for (const { response } of this.#streams) response.end();
  }
}

function send(response: ServerResponse, contentType: string, body: string | Uint8Array): void {
  response.writeHead(200, { ...securityHeaders, 'content-type': contentType });
  response.end(body);
}
