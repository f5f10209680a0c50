import { logStream, redactionStream } from '../../domain/journal.ts';
import { type Classification, classification } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import type { AnyRecordedEvent } from '../../ports/audit-log.ts';
import type { Claim, DueRow } from '../../ports/store.ts';
import { alarmRow } from './alarm.ts';
import type { Deps } from '../deps.ts';
import { found } from './journal.ts';
import { unlearn } from '../posting.ts';
import { backoffMs } from '../retry.ts';
import type { WorkResult } from '../work.ts';

const ROW = { lane: 'log', stream: logStream } as const;

/** What follows each redaction: chat shows it, and the bytes leave the files. Put at each start too. */
export const scrubRow = (dueAt: number): DueRow => ({ ...ROW, key: 'scrub', kind: 'scrub', dueAt });
/** Put at each start; from then on it is done once a day. */
export const retentionRow = (dueAt: number): DueRow => ({
  ...ROW,
  key: 'retention',
  kind: 'retention',
  dueAt,
});

/** Erases the texts of requests that ended longer ago than the catalogue keeps them, by their classification. */
export async function applyRetention(deps: Deps, claim: Claim): Promise<WorkResult> {
  const { clock, store, jitter } = deps;
  if (deps.mode() !== 'full') return { kind: 'retry', at: clock.now() + LIMITS.retentionEveryMs };
  let isDone = true;
  for (const each of classification.options) isDone = (await forgetOld(deps, each)) && isDone;
  if (!isDone) return { kind: 'retry', at: clock.now() + backoffMs(claim.attempts, jitter) };
  await store.put([retentionRow(clock.now() + LIMITS.retentionEveryMs)]);
  return { kind: 'complete' };
}

/** False when more is left than one turn may take. */
async function forgetOld(deps: Deps, of: Classification): Promise<boolean> {
  const afterMs = deps.retentionMs()[of];
  if (afterMs === null) return true;
  const at = deps.clock.now();
  for (let round = 0; round < LIMITS.retentionRoundsMax; round += 1) {
    const result = await deps.store.redact({
      stream: redactionStream(deps.ids.event()),
      expectedVersion: 0,
      at,
      choice: { cause: 'retention', classification: of, afterMs, closedBefore: at - afterMs },
      by: null,
      approvedBy: null,
      reason: null,
    });
    if (!result.ok) return true;
    await deps.store.put([scrubRow(at)]);
  }
  return false;
}

/** Until when the redactions of the log have been followed. */
const CURSOR = 'forgetting';

/**
 * Has chat show what is left of what was redacted, then empties the files of it. It goes by the log, so that a process
 * that died right after a redaction leaves nothing undone.
 */
export async function scrubFiles(deps: Deps, claim: Claim): Promise<WorkResult> {
  const { store, clock, jitter, logger } = deps;
  const from = await store.cursor(CURSOR);
  const { size } = await store.head();
  for await (const event of found(store, { types: ['DisclosuresRedacted'], after: from - 1 }))
    await showWhatIsLeft(deps, event);
  await store.moveCursor(CURSOR, Math.max(from, size));
  if (await store.scrub()) return { kind: 'complete' };
  if (claim.attempts === LIMITS.scrubAlarmAfter) {
    logger.error({ attempts: claim.attempts, hint: HINT }, 'erased texts are still in the write-ahead log');
    const alarm = { what: 'failing', name: 'erasing', detail: DETAIL, hint: HINT } as const;
    await store.put([alarmRow(alarm, 'erasing', String(size), clock.now())]);
  }
  return { kind: 'retry', at: clock.now() + backoffMs(claim.attempts, jitter) };
}

const DETAIL = 'Erased texts are still in the write-ahead log of the database';
const HINT = 'Another program has the database open: close it (a sqlite3 prompt, a backup, an export).';

async function showWhatIsLeft(deps: Deps, event: AnyRecordedEvent): Promise<void> {
  const now = deps.clock.now();
  for (const stream of await streamsOf(deps, event)) {
    const [kind, id] = stream.split('/', 2);
    if (kind !== 'request' && kind !== 'redaction') continue;
    await unlearn(deps, stream);
    const work = kind === 'request' ? 'show' : 'erasure';
    await deps.store.put([{ key: `${work}:${id}`, lane: 'chat', kind: work, stream, dueAt: now }]);
  }
}

/** Where something was erased: texts, or who someone was; and where that was proposed. */
async function streamsOf(
  { store }: Deps,
  { type, data, meta }: AnyRecordedEvent,
): Promise<ReadonlySet<string>> {
  const streams = new Set<string>();
  if (type !== 'DisclosuresRedacted') return streams;
  for (const { index } of data.targets) {
    const [leaf] = await store.stored(index, 1);
    if (leaf !== undefined) streams.add(leaf.stream);
  }
  if (data.subject === null) return streams;
  streams.add(meta.stream);
  for await (const named of found(store, { subject: data.subject })) streams.add(named.meta.stream);
  for (const stream of await store.streamsWith(`ask:${data.subject}`)) streams.add(stream);
  return streams;
}
