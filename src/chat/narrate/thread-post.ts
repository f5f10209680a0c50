import { formatDuration } from '../../domain/duration.ts';
import type { EventData, EventType } from '../../domain/events.ts';
import type { FaultClass, Subject } from '../../domain/values.ts';
import type { ShownText } from '../../domain/visibility.ts';
import type { PersonRef, RequestView, Told } from '../../ports/view.ts';
import {
  type Block,
  bold,
  type Card,
  code,
  context,
  dateTime,
  join,
  list,
  person,
  plain,
  type Span,
  say,
  text,
  time,
} from '../card.ts';
import { clip } from '../wording.ts';
import { count, MARK, names, proofLine, titleOf, triggerWords, wordsOf } from './parts.ts';

/** One event in its request's thread: a line or two, and where it stands in the log. */
export function threadPost(view: RequestView, told: Told): Card {
  const { mark, spans } = lineOf(view, told);
  const line = say`${mark} ${spans}`;
  const words = ownWords(told);
  const blocks: Block[] = [text(line)];
  if (words !== null) blocks.push(wordsOf(words));
  blocks.push(context(say`#${told.index} · ${code(told.leaf8)}`));
  return { summary: plain(line), blocks };
}

/** The free text beside an event that its readers should see, literally. The justification is on the card. */
export function ownWords(told: Told): ShownText | null {
  const { reason, comment, detail } = told.personal;
  if (detail?.kind === 'clear') return { ...detail, value: clip(detail.value, 500) };
  return reason ?? comment ?? detail ?? null;
}

type Data = { readonly [T in EventType]: { readonly type: T; readonly data: EventData<T> } }[EventType];

/** Told data was checked against its schema when it was read from the store; only its static type is lost on the way. */
const dataOf = (told: Told): Data => ({ type: told.type, data: told.data }) as unknown as Data;

const FAULT: Readonly<Record<FaultClass, string>> = {
  unreachable: "the target can't be reached",
  auth: 'the target refused our own login',
  throttled: 'the target asked us to slow down',
  conflict: 'something of that name was already there',
  invalid: "the target didn't accept it",
  unsupported: "the target can't do that",
  internal: 'something broke on our side',
};

const TRIED: Readonly<Record<string, string>> = {
  approve: 'approve it',
  deny: 'deny it',
  withdraw: 'withdraw it',
  extend: 'extend it',
  done: 'end it',
  revoke: 'revoke it',
  reveal: 'reveal its secret',
};

const REFUSED: Readonly<Record<string, string>> = {
  'own-request': 'nobody decides on their own request',
  'not-an-approver': 'they are not among its approvers',
  'rules-forbid': 'the rules do not let them approve this one',
  'not-yours': 'it belongs to someone else',
  'may-not-revoke': 'they are not its owner, approver or an operator',
};

interface Line {
  readonly mark: string;
  readonly spans: readonly Span[];
}

const marked =
  (mark: string) =>
  (...said: Parameters<typeof say>): Line => ({ mark, spans: say(...said) });

