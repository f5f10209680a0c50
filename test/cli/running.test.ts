import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetRunning, rememberOrStop, runningBot } from '../../src/cli/running.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-running-'));
});
afterEach(() => rm(folder, { recursive: true }));

const bot = () => {
  const stopped: true[] = [];
  return { stopped, stop: async () => void stopped.push(true) };
};

it('is known while it runs, and no longer', async () => {
  const running = bot();
  await rememberOrStop(folder, 'http://127.0.0.1:3000', running);
  expect(await runningBot(folder)).toBe('http://127.0.0.1:3000');
  expect(running.stopped).toEqual([]);
  await forgetRunning(folder);
  expect(await runningBot(folder)).toBeNull();
});

it('is stopped when it cannot say where it is', async () => {
  const running = bot();
  const nowhere = join(folder, 'no-such-folder');
  await expect(rememberOrStop(nowhere, 'http://127.0.0.1:3000', running)).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(running.stopped).toEqual([true]);
});
