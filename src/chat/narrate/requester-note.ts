import type { RequestView, Told } from '../../ports/view.ts';
import {
  actions,
  bold,
  type Card,
  code,
  context,
  dateTime,
  person,
  plain,
  type Span,
  say,
  text,
} from '../card.ts';
import { MARK, proofLine, requesterButtons, STATE, titleOf, triggerWords, wordsOf } from './parts.ts';
import { lineOf, ownWords, personOf } from './thread-post.ts';

interface Note {
  readonly title: string;
  readonly line: readonly Span[];
}

/** One change told to the person who asked. Only the newest note is `live`: buttons on older ones would lie. */
export function requesterNote(view: RequestView, told: Told, live: boolean): Card {
  const { title, line } = noteOf(view, told);
  const words = ownWords(told);
  return {
    summary: plain(say`${title}: ${titleOf(view)}`),
    blocks: [
      text([...say`${bold(title)}  ·  ${titleOf(view)}`, ...(line.length > 0 ? say`\n${line}` : [])]),
      ...(words === null ? [] : [wordsOf(words)]),
      ...(live ? actions(requesterButtons(view)) : []),
      context(say`${code(view.id)}  ·  #${told.index} · ${code(told.leaf8)}`),
    ],
  };
}

/** In the requester's own words: "you", and what it means for them. */
function noteOf(view: RequestView, told: Told): Note {
  const until = view.grant ? say`until ${dateTime(view.grant.expiresAt)}` : [];
  switch (told.type) {
    case 'RequestSubmitted':
      return { title: `${MARK.requested} Asked`, line: askedLine(view) };
    case 'ApprovalRecorded':
      return { title: '✅ One more approval', line: lineOf(view, told).spans };
    case 'RequestApproved':
      return {
        title: '👍 Approved',
        line:
          view.startAt === null
            ? say`Setting it up now; I'll tell you when you can use it.`
            : say`It starts ${dateTime(view.startAt)}. I'll tell you when you can use it.`,
      };
    case 'RequestDenied':
      return { title: `${MARK.denied} Denied`, line: say`${decider(view, told)} said no:` };
    case 'RequestWithdrawn':
      return { title: `${MARK.withdrawn} Withdrawn`, line: say`Nobody is asked any more.` };
    case 'RequestLapsed':
      return {
        title: `${MARK.lapsed} Lapsed`,
        line: say`Nobody decided in time. Do you still need it? Ask again with ${code('/elevate')}.`,
      };
    case 'ActivationRefused':
      return {
        title: `${MARK.failed} Not started`,
        line: say`It was approved, but the rules no longer allow it.`,
      };
    case 'CredentialIssued':
      return { title: `${MARK.active} You have access`, line: issuedLine(view, until) };
    case 'SecretRevealed':
      return {
        title: '👁️ Secret revealed',
        line: say`It can't be shown again. Wasn't it you? Press “I'm done” and tell an operator at once.`,
      };
    case 'ExpiryWarned':
      return {
        title: '⏰ Ending soon',
        line: say`Your access runs ${until}. Sessions that are open then are closed.`,
      };
    case 'ExtensionRequested':
      return {
        title: '⏩ More time asked for',
        line: say`I'll tell you what is decided. Until then you have access ${until}.`,
      };
    case 'ExtensionDenied':
      return {
        title: '⛔ No more time',
        line: say`${decider(view, told)} said no; you have access ${until}.`,
      };
    case 'ExtensionLapsed':
      return { title: '⌛ No more time', line: say`Nobody decided in time; you have access ${until}.` };
    case 'GrantExtended':
      return { title: '⏩ Extended', line: say`You have access ${until}.` };
    case 'RevocationStarted':
      return { title: `${MARK.revoking} Access is ending`, line: endingLine(view) };
    case 'RevocationVerified':
      return { title: `${MARK.revoked} Access ended`, line: endedLine(view) };
    case 'ExtensionFailed':
      return { title: '⚠️ Trouble with more time', line: lineOf(view, told).spans };
    case 'ProvisioningFailed':
      return { title: '⚠️ Trouble setting it up', line: lineOf(view, told).spans };
    case 'StageEscalated':
      return told.data.to === null
        ? { title: '🚨 Nobody can approve this', line: stuckLine(view, told.data.shown) }
        : { title: '📣 More people are asked', line: lineOf(view, told).spans };
    case 'GrantFlagged':
      return {
        title: '🚩 The rules have changed',
        line: say`They would not give you this any more. You have access ${until}, unless someone ends it before.`,
      };
    case 'ApproversReminded':
    case 'ApprovalsVoided':
    case 'ProvisioningStarted':
    case 'SecretShredded':
    case 'ExtensionApproved':
    case 'CredentialRemoved':
    case 'RevocationFailed':
    case 'AttemptRefused':
      return { title: `${MARK[view.phase]} ${STATE[view.phase]}`, line: lineOf(view, told).spans };
  }
}

function askedLine(view: RequestView): readonly Span[] {
  if (view.ballot.stages.length === 0) return say`A rule approves this by itself.`;
  return say`I'll tell you when it is decided. It lapses ${dateTime(view.ballot.lapseAt)}.`;
}

function stuckLine(view: RequestView, shown: unknown): readonly Span[] {
  const { extension, ballot } = view;
  const { lapseAt } = extension !== null && extension.shown === shown ? extension : ballot;
  return say`Nobody is left who could. Ask ${person(view.owner)} to mend the group; it lapses ${dateTime(lapseAt)}.`;
}

function decider(view: RequestView, told: Told): readonly Span[] {
  const by = told.data.by;
  if (typeof by === 'string' && by.startsWith('s:')) return [person(personOf(told, by as `s:${string}`))];
  return view.deniedBy ? [person(view.deniedBy)] : say`An approver`;
}

function issuedLine(view: RequestView, until: readonly Span[]): readonly Span[] {
  const reveal =
    view.grant?.secret === 'sealed'
      ? say`\nReveal the secret when you are ready to use it: it is shown once, to you alone.`
      : [];
  return say`It works now and runs ${until}.${reveal}`;
}

function endingLine(view: RequestView): readonly Span[] {
  const { revocation } = view;
  return revocation
    ? say`Removing it now: ${triggerWords(revocation.trigger, revocation.by)}.`
    : say`Removing it now.`;
}

function endedLine(view: RequestView): readonly Span[] {
  const proof = view.revocation?.proof;
  const thanks = view.revocation?.trigger === 'done-early' ? 'Thank you for handing it back early. ' : '';
  return proof ? say`${thanks}Proven: ${proofLine(proof)}.` : say`${thanks}It is gone.`;
}
