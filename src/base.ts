import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { Registry } from 'prom-client';
import { openAnchors } from './anchors/open.ts';
import type { Config } from './config.ts';
import bundle from './connectors/bundle/index.ts';
import exception from './connectors/exception/index.ts';
import postgresRole from './connectors/postgres-role/index.ts';
import {
  type ConnectorRegistry,
  importFrom,
  installationPrefix,
  openConnectors,
} from './connectors/registry.ts';
import signedJwt, { type TokenOffice } from './connectors/signed-jwt/index.ts';
import { checkCatalogueConnectors } from './catalogue-connectors.ts';
import { evolve } from './domain/evolve.ts';
import type { Subject } from './domain/values.ts';
import { createDirectory, type PeopleDirectory } from './identity/directory.ts';
import { type Keys, loadKeys } from './keys.ts';
import { type Allow, guardLog, type LogGuard } from './log-guard.ts';
import { createLogKeys, type LogKeys, openLogKeys } from './log-keys.ts';
import { isInside } from './paths.ts';
import { connectorNamed } from './policy/catalogue/connectors.ts';
import { createPolicyEngine } from './policy/engine.ts';
import { loadRules } from './policy/load.ts';
import type { Rules } from './policy/rules.ts';
import type { Anchor } from './ports/anchor.ts';
import type { Catalogue } from './ports/catalogue.ts';
import type { Clock, Ids } from './ports/clock.ts';
import type { ConnectorContext } from './ports/connector.ts';
import type { Channel, Directory, Person } from './ports/directory.ts';
import type { Follower } from './ports/follower.ts';
import type { Logger } from './ports/logger.ts';
import type { PolicyEngine } from './ports/policy.ts';
import type { SignalSource } from './ports/signals.ts';
import type { Store } from './ports/store.ts';
import { RulesKeeper } from './rules/keeper.ts';
import { openVersions } from './rules/versions.ts';
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
  /** Who knows facts that rules may ask for. */
  readonly signals?: readonly SignalSource[];
}

/** What both the bot and the command line stand on: keys, rules, store and connectors, without chat or web. */
export interface Base {
  readonly keys: Keys;
  readonly rules: RulesKeeper;
  /** Of the rules in force, as whatever else stands on them. */
  readonly catalogue: Catalogue;
  readonly directory: PeopleDirectory;
  readonly store: Store;
  readonly connectors: ConnectorRegistry;
  readonly metrics: Metrics;
  readonly registry: Registry;
  readonly office: TokenOffice;
  readonly evidence: EvidenceDesk;
  deps(chats: Deps['chats'], wake: () => void): Deps;
  /** Compares the log with what its anchors hold; until it fits, `mode` of the deps allows only what ends access. */
  guard(deps: Deps, allow: Allow): LogGuard;
  close(): Promise<void>;
}

export const databaseFile = (config: Config): string => join(config.dataFolder, 'countersign.db');

