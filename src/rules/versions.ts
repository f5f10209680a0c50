import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { LIMITS } from '../limits.ts';
import { loadRules } from '../policy/load.ts';
import type { Rules } from '../policy/rules.ts';

/** Under this name the catalogue lies in every version, whatever it was called then. */
const CATALOGUE = 'catalogue.yaml';

/** Every set of rules that was in force, by its digest, as the files that it was loaded from. */
export interface Versions {
  /** Keeps the files durably: whole, or not at all. */
  keep(rules: Rules): Promise<void>;
  /** Null: it is not there, or its files do not give that digest (any more). */
  load(digest: string): Promise<Rules | null>;
  has(digest: string): Promise<boolean>;
  /** Lets go of the oldest ones that are too many; never of `inForce`. */
  prune(inForce: readonly string[]): Promise<void>;
}

interface VersionsParts {
  /** Where the installation keeps its data: ours alone. */
  readonly dataFolder: string;
  readonly catalogueFile: string;
  readonly now: () => number;
}

export function openVersions({ dataFolder, catalogueFile, now }: VersionsParts): Versions {
  const folder = join(dataFolder, 'rules');
  const pathOf = (digest: string): string => join(folder, checked(digest));
  const load = async (digest: string): Promise<Rules | null> => {
    const rules = await loadRules(join(pathOf(digest), CATALOGUE)).catch(() => null);
    return rules?.digest === digest ? rules : null;
  };
  return {
    load,
    has: async (digest) => (await lstat(pathOf(digest)).catch(() => null)) !== null,
    async keep(rules) {
      const path = pathOf(rules.digest);
      if ((await load(rules.digest)) === null) await put(folder, path, rules.files, basename(catalogueFile));
      // Age is when it was last in force.
      const at = new Date(now());
      await utimes(path, at, at);
    },
    async prune(inForce) {
      for (const old of await tooMany(folder, new Set(inForce))) await discard(folder, join(folder, old));
    },
  };
}

function checked(digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error(`not the digest of a version: ${digest.slice(0, 80)}`);
  return digest;
}

/** All of it is durable before it has its name; what lay there did not say what it should, and gives way. */
async function put(
  folder: string,
  path: string,
  files: ReadonlyMap<string, Uint8Array>,
  catalogueName: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = draftIn(folder);
  try {
    await write(draft, files, catalogueName);
    await discard(folder, path);
    await rename(draft, path);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await sync(folder);
}

/** What is there under its name is whole, also while it is being removed. */
async function discard(folder: string, path: string): Promise<void> {
  const rest = draftIn(folder);
  const isThere = await rename(path, rest).then(
    () => true,
    () => false,
  );
  if (isThere) await rm(rest, { recursive: true, force: true });
}

const draftIn = (folder: string): string => join(folder, `.draft-${randomUUID()}`);

async function write(
  draft: string,
  files: ReadonlyMap<string, Uint8Array>,
  catalogueName: string,
): Promise<void> {
  await mkdir(draft, { mode: 0o700 });
  const folders = new Set([draft]);
  for (const [name, bytes] of files) {
    const path = join(draft, name === catalogueName ? CATALOGUE : inside(name));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    folders.add(dirname(path));
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx', flush: true });
  }
  for (const each of folders) await sync(each);
}

/** A path from the folder that stays in it. */
function inside(name: string): string {
  const path = normalize(name);
  if (path.startsWith('..') || path.startsWith(sep) || path.includes(':'))
    throw new Error(`a file of the rules lies outside their folder: ${name.slice(0, 80)}`);
  return path;
}

/** What was put there is found there after a loss of power too. */
async function sync(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** The oldest beyond those that are kept, and what a process that died left half-way. */
async function tooMany(folder: string, inForce: ReadonlySet<string>): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const drafts = names.filter((name) => name.startsWith('.draft-'));
  const versions = names.filter((name) => /^[0-9a-f]{64}$/.test(name) && !inForce.has(name));
  const aged = await Promise.all(
    versions.map(async (name) => ({ name, at: (await lstat(join(folder, name))).mtimeMs })),
  );
  const old = aged.toSorted((a, b) => b.at - a.at).slice(LIMITS.rulesVersionsMax);
  return [...drafts, ...old.map(({ name }) => name)];
}
