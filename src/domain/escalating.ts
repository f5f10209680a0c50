import { openStages } from './approval.ts';
import type { CommandOf } from './command.ts';
import { type Decision, happened, refused } from './decision.ts';
import type { Ballot, RequestState } from './state.ts';

/** The question that waits for approvers now, if any does: the request's, or that of the extension of its grant. */
export function openBallot({ phase, ballot, extension }: RequestState): Ballot | null {
  if (phase === 'requested') return ballot;
  return phase === 'active' && extension?.phase === 'asked' ? extension : null;
}

/** A stage that is to be opened to a further group when it is not full by then, ms since the epoch. */
export interface EscalationDue {
  readonly stage: number;
  readonly to: string;
  readonly at: number;
}

/** The next of those of a ballot; null: none of its open stages has one left. */
export function nextEscalation(ballot: Ballot): EscalationDue | null {
  const due = openStages(ballot.consent, ballot.approvals).flatMap((stage) => {
    const escalation = ballot.consent.stages[stage]?.escalation;
    const since = ballot.openSince[stage] ?? null;
    if (escalation === undefined || since === null || isOpened(ballot, stage, escalation.group)) return [];
    return [{ stage, to: escalation.group, at: since + escalation.afterMs }];
  });
  return due.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

const isOpened = ({ opened }: Ballot, stage: number, group: string): boolean =>
  opened.some((each) => each.stage === stage && each.group === group);

/** Opens a stage to the group it names for this, beside its own: more may answer, as many must. Never a skipped stage. */
export function escalate(state: RequestState, command: CommandOf<'escalate'>): Decision {
  const { at, shown, stage, to, cause } = command;
  const ballot = openBallot(state);
  if (ballot === null) return refused({ code: 'wrong-phase', action: 'escalate', phase: state.phase });
  if (ballot.shown !== shown) return refused({ code: 'shown-is-stale' });
  if (at >= ballot.lapseAt) return refused({ code: 'lapsed', at: ballot.lapseAt });
  const asked = ballot.consent.stages[stage];
  if (asked === undefined || (to !== null && to !== asked.escalation?.group))
    return refused({ code: 'not-an-approver', groups: to === null ? [] : [to] });
  const open = openStages({ ...ballot.consent, order: 'parallel' }, ballot.approvals);
  if (!open.includes(stage)) return refused({ code: 'stage-full', waitingFor: [] });
  if (to === null ? ballot.stuck.includes(stage) : isOpened(ballot, stage, to))
    return refused({ code: 'already-on-record' });
  if (cause === 'waited' && (to === null || !hasWaited(ballot, stage, at)))
    return refused({ code: 'not-due' });
  return happened({ type: 'StageEscalated', data: { shown, stage, to, cause } });
}

/** Its turn has come, and the time it names has passed since. */
function hasWaited({ consent, openSince }: Ballot, stage: number, at: number): boolean {
  const since = openSince[stage] ?? null;
  const afterMs = consent.stages[stage]?.escalation?.afterMs;
  return since !== null && afterMs !== undefined && at >= since + afterMs;
}
