import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KeyError } from './ports/sealer.ts';

/** `size` bytes that nobody can guess; tests give their own. */
export type Random = (size: number) => Uint8Array;

const KEY_BYTES = 32;

/** 32 bytes, in base64 as they lie in a file of keys. */
export const key = z
  .base64()
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
  .refine((bytes) => bytes.length === KEY_BYTES, `must be ${KEY_BYTES} bytes`);

export const newKey = (random: Random): string => Buffer.from(random(KEY_BYTES)).toString('base64');

/** A file of keys: read only where nobody else may read it, and there whole or not at all. */
export interface KeyFile {
  readonly folder: string;
  readonly name: string;
  /** What to do where it is not there. */
  readonly missing: string;
}

const pathOf = ({ folder, name }: KeyFile): string => join(folder, name);

/** Throws KeyError `keys_missing`, `keys_unsafe`, `keys_invalid`. */
export function readKeyFile<T>(file: KeyFile, schema: z.ZodType<T>): T {
  const path = pathOf(file);
  refuseUnsafe(file.folder, 'directory', file.missing);
  refuseUnsafe(path, 'file', file.missing);
  const read = schema.safeParse(readJson(path));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const what = `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unreadable'}`;
  throw new KeyError(
    'keys_invalid',
    `${path} holds no keys of ours (${what})`,
    'Restore it from its backup.',
  );
}

/** Another stamp means that the file is another one; null: it is not there. */
export function stampOf(file: KeyFile): string | null {
  const found = statSync(pathOf(file), { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.ino}/${found.mtimeNs}/${found.size}`;
}

/** An existing file is never replaced. Throws KeyError `keys_unsafe`, `keys_unwritable`. */
export function createKeyFile(file: KeyFile, content: () => object): void {
  const { folder, name, missing } = file;
  attempt(file, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (existsSync(pathOf(file))) return;
    refuseUnsafe(folder, 'directory', missing);
    const draft = join(folder, `.${name}.${randomUUID()}`);
    try {
      write(draft, content());
      // Not renamed: of two processes that start together, the second must not replace the first's keys.
      linkSync(draft, pathOf(file));
    } catch (error) {
      if (!isExisting(error)) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    syncFolder(folder);
  });
}

/**
 * Written aside, made durable, then put in the old one's place. The draft is the lock: of two changes at once the
 * second is refused. Throws KeyError `keys_unsafe`, `keys_unwritable`, and what `change` throws.
 */
export function replaceKeyFile(file: KeyFile, change: () => object): void {
  const draft = join(file.folder, `.${file.name}.draft`);
  attempt(file, () => {
    try {
      write(draft, {});
    } catch (error) {
      if (!isExisting(error)) throw error;
      const hint = `If nobody is changing them now, an earlier change was cut off: remove ${draft}`;
      throw new KeyError('keys_unwritable', `the keys in ${file.folder} are being changed`, hint);
    }
    try {
      writeFileSync(draft, textOf(change()), { flush: true });
      renameSync(draft, pathOf(file));
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    syncFolder(file.folder);
  });
}

const textOf = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;

const write = (path: string, content: object): void =>
  writeFileSync(path, textOf(content), { mode: 0o600, flag: 'wx', flush: true });

const isExisting = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

function attempt({ folder }: KeyFile, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const hint = 'Make it a folder on a local disk that this process may write to.';
    throw new KeyError('keys_unwritable', `keys cannot be made in ${folder}`, hint, { cause: error });
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // The parser's own message quotes the text, which is key material.
    if (error instanceof SyntaxError) return undefined;
    const hint = 'Let the user that runs Countersign read it, and nobody else.';
    throw new KeyError('keys_unsafe', `${path} cannot be read`, hint, { cause: error });
  }
}

/** Links are followed: what counts is who may read what is there. */
function refuseUnsafe(path: string, kind: 'directory' | 'file', missing: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new KeyError('keys_missing', `there are no keys at ${path}`, missing);
  if (kind === 'directory' ? !found.isDirectory() : !found.isFile()) {
    throw new KeyError('keys_unsafe', `${path} is no ${kind}`, `Put a ${kind} there.`);
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    const hint = `Run: chmod ${kind === 'directory' ? '700' : '600'} ${path}`;
    throw new KeyError('keys_unsafe', `${path} is open to other users of this machine`, hint);
  }
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
