import type { Json } from '../../domain/values.ts';
import {
  type Connector,
  type ConnectorContext,
  ConnectorFault,
  type ConnectorPlugin,
  type HealthFinding,
} from '../../ports/connector.ts';
import { on, type Room } from './calls.ts';
import { revoke, verifyRevoked } from './ending.ts';
import { allOf, faultOf } from './faults.ts';
import { extend, provision, verifyActive } from './making.ts';
import { manifestOf } from './manifest.ts';
import { BUNDLE, type Config, configSchema, type Part, partsOf, scopeSchema } from './schema.ts';

/**
 * One credential over several targets: the same name on each, made in order, removed from all. It is there as long as
 * any part is, and gone when every part has shown that it is.
 *
 * Each call opens its parts anew: the registry may have closed one, or opened it again with another secret.
 */
const plugin = {
  id: BUNDLE,
  apiVersion: 1,
  configSchema,
  scopeSchema,
  async open(_id, config: Config, context): Promise<Connector> {
    const opened = await openAll(config, context);
    const room: Room = { config, context };
    return {
      manifest: manifestOf(
        [...opened.values()].map((part) => (part instanceof ConnectorFault ? null : part)),
      ),
      checkHealth: (signal, scopes = []) => checkHealth(room, signal, scopes),
      describeScope: (scope) => describe(partsOf(config, scope), opened),
      provision: (order, signal, stillWanted) => provision(room, order, signal, stillWanted),
      verifyActive: (order, made, signal) => verifyActive(room, order, made, signal),
      extend: (order, signal) => extend(room, order, signal),
      revoke: (handle, signal) => revoke(room, handle, signal),
      verifyRevoked: (handle, controlAt, signal) => verifyRevoked(room, handle, controlAt, signal),
      listOwned: async () => [],
      // Its parts are the registry's to close.
      close: async () => {},
    };
  },
} satisfies ConnectorPlugin;
export default plugin;

/** One that cannot be opened must not keep the others from being revoked: what is wrong with it is told when asked. */
async function openAll(
  { parts }: Config,
  context: ConnectorContext,
): Promise<ReadonlyMap<string, Connector | ConnectorFault>> {
  const opened = await Promise.all(
    parts.map(({ id, connector }) => context.open(connector).catch((error: unknown) => faultOf(id, error))),
  );
  return new Map(parts.map(({ id }, index) => [id, opened[index] ?? faultOf(id, null)]));
}

function describe(parts: readonly Part[], opened: ReadonlyMap<string, Connector | ConnectorFault>): string {
  const words = parts.map(({ id, scope }) => {
    const connector = opened.get(id);
    if (connector instanceof ConnectorFault) throw connector;
    return `${id}: ${connector?.describeScope(scope)}`;
  });
  return words.join('; ');
}

async function checkHealth(
  room: Room,
  signal: AbortSignal,
  scopes: readonly Readonly<Record<string, Json>>[],
): Promise<readonly HealthFinding[]> {
  const asked = scopes.flatMap((scope) => partsOf(room.config, scope));
  const found = room.config.parts.map(async ({ id, connector }) => {
    const own = asked.filter((part) => part.id === id).map(({ scope }) => scope);
    const part = { id, connector, scope: {} };
    const findings = await on(room, '', part, (opened) => opened.checkHealth(signal, own));
    return findings.map((finding) => ({ ...finding, what: `${id}: ${finding.what}` }));
  });
  return allOf(await Promise.allSettled(found)).flat();
}
