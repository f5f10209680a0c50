import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyError, type Sealer } from '../../src/ports/sealer.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite/store.ts';
import type { Place } from '../contracts/store.ts';
import { foldSample, now } from '../contracts/store-samples.ts';

/** An installation's sealer, its key made of a name. */
export function sealerOf(name: string): Sealer {
  const key = createHash('sha256').update(name).digest();
  return {
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-16));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      } catch {
        throw new KeyError('seal_broken', 'a sealed value does not open', 'Use the right keys.');
      }
    },
  };
}

export const parts = {
  ids: { salt: () => randomBytes(16), event: () => randomUUID() },
  now: () => now,
  random: randomBytes,
  sealer: sealerOf('installation'),
  evolve: foldSample,
};

interface SqlitePlace extends Place {
  readonly folder: string;
  readonly file: string;
  open(more?: Partial<SqliteStoreOptions>): Promise<Store>;
}

/** A folder of its own for one SQLite store. */
export async function sqlitePlace(): Promise<SqlitePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const file = join(folder, 'countersign.db');
  return {
    folder,
    file,
    open: (more = {}) => openSqliteStore({ file, ...parts, ...more }),
    discard: () => rm(folder, { recursive: true }),
  };
}
