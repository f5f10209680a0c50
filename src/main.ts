import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import cron from 'node-cron';
import { Registry } from 'prom-client';
import { adminToken, type RevokeOrder, takeRevokeOrder } from './admin.ts';
import { checkCatalogueConnectors } from './catalogue-connectors.ts';
import { createSlack, type Slack, type SlackWorkspace } from './chat/slack/index.ts';
import type { Config } from './config.ts';
import postgresRole from './connectors/postgres-role/index.ts';
import {
  type ConnectorRegistry,
  importFrom,
  installationPrefix,
  openConnectors,
} from './connectors/registry.ts';
import signedJwt, { introspect, readToken, type TokenOffice } from './connectors/signed-jwt/index.ts';
import { evolve } from './domain/evolve.ts';
import { createCatalogueDirectory } from './identity/catalogue-directory.ts';
import { type Keys, loadKeys } from './keys.ts';
import { LIMITS } from './limits.ts';
import { loadCatalogue } from './policy/catalogue.ts';
import { createCataloguePolicy } from './policy/catalogue-policy.ts';
import type { Catalogue } from './ports/catalogue.ts';
import { ChatFault } from './ports/chat.ts';
import type { Clock, Ids } from './ports/clock.ts';
import type { Directory } from './ports/directory.ts';
import type { OnIntent } from './ports/intent.ts';
import type { Logger } from './ports/logger.ts';
import type { Store, TokenRegistry } from './ports/store.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { systemClock, systemIds } from './system.ts';
import { createMetrics, type Metrics } from './web/metrics.ts';
import { createWeb, type Web } from './web/server.ts';
import type { Deps } from './workflows/deps.ts';
import { startWorker, type Worker } from './workflows/due.ts';
import { createIntake } from './workflows/intake.ts';
import { type OperatorAnswer, revokeAsOperator } from './workflows/operator.ts';
import { revokeBySignal } from './workflows/signal.ts';
import { sweepAll } from './workflows/reconcile.ts';
import { backoffMs } from './workflows/retry.ts';

export interface BotOptions {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Makes the keys when there are none; for practice alone, a real installation makes its own beforehand. */
  readonly createKeys?: boolean;
  /** Another way to the database, for tests that fill it up. */
  readonly openStore?: typeof openSqliteStore;
}

/** The running bot. */
export interface Bot {
  /** Where it listens: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** Takes no more work, ends what was begun, closes everything. */
  stop(): Promise<void>;
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
  { clock = systemClock, ids = systemIds, createKeys = false, openStore = openSqliteStore }: BotOptions = {},
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
const addressOf = ({ publicUrl, host, port }: Config): string =>
  publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

const issuerOf = (keys: Keys, url: () => string) => ({
  get url() {
    return url();
  },
  signingKey: () => keys.tokenSigningKey(),
});

/** A handle on record may name a reference that the catalogue has dropped since: its grant must still be ended. */
function registryOf(
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

/** Starts everything, in the order in which each part may be relied on; what fails half-way is taken down again. */
export async function startBot(config: Config, logger: Logger, options: BotOptions = {}): Promise<Bot> {
  let url = config.publicUrl ?? '';
  const base = await openBase(config, logger, () => url, options);
  const undo: (() => Promise<void>)[] = [() => base.close()];
  try {
    await checkCatalogueConnectors(config.catalogueFile, base.catalogue, base.connectors);
    let worker: Worker | null = null;
    let onIntent: OnIntent = async () => ({ kind: 'trouble', incident: 'starting' });
    const slack = openSlack(config, logger, options.clock ?? systemClock, base, (actor, intent) =>
      onIntent(actor, intent),
    );
    const deps = base.deps([slack.chat], () => worker?.wake());
    onIntent = createIntake(deps);
    base.metrics.restore(await openRequests(base.store));
    const web = openWeb(config, logger, base, slack, deps);
    const listening = await web.start(config.port, config.host);
    undo.push(() => web.close());
    url ||= listening.url;
    worker = startWorker(deps);
    undo.push(async () => worker?.drain());
    const sweeps = cron.schedule(SWEEP_CRON, () => sweepAll(deps, base.catalogue.connectors.values()), {
      noOverlap: true,
    });
    undo.push(async () => sweeps.stop());
    undo.push(await connect(slack, options.clock ?? systemClock, logger));
    logger.info({ url: listening.url, catalogue: base.catalogue.digest.slice(0, 12) }, 'countersign is up');
    const { store, catalogue } = base;
    return { url: listening.url, store, catalogue, stop: () => takeDown(undo, logger) };
  } catch (error) {
    await takeDown(undo, logger);
    throw error;
  }
}

/**
 * A Slack that cannot be reached is tried again for as long as we run: access ends on time without it. One that will
 * not have us stops the start, for nobody would be heard or told anything. Answers how to let go of it.
 */
async function connect(slack: Slack, clock: Clock, logger: Logger): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  let trying = Promise.resolve();
  try {
    await slack.start();
  } catch (error) {
    if (!isPassing(error)) throw error;
    logger.warn(
      { detail: error.message },
      'slack cannot be reached: trying again; access still ends on time',
    );
    trying = untilConnected(slack, clock, logger, stopping.signal);
  }
  return async () => {
    stopping.abort();
    await trying;
    await slack.stop();
  };
}

const isPassing = (error: unknown): error is ChatFault =>
  error instanceof ChatFault && (error.code === 'unreachable' || error.code === 'throttled');

async function untilConnected(slack: Slack, clock: Clock, logger: Logger, stop: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await clock.wait(backoffMs(attempt, Math.random), stop);
    if (stop.aborted) return;
    try {
      await slack.start();
      return;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      if (isPassing(error)) logger.warn({ attempt, detail }, 'slack still cannot be reached');
      else logger.error({ attempt, detail }, 'slack refuses us: see countersign doctor');
    }
  }
}

