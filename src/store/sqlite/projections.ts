import { and, asc, desc, eq, gte, inArray, type SQL, sql } from 'drizzle-orm';
import type { RecordedEvent } from '../../domain/events.ts';
import { type RequestState, streamOf } from '../../domain/state.ts';
import { LIMITS } from '../../limits.ts';
import type { Projections, RequestQuery } from '../../ports/store.ts';
import { corrupt, recordedFrom } from '../recording.ts';
import { atMost, type Database } from './database.ts';
import type { HeadRow } from './head.ts';
import { credentials, events, logHead, requests } from './schema.ts';

/** To be raised whenever `evolve` or RequestState changes: a store with another one rebuilds when it opens. */
const projectionVersion = 1;

export type Evolve = (state: RequestState | null, event: RecordedEvent) => RequestState;

export function openProjections(database: Database, head: HeadRow, evolve: Evolve) {
  const statements = prepare(database);

  /** Inside `write`: folds the new events of one stream into its row. */
  const advance = (stream: string, recorded: readonly RecordedEvent[]): void => {
    const first = recorded[0];
    if (first === undefined) return;
    const stored = first.meta.version === 1 ? undefined : statements.state.get({ stream });
    const before = stored === undefined ? null : stateOf(stored.state);
    const state = recorded.reduce<RequestState | null>(evolve, before);
    if (state === null) return;
    for (const event of recorded)
      if (event.type === 'ProvisioningStarted')
        statements.addCredential.run({ name: event.data.handle.name, stream });
    const { requester, entitlement, phase } = state;
    statements.upsert.run({
      stream,
      firstIndex: first.meta.index,
      requester,
      entitlement: entitlement.id,
      phase,
      state: JSON.stringify(state),
    });
  };

  const rebuild = (progress: (done: number, total: number) => void) => {
    const total = head.get().size;
    statements.clear.run();
    statements.clearCredentials.run();
    for (let done = 0; done < total; ) {
      const batch = statements.batch.all({ index: done, limit: LIMITS.projectionBatchMax });
      for (const [stream, recorded] of byStream(checked(batch, done))) advance(stream, recorded);
      done += batch.length;
      progress(done, total);
    }
    statements.setVersion.run();
    return { events: total, requests: statements.count.get()?.requests ?? 0 };
  };

  const port: Projections = {
    ...openProjectionReader(database),
    requestOfCredential: (name) => database.read(() => orNull(statements.stateOfCredential.get({ name }))),
    rebuild: (progress) => database.write(() => rebuild(progress)),
  };
  const rebuildIfOutdated = async (): Promise<void> => {
    if (statements.version.get()?.projection !== projectionVersion) await port.rebuild(() => undefined);
  };
  return { port, advance, rebuildIfOutdated };
}

/** The part of the projections that only reads. */
export function openProjectionReader(database: Database): Pick<Projections, 'request' | 'requests'> {
  const state = prepareState(database);
  return {
    request: (id) => database.read(() => orNull(state.get({ stream: streamOf(id) }))),
    requests: (query) => database.read(() => select(database, query).map((row) => stateOf(row.state))),
  };
}

const prepareState = ({ orm }: Database) =>
  orm
    .select({ state: requests.state })
    .from(requests)
    .where(eq(requests.stream, sql.placeholder('stream')))
    .prepare();

function prepare(database: Database) {
  const { orm } = database;
  const value = sql.placeholder;
  const { stream, state } = requests;
  return {
    state: prepareState(database),
    upsert: orm
      .insert(requests)
      .values({
        stream: value('stream'),
        firstIndex: value('firstIndex'),
        requester: value('requester'),
        entitlement: value('entitlement'),
        phase: value('phase'),
        state: value('state'),
      })
      // What is asked, and by whom, never changes; leaving it out spares two indexes.
      .onConflictDoUpdate({
        target: stream,
        set: { phase: sql`excluded.phase`, state: sql`excluded.state` },
      })
      .prepare(),
    clear: orm.delete(requests).prepare(),
    addCredential: orm
      .insert(credentials)
      .values({ name: value('name'), stream: value('stream') })
      .onConflictDoNothing()
      .prepare(),
    clearCredentials: orm.delete(credentials).prepare(),
    stateOfCredential: orm
      .select({ state })
      .from(credentials)
      .innerJoin(requests, eq(stream, credentials.stream))
      .where(eq(credentials.name, value('name')))
      .prepare(),
    count: orm.select({ requests: sql<number>`count(*)` }).from(requests).prepare(),
    batch: orm
      .select()
      .from(events)
      .where(gte(events.index, value('index')))
      .orderBy(asc(events.index))
      .limit(value('limit'))
      .prepare(),
    version: orm.select({ projection: logHead.projection }).from(logHead).prepare(),
    setVersion: orm.update(logHead).set({ projection: projectionVersion }).prepare(),
  };
}

function select({ orm }: Database, query: RequestQuery): { state: string }[] {
  const conditions: SQL[] = [];
  if (query.requester !== undefined) conditions.push(eq(requests.requester, query.requester));
  if (query.phases !== undefined) conditions.push(inArray(requests.phase, [...query.phases]));
  if (query.entitlement !== undefined) conditions.push(eq(requests.entitlement, query.entitlement));
  return orm
    .select({ state: requests.state })
    .from(requests)
    .where(and(...conditions))
    .orderBy(desc(requests.firstIndex))
    .limit(atMost(query.limit, LIMITS.listMax))
    .all();
}

/** Not checked against a schema: this text is ours, and the log, which is checked, can make it again. */
function stateOf(text: string): RequestState {
  return JSON.parse(text) as RequestState;
}

function orNull(row: { state: string } | undefined): RequestState | null {
  return row === undefined ? null : stateOf(row.state);
}

function* checked(batch: readonly (typeof events.$inferSelect)[], from: number): Iterable<RecordedEvent> {
  if (batch.length === 0) throw corrupt(from, 'is missing');
  for (const [i, row] of batch.entries()) {
    if (row.index !== from + i) throw corrupt(from + i, 'is missing');
    yield recordedFrom(row);
  }
}

function byStream(recorded: Iterable<RecordedEvent>): Map<string, RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of recorded) {
    const stream = streams.get(event.meta.stream);
    if (stream === undefined) streams.set(event.meta.stream, [event]);
    else stream.push(event);
  }
  return streams;
}
