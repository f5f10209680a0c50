import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Place } from '../contracts/store.ts';
import { foldSample } from '../contracts/store-samples.ts';

export const parts = { ids: { salt: () => randomBytes(16) }, evolve: foldSample };

/** A folder of its own for one SQLite store. */
export async function sqlitePlace(): Promise<Place & { readonly folder: string; readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const file = join(folder, 'countersign.db');
  return {
    folder,
    file,
    open: () => openSqliteStore({ file, ...parts }),
    discard: () => rm(folder, { recursive: true }),
  };
}
