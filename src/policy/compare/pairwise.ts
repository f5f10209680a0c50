/**
 * Rows of one level of each factor, so that every pair of levels of two factors is in at least one row. Greedy and
 * deterministic; each row takes a pair that is still missing, and fills the rest with what covers most. `sizes`: how
 * many levels each factor has, at least one. Answers indices of levels.
 */
export function pairwise(sizes: readonly number[]): readonly (readonly number[])[] {
  const missing = pairsOf(sizes);
  const rows: number[][] = [];
  while (missing.size > 0) {
    const row = rowWith(sizes, missing);
    for (const key of pairsIn(row)) missing.delete(key);
    rows.push(row);
  }
  if (rows.length > 0) return rows;
  // One factor has no pairs: each of its levels is a row.
  const longest = Math.max(1, ...sizes);
  return Array.from({ length: longest }, (_, level) => sizes.map((size) => Math.min(level, size - 1)));
}

const pairKey = (a: number, levelOfA: number, b: number, levelOfB: number): string =>
  `${a}:${levelOfA}/${b}:${levelOfB}`;

function pairsOf(sizes: readonly number[]): Set<string> {
  const pairs = new Set<string>();
  for (const [a, sizeOfA] of sizes.entries())
    for (let b = a + 1; b < sizes.length; b++)
      for (let x = 0; x < sizeOfA; x++)
        for (let y = 0; y < (sizes[b] ?? 0); y++) pairs.add(pairKey(a, x, b, y));
  return pairs;
}

function pairsIn(row: readonly number[]): readonly string[] {
  return row.flatMap((x, a) => row.slice(a + 1).map((y, after) => pairKey(a, x, a + 1 + after, y)));
}

function rowWith(sizes: readonly number[], missing: ReadonlySet<string>): number[] {
  const [first = ''] = missing;
  const [a = 0, x = 0, b = 0, y = 0] = first.split(/[:/]/).map(Number);
  const chosen = new Map([
    [a, x],
    [b, y],
  ]);
  for (const [factor, size] of sizes.entries())
    if (!chosen.has(factor)) chosen.set(factor, bestLevel(factor, size, chosen, missing));
  return sizes.map((_, factor) => chosen.get(factor) ?? 0);
}

function bestLevel(
  factor: number,
  size: number,
  chosen: ReadonlyMap<number, number>,
  missing: ReadonlySet<string>,
): number {
  let best = { level: 0, covers: -1 };
  for (let level = 0; level < size; level++) {
    const covers = [...chosen].filter(([other, at]) =>
      missing.has(other < factor ? pairKey(other, at, factor, level) : pairKey(factor, level, other, at)),
    ).length;
    if (covers > best.covers) best = { level, covers };
  }
  return best.level;
}
