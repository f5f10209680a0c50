import type { AccountRef, Standing } from './directory.ts';
import type { ErasureView, HomeView, PersonRef, RequestView, Told } from './view.ts';

/** What the core has to say; the chat room turns it into a card, and the card into the platform's form. */
export type Notice =
  /**
   * In an approvers' channel, or to one approver: all they decide on, and after the decision who decided.
   * `standInFor`: in whose place this one reader is asked.
   */
  | { readonly kind: 'request-card'; readonly view: RequestView; readonly standInFor?: PersonRef | null }
  /** In the request's thread: one event, with its log index. */
  | { readonly kind: 'thread-post'; readonly view: RequestView; readonly told: Told }
  /** To the requester: one change, with the buttons that make sense now (`live`: this is the newest of them). */
  | {
      readonly kind: 'requester-note';
      readonly view: RequestView;
      readonly told: Told;
      readonly live: boolean;
    }
  /** In the log's own channel: a signed head (`note`, `root` in hex), for every reader to be a witness of. */
  | {
      readonly kind: 'checkpoint';
      readonly origin: string;
      readonly size: number;
      readonly root: string;
      readonly note: string;
    }
  /** In the log's own channel: something that an operator must know. */
  | { readonly kind: 'log-alarm'; readonly alarm: LogAlarm }
  /** There too: that someone is to be forgotten, and what became of it. */
  | { readonly kind: 'erasure-card'; readonly view: ErasureView };

/** `detail` and `hint` in our own words, never in those of whom we called. */
export type LogAlarm =
  /** What the log needs of the outside has failed again and again: an anchor, a follower, or sealing itself. */
  | { readonly what: 'failing'; readonly name: string; readonly detail: string; readonly hint: string }
  | { readonly what: 'working'; readonly name: string }
  | { readonly what: 'revoke-only'; readonly detail: string; readonly hint: string }
  | { readonly what: 'full' }
  /** The folder of rules cannot be used; those named stay in force. */
  | {
      readonly what: 'rules-refused';
      readonly detail: string;
      readonly hint: string;
      readonly keeping: string;
    }
  /** Other rules are in force; `by` names the operator who went back to them, and is empty where nobody did. */
  | {
      readonly what: 'rules-loaded';
      readonly digest: string;
      readonly cause: 'start' | 'changed' | 'reverted';
      readonly changes: string;
      readonly by: string;
    }
  /** The folder can be used again, and says what is in force. */
  | { readonly what: 'rules-working'; readonly digest: string };

export interface MessageRef {
  readonly conversation: string;
  readonly ts: string;
}

/**
 * A chat platform, outward. Every call is bounded in time and throws only ChatFault. A post that failed may have
 * happened: `find` looks for it by `key`, which the platform keeps as metadata beside the message.
 */
export interface Chat {
  readonly platform: 'slack' | 'teams';
  standing(account: AccountRef): Promise<Standing>;
  /** The conversation of one person with the bot. */
  direct(account: AccountRef): Promise<string>;
  post(to: { conversation: string; thread: string | null }, notice: Notice, key: string): Promise<MessageRef>;
  update(message: MessageRef, notice: Notice): Promise<void>;
  find(to: { conversation: string; thread: string | null }, key: string): Promise<MessageRef | null>;
  publishHome(account: AccountRef, home: HomeView): Promise<void>;
  /** What a notice looks like there, as text whose change means the message must be updated. */
  appearance(notice: Notice): string;
}

export class ChatFault extends Error {
  /** `throttled` and `unreachable` may be tried again; `gone` and `refused` may not. */
  readonly code: 'throttled' | 'unreachable' | 'gone' | 'refused';
  readonly retryAfterMs: number | undefined;
  constructor(code: ChatFault['code'], message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.name = 'ChatFault';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
