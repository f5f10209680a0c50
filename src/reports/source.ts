import { BrokenStream, evolve } from '../domain/evolve.ts';
import type { EventType, RecordedEvent } from '../domain/events.ts';
import type { RequestState } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { AnyRecordedEvent, LogTree, Receipt, SignedCheckpoint } from '../ports/audit-log.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import type { EventStore } from '../ports/store.ts';
import { ReportError } from './error.ts';
import type { Period } from './period.ts';
import type { TextOf } from './texts.ts';

/** Everything that a report is made of. Nothing of the log at or beyond the checkpoint's size is looked at. */
export interface ReportSource {
  readonly period: Period;
  /** When the report is made, ms since the epoch. */
  readonly now: number;
  readonly checkpoint: Pick<SignedCheckpoint, 'note' | 'size' | 'root'>;
  /** As C2SP writes them, of all keys that sign this log or did. */
  readonly vkeys: readonly string[];
  /** As it is now: the log holds its digests alone. */
  readonly catalogue: Catalogue;
  readonly log: Pick<LogTree, 'search' | 'stored' | 'hashes'> & Pick<EventStore, 'read'>;
  /** Newest first. */
  receipts(limit: number): Promise<readonly Receipt[]>;
  texts(stream: string): TextOf;
  nameOf(subject: Subject): Promise<string>;
  /** The catalogue's key of a person, and back; null when nobody knows. */
  keyOf(subject: Subject): Promise<string | null>;
  subjectOf(key: string): Promise<Subject | null>;
  /** Which requests the reader may see, and which resources. */
  mayRequest(state: RequestState): boolean;
  mayResource(resource: string): boolean;
  /** An auditor: what is about no request is theirs too. */
  readonly mayAll: boolean;
}

/** What happened to a request that was there, with the state that it met and the state that it led to. */
export interface Step {
  readonly event: RecordedEvent;
  readonly before: RequestState;
  readonly after: RequestState;
}

/** A request from its beginning to the end of what the report looks at. */
export interface History {
  readonly submission: EventOf<'RequestSubmitted'>;
  readonly state: RequestState;
  /** All that came after the submission. */
  readonly steps: readonly Step[];
  readonly textOf: TextOf;
}

type AnyType = AnyRecordedEvent['type'];
export type EventOf<T extends AnyType> = AnyRecordedEvent & { readonly type: T };

export const isOneOf = <T extends AnyType>(
  event: AnyRecordedEvent,
  types: readonly T[],
): event is EventOf<T> => (types as readonly string[]).includes(event.type);

/** Ms since the epoch; `to` is not included. */
interface Times {
  readonly from?: number;
  readonly to?: number;
}

/** Events of these types in log order, read in batches. */
export async function* eventsOf<T extends AnyType>(
  { log, checkpoint }: Pick<ReportSource, 'log' | 'checkpoint'>,
  types: readonly T[],
  { from = 0, to = Number.MAX_SAFE_INTEGER }: Times = {},
): AsyncGenerator<EventOf<T>> {
  const wanted = (event: AnyRecordedEvent): event is EventOf<T> =>
    isOneOf(event, types) && event.meta.index < checkpoint.size;
  for (let after = -1; after < checkpoint.size; ) {
    const batch = await log.search({ types, from, to, after, limit: LIMITS.reportBatchEvents });
    yield* batch.filter(wanted);
    after = batch.at(-1)?.meta.index ?? checkpoint.size;
  }
}

/** What ends a request: after it nothing happens to it any more. */
export const ENDS = [
  'RequestDenied',
  'RequestWithdrawn',
  'RequestLapsed',
  'ActivationRefused',
  'RevocationVerified',
] as const;

/** Requests under way in the period: asked for before its end, and not ended before it began. */
export async function* livingIn(source: ReportSource): AsyncGenerator<History> {
  const { from, to } = source.period;
  const streams = new Set<string>();
  for await (const { type, meta } of eventsOf(source, ['RequestSubmitted', ...ENDS], { to }))
    if (type === 'RequestSubmitted') streams.add(meta.stream);
    else if (meta.at < from) streams.delete(meta.stream);
  yield* historiesOf(source, streams);
}

/** Requests with an event that `which` picks among those of these types and times. */
export async function* requestsWith<T extends EventType>(
  source: ReportSource,
  types: readonly T[],
  times: Times,
  which: (event: EventOf<NoInfer<T>>) => boolean = () => true,
): AsyncGenerator<History> {
  const streams = new Set<string>();
  for await (const event of eventsOf(source, types, times)) if (which(event)) streams.add(event.meta.stream);
  yield* historiesOf(source, streams);
}

/** One at a time, of those that the reader may see. */
async function* historiesOf(source: ReportSource, streams: ReadonlySet<string>): AsyncGenerator<History> {
  boundRows(streams.size);
  for (const stream of streams) {
    const history = await historyOf(source, stream);
    if (source.mayRequest(history.state)) yield history;
  }
}

/** Nothing is reported of a log that contradicts itself: it would read like the truth. */
async function historyOf(source: ReportSource, stream: string): Promise<History> {
  const { log, checkpoint } = source;
  const events = await log.read(stream);
  const [submission, ...following] = events.filter(({ meta }) => meta.index < checkpoint.size);
  if (submission?.type !== 'RequestSubmitted') throw broken(`${stream} does not begin with a submission`);
  try {
    let state = evolve(null, submission);
    const steps = following.map((event) => {
      const before = state;
      state = evolve(before, event);
      return { event, before, after: state };
    });
    return { submission, state, steps, textOf: source.texts(stream) };
  } catch (cause) {
    if (!(cause instanceof BrokenStream)) throw cause;
    throw broken(cause.message, cause);
  }
}

function broken(what: string, cause?: unknown): ReportError {
  const hint = 'No report is made of a log that contradicts itself. See: countersign log verify';
  return new ReportError('log_broken', what, hint, { cause });
}

/** Throws ReportError `too_many_rows`. */
export function boundRows(count: number): void {
  if (count <= LIMITS.reportRowsMax) return;
  throw new ReportError(
    'too_many_rows',
    `the report has more than ${LIMITS.reportRowsMax} rows, which is the most it may have`,
    'Ask for a shorter period, and for the rest after it.',
  );
}

export const inPeriod = ({ period }: ReportSource, at: number): boolean =>
  period.from <= at && at < period.to;

/** Collects what a report yields, up to its bound, in the order of the log. */
export async function inLogOrder<R extends { readonly event: { readonly index: number } | null }>(
  rows: AsyncIterable<R>,
): Promise<readonly R[]> {
  const collected: R[] = [];
  for await (const row of rows) {
    collected.push(row);
    boundRows(collected.length);
  }
  return collected.sort((a, b) => (a.event?.index ?? -1) - (b.event?.index ?? -1));
}
