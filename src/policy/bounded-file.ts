import { type FileHandle, open } from 'node:fs/promises';

/** A file's bytes, or why there are none. */
export type FileReading = { readonly bytes: Uint8Array } | { readonly fault: string };

/** Reads a file that someone wrote by hand, and never more of it than the bound. */
export async function readBounded(file: string, maxBytes: number): Promise<FileReading> {
  try {
    await using handle = await open(file, 'r');
    const buffer = Buffer.alloc(maxBytes + 1);
    const length = await fill(buffer, handle);
    if (length > maxBytes) {
      return { fault: `is larger than ${maxBytes} bytes; expected one hand-written file` };
    }
    return { bytes: Uint8Array.from(buffer.subarray(0, length)) };
  } catch (error) {
    return unreadable(error);
  }
}

/** To its end or the buffer's: one read may bring less, and what is left out could be what forbids. */
async function fill(buffer: Buffer, handle: FileHandle): Promise<number> {
  let length = 0;
  for (let more = -1; more !== 0 && length < buffer.length; length += more) {
    ({ bytesRead: more } = await handle.read(buffer, length, buffer.length - length, length));
  }
  return length;
}

export function textOf(bytes: Uint8Array): { readonly text: string } | { readonly fault: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { fault: 'is not UTF-8 text' };
  }
}

export const unreadable = (error: unknown) => ({
  fault: `cannot be read (${codeOf(error)}); expected a file that this process may read`,
});

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
