import { randomUUID } from 'node:crypto';
import { orderProof, takeOrder } from './admin.ts';
import { type Base, type BaseOptions, openBase } from './base.ts';
import { createSlack, type Slack } from './chat/slack/index.ts';
import type { Config } from './config.ts';
import { introspect, readToken } from './connectors/signed-jwt/index.ts';
import { evidenceMaker } from './evidence-maker.ts';
import { createLdapReader } from './identity/ldap.ts';
import { LIMITS } from './limits.ts';
import type { Catalogue } from './ports/catalogue.ts';
import { ChatFault } from './ports/chat.ts';
import type { Clock } from './ports/clock.ts';
import type { OnIntent } from './ports/intent.ts';
import type { Logger } from './ports/logger.ts';
import type { Lane, Store } from './ports/store.ts';
import { type Rounds, startRounds } from './rounds.ts';
import { softwareName } from './software.ts';
import { systemClock } from './system.ts';
import type { ScimDoor } from './web/scim/door.ts';
import { createWeb, type Web } from './web/server.ts';
import type { Deps } from './workflows/deps.ts';
import { startWorker, type Worker } from './workflows/due.ts';
import { retentionRow, scrubRow } from './workflows/log/forget.ts';
import { createIntake } from './workflows/intake.ts';
import { sweepLeavers } from './workflows/leaver.ts';
import { backoffMs } from './workflows/retry.ts';
import { sealLast } from './workflows/log/seal.ts';
import { firstSealRow } from './workflows/log/seal-row.ts';
import { revokeBySignal } from './workflows/signal.ts';
import { streamRow } from './workflows/log/stream.ts';

/** The running bot. */
export interface Bot {
  /** Where it listens: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly store: Store;
  /** Of the rules in force at the moment. */
  readonly catalogue: Catalogue;
  /** Has the folder of rules looked at now. */
  reload(): Promise<void>;
  /** Takes no more work, ends what was begun, closes everything. */
  stop(): Promise<void>;
}

/** Starts everything, in the order in which each part may be relied on; what fails half-way is taken down again. */
export async function startBot(config: Config, logger: Logger, options: BaseOptions = {}): Promise<Bot> {
  let url = config.publicUrl ?? '';
  const base = await openBase(config, logger, () => url, options);
  const undo: (() => Promise<void>)[] = [() => base.close()];
  try {
    await base.rules.checkStart();
    const workers: Worker[] = [];
    let onIntent: OnIntent = async () => ({ kind: 'trouble', incident: 'starting' });
    const slack = openSlack(config, logger, options.clock ?? systemClock, base, (actor, intent) =>
      onIntent(actor, intent),
    );
    const deps = base.deps([slack.chat], () => workers.forEach((worker) => worker.wake()));
    onIntent = createIntake(deps);
    base.metrics.restore(await openRequests(base.store));
    let rounds: Rounds | null = null;
    const lookAround = (): void => rounds?.lookAround();
    const web = openWeb(config, logger, base, slack, deps, lookAround);
    const listening = await web.start(config.port, config.host);
    undo.push(() => web.close());
    url ||= listening.url;
    undo.push(() => sealLast(deps));
    const work = (lanes: readonly Lane[]): void => void workers.push(startWorker(deps, lanes));
    undo.push(async () => void (await Promise.all(workers.map((worker) => worker.drain()))));
    work(ENDING);
    const ldap = config.ldap === null ? [] : [createLdapReader(config.ldap)];
    rounds = startRounds(deps, base, [...ldap, slack.groups]);
    undo.push(async () => rounds?.stop());
    undo.push(await connect(slack, options.clock ?? systemClock, logger));
    const now = deps.clock.now();
    const following = deps.followers.map(({ name }) => streamRow(name, now));
    await base.store.put([firstSealRow(now), scrubRow(now), retentionRow(now), ...following]);
    base.rules.whenLoaded(lookAround);
    const watching = new AbortController();
    let watched = Promise.resolve();
    const guard = base.guard(deps, async (open) => {
      await base.rules.begin();
      open();
      work(GIVING);
      lookAround();
      watched = base.rules.watch(watching.signal);
    });
    undo.push(async () => {
      watching.abort();
      await watched;
    });
    undo.push(() => guard.stop());
    await guard.checked;
    const digest = base.rules.current().digest.slice(0, 12);
    logger.info({ url: listening.url, rules: digest, mode: deps.mode() }, 'countersign is up');
    return {
      url: listening.url,
      store: base.store,
      get catalogue() {
        return base.catalogue;
      },
      reload: () => base.rules.reload(),
      stop: () => {
        web.drain();
        return takeDown(undo, logger);
      },
    };
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

/** What is worked on before the log is known to be what was signed, and what only then. */
const ENDING: readonly Lane[] = ['revocation', 'chat', 'follow'];
const GIVING: readonly Lane[] = ['access', 'log'];

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
    config: { ...config.chat, teams: () => base.catalogue.slackTeams },
    clock,
    logger: logger.child({ room: 'slack' }),
    onIntent,
  });
}

function openWeb(
  config: Config,
  logger: Logger,
  base: Base,
  slack: Slack,
  deps: Deps,
  lookAround: () => void,
): Web {
  const { store, registry, office, keys } = base;
  const about = {
    get zone() {
      return base.catalogue.zone;
    },
    software: softwareName(),
  };
  return createWeb({
    logger: logger.child({ room: 'web' }),
    mode: deps.mode,
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
    admin: { proofOf: (body) => orderProof(keys, body), carryOut: (body) => takeOrder(deps, body) },
    evidence: { desk: base.evidence, make: evidenceMaker(deps, about) },
    scim: config.scimTokens.length === 0 ? null : scimDoor(config, base, deps, lookAround),
    slackEvents: slack.handler && ((request, response) => void slack.handler?.(request, response)),
  });
}

/** What the identity provider pushes holds from the next question on; whoever it lets go of loses what they have. */
const scimDoor = (
  { scimTokens: tokens, publicUrl }: Config,
  base: Base,
  deps: Deps,
  onChanged: () => void,
): ScimDoor => ({
  tokens,
  shelf: base.store.scim,
  clock: deps.clock,
  newId: randomUUID,
  url: () => publicUrl ?? base.office.issuer.url,
  onLeft: () => sweepLeavers(deps),
  onChanged,
});
