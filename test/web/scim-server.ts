import { randomUUID } from 'node:crypto';
import type { ScimUser } from '../../src/ports/identity.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Store } from '../../src/ports/store.ts';
import { createWeb } from '../../src/web/server.ts';
import { noEvidence } from '../fakes/evidence.ts';
import { sqlitePlace } from '../store/places.ts';

export const TOKEN = 'scim-token-0123456789-0123456789';
export const OLD_TOKEN = 'scim-token-before-0123456789-0123';
export const NOW = Date.parse('2026-03-02T09:00:00Z');

export const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const COUNTERSIGN = 'urn:ietf:params:scim:schemas:extension:countersign:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A resource, a list of them or an error, as it came. */
export interface Told {
  readonly id: string;
  readonly [attribute: string]: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Told;
}

export interface ScimServer {
  readonly url: string;
  readonly store: Store;
  readonly clock: { time: number };
  /** Everyone of whom it was said that they have left, each time. */
  readonly left: ScimUser[];
  readonly changes: { count: number };
  /** What follows from that someone has left. */
  readonly follows: { run: () => Promise<void> };
  readonly logged: unknown[];
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  patch(path: string, operations: readonly unknown[], headers?: Record<string, string>): Promise<Reply>;
  close(): Promise<void>;
}

/** The real server over HTTP, on the real store. */
export async function scimServer({ tokens = [TOKEN] as readonly string[] } = {}): Promise<ScimServer> {
  const place = await sqlitePlace();
  const store = await place.open();
  const clock = { time: NOW };
  const left: ScimUser[] = [];
  const changes = { count: 0 };
  const follows = { run: async () => {} };
  const logged: unknown[] = [];
  const note = (...what: unknown[]) => void logged.push(what);
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  const door = {
    tokens,
    shelf: store.scim,
    clock: { now: () => clock.time },
    newId: randomUUID,
    url: () => 'https://access.example.com',
    onLeft: async (user: ScimUser) => {
      left.push(user);
      await follows.run();
    },
    onChanged: () => {
      changes.count += 1;
    },
  };
  const web = createWeb({
    logger,
    readiness: [],
    mode: () => 'full',
    metrics: { contentType: 'text/plain', render: async () => '', token: null },
    jwks: async () => ({ keys: [] }),
    tokens: { secret: null, introspect: async () => ({ active: false }), revoke: async () => {} },
    admin: { proofOf: () => 'admin-proof-0123456789', carryOut: async () => null },
    slackEvents: null,
    evidence: noEvidence,
    scim: tokens.length === 0 ? null : door,
  });
  const { url } = await web.start(0, '127.0.0.1');
  const ask: ScimServer['ask'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}/scim/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens[0] ?? TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    // What our own server says of a resource.
    const told = (isJson ? JSON.parse(text) : {}) as Told;
    return { status: answer.status, headers: answer.headers, text, body: told };
  };
  return {
    url,
    store,
    clock,
    left,
    changes,
    follows,
    logged,
    ask,
    patch: (path, Operations, headers) => ask('PATCH', path, { schemas: [PATCH_OP], Operations }, headers),
    close: async () => {
      web.server.closeAllConnections();
      await web.close();
      await store.close();
      await place.discard();
    },
  };
}

/** A user of this name in the store, whose id is returned. */
export async function someone(server: ScimServer, name: string, more: object = {}): Promise<string> {
  const { body } = await server.ask('POST', '/Users', { userName: `${name}@x.test`, ...more });
  return body.id;
}

export async function someGroup(
  server: ScimServer,
  displayName: string,
  members: readonly string[] = [],
): Promise<string> {
  const { body } = await server.ask('POST', '/Groups', {
    displayName,
    members: members.map((value) => ({ value })),
  });
  return body.id;
}
