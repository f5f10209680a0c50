import { databaseFile } from '../base.ts';
import { loadConfig } from '../config.ts';
import { EVENTS } from '../domain/events.ts';
import { JOURNAL } from '../domain/journal.ts';
import { type RequestState, streamOf } from '../domain/state.ts';
import { type RequestId, requestId, type Subject } from '../domain/values.ts';
import type { ReaderRole, ShownText } from '../domain/visibility.ts';
import { LIMITS } from '../limits.ts';
import { expectedOneOf } from '../policy/problems.ts';
import type { AnyRecordedEvent, LogQuery } from '../ports/audit-log.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { found } from '../workflows/log/journal.ts';
import { wrap } from '../practice/steps.ts';
import { instantOf } from './instant.ts';
import { CliError, print, table, utc } from './io.ts';
import { openReading, type Reading } from './reading.ts';
import { textsBeside, textWords } from './texts.ts';

export interface LogSearchOptions {
  readonly as: string;
  readonly person?: string;
  readonly entitlement?: string;
  readonly type?: string;
  readonly request?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** `countersign log search`: events of the log with the texts beside them, as the reader may see them. */
export async function logSearch(options: LogSearchOptions): Promise<void> {
  const { request, limit, ...query } = await readOptions(options);
  await using reading = await openReading(options.as, 'search', recorded(options, query.subject), request);
  const rows: Found[] = [];
  let more = false;
  for await (const event of found(reading.store, query)) {
    const state = await requestOf(reading, event);
    if (reading.role !== 'auditor' && (state === null || !reading.may(state))) continue;
    more = rows.length >= limit;
    if (more) break;
    rows.push(await tell(reading, event));
  }
  if (options.json) return print(JSON.stringify(rows.map(asJson), null, 2));
  if (rows.length === 0) return print('No events.');
  show(rows, reading.role);
  if (more) print(`\nOnly the first ${limit}: narrow it down, or ask for more with --limit.`);
}

const LIMIT = 50;

interface Asked extends Omit<LogQuery, 'limit'> {
  readonly request: RequestId | null;
  readonly limit: number;
}

async function readOptions(options: LogSearchOptions): Promise<Asked> {
  const { person, entitlement, type, from, to } = options;
  const request = options.request === undefined ? null : requestOfText(options.request);
  const asked = {
    request,
    limit: limitOf(options.limit),
    ...(request !== null && { stream: streamOf(request) }),
    ...(entitlement !== undefined && { entitlement: entitlementOf(entitlement) }),
    ...(type !== undefined && { types: [typeOf(type)] }),
    ...(from !== undefined && { from: instantOf('--from', from) }),
    ...(to !== undefined && { to: instantOf('--to', to) }),
  };
  if (asked.from !== undefined && asked.to !== undefined && asked.from >= asked.to)
    throw new CliError('usage', `--from ${from} is not before --to ${to}`);
  return { ...asked, ...(person !== undefined && { subject: await subjectOf(person) }) };
}

/** What stays on record of the question: ids and times, the person as a pseudonym. */
function recorded(options: LogSearchOptions, subject: Subject | undefined): Record<string, string> {
  const { entitlement, type, request, from, to, limit } = options;
  const kept = { person: subject, entitlement, type, request, from, to, limit };
  return Object.fromEntries(
    Object.entries(kept).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

function requestOfText(text: string): RequestId {
  const parsed = requestId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CliError('usage', `--request ${text.slice(0, 40)}: expected req_ and 12 characters`);
}

function entitlementOf(text: string): string {
  if (/^[a-z0-9][a-z0-9_:-]{0,81}$/.test(text)) return text;
  throw new CliError('usage', `--entitlement ${text.slice(0, 40)}: expected an id such as orders-db:read`);
}

const TYPES = [...Object.keys(EVENTS), ...Object.keys(JOURNAL)];

function typeOf(text: string): string {
  if (TYPES.includes(text)) return text;
  throw new CliError('usage', `--type ${text.slice(0, 40)}: no such event; ${expectedOneOf(text, TYPES)}`);
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? LIMIT);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMITS.logSearchMax) return limit;
  throw new CliError('usage', `--limit ${text}: expected a whole number from 1 to ${LIMITS.logSearchMax}`);
}

async function subjectOf(person: string): Promise<Subject> {
  await using store = await openSqliteReader(databaseFile(loadConfig()));
  const subject = await store.known(person);
  if (subject !== null) return subject;
  throw new CliError('notFound', `--person ${person}: nobody of that key is on record`);
}

const REQUEST_STREAM = /^request\/(req_[0-9a-z]{12})$/;
const requestIn = ({ meta }: AnyRecordedEvent): RequestId | null =>
  (REQUEST_STREAM.exec(meta.stream)?.[1] as RequestId | undefined) ?? null;

async function requestOf({ store }: Reading, event: AnyRecordedEvent): Promise<RequestState | null> {
  const id = requestIn(event);
  return id === null ? null : store.request(id);
}

interface Found {
  readonly event: AnyRecordedEvent;
  readonly request: RequestId | null;
  readonly by: { readonly subject: Subject; readonly name: string } | null;
  readonly texts: Readonly<Record<string, ShownText>>;
}

async function tell(reading: Reading, event: AnyRecordedEvent): Promise<Found> {
  const subject = actorOf(event);
  const by = subject && { subject, name: await reading.nameOf(subject) };
  return { event, request: requestIn(event), by, texts: await textsBeside(reading, event.meta) };
}

/** Who did it; of a request, who asked. */
function actorOf({ data }: AnyRecordedEvent): Subject | null {
  if ('by' in data) return data.by;
  if ('requester' in data) return data.requester;
  return 'subject' in data ? data.subject : null;
}

const INDENT = 7;
const WIDTH = 80;

function show(rows: readonly Found[], role: ReaderRole): void {
  const cells = rows.map(({ event: { type, meta }, by }) => {
    return [String(meta.index), meta.leaf.slice(0, 8), utc(meta.at), type, by?.name ?? ''];
  });
  const [headings = '', ...lines] = table(['#', 'LEAF', 'WHEN', 'EVENT', 'BY'], cells).split('\n');
  print(headings);
  for (const [at, line] of lines.entries()) {
    print(line);
    for (const each of beside(rows[at], role)) print(each);
  }
}

/** What stands under an event: its request, and each text or what stands in its place. */
function beside(row: Found | undefined, role: ReaderRole): readonly string[] {
  const indent = ' '.repeat(INDENT);
  if (row === undefined) return [];
  const texts = Object.entries(row.texts).flatMap(([field, text]) => {
    const lines = textWords(text, role)
      .split('\n')
      .flatMap((line) => wrap(line, WIDTH - INDENT - field.length - 2));
    return lines.map(
      (line, at) => `${indent}${(at === 0 ? `${field}:` : '').padEnd(field.length + 1)} ${line}`,
    );
  });
  return [...(row.request === null ? [] : [`${indent}${row.request}`]), ...texts];
}

const asJson = ({ event: { type, data, meta }, request, by, texts }: Found) => ({
  index: meta.index,
  leaf: meta.leaf,
  at: new Date(meta.at).toISOString(),
  type,
  by,
  request,
  data,
  texts,
});
