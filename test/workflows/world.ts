import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import type { RecordedEvent } from '../../src/domain/events.ts';
import { evolve, fold } from '../../src/domain/evolve.ts';
import { type RequestState, streamOf } from '../../src/domain/state.ts';
import type { RequestId } from '../../src/domain/values.ts';
import { createCatalogueDirectory } from '../../src/identity/catalogue-directory.ts';
import { loadKeys } from '../../src/keys.ts';
import { createLogger } from '../../src/logger.ts';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { createPolicyEngine } from '../../src/policy/engine.ts';
import { rulesFromFiles } from '../../src/policy/load.ts';
import type { Rules } from '../../src/policy/rules.ts';
import type { Catalogue } from '../../src/ports/catalogue.ts';
import type { Connectors, Order } from '../../src/ports/connector.ts';
import type { Draft, Intent, OnIntent, Reply } from '../../src/ports/intent.ts';
import type { Claim, Lane, Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { systemIds } from '../../src/system.ts';
import type { Deps } from '../../src/workflows/deps.ts';
import { startWorker, type Worker } from '../../src/workflows/due.ts';
import { createIntake } from '../../src/workflows/intake.ts';
import { FakeChat } from '../fakes/chat.ts';
import { MovingClock } from '../fakes/clock.ts';
import { quietLog } from '../fakes/log.ts';
import { FakeTarget } from '../fakes/target.ts';
import { rulesOf } from '../policy/small-policy.ts';
import { EFFECTS, Fuse, fused } from './fuse.ts';

export const T0 = Date.UTC(2026, 10, 20, 9);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** In every secret of every target, and so in nothing that is kept, logged or shown. */
export const CANARY = 'canary-4f1c9e';

const CATALOGUE = readFileSync(
  fileURLToPath(new URL('../../manifests/access/catalogue.yaml', import.meta.url)),
  'utf8',
);
const STORE = { ids: systemIds, random: randomBytes, evolve };
/** In memory where there is such a place: what an fsync is worth is the store's own question. */
const ROOM = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const catalogues = new Map<string, Catalogue>();
/** An empty database and a set of keys, made once: each world begins with a copy. */
let beginnings: Promise<{ readonly database: Buffer; readonly keys: Buffer }> | null = null;
async function makeBeginnings(): Promise<{ readonly database: Buffer; readonly keys: Buffer }> {
  const folder = mkdtempSync(join(ROOM, 'countersign-beginnings-'));
  const { sealer } = loadKeys(join(folder, 'keys'), { create: true });
  const file = join(folder, 'countersign.db');
  await (await openSqliteStore({ ...STORE, file, now: () => T0, sealer })).close();
  const database = readFileSync(join(folder, 'countersign.db'));
  const keys = readFileSync(join(folder, 'keys', 'keys.json'));
  rmSync(folder, { recursive: true });
  return { database, keys };
}

export const LOG_CHANNEL = 'C0ACCESSLOG';
export const DBA_CHANNEL = 'C0DBAPPROVALS';
export const SECURITY_CHANNEL = 'C0SECAPPROVALS';

export interface WorldOptions {
  readonly fuse?: Fuse;
  /** False: due work waits for `perform` to be called by the test. */
  readonly working?: boolean;
  readonly catalogue?: (text: string) => string;
  /** Cedar's policies that decide beside the catalogue; none do, unless told. */
  readonly policies?: string;
  /** The ports as the world made them, to be replaced in part. */
  readonly deps?: (deps: Deps) => Deps;
}

export interface DueRowSeen {
  readonly key: string;
  readonly lane: Lane;
  readonly kind: string;
  readonly dueAt: number;
  readonly attempts: number;
}

/** Everything around the workflows, real where it can be, in one process that can die and be started again. */
export class World {
  readonly clock = new MovingClock(T0);
  readonly chat = new FakeChat(() => this.clock.now());
  readonly target = new FakeTarget(() => this.clock.now(), CANARY);
  readonly otherTarget = new FakeTarget(() => this.clock.now(), `${CANARY}-other`);
  readonly logLines: string[] = [];
  readonly refusals: string[] = [];
  readonly chatFaults: string[] = [];
  readonly replies: Reply[] = [];
  /** What has been seen that may never be. */
  readonly violations: string[] = [];
  readonly folder = mkdtempSync(join(ROOM, 'countersign-workflows-'));
  fuse = new Fuse();
  deps!: Deps;
  intake!: OnIntent;
  worker: Worker | null = null;
  #store!: Store;
  #raw!: BetterSqlite3.Database;
  #options: WorldOptions = {};

  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World();
    beginnings ??= makeBeginnings();
    const { database, keys } = await beginnings;
    writeFileSync(world.#file, database);
    mkdirSync(world.#keysFolder, { mode: 0o700 });
    writeFileSync(join(world.#keysFolder, 'keys.json'), keys, { mode: 0o600 });
    world.clock.busy = () => world.fuse.inFlight > 0;
    world.target.beforeProvision = (order) => world.#checkIntent(order);
    await world.#start(options);
    return world;
  }

  get #file(): string {
    return join(this.folder, 'countersign.db');
  }
  get #keysFolder(): string {
    return join(this.folder, 'keys');
  }

  async #start(options: WorldOptions): Promise<void> {
    this.#options = options;
    this.fuse = options.fuse ?? new Fuse();
    const { sealer } = loadKeys(this.#keysFolder, { create: false });
    this.#store = await openSqliteStore({ ...STORE, file: this.#file, now: () => this.clock.now(), sealer });
    this.#raw = new BetterSqlite3(this.#file, { readonly: true });
    this.deps = (options.deps ?? ((deps) => deps))(this.#wire(options));
    this.intake = createIntake(this.deps);
    this.worker = options.working === false ? null : startWorker(this.deps);
  }

  #wire(options: WorldOptions): Deps {
    const { clock, fuse } = this;
    const text = options.catalogue === undefined ? CATALOGUE : options.catalogue(CATALOGUE);
    const catalogue = catalogues.get(text) ?? parseCatalogue(text, 'catalogue.yaml');
    catalogues.set(text, catalogue);
    const rules = options.policies === undefined ? rulesOf(catalogue) : withPolicies(text, options.policies);
    const directory = createCatalogueDirectory(catalogue);
    const store = fused(this.#store, fuse, 'store', EFFECTS.store);
    const { sealer } = loadKeys(this.#keysFolder, { create: false });
    return {
      store,
      clock,
      ids: systemIds,
      jitter: () => 0.5,
      deadline: (ms) => clock.deadline(ms),
      policy: createPolicyEngine({
        rules: () => rules,
        directory,
        signals: [],
        exceptions: { inForce: async () => [] },
        subjects: store,
        ids: systemIds,
        deadline: (ms) => clock.deadline(ms),
        now: () => clock.now(),
      }),
      directory,
      connectors: this.#connectors(fuse),
      connectorSnapshot: (id) => catalogue.connectors.get(id) ?? null,
      chats: [fused(this.chat, fuse, 'chat', EFFECTS.chat)],
      sealer,
      logger: createLogger({
        level: 'debug',
        format: 'json',
        write: (line) => void this.logLines.push(line),
      }),
      onAppended: () => this.worker?.wake(),
      onRefused: (code) => void this.refusals.push(code),
      onChatFault: (code) => void this.chatFaults.push(code),
      ...quietLog,
    };
  }

  #connectors(fuse: Fuse): Connectors {
    const shop = fused(this.target.connector(), fuse, 'target', EFFECTS.connector);
    const tokens = fused(this.otherTarget.connector(), fuse, 'other-target', EFFECTS.connector);
    const hash = (text: string, digits: number): string =>
      createHash('sha256').update(text).digest('hex').slice(0, digits);
    return {
      open: async (snapshot) => (snapshot.id === 'tokens' ? tokens : shop),
      nameFor: (request, generation) => `jit_test_${hash(`${request}|${generation}`, 20)}`,
      fingerprint: (material) => hash(`key|${material}`, 16),
    };
  }

  /** The process dies at once; another starts on the same files, `downMs` later, and with what is given anew. */
  async restart(options: WorldOptions & { readonly downMs?: number } = {}): Promise<void> {
    await this.#die();
    if (options.downMs !== undefined) await this.clock.moveBy(options.downMs);
    const { fuse: _, ...before } = this.#options;
    await this.#start({ ...before, ...options });
    await this.clock.settle();
  }

  /** What was under way in the store ends as it will; nobody hears of it. */
  async #die(): Promise<void> {
    this.fuse.blow();
    await this.clock.settle();
    this.#raw.close();
    await this.#store.close();
  }

  async close(): Promise<void> {
    await this.#die();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What someone does in chat, and what they are answered once nothing more happens without time. */
  async as(person: string, intent: Intent): Promise<Reply> {
    const account = { platform: 'slack', team: 'T0COUNTER', user: `U0${person.toUpperCase()}` } as const;
    const reply = await this.intake({ account, zone: null }, intent);
    this.replies.push(reply);
    await this.clock.settle();
    return reply;
  }

  async submit(person = 'ana', differing: Partial<Draft> = {}): Promise<RequestId> {
    const reply = await this.as(person, { kind: 'submit', draft: { ...DRAFT, ...differing } });
    if (reply.kind !== 'done') throw new Error(`not submitted: ${JSON.stringify(reply)}`);
    return reply.view.id;
  }

  async approve(person: string, id: RequestId, shortenToMs: number | null = null): Promise<Reply> {
    const state = await this.state(id);
    const shown = state.extension?.shown ?? state.ballot.shown;
    return this.as(person, { kind: 'approve', request: id, shown, shortenToMs, comment: null });
  }

  async deny(person: string, id: RequestId): Promise<Reply> {
    const { shown } = (await this.state(id)).ballot;
    return this.as(person, { kind: 'deny', request: id, shown, reason: 'not today' });
  }

  /** A request that two administrators have approved and whose credential is there. */
  async granted(person = 'ana', differing: Partial<Draft> = {}): Promise<RequestId> {
    const id = await this.submit(person, differing);
    await this.approve('cleo', id);
    await this.approve('dev', id);
    return id;
  }

  /** Claims what is due in a lane without doing it. */
  async claim(lane: Lane, kind: string, holdMs = MINUTE): Promise<Claim> {
    const claims = await this.deps.store.claim(lane, this.clock.now(), 50, holdMs);
    const claim = claims.find((each) => each.kind === kind);
    if (claim === undefined) throw new Error(`no ${kind} is due; ${JSON.stringify(this.due())}`);
    return claim;
  }

  async events(id: RequestId): Promise<readonly RecordedEvent[]> {
    return this.#store.read(streamOf(id));
  }
  async types(id: RequestId): Promise<readonly string[]> {
    return (await this.events(id)).map((event) => event.type);
  }
  async state(id: RequestId): Promise<RequestState> {
    const state = fold(await this.events(id));
    if (state === null) throw new Error(`no request ${id}`);
    return state;
  }
  async leaves(): ReturnType<Store['stored']> {
    return this.#store.stored(0, 1_000);
  }
  async requests(): Promise<readonly RequestState[]> {
    return this.#store.requests({ limit: 200 });
  }

  /** What is on disk at this moment, seen by another connection. */
  due(): readonly DueRowSeen[] {
    const columns = 'key, lane, kind, due_at AS dueAt, attempts';
    return this.#raw.prepare<[], DueRowSeen>(`SELECT ${columns} FROM due ORDER BY key`).all();
  }
  dueKinds(): readonly string[] {
    return this.due().map((row) => row.kind);
  }
  eventsOnDisk(): readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] {
    const rows = this.#raw
      .prepare<[], { bytes: Buffer }>('SELECT bytes FROM events ORDER BY log_index')
      .all();
    return rows.map((row) => JSON.parse(row.bytes.toString('utf8')));
  }

  /** What must be on disk before the target hears of a credential: its name, its expiry, and the work that ends it. */
  #checkIntent({ handle, expiresAt, request }: Order): void {
    const intent = this.eventsOnDisk().find(({ type, data }) => {
      const named = data['handle'] as { name?: string } | undefined;
      return type === 'ProvisioningStarted' && named?.name === handle.name && data['expiresAt'] === expiresAt;
    });
    if (!intent) this.violations.push(`${request}: created before its name and expiry were on record`);
    const row = this.due().find((each) => each.key === `expire:${request}`);
    const ending = this.dueKinds().some((kind) => kind === 'revoke' || kind === 'undo');
    if (row?.dueAt !== expiresAt && !ending)
      this.violations.push(`${request}: created before its end was due work`);
  }

  /** All that is kept, logged, shown or answered (but for the one reveal), as it lies there. */
  everythingWritten(): string {
    const files = readdirSync(this.folder).filter((name) => name.startsWith('countersign.db'));
    const kept = files.map((name) => readFileSync(join(this.folder, name)).toString('latin1'));
    const homes = JSON.stringify([...this.chat.homes.values()]);
    return [...kept, ...this.logLines, this.chat.text(), homes, JSON.stringify(this.replies)].join('\n');
  }
}

function withPolicies(catalogue: string, policies: string): Rules {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const files = new Map([
    ['catalogue.yaml', bytes(catalogue)],
    ['policies/rules.cedar', bytes(policies)],
  ]);
  return rulesFromFiles(files, 'catalogue.yaml');
}

/** Ten seconds to a minute, two administrators: a whole life in a minute. */
export const DRAFT: Draft = {
  entitlement: 'practice-db:read',
  duration: '30s',
  justification: 'INC-7: the orders of a customer',
  ticket: null,
  startAt: null,
};
