import { formatDuration } from '../domain/duration.ts';
import type { AccountRef } from '../ports/directory.ts';
import type { AnyRefusal, Draft, Intent, Reply } from '../ports/intent.ts';
import type { Offer } from '../ports/policy.ts';
import type { RequestView } from '../ports/view.ts';
import {
  actions,
  type Block,
  bold,
  type Card,
  code,
  context,
  dateTime,
  join,
  link,
  list,
  person,
  plain,
  type Span,
  say,
  text,
  time,
} from './card.ts';
import { listing, MESSAGE_ROOM } from './listing.ts';
import { count, evidenceButton, MARK, names, requesterButtons, STATE, titleOf } from './narrate/parts.ts';
import { requestCard } from './narrate/request-card.ts';
import { clip, explain } from './wording.ts';

/** To whom an answer goes, and when: for time left, and to put buttons before their owner only. */
export interface Reader {
  readonly account: AccountRef;
  readonly now: number;
}

/** A reply as one message to the person who asked for it; secrets and forms have places of their own. */
export function answerCard(reply: Reply, reader: Reader): Card {
  switch (reply.kind) {
    case 'done':
      return doneCard(reply.what, reply.view);
    case 'refused':
      return refusedCard(reply.refusal, reply.view);
    case 'field-errors':
      return fieldErrorsCard(reply);
    case 'shown':
      return shownCard(reply, reader);
    case 'evidence':
      return evidenceCard(reply);
    case 'erased':
      return line(say`🧽 Erased: ${count(reply.texts, 'text', 'texts')}, and who was behind the pseudonym.`);
    case 'mine':
    case 'home':
      return listing(reply.home, reader.now, MESSAGE_ROOM);
    case 'who':
      return whoCard(reply);
    case 'help':
      return helpCard();
    case 'trouble':
      return troubleCard(reply.incident);
    case 'form':
    case 'offers':
    case 'secret':
      return troubleCard(`unexpected ${reply.kind}`);
  }
}

export function refusedCard(refusal: AnyRefusal, view: RequestView | null): Card {
  const { text: said, remedy } = explain(refusal, view);
  const spans = [...say`✋ `, ...said, ...(remedy ? [...say`\n`, ...remedy] : [])];
  return {
    summary: plain(said),
    blocks: [text(spans), ...(view ? [context(say`${titleOf(view)}  ·  ${code(view.id)}`)] : [])],
  };
}

export function troubleCard(incident: string): Card {
  return line(
    say`😖 Something broke on my side, so nothing was done. Try again; if it stays, give an operator this: ${code(clip(incident, 80))}`,
  );
}

export const line = (spans: readonly Span[]): Card => ({ summary: plain(spans), blocks: [text(spans)] });

function doneCard(what: Intent['kind'], view: RequestView): Card {
  const said = doneLine(what, view);
  return { summary: plain(said), blocks: [text(said), context(say`${code(view.id)}`)] };
}

function doneLine(what: Intent['kind'], view: RequestView): readonly Span[] {
  const title = bold(titleOf(view));
  switch (what) {
    case 'submit':
      return submittedLine(view);
    case 'approve':
      return say`✅ You approved ${title} for ${person(view.requester)}.`;
    case 'deny':
      return say`⛔ You denied ${title} for ${person(view.requester)}. I'll tell them why.`;
    case 'withdraw':
      return say`↩️ Withdrawn: ${title}. Nobody is asked any more.`;
    case 'extend':
      return view.extension && view.extension.stages.length > 0
        ? say`⏩ Asked for ${formatDuration(view.extension.extraMs)} more of ${title}. I'll tell you what is decided.`
        : say`⏩ More time for ${title} is on its way. I'll tell you when it's set.`;
    case 'done':
      return say`🧹 Thank you. ${title} is ending now; I'll tell you when it is proven gone.`;
    case 'revoke':
      return say`🧹 Ending ${title} of ${person(view.requester)} now. The thread will show the proof.`;
    case 'open-form':
    case 'search':
    case 'preview':
    case 'reveal':
    case 'show':
    case 'evidence':
    case 'approve-erasure':
    case 'mine':
    case 'who':
    case 'home':
    case 'help':
      return say`Done: ${title}.`;
  }
}

function submittedLine(view: RequestView): readonly Span[] {
  const length = formatDuration(view.durationMs);
  if (view.ballot.stages.length === 0)
    return say`👍 ${bold(titleOf(view))} for ${length} is approved by rule. I'll message you when it's ready.`;
  const groups = list(view.ballot.stages.map((stage) => [bold(stage.groupTitle)]));
  return say`🟡 Asked for ${bold(titleOf(view))} for ${length}. ${groups} will see it now, and I'll message you at each change.`;
}

/** After a submission from the form: what happens next. */
export function submittedCard(view: RequestView): Card {
  const lapse =
    view.phase === 'requested'
      ? [text(say`If nobody decides, it lapses ${dateTime(view.ballot.lapseAt)}.`)]
      : [];
  return {
    summary: plain(submittedLine(view)),
    blocks: [
      text(submittedLine(view)),
      ...lapse,
      text(say`Changed your mind? ${code(`/elevate withdraw ${view.id}`)}`),
    ],
  };
}

const LABEL: Readonly<Record<keyof Draft, string>> = {
  entitlement: 'What',
  duration: 'How long',
  justification: 'Why',
  ticket: 'Ticket',
  startAt: 'When',
};

