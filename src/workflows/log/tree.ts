import { assemble, consistencyPath, verifyConsistency } from '../../audit/proof.ts';
import type { LogTree, TreeHead } from '../../ports/audit-log.ts';

/** That the tree of `head` begins with that of `size` leaves, which is not empty: RFC 9162, 2.1.4.1. */
export async function proofFrom(store: LogTree, size: number, head: TreeHead): Promise<readonly Buffer[]> {
  const path = consistencyPath(size, head.size);
  return assemble(path, await store.hashes(path.flat()));
}

/** What is wrong with `head`, should it come after `before`; null: it follows. */
export async function contradiction(
  store: LogTree,
  before: TreeHead,
  head: TreeHead,
): Promise<string | null> {
  if (before.size === 0) return null;
  if (head.size < before.size)
    return `the log has ${head.size} events, and a head of ${before.size} is signed already`;
  const problem = verifyConsistency({
    first: before.size,
    firstRoot: Buffer.from(before.root, 'hex'),
    second: head.size,
    secondRoot: Buffer.from(head.root, 'hex'),
    proof: await proofFrom(store, before.size, head),
  });
  return problem && `the log does not follow from its signed head of ${before.size} events`;
}

export const sameHead = (a: TreeHead, b: TreeHead): boolean => a.size === b.size && a.root === b.root;
