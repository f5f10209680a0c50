import { formatDuration } from '../../domain/duration.ts';
import type { Phase } from '../../domain/state.ts';
import type { AbsenceProof, Impact, Trigger } from '../../domain/values.ts';
import type { BallotView, PersonRef, RequestView, StageView } from '../../ports/view.ts';
import type { ShownText } from '../../domain/visibility.ts';
import {
  type Action,
  type Block,
  bold,
  code,
  context,
  join,
  list,
  person,
  quote,
  type Span,
  say,
} from '../card.ts';
import { ACTION, actionValue } from '../intent.ts';
import { clip } from '../wording.ts';

/** One marker for each state, the same wherever a request is shown. */
export const MARK: Readonly<Record<Phase, string>> = {
  requested: '🟡',
  approved: '👍',
  provisioning: '⚙️',
  active: '🟢',
  revoking: '🧹',
  revoked: '🔒',
  denied: '⛔',
  withdrawn: '↩️',
  lapsed: '⌛',
  failed: '⚠️',
};

export const STATE: Readonly<Record<Phase, string>> = {
  requested: 'Waiting for approval',
  approved: 'Approved',
  provisioning: 'Being set up',
  active: 'Active',
  revoking: 'Being removed',
  revoked: 'Ended and proven gone',
  denied: 'Denied',
  withdrawn: 'Withdrawn',
  lapsed: 'Lapsed',
  failed: 'Not set up',
};

/** What is asked for, in one phrase: "Read access on Orders DB". */
export const titleOf = (view: RequestView): string => {
  const { title, resourceTitle } = view.entitlement;
  return title.includes(resourceTitle) ? title : `${title} on ${resourceTitle}`;
};

export const names = (people: readonly PersonRef[]): readonly Span[] =>
  people.length === 0 ? say`nobody` : list(people.map((each) => [person(each)]));

export const isFull = (stage: StageView): boolean => stage.approvedBy.length >= stage.quorum;

/** "1 of 2 · DBA: ✓ Cleo": how far one group is, or was when the asking ended. */
function stageLine(stage: StageView, index: number, ballot: BallotView, asking: boolean): readonly Span[] {
  const step = ballot.order === 'ordered' && ballot.stages.length > 1 ? `${index + 1}. ` : '';
  const mark = isFull(stage) ? '✅' : !asking ? '➖' : stage.open ? '⬜' : '⏸️';
  const who = stage.approvedBy.map((each) => say`✓ ${person(each)}${insteadOf(ballot, each)}`);
  const head = say`${mark} ${step}${bold(stage.groupTitle)}  ·  ${stage.approvedBy.length} of ${stage.quorum}`;
  const waits = asking && !isFull(stage) && !stage.open ? say`  ·  after the step before` : [];
  const given = who.length > 0 ? say`  ·  ${join(who, ', ')}` : [];
  return [...head, ...openedLine(stage), ...given, ...waits, ...stuckLine(stage, asking)];
}

function insteadOf({ standIns }: BallotView, { subject }: PersonRef): readonly Span[] {
  const absent = standIns[subject];
  return absent === undefined ? [] : say` for ${person(absent)}`;
}

function openedLine({ openedTo }: StageView): readonly Span[] {
  const titles = Object.values(openedTo).map((title) => [bold(title)]);
  return titles.length === 0 ? [] : say` or ${list(titles, 'or')}`;
}

const stuckLine = (stage: StageView, asking: boolean): readonly Span[] =>
  asking && stage.stuck && !isFull(stage) ? say`  ·  🚨 nobody is left who could` : [];

export function ballotLines(ballot: BallotView, asking: boolean): readonly Span[] {
  if (ballot.stages.length === 0)
    return say`⚡ Approved by rule ${code(ballot.autoApprovedBy ?? 'unknown')}; nobody is asked`;
  return join(
    ballot.stages.map((stage, index) => stageLine(stage, index, ballot, asking)),
    '\n',
  );
}

function factorWords(factor: string): string {
  const [kind = '', ...rest] = factor.split(':');
  const name = rest.join(':');
  switch (kind) {
    case 'classification':
      return `${name} data`;
    case 'privilege':
      return `${name} privilege`;
    case 'duration':
      return `${name} long`;
    default:
      return name === '' ? factor : name;
  }
}

const FACTORS_SHOWN_MAX = 8;

/** "7: restricted data +4, production +2, 8h long +1": the score, and what adds up to it. */
export function impactLine({ score, parts }: Impact): readonly Span[] {
  const shown = parts
    .slice(0, FACTORS_SHOWN_MAX)
    .map(({ factor, points }) => say`${clip(factorWords(factor), 40)} +${points}`);
  const more = parts.length > shown.length ? [say`${parts.length - shown.length} more`] : [];
  const why = [...shown, ...more];
  return why.length === 0 ? [bold(String(score))] : say`${bold(String(score))}: ${join(why, ', ')}`;
}

