import { asc, desc, eq, gte, sql } from 'drizzle-orm';
import { disclosureDigest, readDisclosure } from '../../audit/disclosure.ts';
import { AuditError } from '../../audit/error.ts';
import type { RecordedEvent } from '../../domain/events.ts';
import { LIMITS } from '../../limits.ts';
import type { Ids } from '../../ports/clock.ts';
import type { AppendResult, Commit, Disclosed, EventStore } from '../../ports/store.ts';
import { corrupt, leafOf, type Recording, recordedAt, recordedFrom, recordingsOf } from '../recording.ts';
import { atMost, type Database } from './database.ts';
import type { openDueQueue } from './due.ts';
import type { HeadRow } from './head.ts';
import type { openProjections } from './projections.ts';
import { disclosures, events } from './schema.ts';
import type { openSecrets } from './secrets.ts';

const value = sql.placeholder;

/** The rooms of the database that a commit writes to beside the log itself. */
export interface Beside {
  readonly head: HeadRow;
  readonly due: ReturnType<typeof openDueQueue>;
  readonly projections: ReturnType<typeof openProjections>;
  readonly secrets: ReturnType<typeof openSecrets>;
}

export function openLog(database: Database, { head, due, projections, secrets }: Beside, salt: Ids['salt']) {
  const statements = prepare(database);

  const insert = (recording: Recording, index: number): RecordedEvent => {
    const { stream, version, leafBytes, leaf } = recording;
    statements.insertEvent.run({ index, stream, version, bytes: leafBytes, leaf });
    for (const { field, disclosure } of recording.disclosures)
      statements.insertDisclosure.run({ index, field, disclosure });
    return recordedAt(recording, index);
  };

  /** Inside `write`. All that can refuse comes before the first change, so a refusal has nothing to undo. */
  const append = (commit: Commit, recordings: readonly Recording[]): AppendResult => {
    const actualVersion = statements.version.get({ stream: commit.stream })?.version ?? 0;
    if (commit.completes !== undefined && !due.holds(commit.completes))
      return { ok: false, reason: 'claim-lost' };
    if (actualVersion !== commit.expectedVersion)
      return { ok: false, reason: 'version-conflict', actualVersion };

    const { size, fence } = head.get();
    const recorded = recordings.map((recording, i) => insert(recording, size + i));
    projections.advance(commit.stream, recorded);
    if (commit.completes !== undefined) due.settle(commit.completes);
    due.apply(commit.due ?? [], fence + 1);
    secrets.apply(commit.secrets ?? []);
    head.set({ size: size + recorded.length, fence: fence + 1 });
    return { ok: true, events: recorded };
  };

  const port: EventStore = {
    append: async (commit) => {
      const recordings = recordingsOf(commit, salt);
      return database.write(() => append(commit, recordings));
    },
    ...openLogReader(database),
    leaves: (index, limit) =>
      database.read(() =>
        statements.leaves
          .all({ index, limit: atMost(limit, LIMITS.leavesMax) })
          .map((row) => ({ index: row.index, leaf: row.leaf.toString('hex'), bytes: row.bytes })),
      ),
    size: () => database.read(() => head.get().size),
  };
  return port;
}

/** The part of the log that only reads. */
export function openLogReader(database: Database): Pick<EventStore, 'read' | 'disclosures'> {
  const statements = prepareReading(database);
  return {
    read: (stream) => database.read(() => statements.stream.all({ stream }).map(recordedFrom)),
    disclosures: (stream) => database.read(() => statements.disclosures.all({ stream }).map(disclosedFrom)),
  };
}

function prepare({ orm }: Database) {
  return {
    version: orm
      .select({ version: events.version })
      .from(events)
      .where(eq(events.stream, value('stream')))
      .orderBy(desc(events.version))
      .limit(1)
      .prepare(),
    insertEvent: orm
      .insert(events)
      .values({
        index: value('index'),
        stream: value('stream'),
        version: value('version'),
        bytes: value('bytes'),
        leaf: value('leaf'),
      })
      .prepare(),
    insertDisclosure: orm
      .insert(disclosures)
      .values({ index: value('index'), field: value('field'), disclosure: value('disclosure') })
      .prepare(),
    leaves: orm
      .select()
      .from(events)
      .where(gte(events.index, value('index')))
      .orderBy(asc(events.index))
      .limit(value('limit'))
      .prepare(),
  };
}

function prepareReading({ orm }: Database) {
  return {
    stream: orm
      .select()
      .from(events)
      .where(eq(events.stream, value('stream')))
      .orderBy(asc(events.version))
      .prepare(),
    disclosures: orm
      .select({ event: events, field: disclosures.field, disclosure: disclosures.disclosure })
      .from(disclosures)
      .innerJoin(events, eq(events.index, disclosures.index))
      .where(eq(events.stream, value('stream')))
      .orderBy(asc(disclosures.index), asc(disclosures.field))
      .prepare(),
  };
}

/** A disclosure counts only if its event holds its digest: what is shown is what was recorded. */
function disclosedFrom(row: {
  event: typeof events.$inferSelect;
  field: string;
  disclosure: string;
}): Disclosed {
  const { index } = row.event;
  if (leafOf(row.event).sd[row.field] !== disclosureDigest(row.disclosure))
    throw corrupt(index, `does not hold the digest of its disclosed field "${row.field}"`);
  try {
    const { field, value: text } = readDisclosure(row.disclosure);
    if (field === row.field) return { index, field, value: text };
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause;
  }
  throw corrupt(index, `has a disclosure of "${row.field}" that is of another field or unreadable`);
}
