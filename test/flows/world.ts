import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { fold } from '../../src/domain/evolve.ts';
import { type RequestState, streamOf } from '../../src/domain/state.ts';
import type { RecordedEvent } from '../../src/domain/events.ts';
import { type RequestId, requestId } from '../../src/domain/values.ts';
import { type Config, type Env, loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { type BaseOptions, databaseFile } from '../../src/base.ts';
import { type Bot, startBot } from '../../src/main.ts';
import { loadCatalogue } from '../../src/policy/catalogue.ts';
import { type PracticePostgres, startPostgres } from '../../src/practice/postgres.ts';
import { seedShop } from '../../src/practice/shop.ts';
import { openWorkspace } from '../../src/practice/workspace.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { Desk } from '../../src/practice/people.ts';
import type { Workspace } from '../../src/workspace/server.ts';
import { type FaultProxy, startFaultProxy } from '../fakes/fault-proxy.ts';
import { MovableClock } from './clock.ts';

const EXAMPLE = new URL('../../manifests/access/catalogue.yaml', import.meta.url);
export const INTROSPECTION_SECRET = 'introspection-secret-0123';

export interface FlowOptions {
  readonly mode?: 'http' | 'socket';
  readonly settings?: Env;
  /** The example catalogue, as this test wants it. */
  readonly catalogue?: (yaml: string) => string;
  readonly openStore?: BaseOptions['openStore'];
  /** Leave the bot out: the test starts it, here or in a process of its own. */
  readonly bot?: 'started' | 'absent';
}

export type Who = 'ana' | 'ben' | 'cleo' | 'dev' | 'erin' | 'finn' | 'gus';

/** A real target behind a proxy that can fail, the workspace, and the bot, which can be stopped and started again. */
export class Flow implements AsyncDisposable {
  readonly folder: string;
  readonly clock: MovableClock;
  readonly postgres: PracticePostgres;
  readonly proxy: FaultProxy;
  readonly workspace: Workspace;
  readonly settings: Env;
  readonly log: string[] = [];
  readonly people: Readonly<Record<Who, Desk>>;
  readonly #mode: 'http' | 'socket';
  readonly #openStore: BaseOptions['openStore'];
  #bot: Bot | null = null;

  constructor(
    parts: Pick<Flow, 'folder' | 'clock' | 'postgres' | 'proxy' | 'workspace' | 'settings'>,
    { mode = 'http', openStore }: FlowOptions,
  ) {
    this.folder = parts.folder;
    this.clock = parts.clock;
    this.postgres = parts.postgres;
    this.proxy = parts.proxy;
    this.workspace = parts.workspace;
    this.settings = parts.settings;
    this.#mode = mode;
    this.#openStore = openStore;
    const desk = (name: string): Desk => new Desk(parts.workspace, `U0${name.toUpperCase()}`, name);
    this.people = {
      ana: desk('ana'),
      ben: desk('ben'),
      cleo: desk('cleo'),
      dev: desk('dev'),
      erin: desk('erin'),
      finn: desk('finn'),
      gus: desk('gus'),
    };
  }

  get catalogueFile(): string {
    return join(this.folder, 'catalogue.yaml');
  }

  get bot(): Bot {
    if (this.#bot === null) throw new Error('the bot is not running');
    return this.#bot;
  }

  config(): Config {
    const base = loadConfig(this.settings, { envFile: null });
    const { botToken, signingSecret, appToken, slackApiUrl: apiUrl } = this.workspace;
    const chat =
      this.#mode === 'http'
        ? ({ kind: 'slack', mode: 'http', botToken, signingSecret, apiUrl } as const)
        : ({ kind: 'slack', mode: 'socket', botToken, appToken, apiUrl } as const);
    return { ...base, port: 0, chat };
  }

  async start(): Promise<void> {
    const write = (line: string): void => void this.log.push(line);
    const logger = createLogger({ level: 'debug', format: 'json', write });
    const options: BaseOptions = { clock: this.clock, createKeys: true };
    const store = this.#openStore && { openStore: this.#openStore };
    this.#bot = await startBot(this.config(), logger, { ...options, ...store });
    if (this.#mode === 'http') this.workspace.connectApp({ requestUrl: `${this.#bot.url}/slack/events` });
  }

  async stop(): Promise<void> {
    const bot = this.#bot;
    this.#bot = null;
    await bot?.stop();
  }

  /** Stops the bot and starts it on the same data; `change` rewrites the catalogue in between. */
  async restart(change: (yaml: string) => string = (yaml) => yaml): Promise<void> {
    await this.stop();
    const before = await readFile(this.catalogueFile, 'utf8');
    await writeFile(this.catalogueFile, change(before));
    await this.start();
  }

  /** Credentials of ours that the target has. */
  async roles(): Promise<string[]> {
    const rows = await this.sql(
      `select rolname from pg_roles where rolname ~ '^jit_[a-z0-9]{4}_' order by 1`,
    );
    return rows.map((row) => String(row['rolname']));
  }

  /** As the target's superuser, not through the proxy. */
  async sql(text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.postgres.superuserUrl });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** From the bot; while it runs in a process of its own, or not at all, from the database beside it. */
  async events(id: RequestId): Promise<readonly RecordedEvent[]> {
    if (this.#bot !== null) return this.#bot.store.read(streamOf(id));
    await using reader = await openSqliteReader(databaseFile(this.config()));
    return reader.read(streamOf(id));
  }

  /** How many events of requests there are: that someone was seen for the first time is none. */
  async happened(): Promise<number> {
    const { store } = this.bot;
    const leaves = await store.stored(0, await store.size());
    return leaves.filter(({ stream }) => stream.startsWith('request/')).length;
  }

  async state(id: RequestId): Promise<RequestState> {
    const state = fold(await this.events(id));
    if (state === null) throw new Error(`there is no request ${id}`);
    return state;
  }

  until(id: RequestId, phase: RequestState['phase'], timeoutMs = 10_000): Promise<RequestState> {
    return eventually(
      async () => {
        const state = await this.state(id);
        return state.phase === phase ? state : null;
      },
      async () => `${id} to be ${phase}; it is ${(await this.state(id)).phase}`,
      timeoutMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.workspace.close();
    await this.proxy.close();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function openFlow(options: FlowOptions = {}): Promise<Flow> {
  const { settings = {}, catalogue = (yaml) => yaml, bot = 'started' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'countersign-flow-'));
  const catalogueFile = join(folder, 'catalogue.yaml');
  await cp(new URL('./policies', EXAMPLE), join(folder, 'policies'), { recursive: true });
  await writeFile(catalogueFile, catalogue(await readFile(EXAMPLE, 'utf8')));
  const postgres = await startPostgres();
  const shop = await seedShop(postgres.superuserUrl);
  const proxy = await startFaultProxy(postgres.port);
  const adminUrl = new URL(shop.adminUrl);
  adminUrl.port = String(proxy.port);
  const clock = new MovableClock();
  const workspace = await openWorkspace(await loadCatalogue(catalogueFile), 0, false, clock.now);
  const all: Env = {
    COUNTERSIGN_DATA: join(folder, 'data'),
    COUNTERSIGN_CATALOGUE: catalogueFile,
    COUNTERSIGN_INTROSPECTION_SECRET: INTROSPECTION_SECRET,
    SHOP_ADMIN_URL: adminUrl.href,
    ...settings,
  };
  const flow = new Flow({ folder, clock, postgres, proxy, workspace, settings: all }, options);
  if (bot === 'started') await flow.start();
  return flow;
}

/** Looks until there is something; every 20 ms, for things that tell nobody when they change. */
export async function eventually<T>(
  look: () => Promise<T | null | undefined | false>,
  what: string | (() => Promise<string>),
  timeoutMs = 10_000,
): Promise<T> {
  for (const until = Date.now() + timeoutMs; ; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() >= until)
      throw new Error(`waited ${timeoutMs} ms for ${typeof what === 'string' ? what : await what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const idIn = (text: string): RequestId => requestId.parse(/req_[0-9a-z]{12}/.exec(text)?.[0]);
