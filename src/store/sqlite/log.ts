import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import type { RecordedEvent } from '../../domain/events.ts';
import type { RecordedJournalEvent } from '../../domain/journal.ts';
import type { Journal } from '../../ports/audit-log.ts';
import type { AppendResult, Commit, EventStore } from '../../ports/store.ts';
import { recordedFrom } from '../recorded.ts';
import { type AnyNewEvent, isRequestStream, refuseTooMany } from '../recording.ts';
import type { Database } from './database.ts';
import type { openDueQueue } from './due.ts';
import { openHeadReader } from './head.ts';
import type { Ledger } from './ledger.ts';
import type { openProjections } from './projections.ts';
import { events, logHead } from './schema.ts';
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
  const take = <E extends AnyNewEvent>({ stream, events: added, completes, ...commit }: AnyCommit<E>) => {
    const actualVersion = ledger.versionOf(stream);
    if (completes !== undefined && !due.holds(completes)) return { ok: false, reason: 'claim-lost' } as const;
    if (commit.expectedVersion !== null && commit.expectedVersion !== actualVersion)
      return { ok: false, reason: 'version-conflict', actualVersion } as const;

    const recorded = ledger.record(stream, actualVersion, added);
    if (completes !== undefined) due.settle(completes);
    due.apply(commit.due ?? [], recorded.fence);
    return { ok: true, events: recorded.events } as const;
  };
  const append = (commit: Commit): AppendResult => {
    const taken = take(commit);
    if (!taken.ok) return taken;
    projections.advance(commit.stream, taken.events);
    secrets.apply(commit.secrets ?? []);
    return taken;
  };

  return {
    append: async (commit) => {
      refuseTooMany(commit.events, commit.stream);
      return database.write(() => append(commit));
    },
    enter: async (commit) => {
      refuseTooMany(commit.events, commit.stream);
      return database.write(() => take(commit));
    },
  };
}

type AnyCommit<E> = Pick<Commit, 'stream' | 'due' | 'completes'> & {
  readonly expectedVersion: number | null;
  readonly events: readonly E[];
};

/** A row before the first leaf or behind the head is no event: no proof and no export would ever show it. */
const inTree = and(gte(events.index, 0), lt(events.index, sql`(SELECT ${logHead.size} FROM ${logHead})`));

/** Streams, read back. */
export function openStreams(
  database: Database,
): Pick<EventStore, 'read' | 'size'> & Pick<Journal, 'journal'> {
  const head = openHeadReader(database);
  const rows = database.orm
    .select()
    .from(events)
    .where(and(eq(events.stream, sql.placeholder('stream')), inTree))
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
