import type { Journal, LogTree, SealShelf } from '../../ports/audit-log.ts';
import type { GroupShelf, ScimShelf } from '../../ports/identity.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { EventStore, Projections, Subjects } from '../../ports/store.ts';
import { type Database, openToRead } from './database.ts';
import { openDisclosureReader } from './disclosures.ts';
import { toStoreError } from './errors.ts';
import { openGroups } from './groups.ts';
import { openStreams } from './log.ts';
import { openProjectionReader } from './projections.ts';
import { openSealedTexts, type SealedTexts } from './sealed-texts.ts';
import { openScim } from './scim.ts';
import { openSearch } from './search.ts';
import { openShelfReader } from './shelf.ts';
import { openKeyReader } from './subject-keys.ts';
import { openSubjectReader } from './subjects.ts';
import { openTreeReader } from './tree.ts';

/** What can be known of a store beside the process that works on it: nothing is written, nothing is locked. */
export interface Reader
  extends Pick<EventStore, 'read' | 'disclosures' | 'size'>,
    LogTree,
    SealedTexts,
    Pick<Journal, 'journal'>,
    Pick<SealShelf, 'newestCheckpoint' | 'newestReceipt' | 'receipts' | 'cursor'>,
    Pick<Projections, 'request' | 'requests'>,
    Pick<Subjects, 'known' | 'personOf'>,
    AsyncDisposable {
  readonly groups: Pick<GroupShelf, 'snapshot'>;
  readonly scim: Pick<ScimShelf, 'users' | 'groups' | 'revision' | 'contactAt'>;
}

/**
 * Without a sealer no disclosure is seen. Throws StoreError `store_missing`, or `store_foreign` when what is in `file`
 * is not ours or of another version.
 */
export async function openSqliteReader(file: string, sealer: Sealer | null = null): Promise<Reader> {
  const database = openToRead(file);
  try {
    return readerOn(database, sealer);
  } catch (error) {
    database.close();
    throw toStoreError(error, file);
  }
}

function readerOn(database: Database, sealer: Sealer | null): Reader {
  const keys = sealer === null ? null : openKeyReader(database, sealer);
  return {
    ...openStreams(database),
    ...openDisclosureReader(database, keys),
    ...openSealedTexts(database, keys),
    ...openTreeReader(database),
    ...openSearch(database),
    ...openShelfReader(database),
    ...openProjectionReader(database),
    ...openSubjectReader(database).port,
    groups: openGroups(database),
    scim: openScim(database),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
