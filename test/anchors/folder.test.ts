import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolder } from '../../src/anchors/folder.ts';
import { LIMITS } from '../../src/limits.ts';
import { anchorContract } from '../contracts/anchor.ts';
import { Heads } from './heads.ts';

const names = async (folder: string): Promise<string[]> => (await readdir(folder)).toSorted();
const sizeOf = (name: string): number => Number(name.split('-', 1)[0]);

anchorContract('folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'countersign-folder-'));
  const folder = join(root, 'heads');
  await mkdir(folder);
  const away = join(root, 'away');
  return {
    open: () => createFolder(folder),
    kept: async () => (await names(folder)).map(sizeOf),
    tells: 'checkpoints',
    holdAnother: async (head) => {
      await createFolder(folder).publish(head, AbortSignal.timeout(1_000));
      const [name = ''] = await names(folder);
      await rm(join(folder, name));
      await writeFile(join(folder, name), head.note.replace('anchors.test', 'another.test'), { mode: 0o444 });
    },
    breakDown: () => renameSync(folder, away),
    hang: null,
    loseAnswers: null,
    mend: () => renameSync(away, folder),
    lacks: {
      hang: 'no file system here takes a call and never answers',
      loseAnswers: 'a write that was cut off is what comes nearest: see below',
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
});

describe('the anchor folder', () => {
  const heads = new Heads();
  const soon = (): AbortSignal => AbortSignal.timeout(5_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const publish = (size: number): Promise<string> => createFolder(folder).publish(heads.at(size), soon());
  const held = () => createFolder(folder).held(soon());

  it('has one file a head, named by it, that nobody may write to', async () => {
    const name = await publish(42);
    expect(name).toBe(`0000000000000042-${heads.at(42).root}.checkpoint`);
    expect(await names(folder)).toEqual([name]);
    expect(await readFile(join(folder, name), 'utf8')).toBe(heads.at(42).note);
    if (process.platform !== 'win32') expect((await stat(join(folder, name))).mode & 0o777).toBe(0o444);
  });

  it('keeps another tree of the same size as another file', async () => {
    await publish(6);
    await createFolder(folder).publish(new Heads(7, 'other').at(6), soon());
    expect(await names(folder)).toHaveLength(2);
    expect(await held()).toHaveLength(2);
  });

  it('never writes over a file, nor into it', async () => {
    const name = await publish(6);
    await chmod(join(folder, name), 0o600);
    for (const content of ['', 'another']) {
      await writeFile(join(folder, name), `${heads.at(6).note}${content}`);
      const before = await readFile(join(folder, name), 'utf8');
      const again = publish(6);
      if (content === '') await again;
      else await expect(again).rejects.toMatchObject({ code: 'conflict' });
      expect(await readFile(join(folder, name), 'utf8')).toBe(before);
      await chmod(join(folder, name), 0o600);
    }
  });

  it('writes to its end what a crash cut off, and does not hold it for a head before', async () => {
    const name = await publish(6);
    const { note } = heads.at(6);
    for (const length of [0, 1, note.length - 1]) {
      await chmod(join(folder, name), 0o600);
      await writeFile(join(folder, name), note.slice(0, length));
      expect(await held(), `cut at ${length}`).toEqual([]);
      await publish(6);
      expect(await held(), `cut at ${length}`).toEqual([{ kind: 'checkpoint', note }]);
    }
  });

  it('tells of a sealed file that is no head, and passes over what is named otherwise', async () => {
    const name = await publish(6);
    await writeFile(join(folder, 'README'), 'heads of the log');
    expect(await held()).toHaveLength(1);
    await rename(join(folder, name), join(folder, 'old'));
    await writeFile(join(folder, name), 'no head at all', { mode: 0o444 });
    await expect(held()).rejects.toMatchObject({
      code: 'refused',
      message: `${join(folder, name)} is no signed head`,
      hint: expect.stringContaining('evidence'),
    });
  });

  it('tells of what was written last, whatever its size, and of no more than it may', async () => {
    const first = await publish(9);
    await publish(3);
    await utimes(join(folder, first), new Date(0), new Date(0));
    expect((await held()).map((each) => 'note' in each && each.note)).toEqual([
      heads.at(9).note,
      heads.at(3).note,
    ]);
    const others = Array.from({ length: LIMITS.anchorHeldMax }, (_, i) => new Heads(7, `${i}`).at(5));
    for (const { root, note } of others)
      await writeFile(join(folder, `0000000000000005-${root}.checkpoint`), note, { mode: 0o444 });
    const notes = (await held()).map((each) => 'note' in each && each.note);
    expect(new Set(notes)).toEqual(new Set(others.map(({ note }) => note)));
  });

  it('does not let the newest be crowded out by what was cut off, or by copies of an old one', async () => {
    await publish(3);
    await publish(9);
    const planted = Array.from({ length: LIMITS.anchorHeldMax }, (_, i) => {
      const name = `${String(i).padStart(16, '0')}-${'ab'.repeat(32)}.checkpoint`;
      return join(folder, name);
    });
    for (const path of planted) await writeFile(path, 'cut off', { mode: 0o600 });
    expect(await held()).toHaveLength(2);
    for (const path of planted) await writeFile(path, heads.at(3).note);
    await expect(held()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('holds another head than its name says'),
    });
  });

  it.skipIf(process.platform === 'win32')('does not wait for what is no file', async () => {
    execFileSync('mkfifo', [join(folder, `0000000000000009-${'ab'.repeat(32)}.checkpoint`)]);
    await expect(held()).rejects.toMatchObject({ code: 'refused' });
  });

  it('that is not there or may not be read says so, and what to do', async () => {
    const away = createFolder(join(folder, 'away'));
    for (const work of [away.held(soon()), away.publish(heads.at(1), soon())])
      await expect(work).rejects.toMatchObject({
        code: 'unreachable',
        message: `the anchor folder ${join(folder, 'away')} cannot be used (ENOENT)`,
        hint: expect.stringContaining('COUNTERSIGN_ANCHOR_FOLDER'),
      });
    expect(await names(folder)).toEqual([]);
    const file = await publish(1);
    await expect(createFolder(join(folder, file)).held(soon())).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});
