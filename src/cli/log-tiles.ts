import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { entryBundle, type Tile, tilePath, tilesOf } from '../audit/tiles.ts';
import type { LogTree } from '../ports/audit-log.ts';

/** Writes the log's first `size` events as C2SP tlog-tiles below `folder`: tiles of hashes, and bundles of entries. */
export async function writeTiles(store: LogTree, size: number, folder: string): Promise<void> {
  for (const tile of tilesOf(size)) {
    const { level, index, width } = tile;
    await put(folder, tilePath(level, index, width), Buffer.concat(await hashesIn(store, tile)));
    if (level > 0) continue;
    const rows = await store.stored(index * tileWidth, width);
    await put(folder, tilePath('entries', index, width), entryBundle(rows.map(({ bytes }) => bytes)));
  }
}

const tileWidth = 256;
const tileLevels = 8;

/** Hash i of a tile is the node of level 8 × `level` and index 256 × `index` + i. */
function hashesIn(store: LogTree, { level, index, width }: Tile): Promise<readonly Uint8Array[]> {
  const first = index * tileWidth;
  return store.hashes(
    Array.from({ length: width }, (_, i) => ({ level: level * tileLevels, index: first + i })),
  );
}

async function put(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes, { flag: 'wx' });
}
