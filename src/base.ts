import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Registry } from 'prom-client';
import type { Config } from './config.ts';
import postgresRole from './connectors/postgres-role/index.ts';
import {
  type ConnectorRegistry,
  importFrom,
  installationPrefix,
  openConnectors,
} from './connectors/registry.ts';
import signedJwt, { type TokenOffice } from './connectors/signed-jwt/index.ts';
import { evolve } from './domain/evolve.ts';
import { createCatalogueDirectory } from './identity/catalogue-directory.ts';
import { type Keys, loadKeys } from './keys.ts';
import { loadCatalogue } from './policy/catalogue.ts';
import { createCataloguePolicy } from './policy/catalogue-policy.ts';
import type { Catalogue } from './ports/catalogue.ts';
import type { Clock, Ids } from './ports/clock.ts';
import type { Directory } from './ports/directory.ts';
import type { Logger } from './ports/logger.ts';
import type { Store } from './ports/store.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { systemClock, systemIds } from './system.ts';
import { createMetrics, type Metrics } from './web/metrics.ts';
import type { Deps } from './workflows/deps.ts';

export interface BaseOptions {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Makes the keys when there are none; for practice alone, a real installation makes its own beforehand. */
  readonly createKeys?: boolean;
  /** Another way to the database, for tests that fill it up. */
  readonly openStore?: typeof openSqliteStore;
}

/** What both the bot and the command line stand on: keys, catalogue, store and connectors, without chat or web. */
export interface Base {
  readonly keys: Keys;
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  readonly store: Store;
  readonly connectors: ConnectorRegistry;
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly office: TokenOffice;
  deps(chats: Deps['chats'], wake: () => void): Deps;
  close(): Promise<void>;
}

export const databaseFile = (config: Config): string => join(config.dataFolder, 'countersign.db');

export async function openBase(
  config: Config,
  logger: Logger,
  issuerUrl: () => string,
  { clock = systemClock, ids = systemIds, createKeys = false, openStore = openSqliteStore }: BaseOptions = {},
): Promise<Base> {
  const keys = loadKeys(config.keysFolder, { create: createKeys });
  const catalogue = await loadCatalogue(config.catalogueFile);
  for (const { line, path, message } of catalogue.warnings) logger.warn({ line, path }, message);
  const store = await openStore({ file: databaseFile(config), ids, evolve });
  const office = { clock, tokens: store.tokens, issuer: issuerOf(keys, issuerUrl) };
  const connectors = registryOf(config, keys, catalogue, office);
  const directory = createCatalogueDirectory(catalogue);
  const policy = createCataloguePolicy({ catalogue, directory, subjects: store, ids });
  const figures = new Registry();
  const metrics = createMetrics(figures, { depth: () => store.depth(clock.now()) });
  return {
    keys,
    catalogue,
    directory,
    store,
    connectors,
    metrics,
    office,
    registry: figures,
    deps: (chats, wake) => ({
      store,
      clock,
      ids,
      policy,
      directory,
      connectors,
      chats,
      logger,
      jitter: Math.random,
      deadline: (ms) => AbortSignal.timeout(ms),
      connectorSnapshot: (id) => catalogue.connectors.get(id) ?? null,
      sealer: keys.sealer,
      onAppended: (events, state) => {
        for (const event of events) metrics.recordEvent(event, state);
        wake();
      },
      onRefused: (code) => metrics.refused(code),
      onChatFault: (code) => metrics.chatFailed(code),
    }),
    close: async () => {
      await connectors.close();
      await store.close();
    },
  };
}

/** Where a bot of this configuration is reached, for whoever works beside it. */
export const addressOf = ({ publicUrl, host, port }: Config): string =>
  publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

export const issuerOf = (keys: Keys, url: () => string) => ({
  get url() {
    return url();
  },
  signingKey: () => keys.tokenSigningKey(),
});

/** A handle on record may name a reference that the catalogue has dropped since: its grant must still be ended. */
export function registryOf(
  config: Config,
  keys: Keys,
  catalogue: Catalogue,
  office: TokenOffice,
): ConnectorRegistry {
  const registry = openConnectors({
    builtIns: [postgresRole, signedJwt],
    load: importFrom(dirname(config.catalogueFile)),
    namingKey: keys.namingKey,
    fingerprintKey: keys.fingerprintKey,
    context: {
      ...office,
      secretOf: config.references.secretOf,
      prefix: installationPrefix(keys.installation),
      random: randomBytes,
    },
  });
  for (const { config: theirs } of catalogue.connectors.values()) config.references.permit(theirs);
  const open: ConnectorRegistry['open'] = (snapshot) => {
    config.references.permit(snapshot.config);
    return registry.open(snapshot);
  };
  return { ...registry, open };
}
