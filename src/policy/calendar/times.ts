/** A stretch of time, ms since the epoch, its end excluded. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

/** When something is the case: asked for a window at a time, for it may have no end. */
export interface Times {
  /** Every stretch that shares a moment with the window. Bounded; throws where it cannot be told. */
  overlapping(window: Stretch): readonly Stretch[];
}

/**
 * Where a change of the clock leaves more than one reading of what is written, a freeze takes all of them together,
 * maintenance what they have in common: either way the doubtful hour gives nobody more.
 */
export type Reading = 'widest' | 'narrowest';

export const overlaps = (a: Stretch, b: Stretch): boolean => a.from < b.until && a.until > b.from;

export const fixedTimes = (stretches: readonly Stretch[]): Times => ({
  overlapping: (window) => stretches.filter((each) => overlaps(each, window)),
});

export const allTimes = (parts: readonly Times[]): Times => ({
  overlapping: (window) => parts.flatMap((part) => part.overlapping(window)),
});

/** Stretches that touch or overlap, joined; by their beginning. */
export function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const out: Stretch[] = [];
  for (const { from, until } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last === undefined || from > last.until) out.push({ from, until });
    else out[out.length - 1] = { from: last.from, until: Math.max(last.until, until) };
  }
  return out;
}