/** What happened, in a sentence, and the sign it goes by. */
export function lineOf(view: RequestView, told: Told): Line {
  const event = dataOf(told);
  const who = (subject: Subject): readonly Span[] => [person(personOf(told, subject))];
  switch (event.type) {
    case 'RequestSubmitted':
      return submitted(view, event.data);
    case 'ApprovalRecorded':
      return approval(view, told, event.data);
    case 'RequestApproved':
      return approved(view, told, event.data);
    case 'RequestDenied':
      return marked(MARK.denied)`${who(event.data.by)} ${bold('denied')} it:`;
    case 'RequestWithdrawn':
      return marked(MARK.withdrawn)`${who(event.data.by)} ${bold('withdrew')} it.`;
    case 'RequestLapsed':
      return marked(MARK.lapsed)`It ${bold('lapsed')}: nobody decided in time.`;
    case 'ApproversReminded':
      return marked(
        '🔔',
      )`Still waiting for ${waitingGroups(view)}. It lapses ${dateTime(view.ballot.lapseAt)}.`;
    case 'StageEscalated':
      return escalated(view, event.data);
    case 'ApprovalsVoided':
      return marked(
        '⚠️',
      )`The consent of ${names(event.data.subjects.map((s) => personOf(told, s)))} no longer counts: they may not give it any more.`;
    case 'ActivationRefused':
      return marked(
        MARK.failed,
      )`It was approved, but the rules no longer allow it (${code(event.data.code)}). ${bold('Nothing was set up.')}`;
    case 'ProvisioningStarted':
      return marked(
        '⚙️',
      )`Setting up ${code(event.data.handle.name)}, to end ${dateTime(event.data.expiresAt)}.`;
    case 'ProvisioningFailed':
      return marked(
        '⚠️',
      )`Setting it up failed: ${FAULT[event.data.fault]} (try ${event.data.attempt}). ${nextTry(event.data.retryAt, 'I gave up and am undoing what was made.')}`;
    case 'CredentialIssued':
      return marked(
        MARK.active,
      )`${bold('Granted')} until ${dateTime(event.data.expiresAt)}. Fingerprint ${code(event.data.fingerprint)}${tried(event.data.positiveControlAt)}.`;
    case 'SecretRevealed':
      return marked('👁️')`${who(event.data.by)} revealed the secret. It can't be shown again.`;
    case 'SecretShredded':
      return marked('🗑️')`The sealed secret was destroyed.`;
    case 'ExpiryWarned':
      return marked('⏰')`Ends soon: ${dateTime(event.data.expiresAt)}.`;
    case 'ExtensionRequested':
      return marked('⏩')`${who(event.data.by)} asks for ${bold(formatDuration(event.data.extraMs))} more.`;
    case 'ExtensionApproved':
      return event.data.approvers.length === 0
        ? marked(
            '⏩',
          )`More time is allowed by rule, to ${dateTime(event.data.expiresAt)}. Telling the target.`
        : marked(
            '⏩',
          )`${names(event.data.approvers.map((s) => personOf(told, s)))} approved more time, to ${dateTime(event.data.expiresAt)}. Telling the target.`;
    case 'ExtensionDenied':
      return marked('⛔')`${who(event.data.by)} ${bold('denied')} more time. ${endsAsBefore(view)}`;
    case 'ExtensionLapsed':
      return marked('⌛')`Nobody decided on more time. ${endsAsBefore(view)}`;
    case 'ExtensionFailed':
      return marked(
        '⚠️',
      )`More time couldn't be set on the target: ${FAULT[event.data.fault]} (try ${event.data.attempt}). ${nextTry(event.data.retryAt, 'I gave up; it ends as before.')}`;
    case 'GrantExtended':
      return marked('⏩')`${bold('Extended')} until ${dateTime(event.data.expiresAt)}.`;
    case 'GrantFlagged':
      return marked(
        '🚩',
      )`The rules would not give this any more (${code(clip(event.data.code, 80))}). It goes on until its end unless someone revokes it: ${person(view.owner)}, have a look.`;
    case 'RevocationStarted':
      return marked(
        MARK.revoking,
      )`Ending it: ${triggerWords(event.data.trigger, event.data.by === null ? null : personOf(told, event.data.by))}.`;
    case 'CredentialRemoved':
      return removed(event.data);
    case 'RevocationFailed':
      return marked(
        event.data.escalated ? '🚨' : '⚠️',
      )`${event.data.step === 'remove' ? 'Removing it' : 'Proving it gone'} failed: ${FAULT[event.data.fault]} (try ${event.data.attempt}). Next try ${time(event.data.nextAttemptAt)}; I won't stop trying.`;
    case 'RevocationVerified':
      return verified(event.data);
    case 'AttemptRefused':
      return marked(
        '🚫',
      )`${who(event.data.by)} tried to ${TRIED[event.data.action] ?? event.data.action} and was refused: ${REFUSED[event.data.code] ?? event.data.code}.`;
  }
}

const UNKNOWN = 'someone no longer known';

export const personOf = (told: Told, subject: Subject): PersonRef =>
  told.people[subject] ?? { subject, name: UNKNOWN, account: null };

function submitted(view: RequestView, data: EventData<'RequestSubmitted'>): Line {
  const start = data.startAt === null ? [] : say`, starting ${dateTime(data.startAt)}`;
  const asked = data.consent.stages.length === 0 ? [] : say` Asked: ${groups(view.ballot.stages)}.`;
  return marked(
    '📝',
  )`${person(view.requester)} asked for ${bold(titleOf(view))} for ${bold(formatDuration(data.durationMs))}${start}.${asked}`;
}

