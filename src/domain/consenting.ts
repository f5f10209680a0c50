import { LIMITS } from '../limits.ts';
import { isSatisfied, openStages, seat, stagesFor } from './approval.ts';
import type { CommandOf } from './command.ts';
import { type Decision, happened, refused, refusedOnRecord } from './decision.ts';
import type { RequestEvent } from './events.ts';
import type { Refusal } from './refusal.ts';
import type { Approval, Ballot, RequestState } from './state.ts';
import { checkDuration } from './submission.ts';
import { checkText } from './text.ts';
import type { Subject } from './values.ts';

type Vote = CommandOf<'approve'> | CommandOf<'deny'>;

/** The open question whose text this person was shown: the request, or the extension of its grant. */
function ballotShown(state: RequestState, shown: string): Ballot | 'stale' | 'closed' {
  if (state.extension?.shown === shown) return state.extension.phase === 'asked' ? state.extension : 'closed';
  if (state.ballot.shown !== shown) return 'stale';
  return state.phase === 'requested' ? state.ballot : 'closed';
}

/** Checks in the order in which a person would want to hear of them; the first that speaks decides. */
function checkVote(state: RequestState, vote: Vote): Ballot | Decision {
  const ballot = ballotShown(state, vote.shown);
  if (ballot === 'stale') return refused({ code: 'shown-is-stale' });
  // Naming someone to stand in must not be a way around the separation of duties.
  if (vote.by === state.requester || vote.insteadOf === state.requester)
    return onRecord(state, vote, { code: 'own-request' });
  if (ballot === 'closed') return refused({ code: 'wrong-phase', action: vote.kind, phase: state.phase });
  if (vote.at >= ballot.lapseAt) return refused({ code: 'lapsed', at: ballot.lapseAt });
  if (!vote.mayFill.some((index) => index in ballot.consent.stages))
    return onRecord(state, vote, whyNotTheirs(ballot, vote));
  return ballot;
}

const whyNotTheirs = ({ consent }: Ballot, { isApprover }: Vote): Refusal =>
  isApprover
    ? { code: 'rules-forbid' }
    : { code: 'not-an-approver', groups: consent.stages.map(({ group }) => group) };

const onRecord = (state: RequestState, vote: Vote, refusal: Refusal): Decision =>
  refusedOnRecord(state, vote.by, vote.kind, refusal);

export function approve(state: RequestState, vote: CommandOf<'approve'>): Decision {
  const ballot = checkVote(state, vote);
  if ('ok' in ballot) return ballot;
  if (ballot.approvals.some((a) => a.by === vote.by)) return refused({ code: 'already-decided', by: 'you' });
  if (isSeatTaken(ballot, vote)) return refused({ code: 'already-decided', by: 'seat' });
  const stages = stagesFor(ballot.consent, ballot.approvals, vote.mayFill);
  if (stages.length === 0) return refused({ code: whyNoStage(ballot, vote), waitingFor: waitingFor(ballot) });
  if (vote.shortenToMs !== null) {
    const refusal = checkDuration(vote.shortenToMs, askedMs(state, ballot));
    if (refusal) return refused(refusal);
  }
  const comment = checkText('comment', vote.comment ?? '', LIMITS.reasonMaxChars);
  if (!comment.ok) return refused(comment.refusal);
  const { by, shown, shortenToMs, insteadOf, stamp: policy } = vote;
  const recorded: RequestEvent = {
    type: 'ApprovalRecorded',
    data: { by, stages: [...stages], shown, shortenToMs, policy, ...(insteadOf && { insteadOf }) },
    ...(comment.text && { personal: { comment: comment.text } }),
  };
  const approvals = [...ballot.approvals, { by, insteadOf, stages, shortenToMs, at: vote.at }];
  if (!isSatisfied(ballot.consent, approvals)) return happened(recorded);
  return happened(recorded, consented(state, ballot, approvals));
}

