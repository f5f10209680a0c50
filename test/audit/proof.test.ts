import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import {
  assemble,
  consistencyPath,
  inclusionPath,
  type ProofPath,
  type ProofProblem,
  verifyConsistency,
  verifyInclusion,
} from '../../src/audit/proof.ts';
import { foldNodes, Frontier, type Node, nodeHash, rootNodes } from '../../src/audit/tree.ts';
import { NaiveTree } from './naive-tree.ts';
import { refusal } from './refusal.ts';

const largest = 200;
const tree = NaiveTree.ofSize(largest);
const nodes = new Map<string, Buffer>();
const place = ({ level, index }: Node): string => `${level}/${index}`;
const frontier = Frontier.empty();
for (const [index, leaf] of tree.leaves.entries()) {
  nodes.set(place({ level: 0, index }), leafHash(leaf));
  frontier.append(leafHash(leaf), (node, hash) => nodes.set(place(node), hash));
}

/** As a store does: every node by its place, complete subtrees alone. */
const built = (path: ProofPath) =>
  assemble(
    path,
    path.flat().map((node) => nodes.get(place(node)) as Buffer),
  );

const inclusionOf = (index: number, size: number) => ({
  index,
  size,
  leaf: tree.hash(index, index + 1),
  root: tree.hash(0, size),
  proof: tree.path(index, size) as readonly Buffer[],
});

const consistencyOf = (first: number, second: number) => ({
  first,
  firstRoot: tree.hash(0, first),
  second,
  secondRoot: tree.hash(0, second),
  proof: tree.subproof(first, second) as readonly Buffer[],
});

const hex = (hashes: readonly Buffer[]): string => hashes.map((hash) => hash.toString('hex')).join();
const codeOf = (problem: ProofProblem | null): string => problem?.code ?? 'holds';

function* upTo(end: number, from = 0): Generator<number> {
  for (let i = from; i < end; i++) yield i;
}

/** Every copy of `bytes` with one bit changed. */
function* flips(bytes: Buffer): Generator<Buffer> {
  for (const bit of upTo(bytes.length * 8)) {
    const copy = Buffer.from(bytes);
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
    yield copy;
  }
}

/** Every copy of `hashes` with one bit of one of them changed. */
function* flipsWithin(hashes: readonly Buffer[]): Generator<Buffer[]> {
  for (const [i, hash] of hashes.entries()) for (const flip of flips(hash)) yield hashes.with(i, flip);
}

/** `hashes` with one too few or one too many, at either end. */
function wrongLengths(hashes: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const more = tree.hash(0, 1);
  const longer = [
    [...hashes, more],
    [more, ...hashes],
    [...hashes, ...hashes, more],
  ];
  return hashes.length === 0 ? longer : [...longer, hashes.slice(1), hashes.slice(0, -1), []];
}

