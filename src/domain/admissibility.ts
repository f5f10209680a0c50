import type { Admission } from './command.ts';
import { asksMore, givesTheSame, type MayFill } from './granting.ts';
import type { RequestState } from './state.ts';
import { sound } from './submission.ts';

/** What one set of rules says of a grant that is there, all of it looked up for this. */
export interface Judged {
  readonly admission: Admission;
  /** For each approver who still may, the stages that these rules demand and they may fill. */
  readonly mayFill: MayFill;
}

/** Why rules would not give a grant as it was given, as a code; null: they would. */
function whyInadmissible(state: RequestState, { admission, mayFill }: Judged): string | null {
  const today = sound(admission);
  if (!today.allowed) return today.code;
  if (!givesTheSame(state.entitlement, today.entitlement)) return 'entitlement-changed';
  if (state.durationMs > today.entitlement.longestMs) return 'duration-too-long';
  return asksMore(state.ballot, today.consent, mayFill) ? 'consent-changed' : null;
}

/**
 * Why a change of the rules ends a grant, as a code; null: it does not. What the rules before would not have given
 * either, for the same reason, is not of their change: a group that someone left, an incident that is over. `before`
 * null: nobody knows any more what they said.
 */
export function whyEndedByChange(state: RequestState, before: Judged | null, now: Judged): string | null {
  const why = whyInadmissible(state, now);
  if (why === null || before === null) return why;
  const whyBefore = whyInadmissible(state, before);
  return whyBefore === why && sameRules(before, now) ? null : why;
}

const sameRules = ({ admission: a }: Judged, { admission: b }: Judged): boolean =>
  a.stamp.ids.join('\n') === b.stamp.ids.join('\n');
