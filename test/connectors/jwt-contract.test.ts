import plugin, { introspect } from '../../src/connectors/signed-jwt/index.ts';
import type { Connector } from '../../src/ports/connector.ts';
import type { TokenRegistry } from '../../src/ports/store.ts';
import { connectorContract } from '../contracts/connector.ts';
import { type ConnectorHarness, freshName } from '../contracts/connector-harness.ts';
import { contextWith } from './context.ts';
import { cutting, failing, openOwnStores, silent } from './own-stores.ts';

connectorContract('signed-jwt', jwtHarness);

async function jwtHarness(): Promise<ConnectorHarness> {
  const stores = await openOwnStores();
  const context = contextWith({ tokens: stores.tokens });
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
    down: [{ what: 'the store refuses', open: () => open(failing(stores).tokens) }],
    hanging: () => open(silent(stores).tokens),
    foreign: async () => {
      const name = freshName('jit_othr_');
      await context.tokens.put({ name, expiresAt: Date.now() + 3_600_000 });
      return { name, exists: async () => (await context.tokens.get(name))?.revokedAt === null };
    },
    cut: (nth, when) => {
      const own = cutting(stores, nth, when);
      return { open: () => open(own.tokens), hasCut: () => own.hasCut(), mend: () => {} };
    },
    waiting: null,
    lacks: {
      targetLog: 'the target is our own registry, which keeps names and times only',
      openSession: 'a bearer token has no session',
      leaveBehind: 'a token owns nothing',
    },
    close: () => stores.close(),
  };
}