describe('an inclusion proof', () => {
  it('is built as in RFC 9162 and verifies, for every leaf of every tree to 200 leaves', () => {
    const wrong: string[] = [];
    for (const size of upTo(largest + 1, 1))
      for (const index of upTo(size)) {
        const claim = inclusionOf(index, size);
        const proof = built(inclusionPath(index, size));
        if (hex(proof) !== hex(claim.proof) || verifyInclusion({ ...claim, proof }) !== null)
          wrong.push(`${index} of ${size}`);
      }
    expect(wrong).toEqual([]);
  });

  it('is refused after any single bit changed in leaf, root or proof', () => {
    const held: string[] = [];
    const must = (what: string, problem: ProofProblem | null) =>
      problem?.code === 'proof_root' || held.push(what);
    for (const size of [1, 2, 3, 5, 8, 13])
      for (const index of upTo(size)) {
        const claim = inclusionOf(index, size);
        for (const leaf of flips(claim.leaf))
          must(`leaf ${index}/${size}`, verifyInclusion({ ...claim, leaf }));
        for (const root of flips(claim.root))
          must(`root ${index}/${size}`, verifyInclusion({ ...claim, root }));
        for (const proof of flipsWithin(claim.proof))
          must(`proof ${index}/${size}`, verifyInclusion({ ...claim, proof }));
      }
    expect(held).toEqual([]);
  });

  it('is refused with a hash too few or too many', () => {
    for (const size of [1, 2, 3, 7, 8, 11])
      for (const index of upTo(size))
        for (const proof of wrongLengths(inclusionOf(index, size).proof))
          expect(codeOf(verifyInclusion({ ...inclusionOf(index, size), proof }))).toBe('proof_length');
  });

  it('is refused for another leaf, another index, and a tree of another size with its own root', () => {
    const held: string[] = [];
    for (const size of upTo(18, 2))
      for (const index of upTo(size)) {
        const claim = inclusionOf(index, size);
        for (const other of upTo(size)) {
          if (other === index) continue;
          if (verifyInclusion({ ...claim, index: other }) === null) held.push(`${index} as ${other}/${size}`);
          if (verifyInclusion({ ...claim, leaf: tree.hash(other, other + 1) }) === null)
            held.push(`${index} of leaf ${other}/${size}`);
        }
        for (const other of upTo(18, index + 1))
          if (
            other !== size &&
            verifyInclusion({ ...claim, size: other, root: tree.hash(0, other) }) === null
          )
            held.push(`${index}/${size} in ${other}`);
      }
    expect(held).toEqual([]);
  });

  it.each([
    [1, 1],
    [5, 4],
    [0, 0],
    [-1, 4],
    [0.5, 4],
    [Number.NaN, 4],
    [0, 2 ** 53],
    [0, Number.POSITIVE_INFINITY],
  ])('is refused, and is not built, for leaf %d of %d', (index, size) => {
    expect(codeOf(verifyInclusion({ ...inclusionOf(0, 2), index, size }))).toBe('proof_range');
    expect(refusal(() => inclusionPath(index, size))).toBe('proof_range');
  });

  it.each([31, 33, 0])('is refused with a hash of %i bytes anywhere', (bytes) => {
    const short = Buffer.alloc(bytes);
    const claim = inclusionOf(2, 5);
    expect(codeOf(verifyInclusion({ ...claim, leaf: short }))).toBe('proof_hash_size');
    expect(codeOf(verifyInclusion({ ...claim, root: short }))).toBe('proof_hash_size');
    expect(codeOf(verifyInclusion({ ...claim, proof: claim.proof.with(1, short) }))).toBe('proof_hash_size');
  });

  it('says what is wrong with it', () => {
    const claim = inclusionOf(2, 5);
    const message = (change: Partial<typeof claim>) => verifyInclusion({ ...claim, ...change })?.message;
    expect(message({ index: 5 })).toBe(
      "the inclusion proof is of leaf 5 in a tree of 5: a leaf's index must lie below the size",
    );
    expect(message({ proof: [] })).toBe('the inclusion proof has 0 hashes, too few to reach the root');
    expect(message({ proof: [...claim.proof, claim.leaf] })).toBe(
      'the inclusion proof has 4 hashes, more than lead to the root',
    );
    expect(message({ leaf: claim.root })).toBe(
      'the inclusion proof does not lead to the root of the tree of 5 leaves',
    );
    expect(message({ leaf: Buffer.alloc(20) })).toBe(
      'the inclusion proof has a hash of 20 bytes, expected 32',
    );
  });
});

describe('a consistency proof', () => {
  it('is built as in RFC 9162 and verifies, between any two trees to 200 leaves', () => {
    const wrong: string[] = [];
    for (const second of upTo(largest + 1, 1))
      for (const first of upTo(second + 1, 1)) {
        const claim = consistencyOf(first, second);
        const proof = built(consistencyPath(first, second));
        if (hex(proof) !== hex(claim.proof) || verifyConsistency({ ...claim, proof }) !== null)
          wrong.push(`${first} to ${second}`);
      }
    expect(wrong).toEqual([]);
  });

  it('is refused after any single bit changed in either root or the proof', () => {
    const held: string[] = [];
    for (const second of [1, 2, 3, 5, 8, 13])
      for (const first of upTo(second + 1, 1)) {
        const claim = consistencyOf(first, second);
        const must = (what: string, problem: ProofProblem | null) =>
          problem?.code === 'proof_root' || held.push(`${what} ${first}/${second}`);
        for (const root of flips(claim.firstRoot))
          must('first root', verifyConsistency({ ...claim, firstRoot: root }));
        for (const root of flips(claim.secondRoot))
          must('second root', verifyConsistency({ ...claim, secondRoot: root }));
        for (const proof of flipsWithin(claim.proof)) must('proof', verifyConsistency({ ...claim, proof }));
      }
    expect(held).toEqual([]);
  });

  it('is refused with a hash too few or too many', () => {
    for (const second of [1, 2, 3, 7, 8, 11])
      for (const first of upTo(second + 1, 1))
        for (const proof of wrongLengths(consistencyOf(first, second).proof))
          expect(codeOf(verifyConsistency({ ...consistencyOf(first, second), proof }))).toBe('proof_length');
  });

  it('is refused between any other two sizes with their own roots', () => {
    const pairs = [...upTo(14, 1)].flatMap((second) =>
      [...upTo(second, 1)].map((first) => [first, second] as const),
    );
    const held: string[] = [];
    for (const [first, second] of pairs) {
      const { proof } = consistencyOf(first, second);
      for (const [otherFirst, otherSecond] of pairs)
        if (otherFirst !== first || otherSecond !== second)
          if (verifyConsistency({ ...consistencyOf(otherFirst, otherSecond), proof }) === null)
            held.push(`${first}/${second} as ${otherFirst}/${otherSecond}`);
    }
    expect(held).toEqual([]);
  });

  it('is refused for a tree whose past was rewritten', () => {
    const rewritten = new NaiveTree(tree.leaves.with(3, Buffer.from('another past')));
    for (const second of upTo(20, 5)) {
      const claim = {
        ...consistencyOf(5, second),
        secondRoot: rewritten.hash(0, second),
        proof: rewritten.subproof(5, second),
      };
      expect(codeOf(verifyConsistency(claim))).toBe('proof_root');
    }
  });

  it.each([
    [0, 4],
    [0, 0],
    [5, 4],
    [-1, 4],
    [1.5, 4],
    [Number.NaN, 4],
    [1, 2 ** 53],
  ])('is refused, and is not built, from %d to %d leaves', (first, second) => {
    expect(codeOf(verifyConsistency({ ...consistencyOf(1, 2), first, second }))).toBe('proof_range');
    expect(refusal(() => consistencyPath(first, second))).toBe('proof_range');
  });

  it.each([31, 33, 0])('is refused with a hash of %i bytes anywhere', (bytes) => {
    const short = Buffer.alloc(bytes);
    const claim = consistencyOf(3, 5);
    expect(codeOf(verifyConsistency({ ...claim, firstRoot: short }))).toBe('proof_hash_size');
    expect(codeOf(verifyConsistency({ ...claim, secondRoot: short }))).toBe('proof_hash_size');
    expect(codeOf(verifyConsistency({ ...claim, proof: claim.proof.with(0, short) }))).toBe(
      'proof_hash_size',
    );
  });

  it('says what is wrong with it', () => {
    const claim = consistencyOf(3, 5);
    const message = (change: Partial<typeof claim>) => verifyConsistency({ ...claim, ...change })?.message;
    expect(message({ first: 0 })).toBe(
      'the consistency proof is from 0 to 5 leaves: the first must be above 0 and not the larger',
    );
    expect(message({ firstRoot: claim.secondRoot })).toBe(
      'the consistency proof does not lead to the root of the first tree, of 3 leaves',
    );
    expect(message({ secondRoot: claim.firstRoot })).toBe(
      'the consistency proof does not lead to the root of the second tree, of 5 leaves',
    );
    expect(message({ proof: [] })).toBe('the consistency proof has 0 hashes, too few to reach the root');
  });
});

