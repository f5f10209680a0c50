import { openStages } from '../domain/approval.ts';
import type { EventType, RecordedEvent } from '../domain/events.ts';
import { fold } from '../domain/evolve.ts';
import { type Ballot, type RequestState, streamOf } from '../domain/state.ts';
import type { RequestId, Stage } from '../domain/values.ts';
import { leafHash } from '../audit/leaf.ts';
import { type Chat, ChatFault, type Notice } from '../ports/chat.ts';
import type { Claim, PostedMessage } from '../ports/store.ts';
import type { RequestView, Told } from '../ports/view.ts';
import type { Deps } from './deps.ts';
import { backoffMs } from './retry.ts';
import { peopleOf, toldOf, viewOf } from './view.ts';
import type { WorkResult } from './work.ts';

/** What the requester is told of; the rest is in the thread for who wants it. */
const TOLD_TO_REQUESTER: ReadonlySet<EventType> = new Set<EventType>([
  'RequestSubmitted',
  'ApprovalRecorded',
  'RequestApproved',
  'RequestDenied',
  'RequestWithdrawn',
  'RequestLapsed',
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
  'RevocationStarted',
  'RevocationFailed',
  'RevocationVerified',
]);

/** A message that should be on the platform now. `root`: the slot whose message it hangs under. */
interface Desired {
  readonly slot: string;
  readonly conversation: string;
  readonly root: string | null;
  readonly notice: Notice;
  /** Whether it follows the state after it was sent; a thread post tells what happened and stays. */
  readonly follows: boolean;
}

const UNDELIVERABLE = '-';

/** What has been sent on one platform, by slot. */
type Shown = ReadonlyMap<string, PostedMessage>;

/**
 * Brings the platform to what the state says: sends what is missing in order, updates what has changed. Run again
 * after any failure; what was sent is known by its slot, or found by its key.
 */
export async function showRequest(deps: Deps, claim: Claim, id: RequestId): Promise<WorkResult> {
  const events = await deps.store.read(streamOf(id));
  const state = fold(events);
  if (state === null) return { kind: 'complete' };
  const faults: ChatFault[] = [];
  for (const chat of deps.chats) {
    const posted = await deps.store.posted(streamOf(id));
    const shown = new Map(posted.filter((m) => m.platform === chat.platform).map((m) => [m.slot, m]));
    const desired = await desiredOf(deps, chat, state, events, shown);
    faults.push(...(await reconcile(deps, chat, state, desired, shown)));
  }
  await refreshHomes(deps, state);
  const again = faults.filter((f) => f.code === 'throttled' || f.code === 'unreachable');
  if (again.length === 0) return { kind: 'complete' };
  const wait = Math.min(...again.map((f) => backoffMs(claim.attempts, deps.jitter, f.retryAfterMs ?? 0)));
  return { kind: 'retry', at: deps.clock.now() + wait };
}

async function desiredOf(
  deps: Deps,
  chat: Chat,
  state: RequestState,
  events: readonly RecordedEvent[],
  shown: Shown,
): Promise<readonly Desired[]> {
  const people = peopleOf(deps);
  const view = await viewOf(deps, state, people);
  const disclosed = await deps.store.disclosures(streamOf(state.id));
  const told = await Promise.all(events.map((event) => toldOf(event, disclosed, people)));
  const cards = cardsOf(deps, chat, state, view, shown);
  const root = cards[0] ?? null;
  const alarm = told.find(isEscalated) ?? null;
  const thread =
    root === null
      ? []
      : told.flatMap((one, index) => threadPosts(chat.platform, root, view, one, index + 1, one === alarm));
  return [...cards, ...thread, ...notesOf(chat, view, told, alarm)];
}

/**
 * One card in the request's home channel, the thread's root; one in each channel whose stage has been reached. A card
 * that was sent follows the state for good, also where its stage is not reached any more.
 */
function cardsOf(deps: Deps, chat: Chat, state: RequestState, view: RequestView, sent: Shown): Desired[] {
  const ballots = state.extension === null ? [state.ballot] : [state.ballot, state.extension];
  const channels = [
    deps.directory.channel(state.entitlement.channel),
    ...ballots.flatMap(reached).map((stage) => deps.directory.channelOfGroup(stage.group)),
  ];
  const places = channels.flatMap((c) => (c?.platform === chat.platform ? [c.conversation] : []));
  const before = [...sent.values()].filter((m) => m.slot.startsWith('card:')).map((m) => m.conversation);
  return [...new Set([...places, ...before])].map((conversation) => ({
    slot: `card:${conversation}`,
    conversation,
    root: null,
    notice: { kind: 'request-card', view },
    follows: true,
  }));
}

function reached({ consent, approvals }: Ballot): readonly Stage[] {
  const [first] = openStages(consent, approvals);
  return consent.order === 'parallel' || first === undefined
    ? consent.stages
    : consent.stages.slice(0, first + 1);
}

/** Once escalated, every later failure says so too; people are alarmed by the first alone. */
const isEscalated = (told: Told): boolean =>
  told.type === 'RevocationFailed' && told.data['escalated'] === true;

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
    root: root.slot,
    notice: { kind: 'thread-post', view, told },
    follows: false,
  };
  return alarming ? [post, { ...post, slot: `alarm:${platform}`, root: null }] : [post];
}

