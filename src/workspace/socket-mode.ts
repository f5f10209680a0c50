import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Answer, Delivery } from './delivery.ts';
import type { WorkspaceState } from './state.ts';
import { isObject, type JsonObject } from './wire.ts';

const pingIntervalMs = 10_000;
const maxTickets = 100;
const maxFrameBytes = 1_000_000;

const envelopeTypes = {
  command: 'slash_commands',
  interaction: 'interactive',
  options: 'interactive',
  event: 'events_api',
} as const;

/** Socket Mode: a ticket from apps.connections.open, one `hello`, envelopes that the app acknowledges by id. */
export class SocketMode {
  readonly #state: WorkspaceState;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes });
  readonly #tickets = new Set<string>();
  readonly #connections: WebSocket[] = [];
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  #turn = 0;

  constructor(state: WorkspaceState) {
    this.#state = state;
  }

  get isConnected(): boolean {
    return this.#connections.length > 0;
  }

  /** Path and query of a connection that can be opened once. */
  issuePath(): string {
    const ticket = this.#state.secret(16);
    this.#tickets.add(ticket);
    const oldest = this.#tickets.values().next().value;
    if (this.#tickets.size > maxTickets && oldest) this.#tickets.delete(oldest);
    return `/link?ticket=${ticket}&app_id=${this.#state.setup.app.id}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#greet(connection));
  }

  #greet(connection: WebSocket): void {
    this.#connections.push(connection);
    const pinging = setInterval(() => connection.ping(), pingIntervalMs);
    connection.on('message', (data: Buffer) => this.#acknowledge(data.toString()));
    connection.on('error', () => connection.terminate());
    connection.on('close', () => {
      clearInterval(pinging);
      this.#forget(connection);
      this.#state.changed();
    });
    connection.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#connections.length,
        debug_info: { host: 'local-workspace', approximate_connection_time: 18_060 },
        connection_info: { app_id: this.#state.setup.app.id },
      }),
    );
    this.#state.changed();
  }

  #forget(connection: WebSocket): void {
    const at = this.#connections.indexOf(connection);
    if (at >= 0) this.#connections.splice(at, 1);
  }

  #acknowledge(frame: string): void {
    let message: unknown;
    try {
      message = JSON.parse(frame);
    } catch {
      return;
    }
    if (!isObject(message) || typeof message.envelope_id !== 'string') return;
    this.#waiting.get(message.envelope_id)?.(message.payload);
  }

  deliver({ kind, payload, retry }: Delivery): Promise<Answer> {
    this.#turn += 1;
    const connection = this.#connections[this.#turn % this.#connections.length];
    if (!connection) return Promise.resolve({ ok: false, problem: 'dispatch_failed', ackMs: 0 });
    const envelopeId = this.#state.secret(16);
    return new Promise((resolve) => {
      const finish = (answer: Answer) => {
        clearTimeout(timer);
        this.#waiting.delete(envelopeId);
        resolve(answer);
      };
      const timer = setTimeout(
        () => finish({ ok: false, problem: 'operation_timeout', ackMs: 0 }),
        this.#state.setup.ackTimeoutMs,
      );
      this.#waiting.set(envelopeId, (body) => finish({ ok: true, body: answerOf(body), ackMs: 0 }));
      const envelope = {
        envelope_id: envelopeId,
        type: envelopeTypes[kind],
        accepts_response_payload: kind !== 'event',
        payload,
        ...(kind === 'event' ? { retry_attempt: retry?.num ?? 0, retry_reason: retry?.reason ?? '' } : {}),
      };
      connection.send(JSON.stringify(envelope), (error) => {
        if (error) finish({ ok: false, problem: 'dispatch_failed', ackMs: 0 });
      });
    });
  }

  /** Asks every connection to come again, as Slack does about once an hour; no new envelope goes to it. */
  refresh(reason: 'refresh_requested' | 'warning' | 'link_disabled' = 'refresh_requested'): void {
    for (const connection of this.#connections.splice(0))
      connection.send(JSON.stringify({ type: 'disconnect', reason }));
    this.#state.changed();
  }

  close(): void {
    for (const connection of this.#server.clients) connection.terminate();
    this.#server.close();
  }
}

/** An acknowledgement without content arrives as `{}`. */
function answerOf(payload: unknown): string | JsonObject {
  if (typeof payload === 'string') return payload;
  return isObject(payload) && Object.keys(payload).length > 0 ? payload : '';
}
