import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Calls } from '../calls.ts';
import type { Faults, WebApiFault } from '../faults.ts';
import { readBody } from '../http.ts';
import type { JsonObject } from '../wire.ts';
import { isObject } from '../wire.ts';
import { appMethods, grantedScopes } from './apps.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fail, type Method, type Result, type WebApiParts } from './method.ts';
import { peopleMethods } from './people.ts';
import { viewMethods } from './views.ts';

const methods: Record<string, Method> = {
  ...appMethods,
  ...chatMethods,
  ...conversationMethods,
  ...peopleMethods,
  ...viewMethods,
};
const withoutToken = new Set(['api.test', 'oauth.v2.access']);
/** Arguments that arrive as JSON in a form field. */
const jsonArguments = new Set(['blocks', 'view', 'metadata', 'attachments']);

export class WebApi {
  readonly #parts: WebApiParts;
  readonly #faults: Faults;
  readonly #calls: Calls;

  constructor(parts: WebApiParts, faults: Faults, calls: Calls) {
    this.#parts = parts;
    this.#faults = faults;
    this.#calls = calls;
  }

  async handle(method: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await readBody(request);
    const parsed = parseArguments(raw, request.headers['content-type'] ?? '');
    const { token, ...args } = parsed ?? {};
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? token;
    const faults = this.#faults.takeForMethod(method);
    for (const fault of faults) if (fault.kind === 'latency') await sleep(fault.ms);
    const fault = faults.find((one) => one.kind !== 'latency');
    if (fault && fault.kind !== 'lost-answer') return this.#strike(fault, method, args, response);
    const result = parsed ? this.#run(method, bearer, args) : fail('invalid_json');
    this.#record(method, args, fault ? 0 : 200, result);
    if (fault) response.socket?.destroy();
    else answer(response, 200, result);
  }

  #run(method: string, bearer: unknown, args: JsonObject): Result {
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!run) return fail('unknown_method');
    if (!withoutToken.has(method)) {
      const { appToken, botToken } = this.#parts.state.setup;
      if (!bearer) return fail('not_authed');
      const wanted = method === 'apps.connections.open' ? appToken : botToken;
      if (bearer !== wanted)
        return fail(bearer === appToken || bearer === botToken ? 'not_allowed_token_type' : 'invalid_auth');
    }
    return run(this.#parts, args);
  }

  #strike(fault: WebApiFault, method: string, args: JsonObject, response: ServerResponse): void {
    if (fault.kind === 'rate-limit') {
      const result = fail('ratelimited');
      this.#record(method, args, 429, result);
      return answer(response, 429, result, { 'retry-after': String(fault.retryAfterS) });
    }
    const status = fault.kind === 'error' ? fault.status : fault.kind === 'slack-error' ? 200 : 0;
    const result = fail(fault.kind === 'slack-error' ? fault.error : 'fatal_error');
    this.#record(method, args, status, result);
    if (status === 0) response.socket?.destroy();
    else answer(response, status, result);
  }

  #record(method: string, args: JsonObject, status: number, result: Result): void {
    const { client_secret: _secret, ...shown } = args;
    const call = {
      method,
      args: shown,
      atMs: this.#parts.state.setup.now(),
      status,
      ok: result.ok && status === 200,
    };
    const answered = structuredClone(result) as unknown as JsonObject;
    if (answered.access_token) delete answered.access_token;
    const error = result.ok ? {} : { error: result.error };
    this.#calls.record({ ...call, ...error, answer: answered }, this.#parts.state);
  }
}

function answer(
  response: ServerResponse,
  status: number,
  result: Result,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-oauth-scopes': grantedScopes,
    ...headers,
  });
  response.end(JSON.stringify(result));
}

function parseArguments(raw: string, contentType: string): JsonObject | undefined {
  try {
    if (contentType.includes('application/json')) {
      const body: unknown = JSON.parse(raw || '{}');
      return isObject(body) ? body : undefined;
    }
    const args: JsonObject = {};
    for (const [key, value] of new URLSearchParams(raw))
      args[key] = jsonArguments.has(key) ? (JSON.parse(value) as JsonObject) : value;
    return args;
  } catch {
    return undefined;
  }
}
