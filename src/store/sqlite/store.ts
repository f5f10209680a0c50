import type { Ids } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { type Database, openDatabase } from './database.ts';
import { openDueQueue } from './due.ts';
import { openHead } from './head.ts';
import { openLog } from './log.ts';
import { openMailroom } from './mailroom.ts';
import { type Evolve, openProjections } from './projections.ts';
import { openSecrets } from './secrets.ts';
import { openSubjects } from './subjects.ts';
import { openTokens } from './tokens.ts';

export interface SqliteStoreOptions {
  /** Where the database is or will be; `-wal`, `-shm` and `-lock` appear beside it. */
  readonly file: string;
  readonly ids: Pick<Ids, 'salt'>;
  readonly evolve: Evolve;
}

/**
 * The store of one process, on SQLite. Its work is synchronous underneath: a commit holds the process up for the
 * time of one fsync, `rebuild` for the whole of it.
 * Throws StoreError `store_locked`, `store_foreign`, `store_unwritable`, `store_full`, `store_busy`, `store_corrupt`.
 */
export async function openSqliteStore({ file, ids, evolve }: SqliteStoreOptions): Promise<Store> {
  const database = openDatabase(file);
  try {
    return await storeOn(database, { ids, evolve });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The store on a database that is open already; closing it closes that. */
export async function storeOn(
  database: Database,
  { ids, evolve }: Omit<SqliteStoreOptions, 'file'>,
): Promise<Store> {
  const head = await database.write(() => openHead(database));
  const due = openDueQueue(database, head);
  const projections = openProjections(database, head, evolve);
  const secrets = openSecrets(database);
  await due.releaseAll();
  await projections.rebuildIfOutdated();
  return {
    ...openLog(database, { head, due, projections, secrets }, ids.salt),
    ...due.port,
    ...projections.port,
    ...secrets.port,
    ...openMailroom(database),
    ...openSubjects(database),
    tokens: openTokens(database),
    check: () => database.write(() => void head.nextFence()),
    close: async () => database.close(),
  };
}
