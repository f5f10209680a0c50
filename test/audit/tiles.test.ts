import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryBundle, tilePath, tilesOf } from '../../src/audit/tiles.ts';
import vectors from '../vectors/tlog.json' with { type: 'json' };
import { refusal } from './refusal.ts';

const { indexPath, size70000, size256 } = vectors.tiles;

describe("a tile's path", () => {
  it.each([
    [0, 0, 256, 'tile/0/000'],
    [3, 999, 256, 'tile/3/999'],
    [0, 1000, 256, 'tile/0/x001/000'],
    [0, indexPath.index, 256, `tile/0/${indexPath.path}`],
    [0, indexPath.index, 5, `tile/0/${indexPath.path}.p/5`],
    [63, 1, 255, 'tile/63/001.p/255'],
    ['entries' as const, 0, 256, 'tile/entries/000'],
    ['entries' as const, 1234, 1, 'tile/entries/x001/234.p/1'],
    [0, Number.MAX_SAFE_INTEGER, 256, 'tile/0/x009/x007/x199/x254/x740/991'],
  ])('of level %s, index %i, width %i is %s', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
  });

  it('is that of a full tile where no width is said', () => {
    expect(tilePath(1, 2)).toBe('tile/1/002');
  });

  it.each([
    [-1, 0, 1],
    [64, 0, 1],
    [0.5, 0, 1],
    [0, -1, 1],
    [0, 2 ** 53, 1],
    [0, Number.NaN, 1],
    [0, 0, 0],
    [0, 0, 257],
    [0, 0, 1.5],
  ])('is refused for level %d, index %d, width %d', (level, index, width) => {
    expect(() => tilePath(level, index, width)).toThrow(
      `no tile has level ${level}, index ${index}, width ${width}`,
    );
    expect(refusal(() => tilePath(level, index, width))).toBe('tile_range');
  });
});

describe('the tiles of a tree', () => {
  const widthsOf = (size: number, level: number) =>
    [...tilesOf(size)].filter((tile) => tile.level === level).map(({ width }) => width);

  it('are those of the specification for 70,000 leaves', () => {
    expect(widthsOf(70_000, 0)).toEqual([
      ...Array.from({ length: size70000.fullL0 }, () => 256),
      size70000.partialL0,
    ]);
    expect(widthsOf(70_000, 1)).toEqual([256, size70000.partialL1]);
    expect(widthsOf(70_000, 2)).toEqual([size70000.partialL2]);
    expect(widthsOf(70_000, 3)).toEqual([]);
  });

  it('are those of the specification for 256 leaves', () => {
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: size256.partialL1 },
    ]);
  });

  it('are none for an empty tree', () => {
    expect([...tilesOf(0)]).toEqual([]);
  });

  it('have floor(size / 256^level) hashes at each level, the partial one last', () => {
    fc.assert(
      fc.property(fc.nat(300_000), (size) => {
        const tiles = [...tilesOf(size)];
        for (let level = 0; level <= 3; level++) {
          const ofLevel = tiles.filter((tile) => tile.level === level);
          const hashes = Math.floor(size / 256 ** level);
          expect(ofLevel.map(({ index }) => index)).toEqual([...ofLevel.keys()]);
          expect(ofLevel.reduce((sum, { width }) => sum + width, 0)).toBe(hashes);
          expect(ofLevel.slice(0, -1).every(({ width }) => width === 256)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('an entry bundle', () => {
  it('is each leaf behind its length, big-endian', () => {
    const long = Buffer.alloc(0x0102, 0x61);
    expect(entryBundle([Buffer.from('ab'), Buffer.alloc(0), long])).toEqual(
      Buffer.concat([Buffer.from([0, 2, 0x61, 0x62, 0, 0, 1, 2]), long]),
    );
    expect(entryBundle([])).toHaveLength(0);
  });

  it('takes a leaf of 65,535 bytes and none longer', () => {
    expect(entryBundle([Buffer.alloc(65_535)]).readUInt16BE()).toBe(65_535);
    expect(() => entryBundle([Buffer.alloc(65_536)])).toThrow(
      'a leaf of 65536 bytes, a leaf takes at most 65535',
    );
    expect(refusal(() => entryBundle([Buffer.alloc(65_536)]))).toBe('leaf_too_large');
  });
});
