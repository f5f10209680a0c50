/** A file's bytes in pieces, from the start with each call. */
export type Source = () => Iterable<Uint8Array>;

const newline = 0x0a;

/**
 * Lines with their newlines; the last may be without. What goes on for more than `maxBytes` without a newline is given
 * as far as it was read, and ends the lines: memory stays bounded.
 */
export function* linesOf(source: Source, maxBytes: number): Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (const chunk of source()) {
    const bytes = rest.length === 0 ? bufferOf(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      yield bytes.subarray(start, end + 1);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > maxBytes) break;
  }
  if (rest.length > 0) yield rest;
}

/** Whether a line of `linesOf` ends as a line does. */
export const isEnded = (line: Uint8Array): boolean => line.at(-1) === newline;

/** Records of `size` bytes; the last may be shorter. */
export function* recordsOf(source: Source, size: number): Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (const chunk of source()) {
    const bytes = rest.length === 0 ? bufferOf(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (; start + size <= bytes.length; start += size) yield bytes.subarray(start, start + size);
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) yield rest;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
