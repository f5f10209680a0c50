import { request } from 'node:http';
import { WorkspaceError } from './errors.ts';
import type { DeliveryFault, DeliveryKind, Faults } from './faults.ts';
import type { RequestUrls } from './options.ts';
import { sign } from './signature.ts';
import type { SocketMode } from './socket-mode.ts';
import type { WorkspaceState } from './state.ts';
import type { JsonObject } from './wire.ts';

const maxAnswerBytes = 1_000_000;
const maxRecorded = 5000;

export interface Delivery {
  kind: DeliveryKind;
  /** `/elevate`, `block_actions`, `app_home_opened`, …: for the record. */
  type: string;
  payload: JsonObject;
  retry?: { num: number; reason: string };
}

export type DeliveryProblem =
  | 'operation_timeout'
  | 'dispatch_failed'
  | 'http_client_error'
  | 'http_service_error';

/** What the app answered: an empty string, a text, or a JSON object. */
export type Answer =
  | { ok: true; body: string | JsonObject; ackMs: number }
  | { ok: false; problem: DeliveryProblem; ackMs: number; status?: number };

export interface DeliveryRecord {
  kind: DeliveryKind;
  type: string;
  transport: 'http' | 'socket' | 'none';
  atMs: number;
  ackMs: number;
  ok: boolean;
  problem?: DeliveryProblem;
  retryNum?: number;
}

/** Brings what people do to the app, over Socket Mode when it is connected, else by signed HTTP. */
export class Courier {
  readonly records: DeliveryRecord[] = [];
  readonly #state: WorkspaceState;
  readonly #faults: Faults;
  readonly #socket: SocketMode;
  #urls: RequestUrls | undefined;

  constructor(state: WorkspaceState, faults: Faults, socket: SocketMode) {
    this.#state = state;
    this.#faults = faults;
    this.#socket = socket;
  }

  connect(urls: RequestUrls | undefined): void {
    for (const url of typeof urls === 'string' ? [urls] : Object.values(urls ?? {})) refuseRemote(url);
    this.#urls = urls;
  }

  get isConnected(): boolean {
    return this.#socket.isConnected || this.#urls !== undefined;
  }

  async deliver(delivery: Delivery): Promise<Answer> {
    const faults = this.#faults.takeForDelivery(delivery.kind);
    const latencyMs = faults.reduce((sum, fault) => sum + (fault.kind === 'latency' ? fault.ms : 0), 0);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const answer = await this.#send(delivery, faults);
    if (faults.some((fault) => fault.kind === 'redeliver')) {
      await this.#send({ ...delivery, retry: { num: 1, reason: 'http_timeout' } }, []);
    }
    return answer;
  }

  async #send(delivery: Delivery, faults: DeliveryFault[]): Promise<Answer> {
    const atMs = this.#state.setup.now();
    const started = performance.now();
    const { transport, reply } = this.#route(delivery, faults);
    const answer = { ...(await reply), ackMs: performance.now() - started };
    const { kind, type } = delivery;
    const record: DeliveryRecord = { kind, type, transport, atMs, ackMs: answer.ackMs, ok: answer.ok };
    if (!answer.ok) record.problem = answer.problem;
    if (delivery.retry) record.retryNum = delivery.retry.num;
    this.records.push(record);
    if (this.records.length > maxRecorded) this.records.shift();
    this.#state.changed();
    return answer;
  }

  #route(
    delivery: Delivery,
    faults: DeliveryFault[],
  ): { transport: DeliveryRecord['transport']; reply: Promise<Answer> } {
    if (this.#socket.isConnected) return { transport: 'socket', reply: this.#socket.deliver(delivery) };
    if (this.#urls)
      return {
        transport: 'http',
        reply: this.#post(this.#urlFor(this.#urls, delivery.kind), delivery, faults),
      };
    return { transport: 'none', reply: Promise.resolve({ ok: false, problem: 'dispatch_failed', ackMs: 0 }) };
  }

  #urlFor(urls: RequestUrls, kind: DeliveryKind): string {
    if (typeof urls === 'string') return urls;
    const byKind = {
      command: urls.commands,
      interaction: urls.interactivity,
      options: urls.options,
      event: urls.events,
    };
    return byKind[kind];
  }

  #post(url: string, delivery: Delivery, faults: DeliveryFault[]): Promise<Answer> {
    const { body, contentType } = encode(delivery);
    const headers = this.#sign(body, faults);
    headers['content-type'] = contentType;
    if (delivery.retry) {
      headers['x-slack-retry-num'] = String(delivery.retry.num);
      headers['x-slack-retry-reason'] = delivery.retry.reason;
    }
    return postBytes(url, body, headers, this.#state.setup.ackTimeoutMs);
  }

  #sign(body: string, faults: DeliveryFault[]): Record<string, string> {
    let timestampS = this.#state.nowS();
    let secret = this.#state.setup.signingSecret;
    for (const fault of faults) {
      if (fault.kind === 'stale-timestamp') timestampS -= fault.ageS ?? 600;
      if (fault.kind === 'future-timestamp') timestampS += fault.aheadS ?? 600;
      if (fault.kind === 'bad-signature') secret = `not-${secret}`;
    }
    const headers: Record<string, string> = { 'x-slack-request-timestamp': String(timestampS) };
    if (!faults.some((fault) => fault.kind === 'missing-signature'))
      headers['x-slack-signature'] = sign(secret, timestampS, body);
    return headers;
  }
}

function refuseRemote(url: string): void {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
    throw new WorkspaceError('workspace_not_loopback', `the app's address must be on loopback, not ${url}`);
}

/** Commands are form fields, interactions are JSON in the field `payload`, events are a JSON body. */
function encode({ kind, payload }: Delivery): { body: string; contentType: string } {
  if (kind === 'event') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const fields =
    kind === 'command' ? (payload as Record<string, string>) : { payload: JSON.stringify(payload) };
  return { body: new URLSearchParams(fields).toString(), contentType: 'application/x-www-form-urlencoded' };
}

function postBytes(
  url: string,
  body: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (problem: DeliveryProblem, status?: number) =>
      resolve({ ok: false, problem, ackMs: 0, ...(status === undefined ? {} : { status }) });
    const signal = AbortSignal.timeout(timeoutMs);
    const options = {
      method: 'POST',
      agent: false as const,
      signal,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    };
    const outgoing = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) outgoing.destroy();
        else chunks.push(chunk);
      });
      response.on('error', () => failed(signal.aborted ? 'operation_timeout' : 'dispatch_failed'));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 500) return failed('http_service_error', status);
        if (status < 200 || status >= 300) return failed('http_client_error', status);
        resolve({
          ok: true,
          body: decode(Buffer.concat(chunks).toString(), response.headers['content-type']),
          ackMs: 0,
        });
      });
    });
    outgoing.on('error', () => failed(signal.aborted ? 'operation_timeout' : 'dispatch_failed'));
    outgoing.end(body);
  });
}

function decode(text: string, contentType: string | undefined): string | JsonObject {
  if (!contentType?.includes('json')) return text;
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return text;
  }
}
