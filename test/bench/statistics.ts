/** The value that `share` of the samples do not exceed (nearest rank): an observed value, never an interpolation. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('no samples to take a percentile of');
  return value;
}

export const p50 = (samples: readonly number[]): number => percentile(samples, 0.5);
export const p99 = (samples: readonly number[]): number => percentile(samples, 0.99);

/** `samples` cut into `parts` of equal length, in order: how much a figure moves within one run. */
export function parts(samples: readonly number[], count: number): readonly (readonly number[])[] {
  const size = Math.floor(samples.length / count);
  return Array.from({ length: count }, (_, index) => samples.slice(index * size, (index + 1) * size));
}
