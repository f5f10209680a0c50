import { createHash } from 'node:crypto';

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** RFC 6962 section 2.1 as it is written there, recursive; what the tests hold the log's own code against. */
export class NaiveTree {
  readonly leaves: readonly Buffer[];
  readonly #known = new Map<string, Buffer>();

  constructor(leaves: readonly Buffer[]) {
    this.leaves = leaves;
  }

  static ofSize(size: number): NaiveTree {
    return new NaiveTree(Array.from({ length: size }, (_, i) => Buffer.from(`leaf ${i}`)));
  }

  /** MTH(D[from:to]). */
  hash(from: number, to: number): Buffer {
    const key = `${from}:${to}`;
    const hash = this.#known.get(key) ?? this.#hash(from, to);
    this.#known.set(key, hash);
    return hash;
  }

  #hash(from: number, to: number): Buffer {
    const n = to - from;
    if (n === 0) return sha256();
    if (n === 1) return sha256(Buffer.from([0]), this.leaves[from] as Buffer);
    const k = from + split(n);
    return sha256(Buffer.from([1]), this.hash(from, k), this.hash(k, to));
  }

  /** PATH(m, D[from:to]), `m` counted from the tree's first leaf. */
  path(m: number, to: number, from = 0): Buffer[] {
    if (to - from === 1) return [];
    const k = from + split(to - from);
    return m < k
      ? [...this.path(m, k, from), this.hash(k, to)]
      : [...this.path(m, to, k), this.hash(from, k)];
  }

  /** SUBPROOF(m, D[from:to], b), `m` counted from the tree's first leaf. */
  subproof(m: number, to: number, from = 0, b = true): Buffer[] {
    if (m === to) return b ? [] : [this.hash(from, to)];
    const k = from + split(to - from);
    return m <= k
      ? [...this.subproof(m, k, from, b), this.hash(k, to)]
      : [...this.subproof(m, to, k, false), this.hash(from, k)];
  }
}
