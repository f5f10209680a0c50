import { and, asc, eq, gte, lt, ne, type SQL, sql } from 'drizzle-orm';
import type { Subject } from '../../domain/values.ts';
import type { LogTree, StoredDisclosure } from '../../ports/audit-log.ts';
import type { Disclosed, EventStore } from '../../ports/store.ts';
import { corrupt, leafOf, textOf } from '../recorded.ts';
import { nonceBytes, openDisclosure, sealDisclosure } from '../sealing.ts';
import type { Database } from './database.ts';
import { disclosures, events } from './schema.ts';
import type { openKeyReader, Random, SubjectKeys } from './subject-keys.ts';

const value = sql.placeholder;

/** What lies beside one event, on its way in; `subject` is whose key seals it. */
export interface NewDisclosures {
  readonly index: number;
  readonly eventId: string;
  readonly subject: Subject;
  readonly disclosures: readonly { readonly field: string; readonly disclosure: string }[];
}

/** To be called inside `write`. */
export function openDisclosureWriter({ raw }: Database, keys: SubjectKeys, random: Random) {
  const insert = raw.prepare<[number, string, string, Buffer]>(
    'INSERT INTO disclosures (log_index, field, subject, sealed) VALUES (?, ?, ?, ?)',
  );
  const empty = raw.prepare<[number, string]>(
    `UPDATE disclosures SET sealed = x'' WHERE log_index = ? AND field = ?`,
  );
  return {
    seal: ({ index, eventId, subject, disclosures: added }: NewDisclosures): void => {
      const key = keys.own(subject);
      const nonces = random(nonceBytes * added.length);
      for (const [i, { field, disclosure }] of added.entries()) {
        const nonce = nonces.subarray(i * nonceBytes, (i + 1) * nonceBytes);
        insert.run(index, field, subject, sealDisclosure(key, nonce, disclosure, { eventId, field }));
      }
    },
    empty: (index: number, field: string): void => void empty.run(index, field),
  };
}
export type DisclosureWriter = ReturnType<typeof openDisclosureWriter>;

/** `keys` null: the reader has none, and nothing opens. */
export function openDisclosureReader(
  database: Database,
  keys: ReturnType<typeof openKeyReader> | null,
): Pick<EventStore, 'disclosures'> & Pick<LogTree, 'storedDisclosures'> {
  const { orm } = database;
  const ofStream = selectDisclosures(orm, eq(events.stream, value('stream'))).prepare();
  const ofRange = selectDisclosures(
    orm,
    and(gte(disclosures.index, value('index')), lt(disclosures.index, value('end'))),
  ).prepare();
  if (keys === null) return { disclosures: async () => [], storedDisclosures: async () => [] };

  const opened = (row: DisclosureRow): { readonly stored: StoredDisclosure; readonly text: string } => {
    const { field, sealed, event } = row;
    const { index } = event;
    const subject = row.subject as Subject;
    const leaf = leafOf(event);
    const key = keys.find(subject);
    const disclosure = key === null ? null : openDisclosure(key, sealed, { eventId: leaf.id, field });
    if (disclosure === null) throw corrupt(index, `has a disclosure of "${field}" that does not open`);
    const text = textOf(leaf, index, field, disclosure);
    return { stored: { index, field, subject, disclosure }, text };
  };
  const told = (row: DisclosureRow): Disclosed => {
    const { stored, text } = opened(row);
    return { index: stored.index, field: stored.field, value: text };
  };
  return {
    disclosures: (stream) => database.read(() => ofStream.all({ stream }).map(told)),
    storedDisclosures: (index, end) =>
      database.read(() => ofRange.all({ index, end }).map((row) => opened(row).stored)),
  };
}

type Orm = Database['orm'];
export type DisclosureRow = ReturnType<ReturnType<typeof selectDisclosures>['all']>[number];

/** Disclosures that are there, in log order. */
export function selectDisclosures(orm: Orm, which: SQL | undefined) {
  const { index, field, subject, sealed } = disclosures;
  return orm
    .select({ event: events, field, subject, sealed })
    .from(disclosures)
    .innerJoin(events, eq(events.index, index))
    .where(and(which, ne(sealed, sql`x''`)))
    .orderBy(asc(index), asc(field));
}
