import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { expectSoundTree, now, requestOf, streamNumber } from '../contracts/store-samples.ts';
import { sqlitePlace } from './places.ts';

type Place = Awaited<ReturnType<typeof sqlitePlace>>;
type Appender = ChildProcessByStdio<null, Readable, null>;

const appender = fileURLToPath(new URL('appender.ts', import.meta.url));

function start(file: string): Appender {
  const child = spawn(process.execPath, ['--import', 'tsx', appender, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}
const started: Appender[] = [];

async function kill(child: Appender): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Everything the child said up to its death, which comes after `enough` lines. */
async function linesUntilKilled(child: Appender, enough: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === enough) child.kill('SIGKILL');
  }
  return lines;
}

describe('a process killed in the middle of its commits', () => {
  let place: Place;
  let store: Store | undefined;
  beforeEach(async () => {
    place = await sqlitePlace();
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await store?.close();
    store = undefined;
    await place.discard();
  });

  it('leaves every acknowledged commit whole, and no half of another', async () => {
    const [, ...acknowledged] = await linesUntilKilled(start(place.file), 150);
    store = await place.open();
    const size = await store.size();
    expect(acknowledged.length).toBeGreaterThanOrEqual(149);
    expect(size).toBeGreaterThanOrEqual(acknowledged.length);
    expect(size).toBeLessThanOrEqual(acknowledged.length + 1);
    for (let n = 1; n <= size; n++) {
      expect(await store.read(streamNumber(n))).toHaveLength(1);
      expect(await store.disclosures(streamNumber(n))).toHaveLength(1);
      expect(await store.request(requestOf(n))).toMatchObject({ version: 1 });
    }
    expect(await store.claim('access', now, 500, 1_000)).toHaveLength(size);
    expect(await store.stored(0, 1_000)).toHaveLength(size);
    await expectSoundTree(store);
  });

  it('is alone on its database while it lives, and leaves no lock behind', async () => {
    const child = start(place.file);
    await once(child.stdout, 'data');
    await expect(place.open()).rejects.toMatchObject({
      code: 'store_locked',
      message: `${place.file} is in use by another Countersign process`,
      hint: 'Stop that process first, or name another file.',
    });
    await kill(child);
    store = await place.open();
    expect(await store.size()).toBeGreaterThanOrEqual(0);
  });
});
