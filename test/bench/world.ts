import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import type { RecordedEvent } from '../../src/domain/events.ts';
import { createLogger } from '../../src/logger.ts';
import { type Bot, startBot } from '../../src/main.ts';
import type { PracticePostgres } from '../../src/practice/postgres.ts';
import type { Shop } from '../../src/practice/shop.ts';
import { catalogueText } from './catalogue.ts';
import { Child } from './child.ts';
import type { Load, Sent } from './client-process.ts';
import { BenchClock } from './clock.ts';
import type { Card, SlackRequest } from './slack-requests.ts';
import type { Opened, WorkspaceQuestion } from './workspace-process.ts';

export const RATE_PER_S = 50;

/** The bot in this process; the workspace, the client that loads it and PostgreSQL in their own. */
export class BenchWorld {
  readonly clock = new BenchClock();
  readonly #undo: (() => Promise<unknown>)[] = [];
  #workspace!: Child<WorkspaceQuestion, Opened | readonly Card[]>;
  #client!: Child<Load, readonly Sent[]>;
  #signingSecret = '';
  bot!: Bot;

  static async open(shop: Shop): Promise<BenchWorld> {
    const world = new BenchWorld();
    try {
      await world.#open(shop);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  async #open(shop: Shop): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
    this.#undo.push(() => rm(folder, { recursive: true, force: true }));
    const catalogueFile = join(folder, 'catalogue.yaml');
    await writeFile(catalogueFile, catalogueText());
    this.#workspace = new Child('./workspace-process.ts');
    this.#undo.push(() => this.#workspace.end());
    this.#client = new Child('./client-process.ts');
    this.#undo.push(() => this.#client.end());
    const opened = (await this.#workspace.ask({ do: 'open', catalogueFile })) as Opened;
    this.#signingSecret = opened.signingSecret;
    const log = createWriteStream(join(folder, 'countersign.log'));
    this.#undo.push(() => new Promise((resolve) => log.end(() => resolve(undefined))));
    const config = configOf(folder, catalogueFile, shop, opened);
    const write = (line: string): void => void log.write(line);
    const logger = createLogger({ level: 'info', format: 'json', secrets: config.secretValues, write });
    this.bot = await startBot(config, logger, { createKeys: true, clock: this.clock });
    this.#undo.push(() => this.bot.stop());
  }

  /** Sends requests at an even pace, each at its own time. Rejects when one was not answered with 200. */
  send(requests: readonly SlackRequest[], ratePerS = RATE_PER_S): Promise<readonly Sent[]> {
    return this.#client.ask({
      url: `${this.bot.url}/slack/events`,
      signingSecret: this.#signingSecret,
      aheadMs: this.clock.now() - Date.now(),
      everyMs: 1_000 / ratePerS,
      requests,
    });
  }

  /** The cards in the approvers' channel that still ask for consent. */
  async cards(): Promise<readonly Card[]> {
    return (await this.#workspace.ask({ do: 'cards' })) as readonly Card[];
  }

  /** Every event from `index` on, as stored. */
  async eventsFrom(index: number): Promise<readonly StoredEvent[]> {
    const found: StoredEvent[] = [];
    for (;;) {
      const leaves = await this.bot.store.stored(index + found.length, 1_000);
      if (leaves.length === 0) return found;
      for (const { bytes } of leaves) found.push(JSON.parse(new TextDecoder().decode(bytes)) as StoredEvent);
    }
  }

  /** Waits until no due work is left to do now. */
  async settle(timeoutMs = 60_000): Promise<void> {
    await this.until(
      async () => {
        const depth = await this.bot.store.depth(this.clock.now());
        return Object.values(depth).every(({ overdue }) => overdue === 0);
      },
      timeoutMs,
      'the due work to be done',
    );
  }

  async until(holds: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += LOOK_MS) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error(`the bench waited ${timeoutMs / 1_000} s for ${what}; it did not come`);
  }

  async close(): Promise<void> {
    for (let next = this.#undo.pop(); next !== undefined; next = this.#undo.pop()) await next();
  }
}

/** Seldom, for each look costs the process that is measured. */
const LOOK_MS = 250;

/** As much of a leaf as the bench reads. */
export interface StoredEvent {
  readonly type: RecordedEvent['type'];
  readonly stream: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Target {
  readonly server: PracticePostgres;
  readonly shop: Shop;
}

function configOf(folder: string, catalogueFile: string, shop: Shop, slack: Opened) {
  const overrides = {
    COUNTERSIGN_DATA: join(folder, 'data'),
    COUNTERSIGN_CATALOGUE: catalogueFile,
    SHOP_ADMIN_URL: shop.adminUrl,
  };
  const { botToken, signingSecret, slackApiUrl } = slack;
  return {
    ...loadConfig({}, { envFile: null, overrides }),
    port: 0,
    chat: { kind: 'slack', mode: 'http', botToken, signingSecret, apiUrl: slackApiUrl },
    secretValues: [botToken, signingSecret],
  } as const;
}
