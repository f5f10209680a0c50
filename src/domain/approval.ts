import type { Approval } from './state.ts';
import type { Consent, Subject } from './values.ts';

/** Who fills which stage, by index. Each person stands at most once, whatever groups hold them. */
export type Seating = readonly (readonly Subject[])[];

/**
 * Seats approvals in stages: one person fills one slot. With parallel stages a person in two groups may fill
 * either, so first come is not enough: this is the largest matching (augmenting paths), which never unseats.
 */
export function seat(consent: Consent, approvals: readonly Approval[]): Seating {
  const seats: Subject[][] = consent.stages.map(() => []);
  const stagesOf = new Map(approvals.map((a) => [a.by, a.stages]));
  const place = (person: Subject, tried: Set<number>): boolean => {
    for (const index of stagesOf.get(person) ?? []) {
      const stage = consent.stages[index];
      const seated = seats[index];
      if (stage === undefined || seated === undefined || tried.has(index)) continue;
      tried.add(index);
      if (seated.length < stage.quorum) {
        seated.push(person);
        return true;
      }
      const mover = seated.findIndex((other) => place(other, tried));
      if (mover >= 0) {
        seated.splice(mover, 1, person);
        return true;
      }
    }
    return false;
  };
  for (const person of stagesOf.keys()) place(person, new Set());
  return seats;
}

/** `>=`, so that an overshoot is never pending for ever. No stages are consent only with a rule that waives them. */
export function isSatisfied(consent: Consent, approvals: readonly Approval[]): boolean {
  if (consent.stages.length === 0) return consent.autoApprovedBy !== null;
  const seating = seat(consent, approvals);
  return consent.stages.every((stage, index) => (seating[index]?.length ?? 0) >= stage.quorum);
}

/** Stages that may be filled now: with `ordered`, the first that is not full. */
export function openStages(consent: Consent, approvals: readonly Approval[]): readonly number[] {
  const seating = seat(consent, approvals);
  const unfilled = consent.stages.flatMap((stage, index) =>
    (seating[index]?.length ?? 0) < stage.quorum ? [index] : [],
  );
  return consent.order === 'ordered' ? unfilled.slice(0, 1) : unfilled;
}

/** Stages this new approval may fill; empty when it would add nothing. */
export function stagesFor(
  consent: Consent,
  approvals: readonly Approval[],
  allowed: readonly number[],
): readonly number[] {
  const candidates =
    consent.order === 'ordered'
      ? allowed.filter((index) => openStages(consent, approvals).includes(index))
      : allowed.filter((index) => index in consent.stages);
  if (candidates.length === 0) return [];
  const probe: Approval = { by: 's:probe', insteadOf: null, stages: candidates, shortenToMs: null, at: 0 };
  return count(seat(consent, [...approvals, probe])) > count(seat(consent, approvals)) ? candidates : [];
}

const count = (seating: Seating): number => seating.reduce((sum, seats) => sum + seats.length, 0);
