import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import plugin, { introspect } from '../../src/connectors/signed-jwt/index.ts';
import type { Connector, ConnectorContext } from '../../src/ports/connector.ts';
import { StoreError, type TokenRegistry } from '../../src/ports/store.ts';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { openTokens } from '../../src/store/sqlite/tokens.ts';
import { connectorContract } from '../contracts/connector.ts';
import { type ConnectorHarness, freshName } from '../contracts/connector-harness.ts';
import { contextWith } from './context.ts';

connectorContract('signed-jwt', jwtHarness);

async function jwtHarness(): Promise<ConnectorHarness> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-tokens-'));
  const database = openDatabase(path.join(folder, 'tokens.db'));
  const context = contextWith({ tokens: openTokens(database) });
  const open = (tokens: TokenRegistry = context.tokens): Connector =>
    plugin.open('api', plugin.configSchema.parse({}) as never, { ...context, tokens });
  const audience = 'https://orders.example.com';
  return {
    prefix: context.prefix,
    scope: { audience, scope: 'orders:read' },
    hostileScopes: [
      { audience, scope: 'orders:read\nadmin' },
      { audience, scope: 'a  b' },
      { audience: '', scope: 'a' },
      { audience: `${audience}\u202e`, scope: 'a' },
      { audience },
      { audience, scope: 'a', iss: 'https://elsewhere.example' },
      { audience, scope: 'a', cnf: { jkt: 'short' } },
      { audience, scope: 'a', cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'private' } } },
    ],
    open: () => open(),
    works: async (_order, made) => (await introspect(context, made.material)).active,
    replacesSecret: false,
    canaries: [String((await context.issuer.signingKey()).d)],
    targetLog: null,
    openSession: null,
    leaveBehind: null,
    down: [{ what: 'the store refuses', open: () => open(failing) }],
    hanging: () => open(silent),
    foreign: async () => {
      const name = freshName('jit_othr_');
      await context.tokens.put({ name, expiresAt: Date.now() + 3_600_000 });
      return { name, exists: async () => (await context.tokens.get(name))?.revokedAt === null };
    },
    cut: (nth, when) => cutAt(context, open, nth, when),
    waiting: null,
    lacks: {
      targetLog: 'the target is our own registry, which keeps names and times only',
      openSession: 'a bearer token has no session',
      leaveBehind: 'a token owns nothing',
    },
    close: async () => {
      database.close();
      await rm(folder, { recursive: true });
    },
  };
}

const busy = async (): Promise<never> => {
  throw new StoreError('store_busy', 'the database is locked', 'wait');
};
const failing: TokenRegistry = { put: busy, revoke: busy, get: busy, living: busy };

const never = (): Promise<never> => new Promise(() => {});
const silent: TokenRegistry = { put: never, revoke: never, get: never, living: never };

/** A registry whose `nth` call fails, before it was made or after. */
function cutAt(
  { tokens }: ConnectorContext,
  open: (tokens: TokenRegistry) => Connector,
  nth: number,
  when: 'before' | 'after',
): ReturnType<NonNullable<ConnectorHarness['cut']>> {
  let calls = 0;
  const step = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls === nth && when === 'before') return busy();
    const answer = await call();
    return calls === nth ? busy() : answer;
  };
  const cutting: TokenRegistry = {
    put: (record) => step(() => tokens.put(record)),
    revoke: (name, at) => step(() => tokens.revoke(name, at)),
    get: (name) => step(() => tokens.get(name)),
    living: (prefix, now, limit) => step(() => tokens.living(prefix, now, limit)),
  };
  return { open: () => open(cutting), hasCut: () => calls >= nth, mend: () => {} };
}
