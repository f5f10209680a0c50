import type { JournalEvent, RecordedJournalEvent } from '../../domain/journal.ts';
import type { AnyRecordedEvent, JournalCommit, LogQuery } from '../../ports/audit-log.ts';
import { LIMITS } from '../../limits.ts';
import type { Deps } from '../deps.ts';

type Beside = Partial<Pick<JournalCommit, 'expectedVersion' | 'due'>>;

/** Puts one event of the installation on record, now. */
export async function record(
  { store, ids, clock }: Pick<Deps, 'store' | 'ids' | 'clock'>,
  stream: string,
  event: JournalEvent,
  { expectedVersion = null, due = [] }: Beside = {},
): Promise<RecordedJournalEvent> {
  const events = [{ ...event, id: ids.event(), at: clock.now() }];
  const entered = await store.enter({ stream, expectedVersion, events, due });
  const [recorded] = entered.ok ? entered.events : [];
  if (recorded === undefined) throw new Error(`${event.type} could not be put on record in ${stream}`);
  return recorded;
}

/** Where the first of these stands: what tells of one thing is found by it. */
export function firstIndex([first]: readonly RecordedJournalEvent[]): number {
  if (first === undefined) throw new Error('nothing was put on record');
  return first.meta.index;
}

/** Everything in the log that the query finds, page by page, in the log's order. */
export async function* found(
  store: Pick<Deps['store'], 'search'>,
  query: Omit<LogQuery, 'limit'>,
): AsyncGenerator<AnyRecordedEvent> {
  let after = query.after ?? -1;
  for (;;) {
    const page = await store.search({ ...query, ...(after >= 0 && { after }), limit: LIMITS.logSearchMax });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < LIMITS.logSearchMax) return;
    after = last.meta.index;
  }
}
