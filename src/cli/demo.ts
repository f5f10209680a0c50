import { mkdtemp, rm, stat, readdir } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createLogger } from '../logger.ts';
import { playDemo } from '../practice/demo.ts';
import { Steps } from '../practice/steps.ts';
import { openWorld } from '../practice/world.ts';
import { CliError, print } from './io.ts';
import { forgetRunning, rememberOrStop } from './running.ts';

/** The scripted run. Its database is thrown away at the end, unless `keep` names a folder for it. */
export async function demoCommand({ keep }: { keep?: string }): Promise<void> {
  const folder =
    keep === undefined ? await mkdtemp(join(tmpdir(), 'countersign-demo-')) : await emptyFolder(keep);
  const from = performance.now();
  const steps = new Steps(print, () => performance.now());
  print('Countersign: a real PostgreSQL, a local Slack workspace and the bot between');
  print('them, talking signed HTTP on loopback. It takes about half a minute.');
  const log = createWriteStream(join(folder, 'countersign.log'));
  try {
    const world = await steps.step('Target, workspace and bot start', () =>
      openWorld({
        folder,
        settings: {},
        page: false,
        port: 0,
        logger: (config) =>
          createLogger({
            level: 'debug',
            format: 'json',
            secrets: config.secretValues,
            write: (line) => void log.write(line),
          }),
      }),
    );
    try {
      await rememberOrStop(folder, world.bot.url, world);
      await playDemo(world, folder, steps);
      await summarise(world.bot.store.size(), steps, performance.now() - from, keep && folder);
    } finally {
      await forgetRunning(folder);
      await world.stop();
    }
  } finally {
    log.end();
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function emptyFolder(keep: string): Promise<string> {
  const folder = resolve(keep);
  const found = await stat(folder).catch(() => null);
  if (found !== null && (!found.isDirectory() || (await readdir(folder)).length > 0))
    throw new CliError('usage', `--keep ${keep}: the folder must be new or empty; name another`);
  return folder;
}

async function summarise(
  size: Promise<number>,
  steps: Steps,
  ms: number,
  kept: string | undefined,
): Promise<void> {
  print(
    `\nAll ${steps.done.length} steps held, in ${(ms / 1_000).toFixed(0)} s; ${await size} events on record.`,
  );
  print('Shown: the form and its inline errors, separation of duties, a quorum of two,');
  print('a credential made and shown once, a warning, an extension, sessions ended and a');
  print('login refused at expiry, the proof in the thread; a denial, a withdrawal, and');
  print('an early end; the log exported and verified by Node alone, before and after a');
  print('text was erased; and one changed byte found in it.\n');
  print('Try it by hand:    npm start');
  print(
    kept === undefined ? 'Keep a run:        npm run demo -- --keep FOLDER' : `Database and log:  ${kept}`,
  );
  print('How it is built:   ARCHITECTURE.md');
}
