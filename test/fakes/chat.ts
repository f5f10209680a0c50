import { narrate } from '../../src/chat/narrate.ts';
import { type Chat, ChatFault, type MessageRef, type Notice } from '../../src/ports/chat.ts';
import type { AccountRef, Standing } from '../../src/ports/directory.ts';
import type { HomeView } from '../../src/ports/view.ts';

export interface FakeMessage extends MessageRef {
  readonly thread: string | null;
  readonly key: string;
  notice: Notice;
  updates: number;
}

const never = new Promise<never>(() => {});
const looks = (notice: Notice): string => JSON.stringify(narrate(notice));

export const hasButtons = ({ notice }: FakeMessage): boolean =>
  narrate(notice).blocks.some((block) => block.kind === 'actions');

/** A chat platform in memory that outlives every restart of ours, with the faults that platforms have. */
export class FakeChat implements Chat {
  readonly platform = 'slack';
  readonly messages: FakeMessage[] = [];
  readonly homes = new Map<string, HomeView>();
  readonly homesPublished: string[] = [];
  readonly standings = new Map<string, Standing>();
  /** Conversations by fault; `*` stands for all of them. */
  readonly throttledUntil = new Map<string, number>();
  readonly unreachable = new Set<string>();
  readonly gone = new Set<string>();
  readonly hanging = new Set<string>();
  /** So many of the next posts happen, and their answer is lost. */
  loseAnswers = 0;
  /** Posts and updates that were tried, by conversation, whatever came of them. */
  readonly tried: string[] = [];
  #serial = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async standing(account: AccountRef): Promise<Standing> {
    return this.standings.get(account.user) ?? { kind: 'member', zone: 'Europe/Vienna' };
  }

  async direct(account: AccountRef): Promise<string> {
    await this.#meet(`D${account.user}`);
    return `D${account.user}`;
  }

  async post(
    to: { conversation: string; thread: string | null },
    notice: Notice,
    key: string,
  ): Promise<MessageRef> {
    this.tried.push(to.conversation);
    await this.#meet(to.conversation);
    this.#serial += 1;
    const ts = `${this.#serial}.0`;
    this.messages.push({ ...to, ts, key, notice, updates: 0 });
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      throw new ChatFault('unreachable', 'chat.postMessage: no answer');
    }
    return { conversation: to.conversation, ts };
  }

  async update({ conversation, ts }: MessageRef, notice: Notice): Promise<void> {
    this.tried.push(conversation);
    await this.#meet(conversation);
    const message = this.messages.find((each) => each.conversation === conversation && each.ts === ts);
    if (message === undefined) throw new ChatFault('gone', 'chat.update: message_not_found');
    message.notice = notice;
    message.updates += 1;
  }

  async find(to: { conversation: string; thread: string | null }, key: string): Promise<MessageRef | null> {
    await this.#meet(to.conversation);
    const { conversation, thread } = to;
    return (
      this.messages.find((m) => m.conversation === conversation && m.thread === thread && m.key === key) ??
      null
    );
  }

  async publishHome(account: AccountRef, home: HomeView): Promise<void> {
    this.homesPublished.push(account.user);
    await this.#meet(`home ${account.user}`);
    this.homes.set(account.user, home);
  }

  appearance(notice: Notice): string {
    return looks(notice);
  }

  in(conversation: string): readonly FakeMessage[] {
    return this.messages.filter((message) => message.conversation === conversation);
  }

  /** What people can read there now. */
  text(): string {
    return this.messages.map((message) => looks(message.notice)).join('\n');
  }

  async #meet(conversation: string): Promise<void> {
    const is = (set: ReadonlySet<string>): boolean => set.has(conversation) || set.has('*');
    if (is(this.hanging)) await never;
    const until = this.throttledUntil.get(conversation) ?? this.throttledUntil.get('*') ?? 0;
    if (this.#now() < until)
      throw new ChatFault('throttled', 'ratelimited', { retryAfterMs: until - this.#now() });
    if (is(this.unreachable)) throw new ChatFault('unreachable', 'HTTP 503');
    if (is(this.gone)) throw new ChatFault('gone', 'channel_not_found');
  }
}
