import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LIMITS } from '../limits.ts';
import { FollowerFault } from '../ports/follower.ts';
import { type Transport, unreachable } from './transport.ts';

const NEW_LINE = 0x0a;

/**
 * A file with a line of JSON for each event, made for its owner alone (0600) and given to disk with each batch. It is
 * opened anew each time, so it may be rotated by renaming. A line that a crash has torn is cut off before more is
 * written: its batch comes again.
 */
export function toFile(path: string): Transport {
  return async (batch, signal) => {
    try {
      signal.throwIfAborted();
      await using file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
      await cutTornLine(file, path);
      await file.appendFile(batch.map(({ json }) => `${json}\n`).join(''));
      await file.sync();
      await syncFolder(dirname(path));
    } catch (error) {
      throw error instanceof FollowerFault ? error : unreachable(`${path} cannot be written`, error, signal);
    }
  };
}

/** Nothing is cut but the beginning of one of our lines: the path may name something else by mistake. */
async function cutTornLine(file: FileHandle, path: string): Promise<void> {
  const found = await file.stat();
  if (!found.isFile()) throw notOurs(path, 'is no ordinary file');
  const length = Math.min(found.size, LIMITS.siemLineMaxBytes);
  const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: found.size - length });
  const end = buffer.lastIndexOf(NEW_LINE) + 1;
  if (end === length) return;
  if (buffer[end] !== '{'.charCodeAt(0) || (end === 0 && length < found.size))
    throw notOurs(path, 'does not end with a line of JSON');
  await file.truncate(found.size - length + end);
}

/** The name of a new file is on disk only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

const notOurs = (path: string, what: string): FollowerFault =>
  new FollowerFault(
    'refused',
    `${path} ${what}`,
    'Move it away, or set COUNTERSIGN_SIEM_URL to another file.',
  );
