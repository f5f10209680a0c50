import type { RecordedEvent } from '../domain/events.ts';
import type { RecordedJournalEvent } from '../domain/journal.ts';
import type { RequestState } from '../domain/state.ts';

/** One event on its way to a follower, with the leaf's bytes as they are stored. */
export type Followed = { readonly bytes: Uint8Array } & (
  | {
      readonly event: RecordedEvent;
      /** Of its request, after it. */
      readonly state: RequestState;
      /** Salted digest of what the requester wrote, as their first event has it; null where there was no text. */
      readonly justificationDigest: string | null;
    }
  | { readonly event: RecordedJournalEvent; readonly state: null }
);

/**
 * A system that follows the log: a SIEM's file, endpoint or collector. `deliver` resolves when the far side has taken
 * the whole batch, in order; it may get a batch again, and the log index tells. Bounded by `signal`; throws only
 * FollowerFault.
 */
export interface Follower {
  /** Unique, and the name of its cursor: `siem`. */
  readonly name: string;
  deliver(batch: readonly Followed[], signal: AbortSignal): Promise<void>;
}

export class FollowerFault extends Error {
  /** `refused`: the far side will not have this batch as it is; people are told, and it is tried again. */
  readonly code: 'unreachable' | 'throttled' | 'refused';
  readonly hint: string;
  readonly retryAfterMs: number | undefined;
  constructor(
    code: FollowerFault['code'],
    message: string,
    hint: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.name = 'FollowerFault';
    this.code = code;
    this.hint = hint;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