const groups = (stages: RequestView['ballot']['stages']): readonly Span[] =>
  list(stages.map((stage) => say`${bold(stage.groupTitle)} (${stage.quorum})`));

function waitingGroups(view: RequestView): readonly Span[] {
  const open = view.ballot.stages.filter((stage) => stage.open && stage.approvedBy.length < stage.quorum);
  return open.length > 0 ? groups(open) : say`a decision`;
}

function approval(view: RequestView, told: Told, data: EventData<'ApprovalRecorded'>): Line {
  const what = data.shown === view.ballot.shown ? 'approved' : 'approved more time';
  const stages = data.shown === view.ballot.shown ? view.ballot.stages : (view.extension?.stages ?? []);
  const seats = data.stages.flatMap((index) => stages[index]?.groupTitle ?? []);
  const seat =
    seats.length > 0
      ? say` for ${join(
          seats.map((title) => [bold(title)]),
          ' / ',
        )}`
      : [];
  const shorter = data.shortenToMs === null ? [] : say`, for ${bold(formatDuration(data.shortenToMs))} only`;
  const instead =
    data.insteadOf === undefined ? [] : say` as stand-in for ${person(personOf(told, data.insteadOf))}`;
  return marked('✅')`${person(personOf(told, data.by))} ${bold(what)}${seat}${instead}${shorter}.`;
}

/** Which stage of which question, as far as it is still shown. */
function escalated(view: RequestView, { shown, stage, to, cause }: EventData<'StageEscalated'>): Line {
  const stages = shown === view.ballot.shown ? view.ballot.stages : (view.extension?.stages ?? []);
  const asked = stages[stage];
  const group = bold(asked?.groupTitle ?? `stage ${stage + 1}`);
  if (to === null)
    return marked(
      '🚨',
    )`${bold('Nobody can approve this')}: nobody is left in ${group} who could. ${person(view.owner)}, please mend the group.`;
  const why =
    cause === 'waited' ? say`${group} has not decided yet` : say`Nobody is left in ${group} who could decide`;
  return marked(
    '📣',
  )`${why}, so ${bold(asked?.openedTo[to] ?? to)} may as well now. As many must agree as before.`;
}

function approved(view: RequestView, told: Told, data: EventData<'RequestApproved'>): Line {
  const by =
    data.approvers.length === 0
      ? say`by rule`
      : say`by ${names(data.approvers.map((s) => personOf(told, s)))}`;
  const start = view.startAt === null ? [] : say`, starting ${dateTime(view.startAt)}`;
  return marked('👍')`${bold('Approved')} ${by}, for ${formatDuration(data.durationMs)}${start}.`;
}

const nextTry = (retryAt: number | null, otherwise: string): readonly Span[] =>
  retryAt === null ? say`${otherwise}` : say`Next try ${time(retryAt)}.`;

const tried = (positiveControlAt: number | null): string =>
  positiveControlAt === null ? '' : '; a login with it works, one with a wrong secret does not';

const endsAsBefore = (view: RequestView): readonly Span[] =>
  view.grant === null ? [] : say`It ends as before, ${dateTime(view.grant.expiresAt)}.`;

function removed(data: EventData<'CredentialRemoved'>): Line {
  const sessions =
    data.killed > 0
      ? say`, ${count(data.killed, 'open session', 'open sessions')} closed`
      : say`, no session was open`;
  const left =
    data.leftovers.length > 0
      ? say` Left behind, for its owner to look at: ${join(
          data.leftovers.slice(0, 5).map((each) => [code(clip(each, 80))]),
          ', ',
        )}.`
      : [];
  return data.outcome === 'absent'
    ? marked('🧹')`The credential was already gone${sessions}. Checking.${left}`
    : marked('🧹')`The credential was removed${sessions}. Checking that it is gone.${left}`;
}

function verified({ proof }: EventData<'RevocationVerified'>): Line {
  return marked(
    MARK.revoked,
  )`${bold('Proven gone')}: ${proofLine(proof)}. Tested by ${code(clip(proof.method, 200))}.`;
}
