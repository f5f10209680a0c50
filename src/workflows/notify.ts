import { openStages } from '../domain/approval.ts';
import { openBallot } from '../domain/escalating.ts';
import type { EventType, RecordedEvent } from '../domain/events.ts';
import { fold } from '../domain/evolve.ts';
import { type Ballot, type RequestState, streamOf } from '../domain/state.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import type { Chat, ChatFault } from '../ports/chat.ts';
import type { Claim, PostedMessage } from '../ports/store.ts';
import type { RequestView, Told } from '../ports/view.ts';
import { ballotQuestion } from './ballot.ts';
import type { Deps } from './deps.ts';
import {
  askCards,
  type AskedDirectly,
  askedDirectly,
  groupsOf,
  ownerNotes,
  reminders,
  whoseSlot,
} from './direct.ts';
import { scrubRow } from './log/forget.ts';
import { type Desired, letGo, post, settleFaults, type Shown, shownOn } from './posting.ts';
import { hasLost, type People, peopleOf, toldOf, viewOf } from './view.ts';
import type { WorkResult } from './work.ts';

/** What the requester is told of; the rest is in the thread for who wants it. */
const TOLD_TO_REQUESTER: ReadonlySet<EventType> = new Set<EventType>([
  'RequestSubmitted',
  'ApprovalRecorded',
  'RequestApproved',
  'RequestDenied',
  'RequestWithdrawn',
  'RequestLapsed',
  'StageEscalated',
  'ApprovalsVoided',
  'ActivationRefused',
  'ProvisioningFailed',
  'CredentialIssued',
  'ExpiryWarned',
  'ExtensionRequested',
  'ExtensionDenied',
  'ExtensionLapsed',
  'ExtensionFailed',
  'GrantExtended',
  'GrantFlagged',
  'RevocationStarted',
  'RevocationFailed',
  'RevocationVerified',
]);

/**
 * Brings the platform to what the state says: sends what is missing in order, updates what has changed. Run again
 * after any failure; what was sent is known by its slot, or found by its key.
 */
export async function showRequest(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const events = await deps.store.read(streamOf(id));
  const state = fold(events);
  if (state === null) return { kind: 'complete' };
  const faults: ChatFault[] = [];
  const people = peopleOf(deps);
  const asked = await askedDirectly(deps, state, people);
  for (const chat of deps.chats) {
    const shown = await shownOn(deps, chat, streamOf(id));
    const desired = await desiredOf(deps, chat, state, { events, people, asked, shown });
    faults.push(...(await post(deps, chat, streamOf(id), desired, shown)));
  }
  await refreshHomes(deps, state);
  const settled = settleFaults(deps, claim, faults);
  if (settled.kind === 'complete') await forgetAddress(deps, state);
  return settled;
}

/** The conversation with someone tells who they are: of one who has been forgotten it goes, once it shows nothing. */
async function forgetAddress(deps: Deps, state: RequestState): Promise<void> {
  const known = new Map<Subject, Promise<string | null>>();
  const isForgotten = async (slot: string): Promise<boolean> => {
    const whose = whoseSlot(slot, state);
    if (whose === null) return false;
    known.set(whose, known.get(whose) ?? deps.store.personOf(whose));
    return (await known.get(whose)) === null;
  };
  const notes: PostedMessage[] = [];
  for (const message of await deps.store.posted(streamOf(state.id)))
    if (await isForgotten(message.slot)) notes.push(message);
  if (await letGo(deps, notes)) await deps.store.put([scrubRow(deps.clock.now())]);
}

interface Known {
  readonly events: readonly RecordedEvent[];
  readonly people: People;
  readonly asked: readonly AskedDirectly[];
  readonly shown: Shown;
}

async function desiredOf(
  deps: Deps,
  chat: Chat,
  state: RequestState,
  { events, people, asked, shown }: Known,
): Promise<readonly Desired[]> {
  const view = await viewOf(deps, state, people, { events });
  const disclosed = await deps.store.disclosures(streamOf(state.id));
  const told = await Promise.all(events.map((event) => toldOf(event, disclosed, people)));
  const cards = cardsOf(deps, chat, state, view, shown);
  const root = cards[0] ?? null;
  const alarm = told.find(isEscalated) ?? null;
  const thread =
    root === null
      ? []
      : told.flatMap((one, index) => threadPosts(chat.platform, root, view, one, index + 1, one === alarm));
  return [
    ...cards,
    ...askCards(chat, view, asked, shown),
    ...thread,
    ...reminders(chat, view, told, asked),
    ...notesOf(chat, view, told, alarm, shown),
    ...ownerNotes(chat, view, told),
  ];
}

