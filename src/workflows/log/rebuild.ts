import { leafHash } from '../../audit/leaf.ts';
import { Frontier, rootNodes } from '../../audit/tree.ts';
import { readLeaf } from '../../audit/verify-events.ts';
import { LIMITS } from '../../limits.ts';
import type { LogTree, StoredLeaf, TreeHead } from '../../ports/audit-log.ts';

export interface Rebuilding {
  /** Lets others have their turn: resolves in a later turn of the event loop. */
  readonly turn: () => Promise<void>;
  /** Told after each part. */
  readonly progress: (done: number, total: number) => void;
}

export type Rebuilt =
  /** Roots in hex at those of the sizes asked for that the log has. */
  | { readonly kind: 'rebuilt'; readonly roots: ReadonlyMap<number, string> }
  /** The first event where what is stored is not what was hashed. */
  | { readonly kind: 'damaged'; readonly index: number; readonly what: string };

/** The tree from the bytes as they are stored, up to `head`: nothing that was computed before is believed. */
export async function rebuild(
  store: LogTree,
  head: TreeHead,
  sizes: ReadonlySet<number>,
  { turn, progress }: Rebuilding,
): Promise<Rebuilt> {
  const frontier = Frontier.empty();
  const roots = new Map<number, string>();
  const note = (): void => {
    if (sizes.has(frontier.size)) roots.set(frontier.size, frontier.root().toString('hex'));
  };
  note();
  while (frontier.size < head.size) {
    const from = frontier.size;
    const leaves = await store.stored(from, Math.min(LIMITS.leavesMax, head.size - from));
    if (leaves.length === 0) return { kind: 'damaged', index: from, what: 'it is missing' };
    for (const leaf of leaves) {
      const what = wrongIn(leaf, frontier.size);
      if (what !== null) return { kind: 'damaged', index: frontier.size, what };
      frontier.append(leaf.leaf);
      note();
    }
    progress(frontier.size, head.size);
    await turn();
  }
  return (await wrongAbove(store, frontier, head)) ?? { kind: 'rebuilt', roots };
}

function wrongIn({ index, stream, version, bytes, leaf }: StoredLeaf, expected: number): string | null {
  if (index !== expected) return 'it is missing';
  if (!leafHash(bytes).equals(leaf)) return 'its bytes do not give its hash';
  const own = readLeaf(index, bytes);
  if ('code' in own) return own.what;
  // What is filed elsewhere is hidden from its stream, though every hash is as it was.
  return own.stream === stream && own.version === version
    ? null
    : 'it is filed under another stream or version than its own';
}

/** The hashes that were stored over the events are those of the events. */
async function wrongAbove(store: LogTree, frontier: Frontier, head: TreeHead): Promise<Rebuilt | null> {
  const nodes = rootNodes(head.size);
  const stored = await store.hashes(nodes);
  const wrong = nodes.find((_, i) => !frontier.hashes[i]?.equals(stored[i] ?? Buffer.alloc(0)));
  const what = 'the hashes over it and what follows it are not those of the events';
  if (wrong !== undefined) return { kind: 'damaged', index: wrong.index * 2 ** wrong.level, what };
  if (frontier.root().toString('hex') === head.root) return null;
  return {
    kind: 'damaged',
    index: head.size - 1,
    what: 'the head stored after it is not that of the events',
  };
}
