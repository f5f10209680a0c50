import { formatDuration } from '../domain/duration.ts';
import { forgettingWords } from '../domain/erasure.ts';
import type { Phase } from '../domain/state.ts';
import type { AccountRefusal, AnyRefusal, DraftField, Intent } from '../ports/intent.ts';
import type { PolicyReason } from '../ports/policy.ts';
import type { RequestView } from '../ports/view.ts';
import { bold, code, dateTime, join, list, plain, type Span, say } from './card.ts';

/** What a person is told: the thing and its rule, then what they can do about it. */
interface Explanation {
  readonly text: readonly Span[];
  readonly remedy?: readonly Span[];
}

const DURATION_HINT = say`Write it like ${code('30m')}, ${code('1h')} or ${code('1h 30m')}.`;
const MINE_HINT = say`See what you have with ${code('/elevate mine')}.`;

/**
 * Public wording of every refusal; may say less than we know. `view` is the request it is about, when the reader
 * may see it: names of groups come from there.
 */
export function explain(refusal: AnyRefusal, view: RequestView | null = null): Explanation {
  switch (refusal.code) {
    case 'duration-not-positive':
      return { text: say`Access has to last longer than nothing.`, remedy: DURATION_HINT };
    case 'duration-too-long':
      return {
        text: say`${formatDuration(refusal.durationMs)} is more than the ${formatDuration(refusal.longestMs)} this allows.`,
        remedy: say`Ask for ${formatDuration(refusal.longestMs)} or less. You can extend it later.`,
      };
    case 'duration-unreadable':
      return { text: say`I can't read “${clip(refusal.text, 40)}” as a duration.`, remedy: DURATION_HINT };
    case 'start-in-past':
      return {
        text: say`That start time has passed.`,
        remedy: say`Pick a later one, or leave it empty to start now.`,
      };
    case 'start-too-far':
      return {
        text: say`That is too far ahead.`,
        remedy: say`Pick a start before ${dateTime(refusal.latestAt)}.`,
      };
    case 'justification-too-short':
      return {
        text: say`A little more, please: at least ${refusal.minimumLength} characters (this has ${refusal.length}).`,
        remedy: say`Say what you will do and why it can't wait.`,
      };
    case 'justification-untouched':
      return {
        text: say`This is still the template.`,
        remedy: say`Fill in its blanks: your approvers decide on it.`,
      };
    case 'text-too-long':
      return {
        text: say`Too long: ${refusal.length} characters, and ${refusal.maximumLength} is the most.`,
        remedy: say`Approvers must see all of it. Shorten it, or link to a ticket.`,
      };
    case 'text-unsafe':
      return {
        text: say`This contains ${refusal.what}, which could make it read differently from what it says.`,
        remedy: say`Type that part again instead of pasting it.`,
      };
    case 'field-missing':
      return { text: MISSING[refusal.field] };
    case 'ticket-missing':
      return { text: say`This needs a ticket.`, remedy: say`Add one, like ${code('INC-123')}.` };
    case 'reason-missing':
      return { text: say`Please say why, in a few words.` };
    case 'already-asked':
      return {
        text: say`You have already asked for this: ${code(refusal.request)} is waiting for a decision.`,
        remedy: say`To change it, withdraw it first: ${code(`/elevate withdraw ${refusal.request}`)}`,
      };
    case 'too-many-open':
      return {
        text: say`You have ${refusal.most} requests open, which is the most one person may have.`,
        remedy: say`Withdraw or hand back what you don't need. ${MINE_HINT}`,
      };
    case 'too-many-lately':
      return {
        text: say`You have asked ${refusal.most} times within the hour, which is the most there may be.`,
        remedy: say`Try again later; if it is a program that asks, tell an operator.`,
      };
    case 'no-such-request':
      return { text: say`I can't find that request.`, remedy: MINE_HINT };
    case 'wrong-phase':
      return { text: wrongPhase(refusal.action, refusal.phase) };
    case 'own-request':
      return {
        text: say`You asked for this, so you can't decide on it.`,
        remedy: say`Someone else in ${groupsOf(view)} has to.`,
      };
    case 'not-an-approver':
      return {
        text: say`This one isn't yours to decide.`,
        remedy: say`It is waiting for ${groupsOf(view)}.`,
      };
    case 'rules-forbid':
      return {
        text: say`You are one of its approvers, but the rules don't let you approve this one now.`,
        remedy: say`Someone else in ${groupsOf(view)} has to.`,
      };
    case 'already-decided':
      return {
        text:
          refusal.by === 'you'
            ? say`You have already approved this.`
            : say`The one you would stand in for, or someone else in their place, has already approved this.`,
        remedy: say`It is waiting for ${groupsOf(view)}.`,
      };
    case 'not-your-turn':
      return {
        text: say`It isn't your group's turn yet, so nothing was decided.`,
        remedy: say`It is waiting for ${groupsOf(view)} first.`,
      };
    case 'stage-full':
      return {
        text: say`Your group's part is complete, thank you.`,
        remedy: say`It is waiting for ${groupsOf(view)}.`,
      };
    case 'shown-is-stale':
      return {
        text: say`This request has changed since the message you clicked, so nothing was decided.`,
        remedy: say`Look at its newest card and decide there.`,
      };
    case 'not-yours':
      return { text: say`Only the person who asked for this can do that.` };
    case 'may-not-revoke':
      return {
        text: say`Ending this access is for its owner, its approvers and the operators.`,
        remedy: say`If it can't wait, ask one of them.`,
      };
    case 'lapsed':
      return {
        text: say`Nobody decided in time: this lapsed ${dateTime(refusal.at)}.`,
        remedy: say`It has to be asked for again.`,
      };
    case 'not-admissible':
      return {
        text: say`The rules don't allow this at the moment.`,
        remedy: say`Choose it in ${code('/elevate')} to see why.`,
      };
    case 'no-more-extensions':
      return {
        text:
          refusal.most === 0
            ? say`This access can't be extended.`
            : say`This has been extended as often as it may be (${times(refusal.most)}).`,
        remedy: say`Ask again when it has ended: ${code('/elevate')}`,
      };
    case 'extension-pending':
      return {
        text: say`An extension is already being decided or set up.`,
        remedy: say`I'll tell you when it is.`,
      };
    case 'secret-gone':
      return secretGone(refusal.secret);
    case 'not-due':
      return { text: say`It isn't time for that yet.` };
    case 'already-on-record':
      return { text: say`That is on record already.` };
    case 'unknown-entitlement':
      return {
        text: say`I don't know ${code(clip(refusal.entitlement, 80))}.`,
        remedy: say`Search for it with ${code('/elevate')}.`,
      };
    // Which groups may ask is known here and not said: outsiders learn nothing about who can.
    case 'not-eligible':
      return {
        text: say`Your groups don't include this.`,
        remedy: say`If your work needs it, ask the owner of ${code(clip(refusal.entitlement, 80))} to add you.`,
      };
    case 'nobody-can-approve':
      return {
        text: say`Nobody else in ${bold(refusal.group)} could approve this for you (${refusal.stage}).`,
        remedy: say`Tell the owner: that group needs another member.`,
      };
    case 'unknown-person':
      return {
        text: say`I don't know you yet.`,
        remedy: say`Ask an operator to add you to the people list.`,
      };
    case 'stale-groups':
      return {
        text: say`I can't check who is in ${bold(refusal.group)} right now, so I have to say no: ${ageWords(refusal.ageMs)}.`,
        remedy: say`Try again in a few minutes. If it stays like this, tell an operator.`,
      };
    case 'step-up-needed':
      return {
        text: say`This needs a second factor used within ${formatDuration(refusal.withinMs)}, and I know of none.`,
        remedy: say`The rule's name is ${code(clip(refusal.rule, 80))}.`,
      };
    case 'forbidden':
      return forbidden(refusal.rule, refusal.says);
    case 'account-refused':
      return accountRefused(refusal.why);
    case 'account-unchecked':
      return {
        text: say`I couldn't check your account just now, so I have to say no.`,
        remedy: say`Nothing was done. Try again in a minute.`,
      };
    case 'not-an-operator':
    case 'reason-unfit':
    case 'nobody-to-forget':
    case 'no-such-text':
    case 'no-such-erasure':
    case 'already-erased':
    case 'erasure-lapsed':
    case 'own-erasure':
    case 'own-proposal':
    case 'proposer-no-operator':
    case 'open-requests':
    case 'agree-in-chat':
    case 'log-in-doubt': {
      const words = forgettingWords(refusal);
      return { text: say`${words.text}`, remedy: say`${words.remedy}` };
    }
    case 'revoke-only':
      return refusal.mode === 'checking' ? CHECKING : REVOKE_ONLY;
    case 'none-of-yours':
      return { text: say`You have nothing to ${verbOf(refusal.what)}.`, remedy: MINE_HINT };
    case 'several-of-yours':
      return {
        text: say`You have several: which one should I ${verbOf(refusal.what)}?`,
        remedy: join(
          refusal.requests.map((each) => say`${code(`/elevate ${refusal.what} ${each.id}`)}  ${each.title}`),
          '\n',
        ),
      };
  }
}

