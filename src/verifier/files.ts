import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import type { Source } from '../audit/verify-lines.ts';

/** A file or folder that should have been readable and was not. */
export class FileError extends Error {
  readonly code = 'unreadable';
  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it is no file';
    super(`${path} cannot be read (${why})`, { cause });
    this.name = 'FileError';
  }
}

/** Of a checkpoint, a file of keys, a leaf or a proof: more than any of ours takes. */
const smallMaxBytes = 1_048_576;
const chunkBytes = 262_144;

/** Throws FileError. */
export function assertFolder(path: string): void {
  attempt(path, () => readdirSync(path));
}

/** Whether a file of that path is there. Throws FileError. */
export function isThere(path: string): boolean {
  const found = attempt(path, () => statSync(path, { throwIfNoEntry: false }));
  if (found === undefined || found.isFile()) return found !== undefined;
  throw new FileError(path, null);
}

/** The whole of a small file; null: there is none, or it is not small. Throws FileError. */
export function readSmall(path: string): Buffer | null {
  if (!isThere(path)) return null;
  return attempt(path, () => (statSync(path).size <= smallMaxBytes ? readFileSync(path) : null));
}

/** A file in pieces. It throws FileError while it is read. */
export function sourceOf(path: string): Source {
  return function* () {
    const file = attempt(path, () => openSync(path, 'r'));
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafe(chunkBytes);
        const bytes = attempt(path, () => readSync(file, chunk));
        if (bytes === 0) return;
        yield chunk.subarray(0, bytes);
      }
    } finally {
      closeSync(file);
    }
  };
}

/** What is in a folder; nothing, where there is none. Throws FileError. */
export function namesIn(folder: string): readonly string[] {
  return attempt(folder, () => (statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : []));
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FileError(path, error);
  }
}
