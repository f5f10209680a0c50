import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LIMITS } from '../limits.ts';
import { USUAL_FOLDER } from '../policy/rule-files.ts';

/**
 * Digest of the bytes of everything that a folder of rules may be made of, whether the catalogue names it yet or not: the
 * catalogue, calendars beside it, folders of policies with the names of all that lies in them. What cannot be read
 * counts as that, and never throws: the folder may be half-way through an edit.
 */
export async function bytesOf(catalogueFile: string): Promise<string> {
  const folder = dirname(catalogueFile);
  const hash = createHash('sha256');
  for (const path of await pathsOf(folder, basename(catalogueFile))) {
    const bytes = await read(join(folder, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

async function pathsOf(folder: string, catalogue: string): Promise<readonly string[]> {
  const paths = [catalogue];
  for (const name of await namesIn(folder)) {
    if (name.endsWith('.ics')) paths.push(name);
    const within = /\.\w+$/.test(name) ? [] : await namesIn(join(folder, name));
    if (name === USUAL_FOLDER || within.some(isPolicy)) paths.push(...within.map((each) => join(name, each)));
  }
  return paths.slice(0, LIMITS.rulesFilesMax);
}

const isPolicy = (name: string): boolean => name.endsWith('.cedar');

/** Sorted; what is no folder has none. Hidden ones are tools' own. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).toSorted();
}

async function read(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // Too large to be taken, or no file at all: that it is there is all there is to say.
    if (!found.isFile() || found.size > LIMITS.rulesFileMaxBytes) return Buffer.from(`${found.size} bytes`);
    return await readFile(path);
  } catch (error) {
    return Buffer.from(error instanceof Error && 'code' in error ? String(error.code) : 'unreadable');
  }
}
