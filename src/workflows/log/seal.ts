import { AuditError } from '../../audit/error.ts';
import { LIMITS } from '../../limits.ts';
import type { TreeHead } from '../../ports/audit-log.ts';
import type { Claim } from '../../ports/store.ts';
import { acceptedTrees, newestSigned, SHELF } from './accepted.ts';
import { publish, putAnchors, type Sealed } from './anchoring.ts';
import type { Deps } from '../deps.ts';
import { failed, works } from './outage.ts';
import { REGULARLY, regularSealRow } from './seal-row.ts';
import { recordSigningKeys } from './signing-keys.ts';
import { contradiction, sameHead } from './tree.ts';
import type { WorkResult } from '../work.ts';

/** Signs the head and has every anchor take it. */
export async function sealHead(deps: Deps, claim: Claim): Promise<WorkResult> {
  if (deps.mode() !== 'full') return { kind: 'complete' };
  const { store, clock } = deps;
  try {
    if (claim.key === REGULARLY) await recordSigningKeys(deps);
    const sealed = await seal(deps);
    const halfDone = claim.attempts > 1 || claim.detail?.['first'] === 1;
    if (sealed !== null) await putAnchors(deps, sealed, halfDone);
    if (sealed?.isNew) await works(deps, 'seal', claim, sealed.before);
  } catch (error) {
    return failed(deps, 'seal', claim, error, await store.newestCheckpoint());
  }
  if (claim.key === REGULARLY) await store.put([regularSealRow(clock.now() + LIMITS.sealAtLeastEveryMs)]);
  return { kind: 'complete' };
}

/** Its `hint` is for whoever is alarmed. */
class SealRefused extends Error {
  readonly code = 'seal_refused';
  readonly hint =
    'Stop the bot and start it again: it compares the log with what its anchors hold, and says more.';
}

function refuseForeign(error: unknown): never {
  if (!(error instanceof AuditError)) throw error;
  throw new SealRefused(`what is kept as the newest signed head is none of this log: ${error.message}`);
}

/** What this process signed last: the shelf is in the database, and whoever can write that can empty it. */
const signedHere = new WeakMap<Deps['store'], TreeHead>();

/** Null: there is nothing to sign yet. Throws SealRefused for a tree that does not follow from what is signed. */
export async function seal({ store, signer, clock }: Deps): Promise<Sealed | null> {
  const head = await store.head();
  if (head.size === 0) return null;
  const before = await newestSigned(store, signer).catch(refuseForeign);
  if (before !== null && sameHead(before, head)) return { head: before, before, isNew: false };
  const earlier = [before, signedHere.get(store) ?? null].filter((each) => each !== null);
  for (const each of earlier) {
    const problem = await contradiction(store, each, head);
    if (problem === null) continue;
    const { letsGoOf } = await acceptedTrees(store, signer);
    if (!letsGoOf({ anchor: SHELF, size: each.size, root: each.root })) throw new SealRefused(problem);
  }
  const signed = { ...head, note: signer.sign(head), at: clock.now() };
  await store.saveCheckpoint(signed);
  signedHere.set(store, head);
  return { head: signed, before, isNew: true };
}

/** Before a stop: the head as it is now leaves, as far as it can in the time there is. Never throws. */
export async function sealLast(deps: Deps): Promise<void> {
  if (deps.mode() !== 'full') return;
  const signal = deps.deadline(LIMITS.anchorLastWordMs);
  try {
    const sealed = await seal(deps);
    if (sealed === null) return;
    const publishing = deps.anchors.map(async (anchor) => {
      const receipt = await deps.store.newestReceipt(anchor.name);
      if (receipt === null || !sameHead(receipt, sealed.head))
        await publish(deps, anchor, sealed.head, signal);
    });
    const late = (await Promise.allSettled(publishing)).filter(({ status }) => status === 'rejected').length;
    if (late > 0)
      deps.logger.warn({ late }, 'the last head did not reach every anchor: it will at the next start');
  } catch (error) {
    deps.logger.error({ error: String(error) }, 'the last head could not be signed');
  }
}