/**
 * One card in the request's home channel, the thread's root; one in each channel whose stage has been reached. A card
 * that was sent follows the state for good, also where its stage is not reached any more.
 */
function cardsOf(deps: Deps, chat: Chat, state: RequestState, view: RequestView, sent: Shown): Desired[] {
  const ballots = state.extension === null ? [state.ballot] : [state.ballot, state.extension];
  const channels = [
    deps.directory.channel(state.entitlement.channel),
    ...ballots.flatMap(reachedGroups).map((group) => deps.directory.channelOfGroup(group)),
  ];
  const places = channels.flatMap((c) => (c?.platform === chat.platform ? [c.conversation] : []));
  const before = [...sent.values()].filter((m) => m.slot.startsWith('card:')).map((m) => m.conversation);
  return [...new Set([...places, ...before])].map((conversation) => ({
    slot: `card:${conversation}`,
    conversation,
    direct: null,
    root: null,
    notice: { kind: 'request-card', view },
    follows: true,
  }));
}

/** Groups whose turn has come, those that a stage was opened to among them. */
function reachedGroups(ballot: Ballot): readonly string[] {
  const { consent, approvals } = ballot;
  const [first] = openStages(consent, approvals);
  const all = consent.order === 'parallel' || first === undefined;
  const stages = all ? consent.stages : consent.stages.slice(0, first + 1);
  return stages.flatMap((_, index) => groupsOf(ballot, index));
}

/** Once escalated, every later failure says so too; people are alarmed by the first alone. */
const isEscalated = (told: Told): boolean =>
  told.type === 'RevocationFailed' && told.data['escalated'] === true;

/** A post tells what happened and stays as it is, until something of it is erased. */
function threadPosts(
  platform: Chat['platform'],
  root: Desired,
  view: RequestView,
  told: Told,
  version: number,
  alarming: boolean,
): Desired[] {
  const post: Desired = {
    slot: `thread:${platform}:${version}`,
    conversation: root.conversation,
    direct: null,
    root: root.slot,
    notice: { kind: 'thread-post', view, told },
    follows: hasLost(told),
  };
  return alarming ? [post, { ...post, slot: `alarm:${platform}`, root: null }] : [post];
}

/**
 * Direct messages to the requester; only the newest has buttons. Those who are not known any more get no new ones, and
 * what they have follows still.
 */
function notesOf(
  chat: Chat,
  view: RequestView,
  told: readonly Told[],
  alarm: Told | null,
  sent: Shown,
): Desired[] {
  const { account } = view.requester;
  const direct = account?.platform === chat.platform ? account : null;
  const noted = told.flatMap((one, index) =>
    isNoted(one, told[index + 1], alarm) ? [{ one, version: index + 1 }] : [],
  );
  const newest = noted.at(-1)?.version;
  return noted.flatMap(({ one, version }) => {
    const slot = `dm:${version}`;
    const conversation = direct === null ? sent.get(slot)?.conversation : `@${direct.user}`;
    if (!conversation) return [];
    const notice = { kind: 'requester-note', view, told: one, live: version === newest } as const;
    return [{ slot, conversation, direct, root: null, notice, follows: true }];
  });
}

/** Not each failed attempt is news to the requester: giving up is, and an alarm is. Nor the last of the consents. */
function isNoted(told: Told, next: Told | undefined, alarm: Told | null): boolean {
  if (!TOLD_TO_REQUESTER.has(told.type)) return false;
  if (told.type === 'ApprovalRecorded')
    return next?.type !== 'RequestApproved' && next?.type !== 'ExtensionApproved';
  if (told.type === 'ProvisioningFailed') return told.data['retryAt'] === null;
  if (told.type === 'ExtensionFailed') return told.data['retryAt'] === null;
  return told.type !== 'RevocationFailed' || told === alarm;
}

/** Homes of the requester and of who may decide, where they have been opened, follow the state too. */
async function refreshHomes(deps: Deps, state: RequestState): Promise<void> {
  const question = await ballotQuestion(deps, state, openBallot(state) ?? state.ballot);
  const keys = (await deps.policy.approvers(question)).flatMap(({ people }) => people);
  const known = await Promise.all([...new Set(keys)].map((key) => deps.store.known(key)));
  const subjects = [state.requester, ...known.filter((s) => s !== null)];
  const homes = await deps.store.homesOf(subjects);
  await deps.store.put(
    [...new Set(homes.map((home) => home.subject))].map((subject) => ({
      key: `home:${subject}`,
      lane: 'chat',
      kind: 'home',
      stream: `home/${subject}`,
      dueAt: deps.clock.now(),
    })),
  );
}
