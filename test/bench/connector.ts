import { randomBytes } from 'node:crypto';
import pg from 'pg';
import plugin from '../../src/connectors/postgres-role/index.ts';
import { scramVerifier } from '../../src/connectors/postgres-role/scram.ts';
import type { Connector, Order, Provisioned } from '../../src/ports/connector.ts';
import { contextWith } from '../connectors/context.ts';
import { p50, p99 } from './statistics.ts';

const WARM_UP = 20;
const PAIRS = 160;
const PREFIX = 'jit_bnch_';

/** The same work by the connector and by its bare statements, in turn. */
export interface Compared {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rawP50Ms: number;
  readonly rawP99Ms: number;
  /** Of the two medians. */
  readonly overRawP50: number;
}
export interface ConnectorFigures {
  readonly create: Compared;
  readonly control: { readonly samples: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly revoke: Compared;
  readonly revokeSession: Compared;
}

/**
 * One credential at a time, made and ended by the connector and by raw statements, which of them first changing with
 * each pair, so that a machine that grows slower does so for both.
 */
export async function benchConnector(adminUrl: string): Promise<ConnectorFigures> {
  const config = plugin.configSchema.parse({ admin: 'env:SHOP_ADMIN_URL' });
  const context = contextWith({ secretOf: () => adminUrl, prefix: PREFIX });
  const connector = plugin.open('shop', config as never, context);
  const raw = new Raw(adminUrl);
  try {
    await pairs(connector, raw, adminUrl, WARM_UP);
    const { create, control, revoke, revokeSession } = await pairs(connector, raw, adminUrl, PAIRS);
    return {
      create: compare(create),
      control: { samples: control.length, p50Ms: p50(control), p99Ms: p99(control) },
      revoke: compare(revoke),
      revokeSession: compare(revokeSession),
    };
  } finally {
    await connector.close();
    await raw.close();
  }
}

interface Times {
  readonly ours: number[];
  readonly raw: number[];
}
const times = (): Times => ({ ours: [], raw: [] });

async function pairs(connector: Connector, raw: Raw, adminUrl: string, count: number) {
  const found = { create: times(), control: [] as number[], revoke: times(), revokeSession: times() };
  for (let i = 0; i < count; i += 1) {
    const order = newOrder();
    const rawName = newName();
    const made: { ours?: Provisioned; raw?: string } = {};
    await inTurn(
      i,
      async () => {
        made.ours = await timed(found.create.ours, () => connector.provision(order, never()));
      },
      async () => {
        made.raw = await timed(found.create.raw, () => raw.create(rawName, order));
      },
    );
    const { ours, raw: rawPassword } = made;
    if (ours === undefined || rawPassword === undefined) throw new Error('nothing was made');
    await timed(found.control, () => connector.verifyActive(order, ours, never()));
    // Every other pair has one session open on each side, which its revocation must end.
    const busy = Math.floor(i / 2) % 2 === 1;
    if (busy) await openSession(adminUrl, order.handle.name, ours.material);
    if (busy) await openSession(adminUrl, rawName, rawPassword);
    const ended = busy ? found.revokeSession : found.revoke;
    await inTurn(
      i,
      () => timed(ended.ours, () => revokeAndVerify(connector, order)),
      () => timed(ended.raw, () => raw.revoke(rawName)),
    );
  }
  return found;
}

async function revokeAndVerify(connector: Connector, { handle }: Order): Promise<void> {
  await connector.revoke(handle, never());
  const proof = await connector.verifyRevoked(handle, Date.now(), never());
  if (!proof.absent || proof.loginRefused !== 'yes' || proof.liveSessions > 0)
    throw new Error('the revocation was not proven');
}

/** What someone would do by hand over a pooled connection, each piece of it one text and one round trip. */
class Raw {
  readonly #adminUrl: string;
  readonly #pool: pg.Pool;

  constructor(adminUrl: string) {
    this.#adminUrl = adminUrl;
    this.#pool = new pg.Pool({ connectionString: adminUrl, max: 8 });
    this.#pool.on('error', () => {});
  }

  /** The password's verifier is made within the time measured, on this side as on the other. */
  async create(name: string, order: Order): Promise<string> {
    const password = randomBytes(24).toString('base64url');
    const verifier = await scramVerifier(password, randomBytes(16));
    await this.#pool.query(`begin;
      create role ${name} login noinherit connection limit 5 password '${verifier}'
        valid until '${new Date(order.expiresAt).toISOString()}';
      grant shop_ro to ${name};
      alter role ${name} set role shop_ro;
      comment on role ${name} is '${JSON.stringify({ request: order.request, subject: order.subject })}';
      commit`);
    return password;
  }

  async revoke(name: string): Promise<void> {
    await this.#pool.query(`begin;
      alter role ${name} nologin connection limit 0 password null valid until '-infinity';
      commit;
      select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}';
      begin;
      drop role ${name};
      commit;
      select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}'`);
    await this.#refusedLogin(name);
  }

  async #refusedLogin(user: string): Promise<void> {
    const url = Object.assign(new URL(this.#adminUrl), { username: user, password: 'wrong' });
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => {});
    const refused = await client.connect().then(
      () => false,
      () => true,
    );
    await client.end();
    if (!refused) throw new Error('the login was not refused');
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

const never = (): AbortSignal => AbortSignal.timeout(30_000);
const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const newName = (): string => PREFIX + Array.from(randomBytes(20), (byte) => letters[byte & 31]).join('');

const newOrder = (): Order => ({
  handle: {
    name: newName(),
    scope: { database: 'shop', role: 'shop_ro' },
    connector: { id: 'shop', use: 'postgres-role', config: {} },
  },
  request: 'req_000000000000',
  subject: 's:000000000000000000000000',
  generation: 1,
  expiresAt: Date.now() + 3_600_000,
});

async function openSession(adminUrl: string, user: string, password: string): Promise<void> {
  const url = Object.assign(new URL(adminUrl), { username: user, password });
  const client = new pg.Client({ connectionString: url.href });
  // It is about to be ended by the server.
  client.on('error', () => {});
  await client.connect();
}

async function inTurn(index: number, one: () => Promise<void>, other: () => Promise<void>): Promise<void> {
  const [first, second] = index % 2 === 0 ? [one, other] : [other, one];
  await first();
  await second();
}

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  into.push(performance.now() - from);
  return result;
}

const compare = ({ ours, raw }: Times): Compared => ({
  samples: ours.length,
  p50Ms: p50(ours),
  p99Ms: p99(ours),
  rawP50Ms: p50(raw),
  rawP99Ms: p99(raw),
  overRawP50: p50(ours) / p50(raw),
});
