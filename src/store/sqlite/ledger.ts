import type { EventLeaf } from '../../audit/event-leaf.ts';
import type { Frontier } from '../../audit/tree.ts';
import { logStream, nobody } from '../../domain/journal.ts';
import type { Subject } from '../../domain/values.ts';
import type { StoredLeaf } from '../../ports/audit-log.ts';
import type { Ids } from '../../ports/clock.ts';
import { leafOf } from '../recorded.ts';
import {
  type AnyNewEvent,
  authorOf,
  invalid,
  type RecordedAs,
  type Recording,
  recordedAt,
  recordingOf,
} from '../recording.ts';
import type { Database } from './database.ts';
import type { DisclosureWriter } from './disclosures.ts';
import type { Head, HeadRow } from './head.ts';
import { frontierOf, type openTreeWriter } from './tree.ts';

export interface LedgerParts {
  readonly head: HeadRow;
  readonly tree: ReturnType<typeof openTreeWriter>;
  readonly disclosures: DisclosureWriter;
}

/** The one way into the log: events with their leaves, tree and disclosures. To be called inside `write`. */
export function openLedger(database: Database, { head, tree, disclosures }: LedgerParts, salt: Ids['salt']) {
  const statements = prepare(database);

  const versionOf = (stream: string): number => statements.version.get(stream) ?? 0;

  /** The last one that was stored, spared from being read again; one that a lost commit has grown is of another size. */
  let newest: { readonly bytes: Buffer; readonly frontier: Frontier } | null = null;
  const frontierAt = (before: Head): Frontier =>
    newest?.frontier.size === before.size && newest.bytes.equals(before.frontier)
      ? newest.frontier
      : frontierOf(before);

  /** Under whose key a text goes. What no person wrote is about whoever asked: the stream's first event says who. */
  const subjectOf = (stream: string, { type, data }: Pick<EventLeaf, 'type' | 'data'>): Subject => {
    const author = authorOf(data);
    if (author !== null) return author;
    if (stream === logStream) return nobody;
    const first = statements.first.get(stream);
    const asker = first === undefined ? null : authorOf(leafOf(first).data);
    if (asker === null) throw invalid(`event ${type} of ${stream} has a text that is nobody's`);
    return asker;
  };

  const insert = (recording: Recording, index: number): void => {
    const { stream, version, leafBytes, leaf, id: eventId } = recording;
    statements.insert.run(index, stream, version, leafBytes, leaf);
    if (recording.disclosures.length === 0) return;
    const subject = subjectOf(stream, recording);
    disclosures.seal({ index, eventId, subject, disclosures: recording.disclosures });
  };

  /** Adds events to a stream that is at `version`. `fence` is the one of this transaction. */
  const record = <E extends AnyNewEvent>(
    stream: string,
    version: number,
    added: readonly E[],
  ): { readonly events: readonly RecordedAs<E>[]; readonly fence: number } => {
    const before = head.get();
    const frontier = frontierAt(before);
    const recorded = added.map((event, i) => {
      const index = before.size + i;
      const recording = recordingOf(event, stream, version + i + 1, salt);
      insert(recording, index);
      tree.grow(frontier, recording.leaf);
      return recordedAt<E>(recording, index);
    });
    const fence = before.fence + 1;
    const after = { size: frontier.size, fence, frontier: frontier.toBytes() };
    head.set(after);
    newest = { bytes: after.frontier, frontier };
    return { events: recorded, fence };
  };
  return { versionOf, subjectOf, record };
}
export type Ledger = ReturnType<typeof openLedger>;

/** Run at every commit, and so without a mapping between. */
function prepare({ raw }: Database) {
  return {
    version: raw.prepare<[string], number>('SELECT max(version) FROM events WHERE stream = ?').pluck(),
    first: raw.prepare<[string], StoredLeaf>(
      'SELECT log_index AS "index", stream, version, bytes, leaf FROM events WHERE stream = ? AND version = 1',
    ),
    insert: raw.prepare<[number, string, number, Buffer, Buffer]>(
      'INSERT INTO events (log_index, stream, version, bytes, leaf) VALUES (?, ?, ?, ?, ?)',
    ),
  };
}