describe('proofs of trees that no 32 bits can count', () => {
  /** In a tree of equal leaves, a node's hash follows from its level. */
  const levels = [leafHash(Buffer.from('same'))];
  for (const level of upTo(53)) levels.push(nodeHash(levels[level] as Buffer, levels[level] as Buffer));
  const hashesOf = (path: readonly Node[]) => path.map(({ level }) => levels[level] as Buffer);
  const rootOf = (size: number) => foldNodes(hashesOf(rootNodes(size)));
  const two = fc
    .tuple(fc.maxSafeNat(), fc.maxSafeNat())
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  /** The leaves under `path`, as ranges in order. */
  const covered = (path: ProofPath) =>
    path
      .flat()
      .map(
        ({ level, index }) => [BigInt(index) << BigInt(level), BigInt(index + 1) << BigInt(level)] as const,
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1));

  it('hold for a leaf anywhere, and leave out that leaf alone', () => {
    fc.assert(
      fc.property(two, ([index, last]) => {
        fc.pre(last < Number.MAX_SAFE_INTEGER);
        const size = last + 1;
        const path = inclusionPath(index, size);
        const proof = assemble(path, hashesOf(path.flat()));
        expect(
          verifyInclusion({ index, size, leaf: levels[0] as Buffer, root: rootOf(size), proof }),
        ).toBeNull();
        let next = 0n;
        for (const [from, to] of covered(path)) {
          if (next === BigInt(index)) next++;
          expect(from).toBe(next);
          next = to;
        }
        expect(next === BigInt(index) ? next + 1n : next).toBe(BigInt(size));
      }),
    );
  });

  it('hold from any size to any other', () => {
    fc.assert(
      fc.property(two, ([first, second]) => {
        fc.pre(first > 0);
        const path = consistencyPath(first, second);
        const proof = assemble(path, hashesOf(path.flat()));
        const claim = { first, firstRoot: rootOf(first), second, secondRoot: rootOf(second), proof };
        expect(verifyConsistency(claim)).toBeNull();
      }),
    );
  });

  it('hold for the last leaf of the largest tree', () => {
    const size = Number.MAX_SAFE_INTEGER;
    const path = inclusionPath(size - 1, size);
    const proof = assemble(path, hashesOf(path.flat()));
    const claim = { index: size - 1, size, leaf: levels[0] as Buffer, root: rootOf(size), proof };
    expect(verifyInclusion(claim)).toBeNull();
    expect(codeOf(verifyInclusion({ ...claim, index: size - 2 }))).not.toBe('holds');
  });
});

describe('assemble', () => {
  it('refuses another number of hashes than the path has nodes', () => {
    const path = inclusionPath(0, 7);
    expect(path.flat()).toHaveLength(4);
    expect(() => assemble(path, [])).toThrow('the proof takes 4 nodes, there are 0');
    expect(
      refusal(() =>
        assemble(
          path,
          Array.from({ length: 5 }, () => Buffer.alloc(32)),
        ),
      ),
    ).toBe('proof_length');
  });
});
