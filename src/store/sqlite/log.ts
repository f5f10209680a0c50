import { asc, eq, sql } from 'drizzle-orm';
import type { RecordedEvent } from '../../domain/events.ts';
import type { RecordedJournalEvent } from '../../domain/journal.ts';
import type { EnterResult, Journal, JournalCommit } from '../../ports/audit-log.ts';
import type { AppendResult, Commit, EventStore } from '../../ports/store.ts';
import { recordedFrom } from '../recorded.ts';
import { isRequestStream, refuseTooMany } from '../recording.ts';
import type { Database } from './database.ts';
import type { openDueQueue } from './due.ts';
import { openHeadReader } from './head.ts';
import type { Ledger } from './ledger.ts';
import type { openProjections } from './projections.ts';
import { events } from './schema.ts';
import type { openSecrets } from './secrets.ts';

/** The rooms of the database that a commit writes to beside the log itself. */
export interface Beside {
  readonly due: ReturnType<typeof openDueQueue>;
  readonly projections: ReturnType<typeof openProjections>;
  readonly secrets: ReturnType<typeof openSecrets>;
}

export function openLog(
  database: Database,
  ledger: Ledger,
  { due, projections, secrets }: Beside,
): Pick<EventStore, 'append'> & Pick<Journal, 'enter'> {
  /** Inside `write`. All that can refuse comes before the first change, so a refusal has nothing to undo. */
  const append = (commit: Commit): AppendResult => {
    const { stream, completes } = commit;
    const actualVersion = ledger.versionOf(stream);
    if (completes !== undefined && !due.holds(completes)) return { ok: false, reason: 'claim-lost' };
    if (actualVersion !== commit.expectedVersion)
      return { ok: false, reason: 'version-conflict', actualVersion };

    const recorded = ledger.record(stream, actualVersion, commit.events);
    projections.advance(stream, recorded.events);
    if (completes !== undefined) due.settle(completes);
    due.apply(commit.due ?? [], recorded.fence);
    secrets.apply(commit.secrets ?? []);
    return { ok: true, events: recorded.events };
  };

  const enter = ({ stream, expectedVersion, completes, ...commit }: JournalCommit): EnterResult => {
    const actualVersion = ledger.versionOf(stream);
    if (completes !== undefined && !due.holds(completes)) return { ok: false, reason: 'claim-lost' };
    if (expectedVersion !== null && actualVersion !== expectedVersion)
      return { ok: false, reason: 'version-conflict' };

    const recorded = ledger.record(stream, actualVersion, commit.events);
    if (completes !== undefined) due.settle(completes);
    due.apply(commit.due ?? [], recorded.fence);
    return { ok: true, events: recorded.events };
  };

  return {
    append: async (commit) => {
      refuseTooMany(commit.events, commit.stream);
      return database.write(() => append(commit));
    },
    enter: async (commit) => {
      refuseTooMany(commit.events, commit.stream);
      return database.write(() => enter(commit));
    },
  };
}

/** Streams, read back. */
export function openStreams(
  database: Database,
): Pick<EventStore, 'read' | 'size'> & Pick<Journal, 'journal'> {
  const head = openHeadReader(database);
  const rows = database.orm
    .select()
    .from(events)
    .where(eq(events.stream, sql.placeholder('stream')))
    .orderBy(asc(events.version))
    .prepare();
  const ofKind = <E>(wanted: boolean, stream: string): Promise<readonly E[]> =>
    database.read(() =>
      isRequestStream(stream) === wanted ? rows.all({ stream }).map((row) => recordedFrom(row) as E) : [],
    );
  return {
    read: (stream) => ofKind<RecordedEvent>(true, stream),
    journal: (stream) => ofKind<RecordedJournalEvent>(false, stream),
    size: () => database.read(() => head().size),
  };
}
