import { formatTlogProof } from '../audit/tlog-proof.ts';
import {
  assemble,
  consistencyPath,
  inclusionPath,
  type ProofPath,
  verifyConsistency,
} from '../audit/proof.ts';
import type { TreeHead } from '../ports/audit-log.ts';
import type { ReportSource } from './source.ts';

type Tree = Pick<ReportSource, 'log' | 'checkpoint'>;

/** C2SP tlog-proof of one leaf, against the report's checkpoint. */
export async function proofOf(tree: Tree, index: number): Promise<string> {
  const { note, size } = tree.checkpoint;
  const proof = await proofAlong(tree, inclusionPath(index, size));
  return formatTlogProof({ index, proof, checkpoint: note });
}

/** Whether the report's tree begins with the tree of this head (RFC 9162 section 2.1.4); every tree begins with none. */
export async function beginsWith(tree: Tree, { size, root }: TreeHead): Promise<boolean> {
  const { checkpoint } = tree;
  if (size === 0) return true;
  if (size > checkpoint.size) return false;
  const proof = await proofAlong(tree, consistencyPath(size, checkpoint.size));
  const problem = verifyConsistency({
    first: size,
    firstRoot: Buffer.from(root, 'hex'),
    second: checkpoint.size,
    secondRoot: Buffer.from(checkpoint.root, 'hex'),
    proof,
  });
  return problem === null;
}

const proofAlong = async ({ log }: Tree, path: ProofPath): Promise<readonly Uint8Array[]> =>
  assemble(path, path.length === 0 ? [] : await log.hashes(path.flat()));
