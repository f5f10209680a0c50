import { LIMITS } from '../../limits.ts';
import { type Anchor, AnchorFault } from '../../ports/anchor.ts';
import type { SignedCheckpoint } from '../../ports/audit-log.ts';
import type { Claim, DueRow } from '../../ports/store.ts';
import type { Deps } from '../deps.ts';
import { failed, works } from './outage.ts';
import { bounded } from '../retry.ts';
import { proofFrom, sameHead } from './tree.ts';
import type { WorkResult } from '../work.ts';

const anchorRow = (name: string, dueAt: number): DueRow => ({
  key: `anchor:${name}`,
  lane: 'log',
  kind: 'anchor',
  stream: 'log',
  detail: { name },
  dueAt,
});

export interface Sealed {
  readonly head: SignedCheckpoint;
  /** The one signed before it; null: it is the first. */
  readonly before: SignedCheckpoint | null;
  readonly isNew: boolean;
}

/**
 * An anchor that lags behind the head before has its row already: a new one would lose the count of its attempts.
 * `anew`: none may be there.
 */
export async function putAnchors(
  { store, anchors, clock }: Deps,
  { head, before }: Sealed,
  anew: boolean,
): Promise<void> {
  const rows: DueRow[] = [];
  for (const { name } of anchors) {
    const receipt = await store.newestReceipt(name);
    if (receipt !== null && sameHead(receipt, head)) continue;
    const isFree = before === null || (receipt !== null && receipt.size >= before.size);
    if (isFree || anew) rows.push(anchorRow(name, clock.now()));
  }
  if (rows.length > 0) await store.put(rows);
}

/** Brings the newest signed head to one anchor; tried again until it is there, or a newer one is. */
export async function anchorHead(deps: Deps, claim: Claim): Promise<WorkResult> {
  const { store, clock } = deps;
  const anchor = deps.anchors.find(({ name }) => name === claim.detail?.['name']);
  const head = await store.newestCheckpoint();
  if (anchor === undefined || head === null || deps.mode() !== 'full') return { kind: 'complete' };
  const before = await store.newestReceipt(anchor.name);
  try {
    if (before === null || !sameHead(before, head))
      await publish(deps, anchor, head, deps.deadline(LIMITS.anchorTimeoutMs));
  } catch (error) {
    return failed(deps, anchor.name, claim, error, before);
  }
  await works(deps, anchor.name, claim, before);
  const newest = await store.newestCheckpoint();
  if (newest !== null && !sameHead(newest, head)) await store.put([anchorRow(anchor.name, clock.now())]);
  return { kind: 'complete' };
}

/** Throws AnchorFault, in the time that `signal` leaves. */
export async function publish(
  deps: Deps,
  anchor: Anchor,
  head: SignedCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, onOutside } = deps;
  const { size, root, note } = head;
  const proof = async (from: number) =>
    (await proofFrom(store, from, head)).map((hash) => hash.toString('base64'));
  const publishing = anchor.publish({ size, root, note, proofFrom: proof }, signal);
  const receipt = await bounded(publishing, signal, tooLate);
  await store.saveReceipt({ anchor: anchor.name, size, root, at: clock.now(), receipt });
  onOutside(anchor.name, 'taken');
}

const tooLate = (): AnchorFault =>
  new AnchorFault('unreachable', 'no answer in time', 'It is tried again by itself.');
