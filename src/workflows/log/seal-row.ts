import { LIMITS } from '../../limits.ts';
import type { DueRow } from '../../ports/store.ts';

const ROW = { lane: 'log', stream: 'log' } as const;

/** One for each window, due at its end: a burst shares it, and what comes after it waits for the next. */
export function sealRow(now: number): DueRow {
  const window = Math.floor(now / LIMITS.sealWindowMs);
  return { ...ROW, key: `seal:${window}`, kind: 'seal', dueAt: (window + 1) * LIMITS.sealWindowMs };
}

export const REGULARLY = 'seal:regularly';
/** Puts itself again. `first`, at start: what a process before us left half done is not known. */
export const regularSealRow = (dueAt: number, detail: DueRow['detail'] = {}): DueRow => ({
  ...ROW,
  key: REGULARLY,
  kind: 'seal',
  detail,
  dueAt,
});
export const firstSealRow = (now: number): DueRow => regularSealRow(now, { first: 1 });
