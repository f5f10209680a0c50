import { and, asc, eq, gte, lt, or, type SQL, sql } from 'drizzle-orm';
import { LIMITS } from '../../limits.ts';
import type { AnyRecordedEvent, LogQuery, LogTree } from '../../ports/audit-log.ts';
import { recordedFrom } from '../recorded.ts';
import { atMost, type Database } from './database.ts';
import { openHeadReader } from './head.ts';
import { events, requests } from './schema.ts';

/** Reads the log through, a batch a turn of the event loop, so that nobody waits long for whoever searches. */
export function openSearch(database: Database): Pick<LogTree, 'search'> {
  const head = openHeadReader(database);

  const batch = (query: LogQuery, from: number, end: number, limit: number): readonly AnyRecordedEvent[] => {
    const rows = database.orm
      .select()
      .from(events)
      .where(and(gte(events.index, from), lt(events.index, end), ...conditionsOf(query)))
      .orderBy(asc(events.index))
      .limit(limit);
    return rows.all().map(recordedFrom);
  };
  return {
    search: async (query) => {
      const limit = atMost(query.limit, LIMITS.logSearchMax);
      const size = await database.read(() => head().size);
      // A stream has an index of its own, and is short.
      const step = query.stream === undefined ? LIMITS.logScanBatchMax : size;
      const found: AnyRecordedEvent[] = [];
      for (let from = (query.after ?? -1) + 1; from < size && found.length < limit; from += step) {
        const end = Math.min(from + step, size);
        found.push(...(await database.read(() => batch(query, from, end, limit - found.length))));
        if (end < size) await turn();
      }
      return found;
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function conditionsOf({ subject, types, stream, entitlement, from, to }: LogQuery): SQL[] {
  const conditions: SQL[] = [];
  if (stream !== undefined) conditions.push(eq(events.stream, stream));
  if (entitlement !== undefined) conditions.push(sql`${events.stream} IN ${streamsOf(entitlement)}`);
  if (subject !== undefined) conditions.push(holds(JSON.stringify(subject)));
  if (types !== undefined) conditions.push(or(...types.map(isOfType)) ?? sql`0`);
  if (from !== undefined) conditions.push(gte(at, from));
  if (to !== undefined) conditions.push(lt(at, to));
  return conditions;
}

const streamsOf = (entitlement: string): SQL =>
  sql`(SELECT ${requests.stream} FROM ${requests} WHERE ${requests.entitlement} = ${entitlement})`;

/** A leaf is canonical JSON: a value stands in it in one way, and no text in it can hold a bare quotation mark. */
const holds = (text: string): SQL => sql`instr(${events.bytes}, ${Buffer.from(text)}) > 0`;

/** Its members are sorted: `data`, which may have a `type` of its own, comes before `stream`, `type` after it. */
const isOfType = (type: string): SQL =>
  sql`instr(${events.bytes}, CAST(${'"stream":"'} || ${events.stream} || ${`","type":${JSON.stringify(type)},"v":`} AS BLOB)) > 0`;

/** `at` comes first, after `{"at":`; a cast takes the digits at the beginning. */
const at: SQL<number> = sql`CAST(substr(${events.bytes}, 7, 16) AS INTEGER)`;