/** Direct messages to the requester; only the newest has buttons. */
function notesOf(chat: Chat, view: RequestView, told: readonly Told[], alarm: Told | null): Desired[] {
  const { account } = view.requester;
  if (account === null || account.platform !== chat.platform) return [];
  const noted = told.flatMap((one, index) =>
    isNoted(one, told[index + 1], alarm) ? [{ one, version: index + 1 }] : [],
  );
  const newest = noted.at(-1)?.version;
  return noted.map(({ one, version }) => ({
    slot: `dm:${version}`,
    conversation: `@${account.user}`,
    root: null,
    notice: { kind: 'requester-note', view, told: one, live: version === newest },
    follows: true,
  }));
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

async function reconcile(
  deps: Deps,
  chat: Chat,
  state: RequestState,
  desired: readonly Desired[],
  shown: Map<string, PostedMessage>,
): Promise<ChatFault[]> {
  const stream = streamOf(state.id);
  const faults: ChatFault[] = [];
  /** After a fault nothing more goes to that conversation in this round: order is kept, others are not held up. */
  const held = new Set<string>();
  for (const want of desired) {
    if (held.has(want.conversation)) continue;
    try {
      const message = await show(deps, chat, stream, want, shown);
      if (message !== null) shown.set(want.slot, message);
    } catch (error) {
      if (!(error instanceof ChatFault)) throw error;
      deps.onChatFault(error.code);
      held.add(want.conversation);
      faults.push(error);
    }
  }
  return faults;
}

async function show(
  deps: Deps,
  chat: Chat,
  stream: string,
  want: Desired,
  shown: Shown,
): Promise<PostedMessage | null> {
  const before = shown.get(want.slot);
  const undeliverable = before?.ts === UNDELIVERABLE;
  /** A card that found no place is tried again when it has changed: approvers wait for it, and a bot gets invited. */
  if (before?.ts && (!want.follows || (undeliverable && want.notice.kind !== 'request-card'))) return before;
  const digest = leafHash(new TextEncoder().encode(chat.appearance(want.notice))).toString('hex');
  if (before?.ts && before.digest === digest) return before;
  try {
    return before?.ts && !undeliverable
      ? await update(deps, chat, before, before.ts, want, digest)
      : await send(deps, chat, stream, want, digest, before !== undefined, shown);
  } catch (error) {
    if (!(error instanceof ChatFault) || error.code === 'throttled' || error.code === 'unreachable')
      throw error;
    deps.onChatFault(error.code);
    deps.logger.error(
      { stream, slot: want.slot, code: error.code, detail: error.message },
      'message cannot be shown',
    );
    const lost = { stream, slot: want.slot, platform: chat.platform, conversation: want.conversation };
    const record = { ...lost, ts: before?.ts ?? UNDELIVERABLE, digest };
    await deps.store.record(record);
    return record;
  }
}

async function update(
  deps: Deps,
  chat: Chat,
  before: PostedMessage,
  ts: string,
  want: Desired,
  digest: string,
): Promise<PostedMessage> {
  await chat.update({ conversation: before.conversation, ts }, want.notice);
  const record = { ...before, digest };
  await deps.store.record(record);
  return record;
}

/** The intent to send is kept first, so that a send whose answer was lost is looked for before it is repeated. */
async function send(
  deps: Deps,
  chat: Chat,
  stream: string,
  want: Desired,
  digest: string,
  mayExist: boolean,
  shown: Shown,
): Promise<PostedMessage | null> {
  const root = want.root === null ? null : shown.get(want.root);
  if (want.root !== null && (!root?.ts || root.ts === UNDELIVERABLE)) return null;
  const conversation = await place(chat, want);
  const to = { conversation, thread: root?.ts ?? null };
  const key = `${stream}/${want.slot}`;
  const intent = { stream, slot: want.slot, platform: chat.platform, conversation, ts: null, digest: '' };
  const found = mayExist ? await chat.find(to, key) : null;
  if (!mayExist) await deps.store.record(intent);
  /** What was found may show an older state. */
  if (found !== null && want.follows) await chat.update(found, want.notice);
  const message = found ?? (await chat.post(to, want.notice, key));
  const record = { ...intent, conversation: message.conversation, ts: message.ts, digest };
  await deps.store.record(record);
  return record;
}

/** `@user` means the bot's conversation with that person, which is only known by asking. */
async function place(chat: Chat, want: Desired): Promise<string> {
  if (!want.conversation.startsWith('@') || want.notice.kind !== 'requester-note') return want.conversation;
  const { account } = want.notice.view.requester;
  if (account === null) throw new ChatFault('gone', 'the requester has no account there');
  return chat.direct(account);
}

/** Homes of the requester and of who may decide, where they have been opened, follow the state too. */
async function refreshHomes(deps: Deps, state: RequestState): Promise<void> {
  const keys = await Promise.all(
    state.ballot.consent.stages.map(async (stage) => (await deps.directory.members(stage.group)) ?? []),
  );
  const known = await Promise.all([...new Set(keys.flat())].map((key) => deps.store.known(key)));
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
