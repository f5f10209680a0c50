import { leafHash } from '../audit/leaf.ts';
import { type Chat, ChatFault, type Notice } from '../ports/chat.ts';
import type { AccountRef } from '../ports/directory.ts';
import type { Claim, PostedMessage } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import { backoffMs } from './retry.ts';
import type { WorkResult } from './work.ts';

/** A message that should be on the platform now. `root`: the slot whose message it hangs under. */
export interface Desired {
  readonly slot: string;
  /** Where it goes; of a message to one person a name of ours, for the place is only known by asking. */
  readonly conversation: string;
  readonly direct: AccountRef | null;
  readonly root: string | null;
  readonly notice: Notice;
  /** Whether it follows the state after it was sent. */
  readonly follows: boolean;
}

const UNDELIVERABLE = '-';

/** What has been sent on one platform, by slot. */
export type Shown = ReadonlyMap<string, PostedMessage>;

/** What has been sent of a stream on one platform. */
export async function shownOn(deps: Deps, chat: Chat, stream: string): Promise<Map<string, PostedMessage>> {
  const posted = await deps.store.posted(stream);
  return new Map(posted.filter((m) => m.platform === chat.platform).map((m) => [m.slot, m]));
}

/**
 * Keeps nothing of what was shown of a stream: the digests of texts that are erased would be their fingerprints. What
 * follows the state is shown anew by the next round.
 */
export async function unlearn(deps: Deps, stream: string): Promise<void> {
  for (const message of await deps.store.posted(stream))
    if (message.digest !== '') await deps.store.record({ ...message, digest: '' });
}

/** Keeps nothing of where someone could be written to; what went there is out of reach from now on. Whether anything did. */
export async function letGo(deps: Deps, messages: readonly PostedMessage[]): Promise<boolean> {
  const kept = messages.filter(({ conversation }) => conversation !== '');
  for (const message of kept)
    await deps.store.record({ ...message, conversation: '', ts: UNDELIVERABLE, digest: '' });
  return kept.length > 0;
}

/** Once more where a fault may pass; else there is nothing left to do. */
export function settleFaults(deps: Deps, claim: Claim, faults: readonly ChatFault[]): WorkResult {
  const again = faults.filter((f) => f.code === 'throttled' || f.code === 'unreachable');
  if (again.length === 0) return { kind: 'complete' };
  const wait = Math.min(...again.map((f) => backoffMs(claim.attempts, deps.jitter, f.retryAfterMs ?? 0)));
  return { kind: 'retry', at: deps.clock.now() + wait };
}

/**
 * Sends what is missing in order and updates what has changed, of one stream on one platform. Answers what went wrong:
 * run again later, it goes on from there.
 */
export async function post(
  deps: Deps,
  chat: Chat,
  stream: string,
  desired: readonly Desired[],
  shown: Map<string, PostedMessage>,
): Promise<readonly ChatFault[]> {
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
    const { slot, conversation } = want;
    const lost = before ?? { stream, slot, platform: chat.platform, conversation };
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
  const conversation = want.direct === null ? want.conversation : await chat.direct(want.direct);
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
