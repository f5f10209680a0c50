import { and, asc, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { RecordedEvent } from '../../domain/events.ts';
import { type RequestState, streamOf } from '../../domain/state.ts';
import { LIMITS } from '../../limits.ts';
import type { Projections, RequestQuery } from '../../ports/store.ts';
import { corrupt, recordedFrom } from '../recorded.ts';
import { isRequestStream } from '../recording.ts';
import { atMost, type Database } from './database.ts';
import type { HeadRow } from './head.ts';
import { credentials, events, logHead, requests } from './schema.ts';

/** To be raised whenever `evolve` or RequestState changes: a store with another one rebuilds when it opens. */
const projectionVersion = 2;

export type Evolve = (state: RequestState | null, event: RecordedEvent) => RequestState;

export function openProjections(database: Database, head: HeadRow, evolve: Evolve) {
  const statements = prepare(database);

  /** Inside `write`: folds the new events of one stream into its row. */
  const advance = (stream: string, recorded: readonly RecordedEvent[]): void => {
    const first = recorded[0];
    if (first === undefined) return;
    const before = first.meta.version === 1 ? null : orNull(statements.state.get(stream));
    const state = recorded.reduce<RequestState | null>(evolve, before);
    if (state === null) return;
    for (const event of recorded)
      if (event.type === 'ProvisioningStarted')
        statements.addCredential.run({ name: event.data.handle.name, stream });
    const { requester, entitlement, phase } = state;
    const { index } = first.meta;
    statements.upsert.run(index, stream, requester, entitlement.id, phase, JSON.stringify(state));
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
    requestOfCredential: (name) =>
      database.read(() => orNull(statements.stateOfCredential.get({ name })?.state)),
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
    request: (id) => database.read(() => orNull(state.get(streamOf(id)))),
    requests: (query) => database.read(() => select(database, query).map((row) => stateOf(row.state))),
  };
}

const prepareState = ({ raw }: Database) =>
  raw.prepare<[string], string>('SELECT state FROM requests WHERE stream = ?').pluck();

function prepare(database: Database) {
  const { orm, raw } = database;
  const value = sql.placeholder;
  const { stream, state } = requests;
  return {
    state: prepareState(database),
    // What is asked, and by whom, never changes; leaving it out spares two indexes.
    upsert: raw.prepare<[number, string, string, string, string, string]>(
      `INSERT INTO requests (first_index, stream, requester, entitlement, phase, state) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (stream) DO UPDATE SET phase = excluded.phase, state = excluded.state`,
    ),
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
  if (query.before !== undefined) {
    const asked = orm
      .select({ index: requests.firstIndex })
      .from(requests)
      .where(eq(requests.stream, streamOf(query.before)));
    conditions.push(lt(requests.firstIndex, asked));
  }
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

function orNull(text: string | undefined): RequestState | null {
  return text === undefined ? null : stateOf(text);
}

function* checked(batch: readonly (typeof events.$inferSelect)[], from: number): Iterable<RecordedEvent> {
  if (batch.length === 0) throw corrupt(from, 'is missing');
  for (const [i, row] of batch.entries()) {
    if (row.index !== from + i) throw corrupt(from + i, 'is missing');
    // What happened to the installation is no request's.
    if (isRequestStream(row.stream)) yield recordedFrom(row) as RecordedEvent;
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
