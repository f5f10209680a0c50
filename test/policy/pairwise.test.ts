import { expect, it } from 'vitest';
import { pairwise } from '../../src/policy/compare/pairwise.ts';

it.each([[[2, 3, 4]], [[4, 1, 2, 2, 3]], [[5, 5, 5, 2]], [[1, 1]], [[3]]])(
  'has every pair of levels of %j in some row',
  (sizes) => {
    const rows = pairwise(sizes);
    for (const [a, sizeOfA] of sizes.entries())
      for (const [b, sizeOfB] of sizes.entries())
        for (let x = 0; x < sizeOfA; x++)
          for (let y = 0; y < sizeOfB; y++)
            if (a < b) expect(rows.some((row) => row[a] === x && row[b] === y)).toBe(true);
    for (const row of rows) expect(row.every((level, at) => level < (sizes[at] ?? 0))).toBe(true);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([sizes.length]));
  },
);

it('takes far fewer rows than all combinations', () => {
  expect(pairwise([4, 4, 4, 4, 4, 4]).length).toBeLessThan(40);
});
