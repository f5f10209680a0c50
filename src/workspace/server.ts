import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Calls } from './calls.ts';
import { Courier, type DeliveryRecord } from './delivery.ts';
import { WorkspaceError } from './errors.ts';
import { Events } from './events.ts';
import { Faults } from './faults.ts';
import { answerJson, BodyTooLarge, isLoopbackHost, readBody } from './http.ts';
import { Interactions, type Parts } from './interactions.ts';
import { type RequestUrls, settle, type UserOptions, type WorkspaceOptions } from './options.ts';
import { PageServer } from './page-server.ts';
import { Person } from './person.ts';
import { ResponseUrls } from './response-urls.ts';
import { SocketMode } from './socket-mode.ts';
import { WorkspaceState } from './state.ts';
import { Triggers } from './triggers.ts';
import { Views } from './views.ts';
import { WebApi } from './web-api/index.ts';
import type { JsonObject } from './wire.ts';

export type { Call } from './calls.ts';
export type { DeliveryRecord } from './delivery.ts';
export { WorkspaceError } from './errors.ts';
export type { Fault, FaultHandle } from './faults.ts';
export type { Outcome, SubmitOutcome } from './interactions.ts';
export type { UserOptions, WorkspaceOptions } from './options.ts';
export type { Entered, Person, Target } from './person.ts';
export type { Ephemeral, Notice, StoredMessage } from './state.ts';
export type { Block, BlockElement, Message, Option, StateValues, View } from './wire.ts';

/** A Slack workspace of its own on loopback: Web API, deliveries to one app, people, and the page to act as them. */
export class Workspace {
  /** The page, and the base of everything else: `http://127.0.0.1:PORT/`. */
  readonly url: string;
  /** For Bolt's `clientOptions.slackApiUrl`. */
  readonly slackApiUrl: string;
  readonly calls: Calls;
  readonly faults: Faults;
  readonly socketMode: SocketMode;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #parts: Parts;
  readonly #interactions: Interactions;
  readonly #people: Map<string, Person>;
  readonly #courier: Courier;
  readonly #page: PageServer;

  constructor(assembled: Assembled, origin: string) {
    this.url = `${origin}/`;
    this.slackApiUrl = `${origin}/api/`;
    this.calls = assembled.calls;
    this.faults = assembled.faults;
    this.socketMode = assembled.socketMode;
    this.#server = assembled.server;
    this.#sockets = assembled.sockets;
    this.#parts = assembled.parts;
    this.#interactions = assembled.interactions;
    this.#people = assembled.people;
    this.#courier = assembled.parts.courier;
    this.#page = assembled.page;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get botToken(): string {
    return this.#parts.state.setup.botToken;
  }

  get appToken(): string {
    return this.#parts.state.setup.appToken;
  }

  get signingSecret(): string {
    return this.#parts.state.setup.signingSecret;
  }

  get teamId(): string {
    return this.#parts.state.setup.team.id;
  }

  /** What was brought to the app, with the time it took to acknowledge. */
  get deliveries(): readonly DeliveryRecord[] {
    return this.#courier.records;
  }

  /** Where the app listens; in Socket Mode nothing needs to be told. */
  connectApp({ requestUrl }: { requestUrl: RequestUrls }): void {
    this.#courier.connect(requestUrl);
  }

  /** Sends Slack's url_verification and tells whether the app answered the challenge. */
  verifyRequestUrl(): Promise<boolean> {
    return this.#parts.events.verifyUrl();
  }

