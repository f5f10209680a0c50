import type { RedactionTarget } from '../../domain/journal.ts';
import type { Subject } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import type { Journal, NewJournalEvent, Redaction, RedactionResult } from '../../ports/audit-log.ts';
import type { Ids } from '../../ports/clock.ts';
import { digestOf, leafOf } from '../recorded.ts';
import { requestsOf } from '../recording.ts';
import type { Database } from './database.ts';
import type { DisclosureRow, DisclosureWriter } from './disclosures.ts';
import { eraseRowsOf } from './erasure.ts';
import type { Ledger } from './ledger.ts';
import { choose } from './redaction-choice.ts';
import type { SubjectKeys } from './subject-keys.ts';

export interface RedactionParts {
  readonly ledger: Ledger;
  readonly keys: SubjectKeys;
  readonly disclosures: DisclosureWriter;
}

/** Forgetting: what is to go is chosen, emptied, and told of in the log, in one transaction. */
export function openRedaction(
  database: Database,
  { ledger, keys, disclosures: writer }: RedactionParts,
  newId: Ids['event'],
): Pick<Journal, 'redact' | 'scrub'> {
  const redact = (redaction: Redaction): RedactionResult => {
    const { stream, expectedVersion, choice } = redaction;
    if (ledger.versionOf(stream) !== expectedVersion) return { ok: false, reason: 'version-conflict' };
    const chosen = choose(database, choice);
    if (!('rows' in chosen)) return chosen;
    const { rows } = chosen;
    const targets = rows.map(targetOf);
    const wasSomeone = choice.cause === 'person' && erasePerson(choice.subject);
    if (targets.length === 0 && !wasSomeone) return { ok: false, reason: 'nothing' };
    for (const { index, field } of targets) writer.empty(index, field);
    const { events } = ledger.record(stream, expectedVersion, tellingOf(redaction, targets, newId));
    return { ok: true, events, targets, requests: requestsOf(rows.map((row) => row.event.stream)) };
  };

  /** Whether anything was known of them. */
  const erasePerson = (subject: Subject): boolean => {
    const hadKey = keys.erase(subject);
    const wasKnown = eraseRowsOf(database, 'subjects', subject);
    const hadHome = eraseRowsOf(database, 'homes', subject);
    return hadKey || wasKnown || hadHome;
  };

  return {
    redact: (redaction) => database.write(() => redact(redaction)),
    scrub: () => database.read(() => emptyWal(database)),
  };
}

/** Copies every change into the file itself and cuts the write-ahead log to nothing; false while someone reads it. */
export function emptyWal({ raw }: Database): boolean {
  const [{ busy }] = raw.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  return busy === 0;
}

/** The events that tell of it. Whoever is forgotten in the same breath leaves no reason: its key is gone already. */
function tellingOf(
  { at, choice, by, approvedBy, reason }: Redaction,
  targets: readonly RedactionTarget[],
  newId: Ids['event'],
): readonly NewJournalEvent[] {
  const subject = choice.cause === 'person' ? choice.subject : null;
  const retention =
    choice.cause === 'retention' ? { classification: choice.classification, afterMs: choice.afterMs } : null;
  const told = { cause: choice.cause, subject, by, approvedBy, retention };
  const personal = reason !== null && by !== null && by !== subject ? { reason } : null;
  return chunksOf(targets).map((each, i) => ({
    type: 'DisclosuresRedacted',
    id: newId(),
    at,
    data: { ...told, targets: [...each] },
    ...(i === 0 && personal && { personal }),
  }));
}

/** One at least: that a person went is told even when nothing of theirs lay beside the log. */
function chunksOf(targets: readonly RedactionTarget[]): readonly (readonly RedactionTarget[])[] {
  const most = LIMITS.redactionTargetsPerEventMax;
  const count = Math.max(1, Math.ceil(targets.length / most));
  return Array.from({ length: count }, (_, i) => targets.slice(i * most, (i + 1) * most));
}

const targetOf = ({ event, field }: DisclosureRow): RedactionTarget => ({
  index: event.index,
  field,
  digest: digestOf(leafOf(event), event.index, field),
});
