import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const FILE = 'running.json';
const schema = z.object({ url: z.url() });

/**
 * Where the running bot listens, for commands of the same installation. One that cannot say so is stopped: the start
 * has failed, and nobody is left to hear the signal that would end it.
 */
export async function rememberOrStop(
  dataFolder: string,
  url: string,
  running: { stop(): Promise<void> },
): Promise<void> {
  try {
    await writeFile(join(dataFolder, FILE), JSON.stringify({ url }), { mode: 0o600 });
  } catch (error) {
    await running.stop();
    throw error;
  }
}

export const forgetRunning = (dataFolder: string): Promise<void> =>
  rm(join(dataFolder, FILE), { force: true });

/** Null when none was started, or it left without a word. */
export async function runningBot(dataFolder: string): Promise<string | null> {
  try {
    return schema.parse(JSON.parse(await readFile(join(dataFolder, FILE), 'utf8'))).url;
  } catch {
    return null;
  }
}