const ageWords = (ageMs: number | null): string =>
  ageMs === null
    ? 'its members have never been known'
    : `what is known of it is ${formatDuration(Math.max(60_000, Math.floor(ageMs / 60_000) * 60_000))} old`;

/** In the rule's own words, where its authors gave it any. */
function forbidden(rule: string, says: string | undefined): Explanation {
  if (rule === '') return { text: say`No rule allows this.`, remedy: say`Ask an operator which would.` };
  const named = say`The rule's name is ${code(clip(rule, 80))}.`;
  return { text: says === undefined ? say`A rule forbids this.` : say`${clip(says, 200)}`, remedy: named };
}

const CHECKING: Explanation = {
  text: say`I've just started and am still checking my record, so only ending access works.`,
  remedy: say`Nothing was done. Try again in a minute.`,
};
const REVOKE_ONLY: Explanation = {
  text: say`Only ending access works right now: the record of who was given what does not match its signed copies.`,
  remedy: say`Nothing was done, and the operators are told. Try again when they have looked into it.`,
};

const MISSING: Readonly<Record<DraftField, readonly Span[]>> = {
  entitlement: say`Choose what you need.`,
  duration: say`Choose how long you need it.`,
  justification: say`Say why you need it.`,
  ticket: say`Add a ticket, like ${code('INC-123')}.`,
  startAt: say`Choose when it starts.`,
};

