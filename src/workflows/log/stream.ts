import { EVENTS, type RecordedEvent } from '../../domain/events.ts';
import { fold } from '../../domain/evolve.ts';
import { LIMITS } from '../../limits.ts';
import type { AnyRecordedEvent, StoredLeaf } from '../../ports/audit-log.ts';
import { type Followed, FollowerFault } from '../../ports/follower.ts';
import type { Claim, DueRow } from '../../ports/store.ts';
import type { Deps } from '../deps.ts';
import { failed, works } from './outage.ts';
import { bounded } from '../retry.ts';
import type { WorkResult } from '../work.ts';

/** Put at start for each follower. The row of one that is gone is done with when its turn comes. */
export const streamRow = (name: string, dueAt: number): DueRow => ({
  key: `stream:${name}`,
  lane: 'follow',
  kind: 'stream',
  stream: 'log',
  detail: { name },
  dueAt,
});

/**
 * Brings a follower the events it has not had, a batch at a time, and then waits for more. Its cursor moves after a
 * batch was taken: what is between the two is delivered again, and nothing is left out. Done in every mode: whoever
 * watches must see most of all what happens when something is wrong.
 */
export async function streamTo(deps: Deps, claim: Claim): Promise<WorkResult> {
  const { store, clock } = deps;
  const follower = deps.followers.find(({ name }) => name === claim.detail?.['name']);
  if (follower === undefined) return { kind: 'complete' };
  const { name } = follower;
  const from = await store.cursor(name);
  const batch = await nextBatch(deps, from);
  const next = from + batch.length;
  if (batch.length > 0) {
    try {
      const signal = deps.deadline(LIMITS.streamTimeoutMs);
      await bounded(follower.deliver(batch, signal), signal, tooLate);
    } catch (error) {
      return failed(deps, name, claim, error, { size: from });
    }
    // Whoever has the work now began where we did.
    if (clock.now() >= claim.claimedUntil) return { kind: 'done' };
    await store.moveCursor(name, next);
    deps.onOutside(name, 'taken');
    await works(deps, name, claim, { size: from });
  }
  const isBehind = next < (await store.size());
  // Put anew, so that its attempts are those since the last success.
  await store.put([streamRow(name, clock.now() + (isBehind ? 0 : LIMITS.streamPollMs))]);
  return { kind: 'done' };
}

const tooLate = (): FollowerFault =>
  new FollowerFault('unreachable', 'no answer in time', 'It is tried again by itself.');

async function nextBatch({ store }: Deps, from: number): Promise<readonly Followed[]> {
  const leaves = small(await store.stored(from, LIMITS.streamBatchMax));
  if (leaves.length === 0) return [];
  const events = await store.search({ after: from - 1, limit: leaves.length });
  const streams = new Map<string, readonly RecordedEvent[]>();
  for (const { meta } of events.filter(isOfRequest))
    if (!streams.has(meta.stream)) streams.set(meta.stream, await store.read(meta.stream));
  return leaves.map(({ index, bytes }, i) => {
    const event = events[i];
    if (event?.meta.index !== index) throw new Error(`event ${index} of the log cannot be found`);
    return followed(event, bytes, streams.get(event.meta.stream) ?? []);
  });
}

/** As many as fit, but one at least. */
function small(leaves: readonly StoredLeaf[]): readonly StoredLeaf[] {
  let bytes = 0;
  const end = leaves.findIndex(
    (leaf, i) => (bytes += leaf.bytes.length) > LIMITS.streamBatchMaxBytes && i > 0,
  );
  return end === -1 ? leaves : leaves.slice(0, end);
}

function followed(event: AnyRecordedEvent, bytes: Uint8Array, stream: readonly RecordedEvent[]): Followed {
  if (!isOfRequest(event)) return { event, bytes, state: null };
  const state = fold(stream.filter(({ meta }) => meta.version <= event.meta.version));
  if (state === null) throw new Error(`the stream of event ${event.meta.index} cannot be found`);
  return { event, bytes, state, justificationDigest: stream[0]?.meta.sd['justification'] ?? null };
}

const isOfRequest = (event: AnyRecordedEvent): event is RecordedEvent => Object.hasOwn(EVENTS, event.type);
