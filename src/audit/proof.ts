import { AuditError } from './error.ts';
import { foldNodes, hashBytes, type Node, nodeHash, rangeNodes } from './tree.ts';

/** RFC 9162 sections 2.1.3 (inclusion) and 2.1.4 (consistency). */

/** What each hash of a proof is folded from: complete subtrees side by side, largest first. */
export type ProofPath = readonly (readonly Node[])[];

/** Why a proof does not hold; `message` names the thing, then the rule. */
export interface ProofProblem {
  readonly code: 'proof_length' | 'proof_root' | 'proof_hash_size' | 'proof_range';
  readonly message: string;
}

/** Section 2.1.3.1, PATH(index, D[size]). Throws AuditError `proof_range`. */
export function inclusionPath(index: number, size: number): ProofPath {
  assertIn(inclusionRange(index, size));
  return descend(size, index + 1, (_start, width) => width === 1).path.reverse();
}

/** Section 2.1.4.1, PROOF(first, D[size]). Throws AuditError `proof_range`. */
export function consistencyPath(first: number, size: number): ProofPath {
  assertIn(consistencyRange(first, size));
  const { path, start, width } = descend(size, first, (from, leaves) => from + leaves === first);
  // SUBPROOF(m, D[m], false): a part of the first tree, whose hash the verifier does not know.
  if (start > 0) path.push(rangeNodes(start, width));
  return path.reverse();
}

/**
 * Down from the root, always into the half that has leaf `end` − 1, until `isThere`. `path` has the halves that were
 * not gone into, the root's first.
 */
function descend(size: number, end: number, isThere: (start: number, width: number) => boolean) {
  const path: (readonly Node[])[] = [];
  let [start, width] = [0, size];
  while (!isThere(start, width)) {
    const left = splitOf(width);
    const right = width - left;
    if (end <= start + left) {
      path.push(rangeNodes(start + left, right));
      width = left;
    } else {
      path.push(rangeNodes(start, left));
      [start, width] = [start + left, right];
    }
  }
  return { path, start, width };
}

/** Section 2.1.1: the largest power of two smaller than `width`. */
function splitOf(width: number): number {
  let left = 1;
  while (left * 2 < width) left *= 2;
  return left;
}

/** The proof, from the hashes of `path.flat()` in that order. Throws AuditError `proof_length`. */
export function assemble(path: ProofPath, hashes: readonly Uint8Array[]): readonly Buffer[] {
  const needed = path.flat().length;
  if (hashes.length !== needed)
    throw new AuditError('proof_length', `the proof takes ${needed} nodes, there are ${hashes.length}`);
  let from = 0;
  return path.map((nodes) => {
    const fold = foldNodes(hashes.slice(from, from + nodes.length));
    from += nodes.length;
    return fold;
  });
}

/** That a leaf stands at `index` of a tree. `leaf` is its hash. */
export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Section 2.1.3.2. Null when the proof holds. */
export function verifyInclusion({ index, size, leaf, root, proof }: Inclusion): ProofProblem | null {
  const what = 'the inclusion proof';
  const problem = inclusionRange(index, size) ?? sizesOf(what, [leaf, root, ...proof]);
  if (problem) return problem;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0) return tooMany(what, proof);
    const fromLeft = isOdd(fn) || fn === sn;
    r = fromLeft ? nodeHash(p, r) : nodeHash(r, p);
    [fn, sn] = climb(fn, sn, fromLeft);
  }
  if (sn !== 0) return tooFew(what, proof);
  if (!same(r, root)) return wrongRoot(what, `the root of the tree of ${size} leaves`);
  return null;
}

/** That the tree of `second` leaves begins with that of `first`. */
export interface Consistency {
  readonly first: number;
  readonly firstRoot: Uint8Array;
  readonly second: number;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Section 2.1.4.2. Null when the proof holds. An empty first tree is refused: every tree begins with it, so that
 * nothing would be proved.
 */
export function verifyConsistency({
  first,
  firstRoot,
  second,
  secondRoot,
  proof,
}: Consistency): ProofProblem | null {
  const what = 'the consistency proof';
  const problem = consistencyRange(first, second) ?? sizesOf(what, [firstRoot, secondRoot, ...proof]);
  if (problem) return problem;
  if (first === second) {
    if (proof.length > 0) return tooMany(what, proof);
    return same(firstRoot, secondRoot) ? null : wrongRoot(what, `another root of ${first} leaves`);
  }
  // Steps 2 to 4: the largest complete subtree at the end of the first tree; where it is that whole tree, its hash
  // is known and the proof leaves it out.
  let [fn, sn] = [first - 1, second - 1];
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  const [seed, ...rest] = fn === 0 ? [firstRoot, ...proof] : proof;
  if (seed === undefined) return tooFew(what, proof);
  let [fr, sr] = [seed, seed];
  for (const c of rest) {
    if (sn === 0) return tooMany(what, proof);
    const fromLeft = isOdd(fn) || fn === sn;
    if (fromLeft) fr = nodeHash(c, fr);
    sr = fromLeft ? nodeHash(c, sr) : nodeHash(sr, c);
    [fn, sn] = climb(fn, sn, fromLeft);
  }
  if (sn !== 0) return tooFew(what, proof);
  if (!same(fr, firstRoot)) return wrongRoot(what, `the root of the first tree, of ${first} leaves`);
  if (!same(sr, secondRoot)) return wrongRoot(what, `the root of the second tree, of ${second} leaves`);
  return null;
}

/** One level up; after a hash from the left on an even `fn`, as many as it takes until `fn` is odd or 0. */
function climb(fn: number, sn: number, fromLeft: boolean): [number, number] {
  if (fromLeft) while (fn !== 0 && !isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  return [half(fn), half(sn)];
}

const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function inclusionRange(index: number, size: number): ProofProblem | null {
  if (isCount(index) && isCount(size) && index < size) return null;
  return {
    code: 'proof_range',
    message: `the inclusion proof is of leaf ${index} in a tree of ${size}: a leaf's index must lie below the size`,
  };
}

function consistencyRange(first: number, second: number): ProofProblem | null {
  if (isCount(first) && isCount(second) && 0 < first && first <= second) return null;
  return {
    code: 'proof_range',
    message: `the consistency proof is from ${first} to ${second} leaves: the first must be above 0 and not the larger`,
  };
}

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

function assertIn(problem: ProofProblem | null): void {
  if (problem) throw new AuditError(problem.code, problem.message);
}

function sizesOf(what: string, hashes: readonly Uint8Array[]): ProofProblem | null {
  const wrong = hashes.find((hash) => hash.length !== hashBytes);
  if (wrong === undefined) return null;
  return {
    code: 'proof_hash_size',
    message: `${what} has a hash of ${wrong.length} bytes, expected ${hashBytes}`,
  };
}

function tooMany(what: string, proof: readonly Uint8Array[]): ProofProblem {
  return { code: 'proof_length', message: `${what} has ${proof.length} hashes, more than lead to the root` };
}

function tooFew(what: string, proof: readonly Uint8Array[]): ProofProblem {
  return { code: 'proof_length', message: `${what} has ${proof.length} hashes, too few to reach the root` };
}

function wrongRoot(what: string, root: string): ProofProblem {
  return { code: 'proof_root', message: `${what} does not lead to ${root}` };
}