/** Whoever is away and those who stand in for them have one seat between them. */
function isSeatTaken({ approvals }: Ballot, { by, insteadOf }: Vote): boolean {
  const seat = insteadOf ?? by;
  return approvals.some((given) => given.by === seat || given.insteadOf === seat);
}

function whyNoStage({ consent, approvals }: Ballot, vote: Vote): 'not-your-turn' | 'stage-full' {
  const [open] = openStages(consent, approvals);
  const later = consent.order === 'ordered' && open !== undefined && vote.mayFill.some((i) => i > open);
  return later ? 'not-your-turn' : 'stage-full';
}

const waitingFor = (ballot: Ballot): string[] =>
  openStages(ballot.consent, ballot.approvals).flatMap((i) => ballot.consent.stages[i]?.group ?? []);

const askedMs = (state: RequestState, ballot: Ballot): number =>
  ballot === state.extension ? state.extension.extraMs : state.durationMs;

/** The quorum stands: the shortest time anyone consented to is what everyone consented to. */
function consented(state: RequestState, ballot: Ballot, approvals: readonly Approval[]): RequestEvent {
  const durationMs = Math.min(askedMs(state, ballot), ...approvals.flatMap((a) => a.shortenToMs ?? []));
  const approvers: Subject[] = seat(ballot.consent, approvals).flat();
  return ballot === state.extension && state.grant !== null
    ? { type: 'ExtensionApproved', data: { expiresAt: state.grant.expiresAt + durationMs, approvers } }
    : { type: 'RequestApproved', data: { durationMs, approvers } };
}

/** One denial is final. */
export function deny(state: RequestState, vote: CommandOf<'deny'>): Decision {
  const ballot = checkVote(state, vote);
  if ('ok' in ballot) return ballot;
  const reason = checkReason(vote.reason);
  if (!reason.ok) return refused(reason.refusal);
  return happened({
    type: ballot === state.extension ? 'ExtensionDenied' : 'RequestDenied',
    data: { by: vote.by, shown: vote.shown, policy: vote.stamp },
    personal: { reason: reason.text },
  });
}

export function checkReason(raw: string): ReturnType<typeof checkText> {
  const checked = checkText('reason', raw, LIMITS.reasonMaxChars);
  return checked.ok && checked.text === '' ? { ok: false, refusal: { code: 'reason-missing' } } : checked;
}

export function withdraw(state: RequestState, command: CommandOf<'withdraw'>): Decision {
  if (command.by !== state.requester)
    return refusedOnRecord(state, command.by, 'withdraw', { code: 'not-yours' });
  if (state.phase !== 'requested' && state.phase !== 'approved')
    return refused({ code: 'wrong-phase', action: 'withdraw', phase: state.phase });
  return happened({ type: 'RequestWithdrawn', data: { by: command.by } });
}

export function lapse(state: RequestState, command: CommandOf<'lapse'>): Decision {
  if (state.phase !== 'requested')
    return refused({ code: 'wrong-phase', action: 'lapse', phase: state.phase });
  if (command.at < state.ballot.lapseAt) return refused({ code: 'not-due' });
  return happened({ type: 'RequestLapsed', data: {} });
}

export function lapseExtension(state: RequestState, command: CommandOf<'lapse-extension'>): Decision {
  if (state.extension?.phase !== 'asked')
    return refused({ code: 'wrong-phase', action: 'lapse-extension', phase: state.phase });
  if (command.at < state.extension.lapseAt) return refused({ code: 'not-due' });
  return happened({ type: 'ExtensionLapsed', data: {} });
}

export function remind(state: RequestState, command: CommandOf<'remind'>): Decision {
  if (state.phase !== 'requested')
    return refused({ code: 'wrong-phase', action: 'remind', phase: state.phase });
  if (command.at >= state.ballot.lapseAt) return refused({ code: 'lapsed', at: state.ballot.lapseAt });
  return happened({ type: 'ApproversReminded', data: { round: state.reminders + 1 } });
}
