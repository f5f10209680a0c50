import { introspect } from '../../src/connectors/signed-jwt/index.ts';
import type { Connector } from '../../src/ports/connector.ts';
import { connectorContract } from '../contracts/connector.ts';
import { type ConnectorHarness, freshName } from '../contracts/connector-harness.ts';
import {
  API_SCOPE,
  atOnce,
  bundleOver,
  partsOver,
  API,
  RULES,
  RULES_SCOPE,
  scopeWith,
} from './bundle-parts.ts';
import { contextWith } from './context.ts';
import { cutting, failing, type OwnStores, openOwnStores, silent } from './own-stores.ts';

connectorContract('bundle', async (): Promise<ConnectorHarness> => {
  const stores = await openOwnStores();
  const context = contextWith(stores);
  const parts = partsOver(context);
  const scope = scopeWith();
  const { first, second } = { first: scope.parts[0] ?? {}, second: scope.parts[1] ?? {} };
  const ready = await bundleOver(stores);
  const open = (own: OwnStores): Connector => atOnce(ready, bundleOver(own));
  return {
    prefix: context.prefix,
    scope,
    hostileScopes: [
      {},
      { parts: [] },
      { parts: [first] },
      { parts: [first, first] },
      { parts: [first, second, { ...second, id: 'third' }] },
      { parts: [first, { ...second, connector: 'api' }] },
      { parts: [first, { ...second, connector: 'elsewhere' }] },
      { parts: [{ ...first, more: 1 }, second] },
      { ...scope, more: 1 },
      scopeWith({ ...API_SCOPE, audience: '' }),
      scopeWith(API_SCOPE, { ...RULES_SCOPE, overrides: '*' }),
    ],
    open: () => open(stores),
    works: async (order, made) => {
      const material = made.secret.expose()[0]?.value ?? '';
      const inForce = await stores.exceptions.inForce(order.subject, context.clock.now());
      const both = [
        (await introspect(context, material)).active,
        inForce.some(({ name }) => name === order.handle.name),
      ];
      if (both[0] !== both[1]) throw new Error(`it works in part: ${both.join()}`);
      return both[0] === true;
    },
    replacesSecret: false,
    canaries: [String((await context.issuer.signingKey()).d)],
    targetLog: null,
    openSession: null,
    listed: async () => {
      const all = await Promise.all(
        [API, RULES].map(async (part) => (await parts(part)).listOwned(AbortSignal.timeout(5_000))),
      );
      const byName = new Map(all.flat().map((owned) => [owned.name, owned]));
      return [...byName.values()];
    },
    leaveBehind: null,
    down: [{ what: 'the store refuses', open: () => open(failing(stores)) }],
    hanging: () => open(silent(stores)),
    foreign: async () => {
      const name = freshName('jit_othr_');
      await stores.tokens.put({ name, expiresAt: context.clock.now() + 3_600_000 });
      return { name, exists: async () => (await stores.tokens.get(name))?.revokedAt === null };
    },
    cut: (nth, when) => {
      const own = cutting(stores, nth, when);
      return { open: () => open(own), hasCut: () => own.hasCut(), mend: () => {} };
    },
    waiting: null,
    lacks: {
      targetLog: 'the targets are our own registries',
      openSession: 'neither part has a session',
      leaveBehind: 'neither part owns anything',
    },
    close: () => stores.close(),
  };
});
