import type { Figure } from './report.ts';

/** The value that `share` of the samples do not exceed, by nearest rank: one that was measured. Null of none. */
function percentile(samples: readonly number[], share: number): number | null {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/** How a duration is spread over the rows that have one; `what` begins each label. */
export function spread(what: string, samples: readonly (number | null)[]): readonly Figure[] {
  const known = samples.filter((sample) => sample !== null);
  const figure = (which: string, share: number): Figure => ({
    label: `${what}, ${which}`,
    kind: 'duration',
    value: percentile(known, share),
  });
  return [figure('median', 0.5), figure('p95', 0.95), figure('longest', 1)];
}

export const counted = <R>(label: string, rows: readonly R[], which: (row: R) => boolean): Figure => ({
  label,
  kind: 'count',
  value: rows.filter(which).length,
});
