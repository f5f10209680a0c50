import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { emptyRoot, foldNodes, Frontier, type Node, nodeHash, rootNodes } from '../../src/audit/tree.ts';
import vectors from '../vectors/tlog.json' with { type: 'json' };
import { NaiveTree } from './naive-tree.ts';
import { refusal } from './refusal.ts';

const { rfc6962 } = vectors;
const tree = NaiveTree.ofSize(300);

function frontierOf(size: number): Frontier {
  const frontier = Frontier.empty();
  for (const leaf of tree.leaves.slice(0, size)) frontier.append(leafHash(leaf));
  return frontier;
}

describe('the hashes of a tree', () => {
  it.each(rfc6962.node)('hash a node as the public vector does', ({ left, right, hash }) => {
    expect(nodeHash(Buffer.from(left, 'hex'), Buffer.from(right, 'hex')).toString('hex')).toBe(hash);
  });

  it('hash the empty tree as the public vector does', () => {
    expect(emptyRoot.toString('hex')).toBe(rfc6962.emptyRoot);
    expect(foldNodes([])).toEqual(emptyRoot);
  });

  it('tell a leaf of 64 bytes from the node over its halves', () => {
    const [left, right] = [tree.hash(0, 1), tree.hash(1, 2)];
    expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right));
  });

  it('have the public roots for every size to 8', () => {
    const frontier = Frontier.empty();
    const roots = [frontier.root().toString('hex')];
    for (const leaf of rfc6962.leafInputs) {
      frontier.append(leafHash(Buffer.from(leaf, 'hex')));
      roots.push(frontier.root().toString('hex'));
    }
    expect(roots).toEqual(rfc6962.rootsBySize);
  });
});

describe('rootNodes', () => {
  it.each([
    [0, []],
    [1, [[0, 0]]],
    [
      6,
      [
        [2, 0],
        [1, 2],
      ],
    ],
    [
      7,
      [
        [2, 0],
        [1, 2],
        [0, 6],
      ],
    ],
    [8, [[3, 0]]],
  ])('cuts %i leaves into the largest complete subtrees', (size, nodes) => {
    expect(rootNodes(size).map(({ level, index }) => [level, index])).toEqual(nodes);
  });

  it('covers every leaf once, up to 2^53 - 1 of them', () => {
    const size = Number.MAX_SAFE_INTEGER;
    let next = 0n;
    for (const { level, index } of rootNodes(size)) {
      expect(BigInt(index) << BigInt(level)).toBe(next);
      next += 1n << BigInt(level);
    }
    expect(next).toBe(BigInt(size));
  });
});

describe('a frontier', () => {
  it('has the root of RFC 6962 at every size to 300', () => {
    const frontier = Frontier.empty();
    for (const [i, leaf] of tree.leaves.entries()) {
      frontier.append(leafHash(leaf));
      expect([frontier.size, frontier.root()]).toEqual([i + 1, tree.hash(0, i + 1)]);
    }
  });

  it('is its hashes, and is the same again from its bytes, at every size to 300', () => {
    for (let size = 0; size <= 300; size++) {
      const frontier = frontierOf(size);
      const again = Frontier.fromBytes(size, frontier.toBytes());
      expect(frontier.hashes).toEqual(
        rootNodes(size).map(({ level, index }) => tree.hash(index * 2 ** level, (index + 1) * 2 ** level)),
      );
      expect(again.hashes).toEqual(frontier.hashes);
      expect(again.root()).toEqual(tree.hash(0, size));
      expect(Frontier.from(size, frontier.hashes).toBytes()).toEqual(frontier.toBytes());
    }
  });

  it('goes on from its bytes as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(150), (before, after) => {
        const frontier = Frontier.fromBytes(before, frontierOf(before).toBytes());
        for (const leaf of tree.leaves.slice(before, before + after)) frontier.append(leafHash(leaf));
        expect(frontier.root()).toEqual(tree.hash(0, before + after));
      }),
    );
  });

  it('tells each complete subtree once, when its last leaf comes, smallest first', () => {
    const frontier = Frontier.empty();
    for (const [i, leaf] of tree.leaves.entries()) {
      const told: [Node, Buffer][] = [];
      frontier.append(leafHash(leaf), (node, hash) => told.push([node, hash]));
      const size = i + 1;
      const expected: [Node, Buffer][] = [];
      for (let level = 1; size % 2 ** level === 0; level++)
        expected.push([{ level, index: size / 2 ** level - 1 }, tree.hash(size - 2 ** level, size)]);
      expect(told).toEqual(expected);
    }
  });

  it('has a copy that does not follow it', () => {
    const frontier = frontierOf(5);
    const copy = frontier.copy();
    frontier.append(leafHash(Buffer.from('other')));
    frontier.append(leafHash(Buffer.from('another')));
    expect([copy.size, copy.root()]).toEqual([5, tree.hash(0, 5)]);
  });

  it('cannot be changed through what it hands out', () => {
    const frontier = frontierOf(5);
    for (const hash of [...frontier.hashes, frontier.root(), Frontier.empty().root()]) hash.fill(0);
    expect(frontier.root()).toEqual(tree.hash(0, 5));
    expect(Frontier.empty().root().toString('hex')).toBe(rfc6962.emptyRoot);
  });

  it('takes one leaf more at 2^53 - 2 of them, and then no other', () => {
    const size = Number.MAX_SAFE_INTEGER - 1;
    const hashes = rootNodes(size).map(({ level }) => Buffer.alloc(32, level));
    const frontier = Frontier.from(size, hashes);
    frontier.append(Buffer.alloc(32));
    expect(frontier.hashes).toEqual([...hashes, Buffer.alloc(32)]);
    expect(() => frontier.append(Buffer.alloc(32))).toThrow(
      'the frontier of a tree is malformed: it is full',
    );
  });

  it.each([
    ['too few hashes', () => Frontier.from(3, [emptyRoot])],
    ['too many hashes', () => Frontier.from(4, [emptyRoot, emptyRoot])],
    ['a hash for no leaves', () => Frontier.from(0, [emptyRoot])],
    ['a hash of 31 bytes', () => Frontier.from(1, [Buffer.alloc(31)])],
    ['a hash of 33 bytes', () => Frontier.from(3, [emptyRoot, Buffer.alloc(33)])],
    ['a negative size', () => Frontier.from(-1, [])],
    ['a fractional size', () => Frontier.from(0.5, [])],
    ['a size beyond 2^53 - 1', () => Frontier.from(2 ** 53, [emptyRoot])],
    ['bytes that are not whole hashes', () => Frontier.fromBytes(1, Buffer.alloc(40))],
    ['a leaf that is not hashed', () => Frontier.empty().append(Buffer.from('leaf'))],
  ])('refuses %s', (_what, act) => {
    expect(refusal(act)).toBe('frontier_malformed');
  });

  it('says how many hashes a size takes', () => {
    expect(() => Frontier.from(7, [emptyRoot])).toThrow(
      'the frontier of a tree is malformed: 7 leaves take 3 hashes, there are 1',
    );
  });

  it('stays as it was when it refuses a leaf', () => {
    const frontier = frontierOf(5);
    expect(refusal(() => frontier.append(Buffer.alloc(31)))).toBe('frontier_malformed');
    expect([frontier.size, frontier.root()]).toEqual([5, tree.hash(0, 5)]);
  });
});