export async function openBase(
  config: Config,
  logger: Logger,
  issuerUrl: () => string,
  options: BaseOptions = {},
): Promise<Base> {
  const { clock = systemClock, ids = systemIds, createKeys = false } = options;
  const { openStore = openSqliteStore, signals = [] } = options;
  const keys = loadKeys(config.keysFolder, { create: createKeys });
  const signer = createKeys ? beginLog(config, keys, clock) : openLogKeys(config.keysFolder);
  const { catalogueFile, dataFolder } = config;
  // Rules that cannot be used leave no database behind.
  if (!existsSync(databaseFile(config))) await loadRules(catalogueFile);
  const now = (): number => clock.now();
  const deadline = (ms: number): AbortSignal => AbortSignal.timeout(ms);
  // Of people whom the catalogue does not list, as they were last met: the store asks in the middle of a transaction.
  const names = new Map<string, string>();
  const store = await openStore({
    file: databaseFile(config),
    ids,
    evolve,
    now,
    random: randomBytes,
    sealer: keys.sealer,
    introduce: (person) => introductionOf(catalogue(), person, names.get(person)),
  });
  const office = { clock, tokens: store.tokens, issuer: issuerOf(keys, issuerUrl) };
  const evidence = createEvidenceDesk({ clock, random: randomBytes, url: issuerUrl });
  const connectors = registryOf(config, keys, { ...office, exceptions: store.exceptions });
  const directoryOver = (catalogue: () => Catalogue) =>
    createDirectory({ catalogue, groups: store.groups, scim: store.scim, now });
  const engineOver = (rules: () => Rules, directory: Directory): PolicyEngine =>
    createPolicyEngine({
      rules,
      directory,
      signals,
      exceptions: store.exceptions,
      subjects: store,
      ids,
      deadline,
      now,
    });
  const rules = await RulesKeeper.open({
    catalogueFile,
    versions: openVersions({ dataFolder, catalogueFile, now }),
    store,
    clock,
    ids,
    logger,
    check: (rules) => checkCatalogueConnectors(catalogueFile, rules.catalogue, connectors),
    engineOver: (rules) =>
      engineOver(
        () => rules,
        directoryOver(() => rules.catalogue),
      ),
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  function catalogue(): Catalogue {
    return rules.current().catalogue;
  }
  const directory = remembering(directoryOver(catalogue), names);
  const policy = engineOver(() => rules.current(), directory);
  const figures = new Registry();
  let mode: Mode = 'checking';
  const metrics = createMetrics(figures, {
    depth: () => store.depth(now()),
    revokeOnly: () => mode !== 'full',
    rules: () => ({ digest: rules.current().digest, refused: rules.isRefused() }),
    now,
  });
  const auditChannel = (): Channel | null => {
    const { channel } = catalogue().audit;
    return channel === null ? null : directory.channel(channel);
  };
  return {
    keys,
    rules,
    get catalogue() {
      return catalogue();
    },
    directory,
    store,
    connectors,
    metrics,
    office,
    evidence,
    registry: figures,
    deps: (chats, wake) => {
      const anchors = anchorsFor(config, store, chats);
      return {
        store,
        clock,
        ids,
        policy,
        directory,
        connectors,
        chats,
        logger,
        jitter: Math.random,
        deadline,
        connectorSnapshot: (id) => connectorNamed(id, catalogue()),
        sealer: keys.sealer,
        onAppended: (events, state) => {
          for (const event of events) metrics.recordEvent(event, state);
          wake();
        },
        onRefused: (code) => metrics.refused(code),
        onChatFault: (code) => metrics.chatFailed(code),
        get anchors() {
          return anchors(auditChannel());
        },
        followers: followersOf(config, signer.origin, { store, directory, clock }),
        signer,
        evidence,
        retentionMs: () => catalogue().audit.retentionMs,
        auditChannel,
        rules,
        mode: () => mode,
        onOutside: (name, outcome) => metrics.outside(name, outcome),
      };
    },
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

/** Where heads of the log go, opened anew when the catalogue names another channel for them. */
function anchorsFor(config: Config, store: Store, chats: Deps['chats']) {
  const open = (channel: Channel | null): readonly Anchor[] =>
    openAnchors({
      settings: config.anchors,
      channel,
      chats,
      newest: () => store.newestCheckpoint(),
      random: randomBytes,
    });
  let opened: { readonly channel: Channel | null; readonly anchors: readonly Anchor[] } | null = null;
  return (channel: Channel | null): readonly Anchor[] => {
    if (opened === null || !sameChannel(opened.channel, channel))
      opened = { channel, anchors: open(channel) };
    return opened.anchors;
  };
}

const sameChannel = (a: Channel | null, b: Channel | null): boolean =>
  a?.key === b?.key && a?.platform === b?.platform && a?.conversation === b?.conversation;

/** What lies beside the event that introduces someone: for those who may read it, and to be forgotten. */
function introductionOf({ people }: Catalogue, key: string, met?: string): Readonly<Record<string, string>> {
  const { name = met, email } = people.get(key) ?? {};
  return { ...(name && { name }), ...(email && { email }) };
}

function remembering(directory: PeopleDirectory, names: Map<string, string>): PeopleDirectory {
  const met = (person: Person | null): Person | null => {
    if (person !== null) names.set(person.key, person.name);
    return person;
  };
  return {
    ...directory,
    personOf: async (account) => met(await directory.personOf(account)),
    person: async (key) => met(await directory.person(key)),
  };
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

/**
 * Permits the references of what it opens, and no others: of the catalogue in force, and of a handle on record, whose
 * grant must still be ended when the catalogue has dropped them.
 */
export function registryOf(
  config: Config,
  keys: Keys,
  office: Omit<ConnectorContext, 'secretOf' | 'prefix' | 'random' | 'open'>,
): ConnectorRegistry {
  const registry = openConnectors({
    builtIns: [postgresRole, signedJwt, exception, bundle],
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
  const open: ConnectorRegistry['open'] = (snapshot) => {
    config.references.permit(snapshot.config);
    return registry.open(snapshot);
  };
  return { ...registry, open };
}
