import { and, asc, eq, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Subject } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import type { RedactionChoice, RedactionResult } from '../../ports/audit-log.ts';
import { requestsOf } from '../recording.ts';
import type { Database } from './database.ts';
import { type DisclosureRow, selectDisclosures } from './disclosures.ts';
import { disclosures, events, requests } from './schema.ts';

type Refusal = Extract<RedactionResult, { readonly ok: false }>;

/** The disclosures that are to go, or why none may. Changes nothing. To be called inside `write`. */
export function choose(
  database: Database,
  choice: RedactionChoice,
): { readonly rows: readonly DisclosureRow[] } | Refusal {
  switch (choice.cause) {
    case 'field':
      return ofFields(database, choice.targets);
    case 'person':
      return ofPerson(database, choice.subject);
    case 'retention':
      return ofOldRequests(database, choice);
  }
}

type Fields = Extract<RedactionChoice, { cause: 'field' }>['targets'];
type Retention = Extract<RedactionChoice, { cause: 'retention' }>;

function ofFields({ orm }: Database, targets: Fields): ReturnType<typeof choose> {
  const wanted = selectDisclosures(
    orm,
    and(eq(disclosures.index, sql.placeholder('index')), eq(disclosures.field, sql.placeholder('field'))),
  ).prepare();
  const rows = new Map<string, DisclosureRow>();
  for (const { index, field } of targets) {
    const [row] = wanted.all({ index, field });
    if (row === undefined) return { ok: false, reason: 'no-such-disclosure', index, field };
    rows.set(`${index} ${field}`, row);
  }
  return { rows: [...rows.values()] };
}

/** A request that has not ended needs to know whose it is. */
function ofPerson({ orm }: Database, subject: Subject): ReturnType<typeof choose> {
  const { stream, requester } = requests;
  const theirs = orm.select({ stream }).from(requests).where(eq(requester, subject));
  const open = orm
    .select({ stream })
    .from(requests)
    .where(and(eq(requester, subject), isNull(inState('closedAt'))))
    .orderBy(asc(requests.firstIndex))
    .all();
  if (open.length > 0)
    return { ok: false, reason: 'open-requests', requests: requestsOf(open.map((row) => row.stream)) };
  const which = or(eq(disclosures.subject, subject), inArray(events.stream, theirs));
  return { rows: selectDisclosures(orm, which).all() };
}

function ofOldRequests({ orm }: Database, choice: Retention): ReturnType<typeof choose> {
  const { classification, closedBefore } = choice;
  const old = orm
    .select({ stream: requests.stream })
    .from(requests)
    .where(
      and(eq(inState('entitlement.classification'), classification), lt(inState('closedAt'), closedBefore)),
    );
  return { rows: selectDisclosures(orm, inArray(events.stream, old)).limit(LIMITS.retentionBatchMax).all() };
}

const inState = (path: 'closedAt' | 'entitlement.classification'): SQL =>
  sql`json_extract(${requests.state}, ${sql.raw(`'$.${path}'`)})`;
