import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, type Env, loadConfig } from '../config.ts';
import { type Bot, startBot } from '../main.ts';
import { loadCatalogue } from '../policy/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type { Workspace } from '../workspace/server.ts';
import { type PracticePostgres, startPostgres } from './postgres.ts';
import { seedShop } from './shop.ts';
import { openWorkspace } from './workspace.ts';

/** A target, a workspace and the bot between them, talking signed HTTP on loopback. */
export interface World extends AsyncDisposable {
  readonly postgres: PracticePostgres;
  readonly workspace: Workspace;
  readonly bot: Bot;
  readonly config: Config;
  /** Where the practice database is, without credentials: `127.0.0.1:5433/shop`. */
  readonly target: string;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Where database, keys and the target's log live; they are kept. */
  readonly folder: string;
  /** Settings beside those of practice itself; `ambient`: the environment and .env, as for the real bot. */
  readonly settings: Env | 'ambient';
  readonly logger: (config: Config) => Logger;
  /** Serve the workspace's page, at this port (0: any). */
  readonly page: boolean;
  readonly port: number;
}

export async function openWorld({ folder, settings, logger, page, port }: WorldOptions): Promise<World> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let next = undo.pop(); next !== undefined; next = undo.pop()) await next();
  };
  try {
    const read = (overrides: Env): Config =>
      settings === 'ambient'
        ? loadConfig(undefined, { overrides })
        : loadConfig(settings, { envFile: null, overrides });
    const catalogue = await loadCatalogue(read({ COUNTERSIGN_DATA: folder }).catalogueFile);
    const log = createWriteStream(join(folder, 'target.log'), { mode: 0o600 });
    undo.push(() => new Promise((resolve) => log.end(resolve)));
    // Its files are temporary: its user must reach them, and a kept database knows what to do with a target anew.
    const postgres = await startPostgres({ log: (text) => void log.write(text) });
    undo.push(() => postgres.stop());
    const shop = await seedShop(postgres.superuserUrl);
    const base = read({ COUNTERSIGN_DATA: folder, SHOP_ADMIN_URL: shop.adminUrl });
    const workspace = await openWorkspace(catalogue, port, page);
    undo.push(() => workspace.close());
    const config = practiceConfig(base, workspace);
    const bot = await startBot(config, logger(config), { createKeys: true });
    undo.push(() => bot.stop());
    workspace.connectApp({ requestUrl: `${bot.url}/slack/events` });
    const target = `${postgres.host}:${postgres.port}/shop`;
    return { postgres, workspace, bot, config, target, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Any free port for the bot: people look at the workspace, and nobody else needs to find it. */
function practiceConfig(base: Config, workspace: Workspace): Config {
  const { botToken, signingSecret, slackApiUrl } = workspace;
  return {
    ...base,
    port: 0,
    chat: { kind: 'slack', mode: 'http', botToken, signingSecret, apiUrl: slackApiUrl },
    secretValues: [...base.secretValues, botToken, signingSecret],
  };
}
