import bundle from '../../src/connectors/bundle/index.ts';
import exception from '../../src/connectors/exception/index.ts';
import type { Connector, Order, Provisioned } from '../../src/ports/connector.ts';
import { connectorContract } from '../contracts/connector.ts';
import type { ConnectorHarness } from '../contracts/connector-harness.ts';
import { atOnce, RULES, RULES_SCOPE } from './bundle-parts.ts';
import { contextWith } from './context.ts';
import { failing, type OwnStores, openOwnStores, silent } from './own-stores.ts';
import { embeddedHarness } from './postgres-harness.ts';

const ROLE = 'orders-db:read';
const SHOP = { id: 'shop', use: 'postgres-role', config: { admin: 'env:SHOP_ADMIN_URL' } };
const CONFIG = {
  parts: [
    { id: ROLE, connector: SHOP },
    { id: 'no-freeze', connector: RULES },
  ],
};

/** A role on the embedded server, and a rule that does not bind for as long: both can be lengthened. */
connectorContract('bundle with a real target', async (): Promise<ConnectorHarness> => {
  const [role, stores] = [await embeddedHarness(), await openOwnStores()];
  const ready = await openBundle(role.open(), stores);
  const open = (part: Connector, own: OwnStores = stores): Connector =>
    atOnce(ready, openBundle(part, own), () => part.close());
  const scopeOf = (scope: ConnectorHarness['scope']) => ({
    parts: [
      { id: ROLE, connector: 'shop', scope },
      { id: 'no-freeze', connector: 'rules', scope: RULES_SCOPE },
    ],
  });
  const { hanging, openSession, leaveBehind, cut } = role;
  return {
    ...role,
    scope: scopeOf(role.scope),
    hostileScopes: role.hostileScopes.map(scopeOf),
    several: true,
    open: () => open(role.open()),
    works: async (order, made) => {
      const inForce = await stores.exceptions.inForce(order.subject, Date.now());
      return (
        (await role.works(...roleOf(order, made, role))) &&
        inForce.some(({ name }) => name === order.handle.name)
      );
    },
    openSession: openSession && ((order, made) => openSession(...roleOf(order, made, role))),
    leaveBehind: leaveBehind && ((order, made) => leaveBehind(...roleOf(order, made, role))),
    listed: async () => {
      const shop = role.open();
      try {
        return await shop.listOwned(AbortSignal.timeout(5_000));
      } finally {
        await shop.close();
      }
    },
    down: role.down.map(({ what, open: part }) => ({ what, open: () => open(part(), failing(stores)) })),
    hanging: hanging && (() => open(hanging(), silent(stores))),
    cut:
      cut &&
      ((step, when) => {
        const broken = cut(step, when);
        return { ...broken, open: () => open(broken.open()) };
      }),
    close: async () => {
      await Promise.all([role.close(), stores.close()]);
    },
  };
});

function openBundle(role: Connector, { exceptions }: OwnStores): Promise<Connector> {
  const context = contextWith({ exceptions });
  return bundle.open('both', bundle.configSchema.parse(CONFIG), {
    ...context,
    open: async ({ id }) => (id === 'shop' ? role : exception.open(id, {}, context)),
  });
}

/** The role's own part of an order, and of what was made of it. */
function roleOf(order: Order, made: Provisioned, { scope }: ConnectorHarness): [Order, Provisioned] {
  const { parts } = made as Provisioned & { readonly parts: ReadonlyMap<string, Provisioned> };
  const own = parts.get(ROLE);
  if (own === undefined) throw new Error('nothing was made of the role');
  return [{ ...order, handle: { ...order.handle, scope, connector: SHOP } }, own];
}