/** One plain line, for places that take no formatting: a field's error, a notification. */
export function explainPlain(refusal: AnyRefusal, view: RequestView | null = null): string {
  const { text, remedy } = explain(refusal, view);
  return plain(remedy ? [...text, ...say` `, ...remedy] : text);
}

/** A few words (at most 75 characters), for a list of what someone may not ask for. */
export function explainBriefly(reason: PolicyReason): string {
  switch (reason.code) {
    case 'unknown-entitlement':
      return 'Not in the catalogue';
    case 'not-eligible':
      return "Your groups don't include this";
    case 'nobody-can-approve':
      return clip(`Nobody else in ${reason.group} could approve it`, 75);
    case 'unknown-person':
      return "You aren't in the people list yet";
    case 'stale-groups':
      return "Groups can't be checked right now";
    case 'step-up-needed':
      return 'Needs a second factor used lately';
    case 'forbidden':
      return reason.rule === ''
        ? 'No rule allows it'
        : clip(reason.says ?? `Forbidden by ${reason.rule}`, 75);
  }
}

/** How a request stands, as it follows "This request". */
function phaseWords(phase: Phase): string {
  switch (phase) {
    case 'requested':
      return 'is waiting for approval';
    case 'approved':
      return 'is approved and waits for its start';
    case 'provisioning':
      return 'is being set up';
    case 'active':
      return 'is active';
    case 'revoking':
      return 'is being removed';
    case 'revoked':
      return 'has ended';
    case 'denied':
      return 'was denied';
    case 'withdrawn':
      return 'was withdrawn';
    case 'lapsed':
      return 'lapsed: nobody decided in time';
    case 'failed':
      return "failed: it couldn't be set up";
  }
}

/** The groups whose turn it is, as far as the reader may know. */
function groupsOf(view: RequestView | null): readonly Span[] {
  const ballot = view && (openBallot(view) ?? view.ballot);
  const stages = ballot?.stages ?? [];
  const waiting = stages.filter((stage) => stage.open && stage.approvedBy.length < stage.quorum);
  const named = (waiting.length > 0 ? waiting : stages).map((stage) => [bold(stage.groupTitle)]);
  return named.length > 0 ? list(named, 'or') : say`the approvers' group`;
}

/** The question that is open now: the request, or the extension of its grant; null when none is. */
export function openBallot(view: RequestView): RequestView['ballot'] | null {
  if (view.phase === 'requested') return view.ballot;
  const { extension } = view;
  if (view.phase !== 'active' || extension === null) return null;
  return extension.stages.some((stage) => stage.approvedBy.length < stage.quorum) ? extension : null;
}

function wrongPhase(action: string, phase: Phase): readonly Span[] {
  const past: Readonly<Record<string, string>> = {
    approve: 'approved',
    deny: 'denied',
    withdraw: 'withdrawn',
    extend: 'extended',
    reveal: 'revealed',
    revoke: 'revoked',
    done: 'ended',
  };
  const done = past[action];
  return done === undefined
    ? say`This request ${phaseWords(phase)}, so that can't be done.`
    : say`This request ${phaseWords(phase)}, so it can't be ${done} now.`;
}

function secretGone(secret: 'none' | 'revealed' | 'shredded'): Explanation {
  if (secret === 'none') return { text: say`There is nothing to reveal yet.` };
  if (secret === 'shredded')
    return {
      text: say`The access has ended and its secret was destroyed.`,
      remedy: say`Ask again if you need it.`,
    };
  return {
    text: say`This was revealed already, and it is shown only once.`,
    remedy: say`Lost it? End it with “I'm done” and ask again. Wasn't it you? Tell an operator at once.`,
  };
}

function accountRefused(why: (AccountRefusal & { code: 'account-refused' })['why']): Explanation {
  switch (why) {
    case 'deleted':
      return { text: say`This account is deactivated.` };
    case 'bot':
      return { text: say`Bots can't ask for access or decide on it.` };
    case 'guest':
      return {
        text: say`Guests can't ask for access or decide on it.`,
        remedy: say`Ask a full member of the team.`,
      };
    case 'stranger':
    case 'other-workspace':
      return { text: say`People of other workspaces can't ask for access here or decide on it.` };
    case 'unknown':
    case 'unlinked':
      return {
        text: say`I don't know this account.`,
        remedy: say`Ask an operator to add you to the people list.`,
      };
  }
}

/** As it follows "nothing to" and "which one should I". */
function verbOf(what: Intent['kind']): string {
  return what === 'done' ? 'end' : what.replace('-', ' ');
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

/** Cut to `maxChars` with an ellipsis; never within a surrogate pair. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  let cut = '';
  for (const character of text) {
    if (cut.length + character.length > maxChars - 1) break;
    cut += character;
  }
  return `${cut}…`;
}
