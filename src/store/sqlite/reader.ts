import type { EventStore, Projections, Subjects } from '../../ports/store.ts';
import { openToRead } from './database.ts';
import { openLogReader } from './log.ts';
import { openProjectionReader } from './projections.ts';
import { openSubjects } from './subjects.ts';

/** What can be known of a store beside the process that works on it: nothing is written, nothing is locked. */
export interface Reader
  extends Pick<EventStore, 'read' | 'disclosures'>,
    Pick<Projections, 'request' | 'requests'>,
    Pick<Subjects, 'known' | 'personOf'>,
    AsyncDisposable {}

/** Throws StoreError `store_missing`, or `store_foreign` when what is in `file` is not ours. */
export async function openSqliteReader(file: string): Promise<Reader> {
  const database = openToRead(file);
  const subjects = openSubjects(database);
  return {
    ...openLogReader(database),
    ...openProjectionReader(database),
    known: (person) => subjects.known(person),
    personOf: (subject) => subjects.personOf(subject),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
