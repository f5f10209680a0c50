import { hash } from 'node:crypto';

/** 128 bits that stand for a text; `c` is never 0. */
export interface Key {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** A UUID (RFC 9562 section 4, in lower case) stands for itself; for any other text see `hashKey`. */
export const idKey = (id: string): Key => uuidKey(id) ?? hashKey(id);

/** The first half of the text's SHA-256, with 01 in the two bits in which a UUID has 10: so no key stands for both. */
export function hashKey(text: string): Key {
  const digest = Buffer.from(hash('sha256', text, 'binary'), 'binary');
  const c = (digest.readInt32BE(8) & 0x3fff_ffff) | 0x4000_0000;
  return { a: digest.readInt32BE(0), b: digest.readInt32BE(4), c, d: digest.readInt32BE(12) };
}

function uuidKey(text: string): Key | null {
  if (text.length !== 36) return null;
  for (const at of [8, 13, 18, 23]) if (text.charCodeAt(at) !== dash) return null;
  const a = hex(text, 0, 8);
  const b = hex(text, 9, 13) * 0x1_0000 + hex(text, 14, 18);
  const c = hex(text, 19, 23) * 0x1_0000 + hex(text, 24, 28);
  const d = hex(text, 28, 36);
  if (Number.isNaN(a + b + c + d) || c >>> 30 !== 0b10) return null;
  return { a: a | 0, b: b | 0, c: c | 0, d: d | 0 };
}

const dash = 0x2d;

function hex(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 16 + nibble(text.charCodeAt(i));
  return value;
}

function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : Number.NaN;
}

/** Words of a slot. */
const width = 4;

/** A set of keys in 32 to 64 bytes each, for what a whole log has. */
export class KeySet {
  readonly #seed: number;
  #slots = new Int32Array(1_024 * width);
  #size = 0;

  /** `seed`: whoever chooses the keys must not know it, or they could line them all up behind one another. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#size;
  }

  /** False: it is in already. */
  add(key: Key): boolean {
    if (2 * width * (this.#size + 1) > this.#slots.length) this.#grow();
    const at = this.#find(key);
    if (this.#slots[at + 2] !== 0) return false;
    this.#put(key, at);
    this.#size++;
    return true;
  }

  has(key: Key): boolean {
    return this.#slots[this.#find(key) + 2] !== 0;
  }

  /** Where the key is, or else the free slot where it would go: half of the slots are free at least. */
  #find({ a, b, c, d }: Key): number {
    const slots = this.#slots;
    const mask = slots.length / width - 1;
    let slot = mixed(mixed(mixed(mixed(this.#seed, a), b), c), d) & mask;
    for (;;) {
      const at = slot * width;
      if (slots[at + 2] === 0) return at;
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return at;
      slot = (slot + 1) & mask;
    }
  }

  #put({ a, b, c, d }: Key, at: number): void {
    this.#slots[at] = a;
    this.#slots[at + 1] = b;
    this.#slots[at + 2] = c;
    this.#slots[at + 3] = d;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    const word = (at: number): number => before[at] ?? 0;
    for (let at = 0; at < before.length; at += width) {
      const key = { a: word(at), b: word(at + 1), c: word(at + 2), d: word(at + 3) };
      if (key.c !== 0) this.#put(key, this.#find(key));
    }
  }
}

/** Moves every bit of `state` and `word` into the low bits. */
function mixed(state: number, word: number): number {
  const product = Math.imul(state ^ word, 0x9e37_79b1);
  return product ^ (product >>> 15);
}
