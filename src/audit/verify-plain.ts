/** What of an event its verifier needs. */
export interface LeafFrame {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  /** Digest of each disclosed field, by field; null: there are none. */
  readonly sd: Readonly<Record<string, string>> | null;
}

/**
 * Reads most leaves in half the time of JSON.parse. It takes only a part of canonical JSON (RFC 8785): ASCII texts
 * without escapes, whole numbers from 0 on with up to 15 digits, members in ascending order. Of that part it looks at
 * every byte, so that what it takes is canonical. Null: the leaf is of another part, or of none.
 */
export function plainFrame(bytes: Uint8Array): LeafFrame | null {
  const reader = new PlainReader(bytes);
  if (!reader.literal(toAt) || reader.integer() === null) return null;
  if (!reader.literal(toData) || !reader.object(1)) return null;
  const id = reader.literal(toId) ? reader.text() : null;
  const sd = reader.literal(toSd) ? reader.digests() : undefined;
  const stream = reader.literal(toStream) ? reader.text() : null;
  const type = reader.literal(toType) ? reader.text() : null;
  if (!reader.literal(toV) || reader.integer() === null) return null;
  const version = reader.literal(toVersion) ? reader.integer() : null;
  if (id === null || sd === undefined || stream === null || type === null || version === null) return null;
  return reader.literal(toEnd) && reader.isAtEnd() ? { id, type, stream, version, sd } : null;
}

const toAt = Buffer.from('{"at":');
const toData = Buffer.from(',"data":');
const toId = Buffer.from(',"id":');
const toSd = Buffer.from(',"sd":');
const toStream = Buffer.from(',"stream":');
const toType = Buffer.from(',"type":');
const toV = Buffer.from(',"v":');
const toVersion = Buffer.from(',"version":');
const toEnd = Buffer.from('}');

const words = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];

const maxDepth = 32;
const maxDigits = 15;
const quote = 0x22;
const comma = 0x2c;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** 1 for each character of a text that stands for itself. */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== backslash ? 1 : 0,
);

/** Each method reads what it is named for and stands behind it, or says no and is of no further use. */
class PlainReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Of the text that was read last, without its quotes. */
  #start = 0;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  literal(expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[this.#at + i] !== expected[i]) return false;
    this.#at += expected.length;
    return true;
  }

  integer(): number | null {
    const start = this.#at;
    let value = 0;
    for (let byte = this.#byte(); byte >= zero && byte <= nine; byte = this.#byte()) {
      value = value * 10 + (byte - zero);
      this.#at++;
    }
    const digits = this.#at - start;
    if (digits === 0 || digits > maxDigits || (digits > 1 && this.#bytes[start] === zero)) return null;
    return value;
  }

  text(): string | null {
    return this.#string() ? this.#bytes.toString('latin1', this.#start, this.#end) : null;
  }

  /** Undefined: these are none. */
  digests(): Readonly<Record<string, string>> | null | undefined {
    const start = this.#at;
    if (!this.object(1)) return undefined;
    if (this.#at === start + 2) return null;
    const digests = JSON.parse(this.#bytes.toString('latin1', start, this.#at)) as Record<string, unknown>;
    return Object.values(digests).every((digest) => typeof digest === 'string')
      ? (digests as Record<string, string>)
      : undefined;
  }

  object(depth: number): boolean {
    if (!this.#skip(openObject) || depth > maxDepth) return false;
    if (this.#skip(closeObject)) return true;
    let previousStart = 0;
    let previousEnd = -1;
    do {
      if (!this.#string()) return false;
      if (previousEnd >= 0 && !this.#ascends(previousStart, previousEnd)) return false;
      previousStart = this.#start;
      previousEnd = this.#end;
      if (!this.#skip(colon) || !this.#value(depth + 1)) return false;
    } while (this.#skip(comma));
    return this.#skip(closeObject);
  }

  #array(depth: number): boolean {
    if (!this.#skip(openArray) || depth > maxDepth) return false;
    if (this.#skip(closeArray)) return true;
    do {
      if (!this.#value(depth + 1)) return false;
    } while (this.#skip(comma));
    return this.#skip(closeArray);
  }

  #value(depth: number): boolean {
    const byte = this.#byte();
    if (byte === quote) return this.#string();
    if (byte === openObject) return this.object(depth);
    if (byte === openArray) return this.#array(depth);
    if (byte >= zero && byte <= nine) return this.integer() !== null;
    return words.some((word) => this.literal(word));
  }

  #string(): boolean {
    if (!this.#skip(quote)) return false;
    const bytes = this.#bytes;
    let at = this.#at;
    while (isPlain[bytes[at] ?? 0] === 1) at++;
    this.#start = this.#at;
    this.#end = at;
    this.#at = at;
    return this.#skip(quote);
  }

  /** Whether the text read last comes after another: in ASCII, bytes sort as RFC 8785 section 3.2.3 asks. */
  #ascends(start: number, end: number): boolean {
    const bytes = this.#bytes;
    let [before, after] = [start, this.#start];
    for (; before < end && after < this.#end && bytes[before] === bytes[after]; before++) after++;
    return after < this.#end && (before === end || (bytes[after] ?? 0) > (bytes[before] ?? 0));
  }

  #skip(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** 0, which stands nowhere in such a leaf, behind the end. */
  #byte(): number {
    return this.#bytes[this.#at] ?? 0;
  }
}
