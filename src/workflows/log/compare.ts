import { openCheckpoint } from '../../audit/checkpoint.ts';
import { AuditError } from '../../audit/error.ts';
import { parseVkey } from '../../audit/note.ts';
import { LIMITS } from '../../limits.ts';
import { type Anchor, AnchorFault, type Held } from '../../ports/anchor.ts';
import type { LogTree, SealShelf, TreeHead } from '../../ports/audit-log.ts';
import { ACCEPTED, acceptedTrees, type HeldHead, newestSigned, SHELF } from './accepted.ts';
import type { Deps } from '../deps.ts';
import { rebuild, type Rebuilding } from './rebuild.ts';
import { bounded } from '../retry.ts';

/** A signed head that the log as it is does not contain: it has fewer events, or others. */
export interface Contradiction extends HeldHead {
  /** The log's own root at that size; null: it is not that long, or nothing of that size was ever signed here. */
  readonly ours: string | null;
}

/** Whether the log is the one whose heads left the house. */
export type Comparison =
  | { readonly kind: 'same'; readonly head: TreeHead }
  /** What is stored is not what was hashed, first seen at this event. */
  | { readonly kind: 'damaged'; readonly head: TreeHead; readonly index: number; readonly what: string }
  /** Smallest first. As many events as `agreed` are those of a signed head; `signed` is the newest here. */
  | {
      readonly kind: 'different';
      readonly head: TreeHead;
      readonly signed: number;
      readonly against: readonly [Contradiction, ...Contradiction[]];
      readonly agreed: number;
    }
  /** One of those who hold heads cannot tell, or tells what nobody of us has signed. */
  | {
      readonly kind: 'unknown';
      readonly head: TreeHead;
      readonly anchor: string;
      readonly why: string;
      readonly hint: string;
    };

type Parts = Pick<Deps, 'store' | 'anchors' | 'signer' | 'deadline'>;

/**
 * Builds the tree anew from the stored bytes and compares it with every head that anchors hold, and with the newest
 * that was signed; those of a tree that was let go of aside.
 */
export async function compareWithAnchors(deps: Parts, rebuilding: Rebuilding): Promise<Comparison> {
  const head = await deps.store.head();
  try {
    const { signed, held } = await signedAndHeld(deps);
    const sizes = new Set(held.map(({ size }) => size));
    const rebuilt = await rebuild(deps.store, head, sizes, rebuilding);
    if (rebuilt.kind === 'damaged') return { ...rebuilt, head };
    return judge(head, signed, held, rebuilt.roots);
  } catch (error) {
    if (error instanceof Unknown) return { kind: 'unknown', head, ...error.told };
    throw error;
  }
}

/** A head is on the shelf before it leaves: who has seen a larger one has seen it of a database that was lost. */
function judge(
  head: TreeHead,
  signed: number,
  held: readonly HeldHead[],
  roots: ReadonlyMap<number, string>,
): Comparison {
  const seen = held.map((each): Contradiction => {
    const isSignedHere = each.root !== null || each.size <= signed;
    return { ...each, ours: isSignedHere ? (roots.get(each.size) ?? null) : null };
  });
  const isOurs = ({ root, ours }: Contradiction): boolean =>
    ours !== null && (root === null || root === ours);
  const [first, ...others] = seen.filter((each) => !isOurs(each)).toSorted((a, b) => a.size - b.size);
  if (first === undefined) return { kind: 'same', head };
  const agreed = seen.filter((each) => each.root !== null && isOurs(each) && each.size < first.size);
  const most = Math.max(0, ...agreed.map(({ size }) => size));
  return { kind: 'different', head, signed, against: [first, ...others], agreed: Math.min(most, head.size) };
}

/** An anchor cannot be asked, or holds what is no head of this log. */
export class Unknown extends Error {
  readonly told: { readonly anchor: string; readonly why: string; readonly hint: string };
  constructor(anchor: string, why: string, hint: string, options?: ErrorOptions) {
    super(`${anchor}: ${why}`, options);
    this.told = { anchor, why, hint };
  }
}

type HoldingParts = Pick<Parts, 'anchors' | 'signer' | 'deadline'> & {
  readonly store: Pick<LogTree, 'search'> & Pick<SealShelf, 'newestCheckpoint'>;
};

/**
 * Every head that anchors hold, the newest that was signed, and what was accepted; those of a tree that was let go of
 * aside. Throws Unknown.
 */
export const heldHeads = async (parts: HoldingParts): Promise<readonly HeldHead[]> =>
  (await signedAndHeld(parts)).held;

/** As `heldHeads`; `signed` is the size of the newest that was signed. Throws Unknown. */
async function signedAndHeld({ store, anchors, signer, deadline }: HoldingParts): Promise<{
  readonly signed: number;
  readonly held: readonly HeldHead[];
}> {
  const keys = signer.vkeys().map(parseVkey);
  const { letsGoOf, trees } = await acceptedTrees(store, signer);
  const open = (anchor: string, held: Held): HeldHead => {
    if (held.kind === 'size') return { anchor, size: held.size, root: null };
    try {
      const { size, root } = openCheckpoint(held.note, keys, signer.origin);
      return { anchor, size, root: root.toString('hex') };
    } catch (error) {
      throw foreign(anchor, error);
    }
  };
  const newest = await newestSigned(store, signer).catch((error: unknown) => {
    throw foreign(SHELF, error);
  });
  const shelf = newest === null ? [] : [{ anchor: SHELF, size: newest.size, root: newest.root }];
  const accepted = trees.map((tree) => ({ anchor: ACCEPTED, ...tree }));
  const asked = await Promise.all(
    anchors.map(async (anchor) => {
      const held = await ask(anchor, deadline(LIMITS.anchorHeldTimeoutMs));
      return held.map((each) => open(anchor.name, each));
    }),
  );
  const held = [...shelf, ...accepted, ...asked.flat()].filter((each) => !letsGoOf(each));
  return { signed: newest?.size ?? 0, held };
}

function foreign(anchor: string, error: unknown): unknown {
  if (!(error instanceof AuditError)) return error;
  const why = `it holds something that is no head of this log (${error.message})`;
  return new Unknown(anchor, why, FOREIGN, { cause: error });
}

const FOREIGN =
  'Check that the keys folder and the anchors belong to this log; keep what is foreign as evidence, elsewhere.';

async function ask(anchor: Anchor, signal: AbortSignal): Promise<readonly Held[]> {
  try {
    return await bounded(anchor.held(signal), signal, tooLate);
  } catch (error) {
    if (!(error instanceof AnchorFault)) throw error;
    throw new Unknown(anchor.name, error.message, error.hint, { cause: error });
  }
}

const tooLate = (): AnchorFault =>
  new AnchorFault(
    'unreachable',
    'it did not answer in time',
    'It is asked again by itself; check the way there.',
  );
