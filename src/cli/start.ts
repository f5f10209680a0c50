import { type Config, loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { type Bot, startBot } from '../main.ts';
import { openWorld } from '../practice/world.ts';
import { forgetRunning, rememberOrStop } from './running.ts';
import { print } from './io.ts';

const loggerOf = (config: Config) =>
  createLogger({ level: config.log.level, format: config.log.format, secrets: config.secretValues });

/** Runs until SIGTERM or SIGINT, then ends what was begun and leaves. */
export async function startCommand(): Promise<void> {
  const config = loadConfig();
  const ended = signalled();
  const running = config.chat.kind === 'practice' ? await startPractice(config) : await startReal(config);
  await ended;
  await forgetRunning(config.dataFolder);
  await running.stop();
}

async function startReal(config: Config): Promise<Pick<Bot, 'stop'>> {
  const logger = loggerOf(config);
  let bot: Bot | null = null;
  // From the beginning: a signal that nobody heeds ends the process.
  process.on('SIGHUP', () => {
    bot
      ?.reload()
      .catch((error: unknown) => logger.error({ error }, 'the folder of rules could not be looked at'));
  });
  bot = await startBot(config, logger);
  await rememberOrStop(config.dataFolder, bot.url, bot);
  return bot;
}

async function startPractice(config: Config): Promise<Pick<Bot, 'stop'>> {
  print('No Slack settings: starting a workspace of its own to try it in …');
  const world = await openWorld({
    folder: config.dataFolder,
    settings: 'ambient',
    page: true,
    port: config.port,
    logger: (practice) =>
      createLogger({ level: 'warn', format: practice.log.format, secrets: practice.secretValues }),
  });
  await rememberOrStop(config.dataFolder, world.bot.url, world);
  print(`
  Open   ${world.workspace.url}

  You can be anyone there (switch at the top left). Try it:
    1. as Ana, type /elevate in any channel and ask for “Practice”
    2. as Cleo and as Dev, approve it in #db-approvals
    3. as Ana again, reveal the credential and log in to the database

  The practice database is ${world.target}; files are kept in
  ${config.dataFolder}
  Ctrl-C ends it.`);
  return world;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
