import type { Stats } from 'node:fs';
import { chmod, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseCheckpoint } from '../audit/checkpoint.ts';
import { AuditError } from '../audit/error.ts';
import { parseNote } from '../audit/note.ts';
import { LIMITS } from '../limits.ts';
import { type Anchor, AnchorFault, type Held } from '../ports/anchor.ts';
import type { TreeHead } from '../ports/audit-log.ts';
import { refuseLate } from './deadline.ts';

/**
 * A folder that is written to and never over: a file a head, the signed note as it is. It is worth as much as what
 * keeps others from deleting there (another machine, write-once storage, `chattr +a`). The receipt is the file's name.
 */
export function createFolder(folder: string): Anchor {
  return {
    name: 'folder',
    async publish(head, signal) {
      refuseLate('anchor folder', signal);
      const name = nameOf(head);
      try {
        await keep(folder, name, head.note);
      } catch (error) {
        throw faultOf(folder, error);
      }
      return name;
    },
    async held(signal) {
      try {
        return await readBack(folder, signal);
      } catch (error) {
        throw faultOf(folder, error);
      }
    },
  };
}

/** The size first, so that a listing is in order; the whole root, so that another tree is another file. */
const nameOf = ({ size, root }: TreeHead): string => `${String(size).padStart(16, '0')}-${root}.checkpoint`;
const NAME = /^\d{16}-[0-9a-f]{64}\.checkpoint$/;

/** What was cut off while it was written, as by a crash, is written to its end; what is there already is success. */
async function keep(folder: string, name: string, note: string): Promise<void> {
  const path = join(folder, name);
  const present = await readOr(path, null);
  if (present !== null && !note.startsWith(present))
    throw new AnchorFault(
      'conflict',
      `${path} holds something else`,
      'Keep that file as evidence, elsewhere.',
    );
  if (present !== note) await write(path, present === null ? 'wx' : 'a', note.slice(present?.length ?? 0));
  await chmod(path, SEALED);
  await syncFolder(folder);
}

const SEALED = 0o444;
const isSealed = ({ mode }: Stats): boolean => (mode & 0o222) === 0;

async function write(path: string, flag: 'wx' | 'a', text: string): Promise<void> {
  await using file = await open(path, flag, 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function readOr<T>(path: string, absent: T): Promise<string | T> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return absent;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using opened = await open(folder, 'r');
  await opened.sync();
}

const STATS_AT_ONCE = 500;

/** The newest by when they were written: after a restored backup was accepted, sizes are smaller than before. */
async function readBack(folder: string, signal: AbortSignal): Promise<readonly Held[]> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name));
  const files: { readonly path: string; readonly stats: Stats }[] = [];
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    refuseLate('anchor folder', signal);
    const paths = names.slice(at, at + STATS_AT_ONCE).map((name) => join(folder, name));
    files.push(...(await Promise.all(paths.map(async (path) => ({ path, stats: await stat(path) })))));
  }
  const newestFirst = files.toSorted(
    (a, b) => b.stats.mtimeMs - a.stats.mtimeMs || (a.path > b.path ? -1 : 1),
  );
  const held: Held[] = [];
  for (const { path, stats } of newestFirst) {
    refuseLate('anchor folder', signal);
    if (held.length === LIMITS.anchorHeldMax) break;
    const note = await noteIn(path, stats);
    if (note !== null) held.push({ kind: 'checkpoint', note });
  }
  return held.reverse();
}

/** Null for a file whose writing was cut off: it was never sealed, and nobody was told that it is there. */
async function noteIn(path: string, stats: Stats): Promise<string | null> {
  try {
    const isSmallFile = stats.isFile() && stats.size <= LIMITS.anchorAnswerMaxBytes;
    const note = isSmallFile ? await readFile(path, 'utf8') : '';
    const { size, root } = parseCheckpoint(parseNote(note).text);
    if (basename(path) !== nameOf({ size, root: root.toString('hex') })) throw misnamed(path);
    return note;
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    if (stats.isFile() && !isSealed(stats)) return null;
    throw new AnchorFault('refused', `${path} is no signed head`, PLANTED, { cause: error });
  }
}

const PLANTED = 'Keep it as evidence, elsewhere, and find out who put it there.';

/** A head has one name, and so it is here once: copies of old ones would take the place of the newest. */
const misnamed = (path: string): AnchorFault =>
  new AnchorFault('refused', `${path} holds another head than its name says`, PLANTED);

function faultOf(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const hint =
    code === 'ENOENT'
      ? 'Make the folder, mount what it is on, or set COUNTERSIGN_ANCHOR_FOLDER to where it is.'
      : 'Let the user that runs Countersign list, read and add files there.';
  return new AnchorFault('unreachable', `the anchor folder ${folder} cannot be used (${code})`, hint, {
    cause: error,
  });
}

/** Of what the file system refuses; anything else is no fault of the folder. */
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