export interface Maintenance extends AsyncDisposable {
  readonly store: Store;
  revoke(order: RevokeOrder): Promise<OperatorAnswer>;
}

/** The revocation lane alone, for when no bot runs: chat is told by the bot, when it is back. */
export async function openMaintenance(config: Config, logger: Logger): Promise<Maintenance> {
  const base = await openBase(config, logger, () => addressOf(config));
  let worker: Worker | null = null;
  const deps = base.deps([], () => worker?.wake());
  worker = startWorker(deps, ['revocation']);
  return {
    store: base.store,
    revoke: ({ request, as, reason }) => revokeAsOperator(deps, request, as, reason),
    [Symbol.asyncDispose]: async () => {
      await worker?.drain();
      await base.close();
    },
  };
}

export interface Probes {
  readonly catalogue: Catalogue;
  readonly connectors: ConnectorRegistry;
  /** Who we are to Slack, and what we lack there. */
  slackAccount(): Promise<SlackWorkspace>;
  close(): Promise<void>;
}

/** What `doctor` looks through: catalogue, connectors and Slack, without the database, which the bot may hold. */
export async function openProbes(config: Config, logger: Logger): Promise<Probes> {
  const isNew = config.chat.kind === 'practice' && !existsSync(config.keysFolder);
  const keys = isNew ? throwawayKeys() : loadKeys(config.keysFolder, { create: false });
  const catalogue = await loadCatalogue(config.catalogueFile);
  const office = {
    clock: systemClock,
    tokens: NO_TOKENS,
    issuer: issuerOf(keys, () => addressOf(config)),
  };
  const registry = registryOf(config, keys, catalogue, office);
  return {
    catalogue,
    connectors: registry,
    slackAccount: () => askSlack(config, logger),
    close: () => registry.close(),
  };
}

/** For looking only: practice makes its own at its first start, and looking leaves nothing behind. */
function throwawayKeys(): Keys {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-look-'));
  try {
    return loadKeys(folder, { create: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NO_TOKENS: TokenRegistry = {
  put: async () => {},
  revoke: async () => 'absent',
  get: async () => null,
  living: async () => [],
};

async function askSlack(config: Config, logger: Logger): Promise<SlackWorkspace> {
  if (config.chat.kind !== 'slack') throw new Error('practice has no Slack to ask');
  const { botToken, apiUrl } = config.chat;
  // Over HTTP, whatever the mode is: a start then only asks who we are, and takes nobody's connection.
  const slack = createSlack({
    config: { mode: 'http', botToken, apiUrl, signingSecret: '' },
    clock: systemClock,
    logger,
    onIntent: async () => ({ kind: 'help' }),
  });
  try {
    return await slack.start();
  } finally {
    await slack.stop();
  }
}

const SWEEP_CRON = '*/5 * * * *';

/** Last up, first down; what fails to go down is told of and does not keep the rest up. */
async function takeDown(undo: (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (let next = undo.pop(); next !== undefined; next = undo.pop()) {
    await next().catch((error: unknown) =>
      logger.error({ error: String(error) }, 'a part did not stop cleanly'),
    );
  }
}

const openRequests = (store: Store) =>
  store.requests({ phases: ['active', 'revoking'], limit: LIMITS.listMax });

function openSlack(config: Config, logger: Logger, clock: Clock, base: Base, onIntent: OnIntent): Slack {
  if (config.chat.kind !== 'slack') throw new Error('practice gives its workspace as Slack');
  return createSlack({
    config: { ...config.chat, teams: base.catalogue.slackTeams },
    clock,
    logger: logger.child({ room: 'slack' }),
    onIntent,
  });
}

function openWeb(config: Config, logger: Logger, base: Base, slack: Slack, deps: Deps): Web {
  const { store, registry, office, keys } = base;
  return createWeb({
    logger: logger.child({ room: 'web' }),
    readiness: [{ name: 'store', check: () => store.check() }],
    metrics: {
      contentType: registry.contentType,
      render: () => registry.metrics(),
      token: config.metricsToken,
    },
    jwks: () => keys.jwks(),
    tokens: {
      secret: config.introspectionSecret,
      introspect: (token) => introspect(office, token),
      revoke: async (token) => {
        const read = await readToken(office, token);
        if (read !== null) await revokeBySignal(deps, read.request);
      },
    },
    admin: { token: adminToken(keys), revoke: (body) => takeRevokeOrder(deps, body) },
    slackEvents: slack.handler && ((request, response) => void slack.handler?.(request, response)),
  });
}
