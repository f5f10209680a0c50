import { type FaultClass, faultClass } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import { ConnectorFault } from '../ports/connector.ts';

/**
 * A capped exponential, half of it fixed and half of it jitter: attempt 1 waits up to the base, and no wait is over the
 * cap unless the other side asked for more. Full jitter could spend all of provision's attempts in a blink.
 */
export function backoffMs(attempt: number, jitter: () => number, atLeastMs = 0): number {
  const ceiling = Math.min(LIMITS.retryCapMs, LIMITS.retryBaseMs * 2 ** Math.min(attempt - 1, 20));
  return Math.max(Math.ceil(ceiling * (0.5 + jitter() / 2)), atLeastMs);
}

export interface Fault {
  readonly fault: FaultClass;
  readonly detail: string;
  readonly retryAfterMs: number;
}

/** What a connector threw, as data. Anything but a ConnectorFault is a defect of the connector: `internal`. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ConnectorFault) {
    // A plugin's own word for it would not fit the event, and the failure would never be on record.
    const fault = faultClass.safeParse(error.code).data ?? 'internal';
    return { fault, detail: cut(error.message), retryAfterMs: error.retryAfterMs ?? 0 };
  }
  return {
    fault: 'internal',
    detail: cut(error instanceof Error ? error.message : String(error)),
    retryAfterMs: 0,
  };
}

/** What a target or a plugin says, as it may stand in an event. */
export const cut = (text: string): string =>
  (text.length > 500 ? `${text.slice(0, 499)}…` : text).toWellFormed();

const targetLate = (): Error =>
  new ConnectorFault('unreachable', 'the target did not answer in time; what it did is unknown');

/** Settles with `work`, or rejects with `late` when the signal aborts first: what ignores it hangs alone. */
export async function bounded<T>(work: Promise<T>, signal: AbortSignal, late = targetLate): Promise<T> {
  let stop = (): void => {};
  const timedOut = new Promise<never>((_, reject) => {
    stop = () => reject(late());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, timedOut]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
