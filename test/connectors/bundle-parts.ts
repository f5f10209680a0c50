import bundle from '../../src/connectors/bundle/index.ts';
import exception from '../../src/connectors/exception/index.ts';
import signedJwt from '../../src/connectors/signed-jwt/index.ts';
import type { ConnectorSnapshot, Json } from '../../src/domain/values.ts';
import { type Connector, type ConnectorContext, ConnectorFault } from '../../src/ports/connector.ts';
import { contextWith } from './context.ts';
import type { OwnStores } from './own-stores.ts';

export const API: ConnectorSnapshot = { id: 'api', use: 'signed-jwt', config: {} };
export const RULES: ConnectorSnapshot = { id: 'rules', use: 'exception', config: {} };

/** A token, and a rule that does not bind for as long. */
export const CONFIG = {
  parts: [
    { id: 'orders-api:read', connector: API },
    { id: 'no-freeze', connector: RULES },
  ],
};
export const API_SCOPE = { audience: 'https://orders.example.com', scope: 'orders:read' };
export const RULES_SCOPE = { overrides: 'freeze', entitlement: 'orders-db:write' };
export const scopeWith = (
  first: Readonly<Record<string, Json>> = API_SCOPE,
  second: Readonly<Record<string, Json>> = RULES_SCOPE,
) => ({
  parts: [
    { id: 'orders-api:read', connector: 'api', scope: first },
    { id: 'no-freeze', connector: 'rules', scope: second },
  ],
});

/** Opens the parts of these stores, as the registry would. */
export const partsOver =
  (context: ConnectorContext): ConnectorContext['open'] =>
  async ({ id, use }) => {
    if (use === 'signed-jwt') return signedJwt.open(id, signedJwt.configSchema.parse({}), context);
    if (use === 'exception') return exception.open(id, {}, context);
    throw new ConnectorFault('invalid', `connector ${use} could not be loaded`);
  };

/** A bundle whose parts are opened by `open`; where it was opened before, it takes them as they are now. */
export function bundleOver(
  stores: OwnStores,
  open: (parts: ConnectorContext['open']) => ConnectorContext['open'] = (parts) => parts,
): Promise<Connector> {
  const context = contextWith(stores);
  return bundle.open('both', bundle.configSchema.parse(CONFIG), {
    ...context,
    open: open(partsOver(context)),
  });
}

/**
 * The contract opens connectors at once, and a bundle is open when its parts are: each call of this one waits for it.
 * What needs no target is told by one that was opened before.
 */
export const atOnce = (
  ready: Connector,
  opening: Promise<Connector>,
  closeParts: () => Promise<void> = async () => {},
): Connector => ({
  manifest: ready.manifest,
  describeScope: (scope) => ready.describeScope(scope),
  checkHealth: async (...args) => (await opening).checkHealth(...args),
  provision: async (...args) => (await opening).provision(...args),
  verifyActive: async (...args) => (await opening).verifyActive(...args),
  extend: async (...args) => (await opening).extend(...args),
  revoke: async (...args) => (await opening).revoke(...args),
  verifyRevoked: async (...args) => (await opening).verifyRevoked(...args),
  listOwned: async (...args) => (await opening).listOwned(...args),
  async close() {
    await (await opening).close();
    await closeParts();
  },
});
