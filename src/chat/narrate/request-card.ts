import { formatDuration } from '../../domain/duration.ts';
import type { Classification } from '../../domain/values.ts';
import type { ShownText } from '../../domain/visibility.ts';
import type { PersonRef, RequestView } from '../../ports/view.ts';
import {
  type Action,
  actions,
  type Block,
  bold,
  type Card,
  code,
  context,
  dateTime,
  type Field,
  field,
  join,
  person,
  type Span,
  say,
  text,
} from '../card.ts';
import { clip, openBallot } from '../wording.ts';
import {
  ballotLines,
  count,
  followsList,
  impactLine,
  INSTEAD,
  isFull,
  MARK,
  names,
  proofLine,
  revokeButton,
  STATE,
  titleOf,
  triggerWords,
  voteButtons,
  wordsOf,
} from './parts.ts';

const CLASSIFICATION: Readonly<Record<Classification, string>> = {
  public: '⚪ public',
  internal: '🔵 internal',
  confidential: '🟠 confidential',
  restricted: '🔴 restricted',
};

/**
 * All that approvers decide on, and afterwards what became of it. Buttons stand only where they do something.
 * `standInFor`: in whose place its one reader is asked.
 */
export function requestCard(view: RequestView, standInFor: PersonRef | null = null): Card {
  const asked = openBallot(view);
  const extending = asked !== null && asked === view.extension;
  const heading = headingOf(view);
  return {
    summary: heading,
    blocks: [
      { kind: 'heading', text: heading },
      ...detailsOf(view),
      { kind: 'text', spans: consentOf(view) },
      ...outcomeOf(view),
      ...(view.extension ? extensionOf(view, view.extension) : []),
      ...actions(buttonsOf(view, asked, extending, standInFor)),
      context(footOf(view)),
    ],
  };
}

function headingOf(view: RequestView): string {
  const { name } = view.requester;
  return view.phase === 'requested'
    ? `${MARK.requested} ${name} asks for ${titleOf(view)}`
    : `${MARK[view.phase]} ${STATE[view.phase]}: ${titleOf(view)} for ${name}`;
}

/** Who, what, where, how long and why: the same before and after the decision. */
export function detailsOf(view: RequestView): readonly Block[] {
  const { entitlement, justification, ticket } = view;
  const fields: Field[] = [
    field('Who', [person(view.requester)]),
    field('Where', whereOf(view)),
    field('What', say`${titleOf(view)}\n${code(entitlement.id)}`),
    field('How long', lengthOf(view)),
    field('It gives', say`${clip(entitlement.gives, 500)}`),
    ...(entitlement.parts.length === 0 ? [] : [field('Includes', titles(entitlement.parts))]),
    ...(view.impact === null ? [] : [field('Impact', impactLine(view.impact))]),
    ...(view.dataOwner === null ? [] : [field('Data owner', [person(view.dataOwner)])]),
    ...(ticket === null ? [] : [field('Ticket', ticketOf(ticket))]),
  ];
  return [
    { kind: 'fields', fields },
    text([...followsLines(entitlement.consequences), bold('Why')]),
    wordsOf(justification),
  ];
}

/** Build-time privileges are named: they reach whatever is made with them. */
function whereOf({ entitlement: { environment, classification, privilege } }: RequestView): readonly Span[] {
  const built = privilege === 'build-time' ? say` · 🏗️ build-time` : [];
  return say`${bold(environment)} · ${CLASSIFICATION[classification]}${built}`;
}

const titles = (parts: readonly string[]): readonly Span[] => say`${clip(parts.join(', '), 500)}`;

function followsLines(consequences: readonly string[]): readonly Span[] {
  if (consequences.length === 0) return [];
  return [...say`${bold('What follows')}\n`, ...followsList(consequences), ...say`\n`];
}

const ticketOf = (ticket: ShownText): readonly Span[] =>
  ticket.kind === 'clear' ? [code(ticket.value)] : say`${INSTEAD[ticket.kind]}`;

function lengthOf(view: RequestView): readonly Span[] {
  const length = bold(formatDuration(view.durationMs));
  if (view.startAt === null) return say`${length}, starting when approved`;
  return say`${length}, starting ${dateTime(view.startAt)}`;
}

function consentOf(view: RequestView): readonly Span[] {
  const { ballot } = view;
  const title = view.phase === 'requested' ? 'Asked to approve' : 'Consent';
  const inOrder = ballot.order === 'ordered' && ballot.stages.length > 1 ? ', one after the other' : '';
  const lapse =
    view.phase === 'requested'
      ? say`\n⏳ Lapses ${dateTime(ballot.lapseAt)} if nobody has decided by then.`
      : [];
  return [...say`${bold(title)}${inOrder}\n`, ...ballotLines(ballot, view.phase === 'requested'), ...lapse];
}

