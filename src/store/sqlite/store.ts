import type { Ids } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Store } from '../../ports/store.ts';
import { type Database, isToBringOver, openDatabase } from './database.ts';
import { openDisclosureReader, openDisclosureWriter } from './disclosures.ts';
import { openDueQueue } from './due.ts';
import { toStoreError } from './errors.ts';
import { openExceptions } from './exceptions.ts';
import { openGroups } from './groups.ts';
import { openHead } from './head.ts';
import { openLedger } from './ledger.ts';
import { openLog, openStreams } from './log.ts';
import { openMailroom } from './mailroom.ts';
import { type Evolve, openProjections } from './projections.ts';
import { emptyWal, openRedaction } from './redaction.ts';
import { openScim } from './scim.ts';
import { openSearch } from './search.ts';
import { openSecrets } from './secrets.ts';
import { openShelf } from './shelf.ts';
import { openSubjectKeys, type Random } from './subject-keys.ts';
import { type Introductions, openSubjects } from './subjects.ts';
import { openTokens } from './tokens.ts';
import { openTreeReader, openTreeWriter } from './tree.ts';
import { bringOver } from './upgrade.ts';

export interface SqliteStoreOptions {
  /** Where the database is or will be; `-wal`, `-shm` and `-lock` appear beside it. */
  readonly file: string;
  readonly ids: Pick<Ids, 'salt' | 'event'>;
  /** Ms since the epoch, for the events that the store makes itself. */
  readonly now: () => number;
  /** Of keys and nonces. */
  readonly random: Random;
  /** Seals the keys of people, and so their texts. */
  readonly sealer: Sealer;
  readonly evolve: Evolve;
  readonly introduce?: Introductions['introduce'];
}

/**
 * The store of one process, on SQLite. Its work is synchronous underneath: a commit holds the process up for the
 * time of one fsync, `rebuild` for the whole of it, and so does opening what an earlier version has written.
 * Throws StoreError `store_locked`, `store_foreign`, `store_unwritable`, `store_full`, `store_busy`, `store_corrupt`.
 */
export async function openSqliteStore({ file, ...options }: SqliteStoreOptions): Promise<Store> {
  const database = openDatabase(file);
  try {
    return await storeOn(database, options);
  } catch (error) {
    database.close();
    throw toStoreError(error, file);
  }
}

/** The store on a database that is open already; closing it closes that. */
export async function storeOn(
  database: Database,
  { ids, now, random, sealer, evolve, introduce }: Omit<SqliteStoreOptions, 'file'>,
): Promise<Store> {
  const head = await database.write(() => openHead(database));
  const keys = openSubjectKeys(database, sealer, random);
  const disclosures = openDisclosureWriter(database, keys, random);
  const parts = { head, tree: openTreeWriter(database), disclosures };
  const ledger = openLedger(database, parts, ids.salt);
  const subjects = openSubjects(database, ledger, { introduce, ids, now });
  if (isToBringOver(database.raw))
    await database.write(() => {
      bringOver(database, ledger, parts);
      subjects.introduceAll();
    });
  // What was in clear, or was erased right before a crash, leaves the write-ahead log as well.
  emptyWal(database);
  const due = openDueQueue(database, head);
  const projections = openProjections(database, head, evolve);
  const secrets = openSecrets(database);
  await due.releaseAll();
  await projections.rebuildIfOutdated();
  return {
    ...openLog(database, ledger, { due, projections, secrets }),
    ...openStreams(database),
    ...openDisclosureReader(database, keys),
    ...openTreeReader(database),
    ...openSearch(database),
    ...openRedaction(database, { ledger, keys, disclosures }, ids.event),
    ...openShelf(database),
    ...due.port,
    ...projections.port,
    ...secrets.port,
    ...openMailroom(database),
    ...subjects.port,
    tokens: openTokens(database),
    groups: openGroups(database),
    scim: openScim(database),
    exceptions: openExceptions(database),
    check: () => database.write(() => void head.nextFence()),
    close: async () => database.close(),
  };
}
