import type { AuditError } from './error.ts';

/** X.690 sections 8.1 and 10.1 (DER): values one after the other, of one-byte tags and definite, shortest lengths. */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #refuse: (rule: string) => AuditError;
  #at = 0;

  /** `refuse` makes what is thrown for bytes that are not as asked for. */
  constructor(bytes: Uint8Array, refuse: (rule: string) => AuditError) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#refuse = refuse;
  }

  /** The content of the next value, which must have this tag. `name` is the specification's, for the message. */
  value(tag: number, name: string): Buffer {
    const content = this.optional(tag);
    if (content === undefined) throw this.#refuse(`${name} is missing`);
    return content;
  }

  /** As `value`; undefined, and nothing read, where the next value has another tag. */
  optional(tag: number): Buffer | undefined {
    if (this.#bytes[this.#at] !== tag) return undefined;
    const { start, length } = this.#length(this.#at + 1);
    const end = start + length;
    if (end > this.#bytes.length) throw this.#refuse('a value is longer than what holds it');
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  /** A reader of the content of the next value, which must have this tag. */
  inside(tag: number, name: string): DerReader {
    return new DerReader(this.value(tag, name), this.#refuse);
  }

  /** What is not read yet. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  end(name: string): void {
    if (this.#at < this.#bytes.length) throw this.#refuse(`${name} has more than belongs there`);
  }

  #length(at: number): { start: number; length: number } {
    const first = this.#bytes[at];
    if (first === undefined) throw this.#refuse('a value ends in its length');
    if (first < 0x80) return { start: at + 1, length: first };
    const octets = first - 0x80;
    const start = at + 1 + octets;
    if (octets === 0 || octets > 4)
      throw this.#refuse('a length must be definite and of at most four octets');
    if (start > this.#bytes.length) throw this.#refuse('a value ends in its length');
    const length = this.#bytes.readUIntBE(at + 1, octets);
    if (length < Math.max(0x80, 2 ** (8 * (octets - 1))))
      throw this.#refuse('a length must be in its shortest form');
    return { start, length };
  }
}
