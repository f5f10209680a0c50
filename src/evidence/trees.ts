import { verifyConsistency } from '../audit/proof.ts';
import type { TreeHead } from '../ports/audit-log.ts';

/** RFC 9162 section 2.1.4: whether the larger tree begins with the smaller one. `proof` leads from that to this. */
export function isSameTree(one: TreeHead, other: TreeHead, proof: readonly Uint8Array[]): boolean {
  const [first, second] = one.size <= other.size ? [one, other] : [other, one];
  const problem = verifyConsistency({
    first: first.size,
    firstRoot: Buffer.from(first.root, 'hex'),
    second: second.size,
    secondRoot: Buffer.from(second.root, 'hex'),
    proof,
  });
  return problem === null;
}