/** What follows from having it, a line each. */
export const followsList = (consequences: readonly string[]): readonly Span[] =>
  join(
    consequences.map((each) => say`• ${clip(each, 200)}`),
    '\n',
  );

/** What stands in the place of a text that its reader does not get. */
export const INSTEAD: Readonly<Record<Exclude<ShownText['kind'], 'clear'>, string>> = {
  masked: '(masked)',
  redacted: '(redacted)',
};

/** A person's own words set apart from ours, or what stands in their place. */
export const wordsOf = (text: ShownText): Block =>
  text.kind === 'clear' ? quote(text.value) : context(say`${INSTEAD[text.kind]}`);

/** Why access ended, as it follows "Ended: " or "because ". */
export function triggerWords(trigger: Trigger, by: PersonRef | null): readonly Span[] {
  const actor = by ? [person(by)] : say`an operator`;
  switch (trigger) {
    case 'expired':
      return say`its time was up`;
    case 'done-early':
      return by ? say`${person(by)} was done early` : say`it was no longer needed`;
    case 'revoked':
      return say`${actor} revoked it`;
    case 'policy-changed':
      return say`the rules changed`;
    case 'incident-closed':
      return say`its incident was closed`;
    case 'person-left':
      return say`its holder left`;
    case 'signal-received':
      return say`a security signal came in`;
    case 'recertification-refused':
      return say`it was not confirmed as still needed`;
    case 'orphan':
      return say`it was found without a record`;
    case 'provisioning-failed':
      return say`setting it up failed, so what had been made was undone`;
  }
}

/** The proof that nothing is left, in one sentence. */
export function proofLine(proof: AbsenceProof): readonly Span[] {
  const login =
    proof.loginRefused === 'yes'
      ? 'a fresh login was refused'
      : proof.loginRefused === 'no'
        ? 'a fresh login still worked'
        : 'a login cannot be tried there';
  const sessions =
    proof.liveSessions === 0
      ? 'no session is left'
      : count(proof.liveSessions, 'session is', 'sessions are') + ' left';
  const absent = proof.absent ? 'the credential is gone' : 'the credential is still there';
  return say`${absent}, ${login}, ${sessions}`;
}

export const count = (amount: number, one: string, many: string): string =>
  `${amount} ${amount === 1 ? one : many}`;

const targetOf = (view: RequestView): string => actionValue({ request: view.id, shown: view.ballot.shown });

/** What the approvers of the open question can press. */
export function voteButtons(
  view: RequestView,
  ballot: BallotView,
  what: 'request' | 'extension',
  standInFor: PersonRef | null = null,
): Action[] {
  const value = actionValue({ request: view.id, shown: ballot.shown });
  const noun = what === 'extension' ? ' extension' : '';
  const place = standInFor === null ? '' : ` as stand-in for ${standInFor.name}`;
  return [
    { id: ACTION.approve, label: `Approve${noun}${place}`, style: 'primary', value },
    { id: ACTION.approveShorter, label: 'Approve shorter…', value },
    { id: ACTION.deny, label: `Deny${noun}…`, style: 'danger', value },
  ];
}

export const revokeButton = (view: RequestView): Action => ({
  id: ACTION.revoke,
  label: 'Revoke…',
  style: 'danger',
  value: targetOf(view),
});

/** For auditors, wherever they are shown a request. */
export const evidenceButton = (view: RequestView): Action => ({
  id: ACTION.evidence,
  label: 'Evidence',
  value: targetOf(view),
});

/** What the requester can press in this state, the likeliest first. */
export function requesterButtons(view: RequestView): readonly Action[] {
  const value = targetOf(view);
  if (view.phase === 'requested' || view.phase === 'approved') return [withdrawButton(value)];
  if (view.phase !== 'active' || view.grant === null) return [];
  const { secret, extendableMs } = view.grant;
  return [
    ...(secret === 'sealed'
      ? [{ id: ACTION.reveal, label: 'Reveal once', style: 'primary', value } as const]
      : []),
    ...(extendableMs !== null
      ? [{ id: ACTION.extend, label: `Extend by ${formatDuration(extendableMs)}`, value } as const]
      : []),
    doneButton(value),
  ];
}

const withdrawButton = (value: string): Action => ({
  id: ACTION.withdraw,
  label: 'Withdraw',
  value,
  confirm: {
    title: 'Withdraw this request?',
    text: 'Nobody is asked any more. You can ask again at any time.',
    yes: 'Withdraw',
    no: 'Keep it',
  },
});

const doneButton = (value: string): Action => ({
  id: ACTION.done,
  label: "I'm done",
  value,
  confirm: {
    title: 'End your access now?',
    text: 'Open sessions are closed at once. If you need it again, you ask again.',
    yes: 'End it now',
    no: 'Keep it',
  },
});
