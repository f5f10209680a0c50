import { hash } from 'node:crypto';
import { AuditError } from './error.ts';

/** RFC 6962 section 2.1 (RFC 9162 section 2.1): the Merkle tree hash. */

export const hashBytes = 32;

/** The hash of an empty list is the hash of an empty string. */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer');

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + left.length + right.length);
  input[0] = 0x01;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return Buffer.from(hash('sha256', input, 'binary'), 'binary');
}

/** The root of the complete subtree of 2^level leaves from leaf `index` × 2^level on; level 0 is a leaf hash. */
export interface Node {
  readonly level: number;
  readonly index: number;
}

/** The largest complete subtrees of a tree of `size` leaves, largest first. */
export function rootNodes(size: number): readonly Node[] {
  return rangeNodes(0, size);
}

/**
 * The largest complete subtrees of `width` leaves from `start` on, largest first. `start` must be a multiple of the
 * largest of them, as it is for every range that RFC 9162 section 2.1 splits a tree into.
 */
export function rangeNodes(start: number, width: number): readonly Node[] {
  let at = start;
  return onesOf(width).map((level) => {
    const leaves = 2 ** level;
    at += leaves;
    return { level, index: at / leaves - 1 };
  });
}

/** The root over complete subtrees that lie side by side, from their roots, largest first. */
export function foldNodes(hashes: readonly Uint8Array[]): Buffer {
  const last = hashes.at(-1);
  if (last === undefined) return Buffer.from(emptyRoot);
  return hashes.slice(0, -1).reduceRight<Buffer>((root, left) => nodeHash(left, root), Buffer.from(last));
}

/** The positions of the one-bits of `size`, highest first; without the operators that keep 32 bits. */
function onesOf(size: number): readonly number[] {
  const ones: number[] = [];
  for (let level = 0, rest = size; rest > 0; level++, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) ones.push(level);
  return ones.reverse();
}

/** A size is at most 2^53 − 1. */
const levels = 53;

/** The right edge of a tree: all that is needed to append to it and to know its root. */
export class Frontier {
  #size: number;
  /** The root of the complete subtree of 2^level leaves at `level` × 32, where the size has that bit. */
  readonly #roots: Buffer;
  /** 0x01 ‖ left ‖ right, written over for every node. */
  readonly #input = Buffer.alloc(1 + 2 * hashBytes, 0x01);

  private constructor(size: number, roots: Buffer) {
    this.#size = size;
    this.#roots = roots;
  }

  static empty(): Frontier {
    return new Frontier(0, Buffer.alloc(levels * hashBytes));
  }

  /** Of the roots of `rootNodes(size)`, in that order. Throws AuditError `frontier_malformed`. */
  static from(size: number, hashes: readonly Uint8Array[]): Frontier {
    if (!Number.isSafeInteger(size) || size < 0)
      throw malformed('its size must be a whole number below 2^53');
    const ones = onesOf(size);
    if (hashes.length !== ones.length)
      throw malformed(`${size} leaves take ${ones.length} hashes, there are ${hashes.length}`);
    const frontier = new Frontier(size, Buffer.alloc(levels * hashBytes));
    for (const [i, level] of ones.entries()) {
      const root = hashes[i];
      if (root?.length !== hashBytes) throw malformed(`a hash must have ${hashBytes} bytes`);
      frontier.#roots.set(root, level * hashBytes);
    }
    return frontier;
  }

  /** What `toBytes` wrote. Throws AuditError `frontier_malformed`. */
  static fromBytes(size: number, bytes: Uint8Array): Frontier {
    if (bytes.length % hashBytes !== 0) throw malformed(`its bytes must be hashes of ${hashBytes} bytes`);
    const hashes = Array.from({ length: bytes.length / hashBytes }, (_, i) =>
      bytes.subarray(i * hashBytes, (i + 1) * hashBytes),
    );
    return Frontier.from(size, hashes);
  }

  get size(): number {
    return this.#size;
  }

  /** The roots of `rootNodes(size)`, in that order. */
  get hashes(): readonly Buffer[] {
    return onesOf(this.#size).map((level) =>
      Buffer.from(this.#roots.subarray(level * hashBytes, (level + 1) * hashBytes)),
    );
  }

  toBytes(): Buffer {
    return Buffer.concat(this.hashes);
  }

  root(): Buffer {
    return foldNodes(this.hashes);
  }

  copy(): Frontier {
    return new Frontier(this.#size, Buffer.from(this.#roots));
  }

  /**
   * Adds one leaf, by its hash. `onNode` is told of every complete subtree of two leaves or more that it completes,
   * smallest first. Throws AuditError `frontier_malformed` for a hash that is not 32 bytes and beyond 2^53 − 1 leaves.
   */
  append(leafHash: Uint8Array, onNode?: (node: Node, hash: Buffer) => void): void {
    if (leafHash.length !== hashBytes) throw malformed(`a leaf hash must have ${hashBytes} bytes`);
    if (this.#size === Number.MAX_SAFE_INTEGER) throw malformed('it is full');
    const input = this.#input;
    const rightAt = 1 + hashBytes;
    input.set(leafHash, rightAt);
    let level = 0;
    let index = this.#size;
    for (; index % 2 === 1; level++) {
      this.#roots.copy(input, 1, level * hashBytes, (level + 1) * hashBytes);
      input.write(hash('sha256', input, 'binary'), rightAt, hashBytes, 'binary');
      index = (index - 1) / 2;
      onNode?.({ level: level + 1, index }, Buffer.from(input.subarray(rightAt)));
    }
    input.copy(this.#roots, level * hashBytes, rightAt);
    this.#size++;
  }
}

function malformed(rule: string): AuditError {
  return new AuditError('frontier_malformed', `the frontier of a tree is malformed: ${rule}`);
}
