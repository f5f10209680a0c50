import type { Subject } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import { KeyError, type Sealer } from '../../ports/sealer.ts';
import { StoreError } from '../../ports/store.ts';
import { keyContext, subjectKeyBytes } from '../sealing.ts';
import type { Database } from './database.ts';
import { eraseRowsOf } from './erasure.ts';

/** Bytes that nobody can guess. */
export type Random = (size: number) => Uint8Array;

/** Each person's key, made with their first text. To be called inside `write`. */
export function openSubjectKeys(database: Database, sealer: Sealer, random: Random) {
  const reader = openKeyReader(database, sealer);
  const insert = database.raw.prepare<[string, Buffer]>(
    'INSERT INTO subject_keys (subject, wrapped) VALUES (?, ?)',
  );
  return {
    ...reader,
    /** The person's key, made where there is none. */
    own: (subject: Subject): Uint8Array => {
      const found = reader.find(subject);
      if (found !== null) return found;
      const key = random(subjectKeyBytes);
      insert.run(subject, Buffer.from(sealer.seal(key, keyContext(subject))));
      return key;
    },
    /** Whether there was one. */
    erase: (subject: Subject): boolean => {
      reader.drop(subject);
      return eraseRowsOf(database, 'subject_keys', subject);
    },
  };
}
export type SubjectKeys = ReturnType<typeof openSubjectKeys>;

/** Finds keys. An unwrapped one is remembered together with what it was wrapped in, so that a row says it all. */
export function openKeyReader({ raw }: Database, sealer: Sealer) {
  const select = raw.prepare<[string], Buffer>('SELECT wrapped FROM subject_keys WHERE subject = ?').pluck();
  const remembered = new Map<string, { readonly wrapped: Buffer; readonly key: Uint8Array }>();

  const drop = (subject: string): void => {
    remembered.get(subject)?.key.fill(0);
    remembered.delete(subject);
  };
  const remember = (subject: string, wrapped: Buffer, key: Uint8Array): void => {
    drop(subject);
    const [oldest] = remembered.keys();
    if (oldest !== undefined && remembered.size >= LIMITS.subjectKeysRememberedMax) drop(oldest);
    remembered.set(subject, { wrapped, key });
  };
  /** The key of a row. Throws StoreError `store_corrupt` for one that does not open. */
  const open = (subject: string, wrapped: Buffer): Uint8Array => {
    const known = remembered.get(subject);
    if (known?.wrapped.equals(wrapped)) return known.key;
    const key = unwrap(sealer, subject, wrapped);
    remember(subject, wrapped, key);
    return key;
  };
  /** Null where there is none. Throws as `open` does. */
  const find = (subject: string): Uint8Array | null => {
    const wrapped = select.get(subject);
    return wrapped === undefined ? null : open(subject, wrapped);
  };
  return { find, open, drop };
}

function unwrap(sealer: Sealer, subject: string, wrapped: Uint8Array): Uint8Array {
  try {
    return sealer.open(wrapped, keyContext(subject));
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    throw new StoreError(
      'store_corrupt',
      `the key of ${subject} does not open: it was changed, or sealed by another installation`,
      'Check that the keys folder belongs to this database; if it does, keep the file as evidence and restore a backup.',
      { cause },
    );
  }
}
