import { FollowerFault } from '../ports/follower.ts';
import type { Severity } from './meaning.ts';

/** One event as it is sent. */
export interface Message {
  readonly index: number;
  readonly leaf: string;
  readonly type: string;
  /** When it happened, ms since the epoch. */
  readonly at: number;
  readonly severity: Severity;
  /** On one line. */
  readonly json: string;
}

/**
 * Takes a batch to the far side, in order, and resolves when that side has it. Whoever did not hear so sends it again.
 * Bounded by `signal`. Throws FollowerFault.
 */
export type Transport = (batch: readonly Message[], signal: AbortSignal) => Promise<void>;

/** A try that failed: whether the far side has got any of the batch is unknown. `what`: "HOST cannot be reached". */
export function unreachable(what: string, cause: unknown, signal: AbortSignal): FollowerFault {
  const why = signal.aborted ? 'no answer in time' : codeOf(cause);
  return new FollowerFault('unreachable', `${what} (${why})`, RETRIED, { cause });
}

export const RETRIED = 'It is tried again by itself, and no event is left out; check the way there.';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