/** What became of it, in one or two lines. */
function outcomeOf(view: RequestView): readonly Block[] {
  const ended = view.closedAt === null ? [] : say`, ${dateTime(view.closedAt)}`;
  switch (view.phase) {
    case 'requested':
      return [];
    case 'approved':
      return [text(say`${approvedLine(view)} ${startLine(view)}`)];
    case 'provisioning':
      return [text(say`${approvedLine(view)} Setting it up now.`)];
    case 'active': {
      const until = view.grant ? say` until ${dateTime(view.grant.expiresAt)}` : [];
      const flag = view.flagged === null ? [] : flaggedLine(view.flagged);
      return [text(say`${approvedLine(view)}\n${MARK.active} ${bold('Active')}${until}${flag}`)];
    }
    case 'revoking':
    case 'revoked':
      return endOf(view);
    case 'denied': {
      const by = view.deniedBy ? say` by ${person(view.deniedBy)}` : [];
      return [
        text(say`${MARK.denied} ${bold('Denied')}${by}${ended}`),
        ...(view.denialReason === null ? [] : [wordsOf(view.denialReason)]),
      ];
    }
    case 'withdrawn':
      return [text(say`${MARK.withdrawn} ${bold('Withdrawn')} by ${person(view.requester)}${ended}`)];
    case 'lapsed':
      return [text(say`${MARK.lapsed} ${bold('Lapsed')}${ended}: nobody decided in time.`)];
    case 'failed':
      return [text(say`${MARK.failed} ${bold('Not set up')}${ended}. ${failureLine(view)}`)];
  }
}

function approvedLine(view: RequestView): readonly Span[] {
  const when = view.approvedAt === null ? [] : say`, ${dateTime(view.approvedAt)}`;
  const { ballot } = view;
  if (ballot.stages.length === 0) return say`👍 ${bold('Approved')} by rule${when}.`;
  const by = [...new Map(ballot.stages.flatMap((s) => s.approvedBy).map((p) => [p.subject, p])).values()];
  return say`👍 ${bold('Approved')} by ${names(by)}${when}.`;
}

const flaggedLine = ({ code: why, at }: NonNullable<RequestView['flagged']>): readonly Span[] =>
  say`\n🚩 The rules would not give this any more (${code(clip(why, 80))}), seen ${dateTime(at)}.`;

const startLine = (view: RequestView): readonly Span[] =>
  view.startAt === null ? say`Starting now.` : say`🗓️ Starts ${dateTime(view.startAt)}.`;

const failureLine = (view: RequestView): readonly Span[] =>
  view.failure === null
    ? say`Nothing is left behind.`
    : say`Reason: ${code(clip(view.failure, 200))}. Nothing is left behind.`;

/** How it ended, and the proof; or how far removing it has come. */
function endOf(view: RequestView): readonly Block[] {
  const { revocation } = view;
  if (revocation === null) return [text(say`${MARK[view.phase]} ${bold(STATE[view.phase])}`)];
  const { killed, proof, reason } = revocation;
  const why = triggerWords(revocation.trigger, revocation.by);
  const sessions = killed > 0 ? say` ${count(killed, 'open session', 'open sessions')} closed.` : [];
  const what = proof
    ? say`${MARK.revoked} ${bold('Ended')} ${dateTime(view.closedAt ?? proof.at)}`
    : say`${MARK.revoking} ${bold('Being removed')}`;
  const standing = proof ? say`✅ ${bold('Proven gone')}: ${proofLine(proof)}.` : troubleOf(revocation);
  return [
    text(say`${what}: ${why}.${sessions}`),
    ...(reason === null ? [] : [wordsOf(reason)]),
    ...(standing.length > 0 ? [text(standing)] : []),
  ];
}

function troubleOf(revocation: NonNullable<RequestView['revocation']>): readonly Span[] {
  const { attempts, escalated, nextAttemptAt } = revocation;
  if (attempts === 0 || nextAttemptAt === null) return [];
  const mark = escalated ? '🚨' : '⚠️';
  return say`${mark} ${bold('Not proven gone yet')} after ${count(attempts, 'try', 'tries')}. Next try ${dateTime(nextAttemptAt)}; I won't stop trying.`;
}

function extensionOf(view: RequestView, extension: NonNullable<RequestView['extension']>): readonly Block[] {
  if (view.phase !== 'active') return [];
  const more = bold(formatDuration(extension.extraMs));
  if (extension.stages.every(isFull))
    return [{ kind: 'divider' }, text(say`⏩ ${more} more is approved and being set up.`)];
  return [
    { kind: 'divider' },
    text([
      ...say`⏩ ${person(extension.by)} asks for ${more} more\n`,
      ...ballotLines(extension, true),
      ...say`\n⏳ Lapses ${dateTime(extension.lapseAt)} if nobody has decided by then.`,
    ]),
  ];
}

function buttonsOf(
  view: RequestView,
  asked: RequestView['ballot'] | null,
  extending: boolean,
  standInFor: PersonRef | null,
): readonly Action[] {
  const votes = asked ? voteButtons(view, asked, extending ? 'extension' : 'request', standInFor) : [];
  const revocable = view.phase === 'active' || view.phase === 'provisioning';
  return revocable ? [...votes, revokeButton(view)] : votes;
}

function footOf(view: RequestView): readonly Span[] {
  const rules = view.policy.ids.slice(0, 3).map((id) => [code(clip(id, 40))]);
  const named = rules.length > 0 ? say`Rules: ${join(rules, ', ')}  ·  ` : [];
  return [...named, ...say`Asked ${dateTime(view.submittedAt)}  ·  ${code(view.id)}`];
}
