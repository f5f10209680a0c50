import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { Registry } from 'prom-client';
import { openAnchors } from './anchors/open.ts';
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
import type { Subject } from './domain/values.ts';
import { createCatalogueDirectory } from './identity/catalogue-directory.ts';
import { type Keys, loadKeys } from './keys.ts';
import { guardLog, type LogGuard } from './log-guard.ts';
import { createLogKeys, type LogKeys, openLogKeys } from './log-keys.ts';
import { isInside } from './paths.ts';
import { loadCatalogue } from './policy/catalogue.ts';
import { createCataloguePolicy } from './policy/catalogue-policy.ts';
import type { Catalogue } from './ports/catalogue.ts';
import type { Clock, Ids } from './ports/clock.ts';
import type { Directory } from './ports/directory.ts';
import type { Follower } from './ports/follower.ts';
import type { Logger } from './ports/logger.ts';
import type { Store } from './ports/store.ts';
import { openSiem } from './siem/open.ts';
import { software } from './software.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { systemClock, systemIds } from './system.ts';
import { createEvidenceDesk, type EvidenceDesk } from './web/evidence-desk.ts';
import { createMetrics, type Metrics } from './web/metrics.ts';
import type { Deps, Mode } from './workflows/deps.ts';

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
  readonly evidence: EvidenceDesk;
  deps(chats: Deps['chats'], wake: () => void): Deps;
  /** Compares the log with what its anchors hold; until it fits, `mode` of the deps allows only what ends access. */
  guard(deps: Deps, allow: () => Promise<void>): LogGuard;
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
  const signer = createKeys ? beginLog(config, keys, clock) : openLogKeys(config.keysFolder);
  const catalogue = await loadCatalogue(config.catalogueFile);
  for (const { line, path, message } of catalogue.warnings) logger.warn({ line, path }, message);
  const store = await openStore({
    file: databaseFile(config),
    ids,
    evolve,
    now: () => clock.now(),
    random: randomBytes,
    sealer: keys.sealer,
    introduce: (person) => introductionOf(catalogue, person),
  });
  const office = { clock, tokens: store.tokens, issuer: issuerOf(keys, issuerUrl) };
  const evidence = createEvidenceDesk({ clock, random: randomBytes, url: issuerUrl });
  const connectors = registryOf(config, keys, catalogue, office);
  const directory = createCatalogueDirectory(catalogue);
  const policy = createCataloguePolicy({ catalogue, directory, subjects: store, ids });
  const figures = new Registry();
  let mode: Mode = 'checking';
  const metrics = createMetrics(figures, {
    depth: () => store.depth(clock.now()),
    revokeOnly: () => mode !== 'full',
    now: () => clock.now(),
  });
  const auditChannel = catalogue.audit.channel === null ? null : directory.channel(catalogue.audit.channel);
  return {
    keys,
    catalogue,
    directory,
    store,
    connectors,
    metrics,
    office,
    evidence,
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
      anchors: openAnchors({
        settings: config.anchors,
        channel: auditChannel,
        chats,
        newest: () => store.newestCheckpoint(),
        random: randomBytes,
      }),
      followers: followersOf(config, signer.origin, { store, directory, clock }),
      signer,
      evidence,
      retentionMs: catalogue.audit.retentionMs,
      auditChannel,
      mode: () => mode,
      onOutside: (name, outcome) => metrics.outside(name, outcome),
    }),
    guard: (deps, allow) => {
      const set = (next: Mode): void => {
        mode = next;
      };
      return guardLog(deps, set, allow);
    },
    close: async () => {
      await connectors.close();
      await store.close();
    },
  };
}

/** What lies beside the event that introduces someone: for those who may read it, and to be forgotten. */
function introductionOf({ people }: Catalogue, key: string): Readonly<Record<string, string>> {
  const { name, email } = people.get(key) ?? {};
  return { ...(name && { name }), ...(email && { email }) };
}

type Known = Pick<Base, 'store' | 'directory'> & { readonly clock: Clock };

function followersOf(
  { siem: settings }: Config,
  origin: string,
  { store, directory, clock }: Known,
): Follower[] {
  if (settings === null) return [];
  const nameOf = async (subject: Subject): Promise<string | null> => {
    const key = await store.personOf(subject);
    return (key === null ? null : await directory.person(key))?.name ?? null;
  };
  return [openSiem({ settings, origin, version: software().version, hostname: hostname(), clock, nameOf })];
}

/** Practice makes by itself what a real installation is given: keys that sign the log, and a folder for its heads. */
function beginLog(config: Config, { installation }: Keys, clock: Clock): LogKeys {
  const { keysFolder, dataFolder, anchors } = config;
  if (anchors.folder !== null && isInside(dataFolder, anchors.folder))
    mkdirSync(anchors.folder, { recursive: true, mode: 0o700 });
  return createLogKeys(keysFolder, { installation, origin: null }, { now: clock.now() });
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