  as(userId: string): Person {
    return personFor(this.#people, userId, this.#parts, this.#interactions);
  }

  /** The direct conversation of a person and the app. */
  dmId(userId: string): string {
    return this.#parts.state.directWithApp(this.#parts.state.user(userId).id).id;
  }

  /** Adds a person or changes one; the app hears `user_change`. */
  async updateUser(id: string, change: Partial<UserOptions>): Promise<void> {
    const { state, events } = this.#parts;
    state.putUser({ ...state.user(id), ...change, id });
    state.changed();
    await events.userChanged(id);
  }

  /** Replaces the members of a user group; the app hears `subteam_members_changed`. */
  async setUsergroupUsers(id: string, users: string[]): Promise<void> {
    const { state, events } = this.#parts;
    const group = state.usergroups.get(id);
    if (!group) throw new WorkspaceError('workspace_setup_invalid', `no user group ${id} in this workspace`);
    const added = users.filter((user) => !group.users.includes(user));
    const removed = group.users.filter((user) => !users.includes(user));
    group.users = [...users];
    state.changed();
    await events.send({
      type: 'subteam_members_changed',
      subteam_id: id,
      team_id: this.teamId,
      date_update: state.nowS(),
      added_users: added,
      added_users_count: added.length,
      removed_users: removed,
      removed_users_count: removed.length,
    });
  }

  /** Sends any other event, if the app subscribed to its type. */
  async sendEvent(event: JsonObject & { type: string }): Promise<void> {
    await this.#parts.events.send(event);
  }

  /** Every message anyone posted in a channel, replies included, oldest first. */
  history(channel: string) {
    return this.#parts.state.conversation(channel).messages;
  }

  /** Resolves with the first truthy value of `predicate`, tried now and after every change. */
  waitFor<T>(predicate: () => T, timeoutMs = 5000, what = 'the condition'): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const settleWith = (end: () => void) => {
        clearTimeout(timer);
        stop();
        end();
      };
      const attempt = () => {
        try {
          const value = predicate();
          if (value) settleWith(() => resolve(value as NonNullable<T>));
        } catch (error) {
          settleWith(() => reject(error as Error));
        }
      };
      const stop = this.#parts.state.onChange(attempt);
      const timer = setTimeout(
        () =>
          settleWith(() =>
            reject(
              new WorkspaceError(
                'workspace_wait_timeout',
                `waited ${timeoutMs} ms for ${what}; it did not come`,
              ),
            ),
          ),
        timeoutMs,
      );
      attempt();
    });
  }

  async close(): Promise<void> {
    this.#parts.events.close();
    this.#page.close();
    this.socketMode.close();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function personFor(
  people: Map<string, Person>,
  userId: string,
  parts: Parts,
  interactions: Interactions,
): Person {
  parts.state.user(userId);
  const person = people.get(userId) ?? new Person(userId, parts, interactions);
  people.set(userId, person);
  return person;
}

interface Assembled {
  parts: Parts;
  interactions: Interactions;
  people: Map<string, Person>;
  calls: Calls;
  faults: Faults;
  socketMode: SocketMode;
  server: Server;
  sockets: Set<Socket>;
  page: PageServer;
}

/** Starts a workspace on loopback. Throws `WorkspaceError` for a set-up that cannot work, and the system's error for a port in use. */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const setup = settle(options);
  const state = new WorkspaceState(setup);
  const faults = new Faults();
  const calls = new Calls();
  const socketMode = new SocketMode(state);
  const courier = new Courier(state, faults, socketMode);
  courier.connect(options.requestUrl);
  const responseUrls = new ResponseUrls(state);
  const parts: Parts = {
    state,
    views: new Views(state),
    triggers: new Triggers(state),
    responseUrls,
    courier,
    events: new Events(state, courier),
  };
  const interactions = new Interactions(parts);
  const people = new Map<string, Person>();
  const page = new PageServer(parts, faults, (userId) => personFor(people, userId, parts, interactions));
  if (setup.page) await page.prepare();
  const socketUrl = () => responseUrls.origin.replace('http', 'ws') + socketMode.issuePath();
  const webApi = new WebApi({ ...parts, socketUrl }, faults, calls);
  const server = createServer((request, response) => {
    route(request, response, { webApi, responseUrls, page, faults, calls, state }).catch((error: unknown) =>
      fail(response, error),
    );
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.startsWith('/link?') && isLoopbackHost(request.headers.host))
      socketMode.upgrade(request, socket, head);
    else socket.destroy();
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await listen(server, setup.port, setup.host);
  const host = setup.host === '::1' ? '[::1]' : setup.host;
  responseUrls.origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  const assembled = { parts, interactions, people, calls, faults, socketMode, server, sockets, page };
  return new Workspace(assembled, responseUrls.origin);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

interface Routes {
  webApi: WebApi;
  responseUrls: ResponseUrls;
  page: PageServer;
  faults: Faults;
  calls: Calls;
  state: WorkspaceState;
}

async function route(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  if (!isLoopbackHost(request.headers.host))
    return answerJson(response, 421, { ok: false, error: 'not_loopback' });
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname.startsWith('/api/'))
    return routes.webApi.handle(pathname.slice('/api/'.length), request, response);
  if (pathname.startsWith('/response/')) return sink(pathname, request, response, routes);
  return routes.page.handle(pathname, request, response);
}

/** POST of a `response_url`; faults strike it under the name `response_url`. */
async function sink(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const raw = await readBody(request);
  const faults = routes.faults.takeForMethod('response_url');
  const fault = faults.find((one) => one.kind !== 'latency');
  if (fault?.kind === 'lost-request') return void response.socket?.destroy();
  if (fault?.kind === 'rate-limit') {
    response.setHeader('retry-after', String(fault.retryAfterS));
    return answerJson(response, 429, { ok: false, error: 'ratelimited' });
  }
  if (fault?.kind === 'error') return answerJson(response, fault.status, { ok: false });
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    body = undefined;
  }
  const answer = routes.responseUrls.receive(path, body);
  const { ok, error } = answer.body;
  const call = { method: 'response_url', args: (body ?? {}) as JsonObject, atMs: routes.state.setup.now() };
  routes.calls.record({ ...call, status: answer.status, ok, ...(error ? { error } : {}) }, routes.state);
  if (fault) response.socket?.destroy();
  else answerJson(response, answer.status, answer.body);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  if (error instanceof BodyTooLarge) return answerJson(response, 413, { ok: false, error: error.code });
  if (error instanceof WorkspaceError)
    return answerJson(response, 400, { ok: false, error: error.code, message: error.message });
  answerJson(response, 500, {
    ok: false,
    error: 'fatal_error',
    message: error instanceof Error ? error.message : '',
  });
}
