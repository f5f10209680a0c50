import { AuditError } from './error.ts';
import { leafMaxBytes } from './event-leaf.ts';

/** C2SP tlog-tiles: a log as files that never change. */

const tileWidth = 256;
const maxLevel = 63;

/** Hash i of it is the node of level 8 × `level` and index 256 × `index` + i. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** In hashes, 1 to 256; 256 is a full tile. */
  readonly width: number;
}

/** Path below the log's prefix; `entries` for the bundle of leaves. Throws AuditError `tile_range`. */
export function tilePath(level: number | 'entries', index: number, width: number = tileWidth): string {
  const inRange =
    (level === 'entries' || isWithin(level, 0, maxLevel)) &&
    isWithin(index, 0, Number.MAX_SAFE_INTEGER) &&
    isWithin(width, 1, tileWidth);
  if (!inRange)
    throw new AuditError('tile_range', `no tile has level ${level}, index ${index}, width ${width}`);
  return `tile/${level}/${indexPath(index)}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** Zero-padded groups of three digits, an x before all but the last: 1234067 is x001/x234/067. */
function indexPath(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  return padded.replace(/\d{3}(?=\d)/g, 'x$&/');
}

/** Every tile of a tree of `size` leaves, lowest level first; level 0 is also what the entry bundles are. */
export function* tilesOf(size: number): Generator<Tile> {
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / tileWidth)) {
    for (let index = 0; index * tileWidth < hashes; index++)
      yield { level, index, width: Math.min(tileWidth, hashes - index * tileWidth) };
  }
}

/** Each leaf behind its length as a big-endian uint16. Throws AuditError `leaf_too_large`. */
export function entryBundle(leaves: readonly Uint8Array[]): Buffer {
  return Buffer.concat(leaves.flatMap((leaf) => [lengthOf(leaf), leaf]));
}

function lengthOf(leaf: Uint8Array): Buffer {
  if (leaf.length > leafMaxBytes)
    throw new AuditError(
      'leaf_too_large',
      `a leaf of ${leaf.length} bytes, a leaf takes at most ${leafMaxBytes}`,
    );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(leaf.length);
  return length;
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && low <= value && value <= high;
}
