import type { RequestId, Subject } from '../domain/values.ts';

/** Wall-clock time in ms since the epoch, and waiting. Tests move it; the bot uses the machine's. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  event(): string;
  request(): RequestId;
  subject(): Subject;
  /** Salt for one disclosure: 16 bytes. */
  salt(): Uint8Array;
}
