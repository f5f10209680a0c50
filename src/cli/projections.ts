import { randomBytes } from 'node:crypto';
import { databaseFile } from '../base.ts';
import { loadConfig } from '../config.ts';
import { evolve } from '../domain/evolve.ts';
import { loadKeys } from '../keys.ts';
import { refuseMissing } from '../store/sqlite/database.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { systemClock, systemIds } from '../system.ts';
import { print } from './io.ts';
import { progressTeller } from './progress.ts';

export async function projectionsRebuild(): Promise<void> {
  const config = loadConfig();
  const file = databaseFile(config);
  refuseMissing(file);
  const { sealer } = loadKeys(config.keysFolder, { create: false });
  const store = await openSqliteStore({
    file,
    ids: systemIds,
    now: () => systemClock.now(),
    random: randomBytes,
    sealer,
    evolve,
  });
  try {
    const tell = progressTeller();
    const { events, requests } = await store.rebuild(tell);
    print(`Rebuilt ${requests} requests from ${events} events.`);
  } finally {
    await store.close();
  }
}
