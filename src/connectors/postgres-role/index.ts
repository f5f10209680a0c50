import type { Connector, ConnectorManifest, ConnectorPlugin } from '../../ports/connector.ts';
import { checkHealth } from './health.ts';
import { listOwned } from './list.ts';
import { extend, provision } from './provision.ts';
import { revoke } from './revoke.ts';
import { type Room, rememberOids } from './room.ts';
import { type Config, configSchema, parseScope, scopeSchema } from './schema.ts';
import { openTarget } from './target.ts';
import { verifyActive, verifyRevoked } from './verify.ts';

const manifest: ConnectorManifest = {
  id: 'postgres-role',
  apiVersion: 1,
  name: { maxLength: 63, charset: /^[a-z0-9_]+$/ },
  // VALID UNTIL refuses new logins; a session that is open goes on until we end it.
  caps: { nativeExpiry: 'login-only', killSessions: true, extend: true, list: 'prefix', loginProbe: true },
};

/** A login role of its own for each grant, member of one group role, on PostgreSQL 14 or newer. */
const plugin = {
  id: manifest.id,
  apiVersion: 1,
  configSchema,
  scopeSchema,
  open(_id, config: Config, context): Connector {
    const target = openTarget(context.secretOf(config.admin));
    const room: Room = { config, context, target, oids: rememberOids() };
    return {
      manifest,
      checkHealth: (signal, scopes = []) => checkHealth(room, signal, scopes),
      describeScope(scope) {
        const { role, database } = parseScope(scope);
        return `role ${role} on ${database} at ${config.displayHost ?? target.address}`;
      },
      provision: (order, signal, stillWanted = async () => true) =>
        provision(room, order, signal, stillWanted),
      verifyActive: (order, provisioned, signal) => verifyActive(room, order, provisioned, signal),
      extend: (order, signal) => extend(room, order, signal),
      revoke: (handle, signal) => revoke(room, handle.name, signal),
      verifyRevoked: (handle, controlAt, signal) => verifyRevoked(room, handle, controlAt, signal),
      listOwned: (signal) => listOwned(room, signal),
      close: () => target.close(),
    };
  },
} satisfies ConnectorPlugin;

export default plugin;
