import { formatDuration } from '../domain/duration.ts';
import type { HomeView, RequestView } from '../ports/view.ts';
import {
  actions,
  type Block,
  bold,
  type Card,
  code,
  context,
  dateTime,
  join,
  person,
  type Span,
  say,
  text,
} from './card.ts';
import { ACTION } from './intent.ts';
import { ballotLines, MARK, requesterButtons, STATE, titleOf, voteButtons } from './narrate/parts.ts';
import { detailsOf } from './narrate/request-card.ts';
import { openBallot } from './wording.ts';

/** How much of each list is shown; the rest is counted. A message holds fewer blocks than a home. */
export interface Room {
  readonly mine: number;
  readonly waiting: number;
  readonly recent: number;
}
export const HOME_ROOM: Room = { mine: 10, waiting: 8, recent: 10 };
export const MESSAGE_ROOM: Room = { mine: 8, waiting: 3, recent: 5 };

/** What someone has, what waits for them, and what was: for `mine`, and for the home. */
export function listing(home: HomeView, now: number, room: Room): Card {
  return {
    summary: `You have ${home.mine.length} open, and ${home.waitingForMe.length} wait for you`,
    blocks: [
      ...(home.waitingForMe.length > 0 ? [...waiting(home, room.waiting), divider] : []),
      ...mine(home.mine, now, room.mine),
      ...(home.recent.length > 0 ? [divider, ...recent(home, room.recent)] : []),
    ],
  };
}

export function homeCard(home: HomeView, now: number): Card {
  const card = listing(home, now, HOME_ROOM);
  const ask = { id: ACTION.ask, label: 'Ask for access', style: 'primary', value: 'ask' } as const;
  return { ...card, blocks: [...actions([ask]), divider, ...card.blocks, divider, context(helpLine)] };
}

const helpLine = say`Faster by hand: ${code('/elevate orders-db:read 1h "INC-123 why"')}  ·  ${code('/elevate help')}`;

function mine(views: readonly RequestView[], now: number, most: number): readonly Block[] {
  const items = views
    .slice(0, most)
    .flatMap((view): Block[] => [
      text([...say`${MARK[view.phase]} ${bold(titleOf(view))}\n`, ...standing(view, now)]),
      ...actions(requesterButtons(view)),
    ]);
  const none = text(say`Nothing at the moment. Ask with ${code('/elevate')}.`);
  return [heading('Your access'), ...(items.length > 0 ? items : [none]), ...more(views.length, most)];
}

function standing(view: RequestView, now: number): readonly Span[] {
  const id = say`  ·  ${code(view.id)}`;
  if (view.phase === 'active' && view.grant) {
    const leftMs = view.grant.expiresAt - now;
    const left = leftMs > 0 ? `${formatDuration(roundedLeft(leftMs))} left` : 'ending now';
    return [...say`${bold(left)}, until ${dateTime(view.grant.expiresAt)}`, ...id];
  }
  if (view.phase === 'requested')
    return [...say`${STATE.requested}: ${missing(view)}; lapses ${dateTime(view.ballot.lapseAt)}`, ...id];
  if (view.phase === 'approved' && view.startAt !== null)
    return [...say`${STATE.approved}, starts ${dateTime(view.startAt)}`, ...id];
  return [...say`${STATE[view.phase]}`, ...id];
}

/** Seconds matter in the last two minutes only. */
const roundedLeft = (ms: number): number => (ms < 120_000 ? ms : Math.floor(ms / 60_000) * 60_000);

function missing(view: RequestView): readonly Span[] {
  const stages = view.ballot.stages.filter((stage) => stage.approvedBy.length < stage.quorum);
  return join(
    stages.map((stage) => say`${bold(stage.groupTitle)} ${stage.approvedBy.length} of ${stage.quorum}`),
    ', ',
  );
}

/** Space between one question and the next. */
const between = (index: number): readonly Block[] => (index === 0 ? [] : [divider]);

/** Everything a decision needs stands here too: one decides on what one sees. */
function waiting({ waitingForMe: views, standInFor }: HomeView, most: number): readonly Block[] {
  const items = views.slice(0, most).flatMap((view, index): Block[] => {
    const ballot = openBallot(view);
    if (ballot === null) return [];
    const extension = ballot === view.extension ? view.extension : null;
    const asks = extension
      ? say`⏩ ${person(extension.by)} asks for ${bold(formatDuration(extension.extraMs))} more of ${bold(titleOf(view))}`
      : say`🟡 ${person(view.requester)} asks for ${bold(titleOf(view))}`;
    const lapse = say`\n⏳ Lapses ${dateTime(ballot.lapseAt)}`;
    return [
      ...between(index),
      text(asks),
      ...detailsOf(view),
      text([...ballotLines(ballot, true), ...lapse]),
      ...actions(voteButtons(view, ballot, extension ? 'extension' : 'request', standInFor[view.id])),
    ];
  });
  return [heading('Waiting for you'), ...items, ...more(views.length, most)];
}

function recent({ recent: views, person: reader }: HomeView, most: number): readonly Block[] {
  const lines = views.slice(0, most).map((view) => {
    const when = view.closedAt ?? view.submittedAt;
    const whose = view.requester.subject === reader.subject ? '' : ` for ${view.requester.name}`;
    return say`${MARK[view.phase]} ${bold(titleOf(view))}${whose}  ·  ${STATE[view.phase]}, ${dateTime(when)}  ·  ${code(view.id)}`;
  });
  return [heading('Lately'), text(join(lines, '\n'))];
}

const divider: Block = { kind: 'divider' };
const heading = (words: string): Block => ({ kind: 'heading', text: words });

const more = (total: number, most: number): readonly Block[] =>
  total > most ? [context(say`…and ${total - most} more.`)] : [];
