import type { RecordedEvent } from '../../domain/events.ts';
import type { RecordedJournalEvent } from '../../domain/journal.ts';
import type { Anchored } from '../source.ts';
import type { Text } from '../texts.ts';

/** `not-yet`: it may still come to hold; `does-not-apply`: there is nothing it could be said of. */
export type Verdict = 'holds' | 'does-not-hold' | 'not-yet' | 'does-not-apply';

/** A claim, whether the events bear it out, and the events that anyone can check it with. */
export interface Finding {
  readonly id: string;
  readonly claim: string;
  readonly verdict: Verdict;
  readonly why: string;
  /** Log indices, ascending. */
  readonly events: readonly number[];
  /** From the end of access to the look that showed it gone; while that is missing, to when the bundle was made. */
  readonly lagMs?: number;
}

/** What the rules look at. None of them folds the stream: a rule must also hold of a history that cannot be. */
export interface Case {
  /** The request's own events, in log order. */
  readonly own: readonly RecordedEvent[];
  readonly journal: readonly RecordedJournalEvent[];
  readonly texts: readonly Text[];
  /** The heads that left the house, each with whether it is of the tree that the checkpoint signs. */
  readonly anchored: readonly (Pick<Anchored, 'anchor' | 'at' | 'size'> & { readonly sameTree: boolean })[];
  /** When the bundle is made, ms since the epoch. */
  readonly at: number;
}

export type Rule = (about: Case) => Finding;

/** A rule under its name and claim; `judge` says the rest. */
export function rule(
  id: string,
  claim: string,
  judge: (about: Case) => Omit<Finding, 'id' | 'claim' | 'events'> & { readonly events: readonly number[] },
): Rule {
  return (about) => {
    const { events, ...judged } = judge(about);
    return { id, claim, ...judged, events: [...new Set(events)].toSorted((a, b) => a - b) };
  };
}

export const indexOf = ({ meta }: { readonly meta: { readonly index: number } }): number => meta.index;

/** "#3, #4 and #9" */
export function marks(indices: readonly number[]): string {
  const all = indices.map((index) => `#${index}`);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** The events of a stream that came before one of it. */
export const before = (
  own: readonly RecordedEvent[],
  event: { readonly meta: { readonly index: number } },
): readonly RecordedEvent[] => own.filter((each) => indexOf(each) < indexOf(event));

export const count = (amount: number, one: string, many: string): string =>
  `${amount} ${amount === 1 ? one : many}`;