function fieldErrorsCard(reply: Reply & { kind: 'field-errors' }): Card {
  const lines = Object.entries(reply.errors).map(([name, refusal]) => {
    const { text: said, remedy = [] } = explain(refusal);
    return say`• ${bold(LABEL[name as keyof Draft])}: ${said} ${remedy}`;
  });
  if (reply.general) {
    const { text: said, remedy = [] } = explain(reply.general);
    lines.unshift(say`${said} ${remedy}`);
  }
  const spans = say`✋ Not asked yet:\n${join(lines, '\n')}`;
  return { summary: plain(spans), blocks: [text(spans)] };
}

function shownCard({ view, evidence }: Reply & { kind: 'shown' }, reader: Reader): Card {
  const card = requestCard(view);
  const { account } = view.requester;
  const own = account?.user === reader.account.user && account.team === reader.account.team;
  const blocks = card.blocks.filter((block) => block.kind !== 'actions');
  const foot = blocks.pop();
  const buttons = [...(own ? requesterButtons(view) : []), ...(evidence ? [evidenceButton(view)] : [])];
  return {
    ...card,
    blocks: [...blocks, ...actions(buttons), ...(foot ? [foot] : [])],
  };
}

/** Only its owner sees it, and the platform's look at the link takes nothing. */
function evidenceCard({ request, url, until }: Reply & { kind: 'evidence' }): Card {
  const said = say`🗂️ Evidence of ${code(request)}: ${link('open the download', url)}`;
  const terms = say`Good for one download, until ${time(until)}. That you take it is on record.`;
  return { summary: plain(said), blocks: [text(said), context(terms)] };
}

function whoCard(reply: Reply & { kind: 'who' }): Card {
  const title = say`👥 ${bold(reply.entitlement.title)}  ·  ${code(reply.entitlement.id)}`;
  const holders = reply.holders.slice(0, 20).map((view) => {
    const until = view.grant
      ? say` until ${dateTime(view.grant.expiresAt)}`
      : say` (${STATE[view.phase].toLowerCase()})`;
    return say`${MARK[view.phase]} ${person(view.requester)}${until}`;
  });
  const more = reply.holders.length > 20 ? say`\n…and ${reply.holders.length - 20} more` : [];
  const approvers = reply.approvers.map(
    (stage) =>
      say`• ${bold(stage.group)} (${stage.quorum} of ${stage.people.length}): ${names(stage.people.slice(0, 20))}`,
  );
  const blocks: Block[] = [
    text(title),
    text([
      ...say`${bold('Has it now')}\n`,
      ...(holders.length > 0 ? join(holders, '\n') : say`Nobody`),
      ...more,
    ]),
    text([
      ...say`${bold('Would be asked')}\n`,
      ...(approvers.length > 0 ? join(approvers, '\n') : say`Nobody: a rule approves it`),
    ]),
  ];
  return { summary: plain(title), blocks };
}

/** Teaches by example; `unread` says first what was not understood. */
export function helpCard(unread: readonly Span[] | null = null): Card {
  const examples: readonly (readonly [string, string])[] = [
    ['/elevate', 'the form'],
    ['/elevate orders-db:read 1h "INC-123 check stuck orders"', 'ask at once'],
    ['/elevate mine', 'what you have and what waits for you'],
    ['/elevate who orders-db:read', 'who has it, and who would be asked'],
    ['/elevate extend 30m', 'more time'],
    ['/elevate done', 'hand it back early'],
    ['/elevate withdraw', "take back what isn't decided yet"],
    ['/elevate show req_…', 'all about one request'],
    ['/elevate revoke req_… "why"', "end someone's access (owners, approvers, operators)"],
  ];
  const lines = join(
    examples.map(([command, what]) => say`${code(command)}  ${what}`),
    '\n',
  );
  const intro = unread
    ? say`🤔 ${unread}\nThis is what I know:`
    : say`👋 I give you access for a while: you ask, the right people agree, and it ends by itself.`;
  return {
    summary: plain(unread ?? say`What you can do with /elevate`),
    blocks: [
      text(intro),
      text(lines),
      context(
        say`Have several at once? Add the id: ${code('/elevate done req_…')}. Durations: ${code('30m')}, ${code('1h 30m')}, ${code('1d')}.`,
      ),
    ],
  };
}

/** An entitlement that does not exist, and the ones that look like it. */
export function suggestCard(typed: string, offers: readonly Offer[]): Card {
  const near = nearest(typed, offers);
  const said = say`🤔 I don't know ${code(clip(typed, 80))}.`;
  const lines = near.map((offer) => say`• ${code(offer.entitlement)}  ${offer.title}`);
  const rest =
    lines.length > 0
      ? say`Did you mean:\n${join(lines, '\n')}`
      : say`Search for what you need with ${code('/elevate')}.`;
  return { summary: plain(said), blocks: [text(say`${said} ${rest}`)] };
}

const SUGGESTIONS_MAX = 3;

/** Nearest by edits, and near enough to be a slip: a third of its length. */
function nearest(typed: string, offers: readonly Offer[]): readonly Offer[] {
  const word = typed.toLowerCase().slice(0, 80);
  return offers
    .map((offer) => ({ offer, edits: editDistance(word, offer.entitlement.toLowerCase()) }))
    .filter(({ offer, edits }) => edits <= Math.ceil(offer.entitlement.length / 3))
    .toSorted((a, b) => a.edits - b.edits)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ offer }) => offer);
}

/** Levenshtein, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const swapped = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
