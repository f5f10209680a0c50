import { hashBytes } from './tree.ts';

/** What the C2SP formats are made of: decimals, base64, lines. A reader answers null for what is not exactly so. */

/** ASCII decimal without sign or leading zeroes, up to 2^53 − 1. */
export function readDecimal(text: string): number | null {
  const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

/** RFC 4648 section 4, padded, and in the one canonical form (section 3.5). */
export function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** tlog-witness allows 63 lines of consistency proof; no inclusion proof below 2^63 leaves takes more either. */
const maxHashes = 63;

/** Base64 of a hash in each line, for at most 63 lines. */
export function readHashes(lines: readonly string[]): Buffer[] | null {
  if (lines.length > maxHashes) return null;
  const hashes = lines.map(readBase64);
  return hashes.every((hash) => hash?.length === hashBytes) ? (hashes as Buffer[]) : null;
}

/** The lines before the first blank line, and the note after it; null where either is missing. */
export function splitAtBlankLine(text: string): { lines: string[]; note: string } | null {
  const at = text.indexOf('\n\n');
  const note = text.slice(at + 2);
  return at < 0 || note === '' ? null : { lines: text.slice(0, at).split('\n'), note };
}

/** What stands behind `keyword` and a space; null on another line. */
export function valueOf(keyword: string, line: string): string | null {
  return line.startsWith(`${keyword} `) ? line.slice(keyword.length + 1) : null;
}
