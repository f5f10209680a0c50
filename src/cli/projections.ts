import { databaseFile } from '../base.ts';
import { loadConfig } from '../config.ts';
import { evolve } from '../domain/evolve.ts';
import { refuseMissing } from '../store/sqlite/database.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { systemIds } from '../system.ts';
import { print } from './io.ts';

export async function projectionsRebuild(): Promise<void> {
  const file = databaseFile(loadConfig());
  refuseMissing(file);
  const store = await openSqliteStore({ file, ids: systemIds, evolve });
  try {
    const tell = progressTeller();
    const { events, requests } = await store.rebuild(tell);
    print(`Rebuilt ${requests} requests from ${events} events.`);
  } finally {
    await store.close();
  }
}

/** A line that moves on a terminal; nothing where nobody watches. */
function progressTeller(): (done: number, total: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done, total) => {
    process.stderr.write(`\r${done} of ${total} events${done >= total ? '\n' : ''}`);
  };
}
