import { z } from 'zod';
import { disclose, disclosureDigest } from '../audit/disclosure.ts';
import { AuditError } from '../audit/error.ts';
import { type EventLeaf, encodeLeaf } from '../audit/event-leaf.ts';
import { leafHash } from '../audit/leaf.ts';
import { type EventMeta, EVENTS, PERSONAL_FIELDS, type RecordedEvent } from '../domain/events.ts';
import { JOURNAL, JOURNAL_PERSONAL_FIELDS, type RecordedJournalEvent } from '../domain/journal.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { AnyRecordedEvent, NewJournalEvent } from '../ports/audit-log.ts';
import type { Ids } from '../ports/clock.ts';
import { type NewEvent, StoreError } from '../ports/store.ts';

/** Version of every event type's schema; a type that changes its shape gets an entry of its own here. */
export const schemaVersion = 1;

export type AnyNewEvent = NewEvent | NewJournalEvent;
export type RecordedAs<E extends AnyNewEvent> = E extends NewEvent ? RecordedEvent : RecordedJournalEvent;

interface Kind {
  readonly schemas: Readonly<Record<string, z.ZodType<AnyRecordedEvent['data']>>>;
  readonly personal: Readonly<Record<string, readonly string[]>>;
}
const REQUEST: Kind = { schemas: compiled(EVENTS), personal: PERSONAL_FIELDS };
const INSTALLATION: Kind = { schemas: compiled(JOURNAL), personal: JOURNAL_PERSONAL_FIELDS };

/** The same schemas, several times as fast. */
function compiled(schemas: Readonly<Record<string, z.ZodType<AnyRecordedEvent['data']>>>): Kind['schemas'] {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, z.compile(schema)]));
}

const requestPrefix = 'request/';
export const isRequestStream = (stream: string): boolean => stream.startsWith(requestPrefix);

/** The requests among the streams, each once. */
export const requestsOf = (streams: readonly string[]): readonly RequestId[] =>
  [...new Set(streams)]
    .filter(isRequestStream)
    .map((stream) => stream.slice(requestPrefix.length) as RequestId);

/** Which events may stand in a stream: its name says it. */
export const kindOf = (stream: string): Kind => (isRequestStream(stream) ? REQUEST : INSTALLATION);

/** An event on its way into any store: all that does not depend on its log index. */
export interface Recording {
  readonly type: string;
  readonly data: AnyRecordedEvent['data'];
  readonly leafBytes: Buffer;
  readonly leaf: Buffer;
  readonly id: string;
  readonly at: number;
  readonly stream: string;
  readonly version: number;
  readonly disclosures: readonly { readonly field: string; readonly disclosure: string }[];
  readonly sd: EventLeaf['sd'];
}

/** Throws StoreError `event_invalid`: more would hold up whoever else waits for the log. */
export function refuseTooMany(events: readonly AnyNewEvent[], stream: string): void {
  if (events.length > LIMITS.eventsPerCommitMax)
    throw invalid(
      `a commit to ${stream} has ${events.length} events, at most ${LIMITS.eventsPerCommitMax} fit`,
    );
}

/** Checks and encodes one event. Throws StoreError `event_invalid` and `event_too_large`. */
export function recordingOf(
  event: AnyNewEvent,
  stream: string,
  version: number,
  salt: Ids['salt'],
): Recording {
  const { id, type, at } = event;
  const { schemas, personal } = kindOf(stream);
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) throw invalid(`event ${type} has no place in stream ${stream}`);
  const checked = schema.safeParse(event.data);
  if (!checked.success)
    throw invalid(`event ${type} of ${stream} does not fit its schema: ${pathsOf(checked.error)}`);
  const { data } = checked;
  const disclosures = disclosuresOf(event, personal[type] ?? [], stream, salt);
  const sd = Object.fromEntries(disclosures.map((d) => [d.field, disclosureDigest(d.disclosure)]));
  const leafBytes = encode({ id, type, v: schemaVersion, at, stream, version, data, sd });
  return { type, data, leafBytes, leaf: leafHash(leafBytes), id, at, stream, version, disclosures, sd };
}

function disclosuresOf(
  event: AnyNewEvent,
  allowed: readonly string[],
  stream: string,
  salt: Ids['salt'],
): Recording['disclosures'] {
  if (event.personal === undefined) return [];
  return Object.entries(event.personal).map(([field, value]) => {
    if (!allowed.includes(field))
      throw invalid(
        `event ${event.type} of ${stream} has no personal field "${field}"; PERSONAL_FIELDS lists them`,
      );
    if (typeof value !== 'string')
      throw invalid(`personal field "${field}" of event ${event.type} of ${stream} must be text`);
    return { field, disclosure: disclose(salt(), field, value) };
  });
}

function encode(leaf: EventLeaf): Buffer {
  try {
    return encodeLeaf(leaf);
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause;
    if (cause.code !== 'leaf_too_large') throw invalid(cause.message, cause);
    throw new StoreError('event_too_large', cause.message, 'Shorten the scope in the catalogue.', { cause });
  }
}

/** The event with its place in the log. */
export function recordedAt<E extends AnyNewEvent>(recording: Recording, index: number): RecordedAs<E> {
  const { type, data, id, stream, version, at, leaf, sd } = recording;
  const meta: EventMeta = { id, index, stream, version, at, leaf: leaf.toString('hex'), sd };
  return { type, data, meta } as RecordedAs<E>;
}

/** Who wrote the texts of an event; null where no person did, as in what a target said. */
export function authorOf(data: Readonly<Record<string, unknown>>): Subject | null {
  const { by, requester, subject } = data;
  return ((by ?? requester ?? subject) as Subject | undefined) ?? null;
}

/** Where a schema was not met, without the values. */
export function pathsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'data'}: ${issue.message}`)
    .join('; ');
}

export function invalid(message: string, cause?: unknown): StoreError {
  return new StoreError('event_invalid', message, 'This is a defect of Countersign; please report it.', {
    cause,
  });
}
