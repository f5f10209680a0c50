import { LIMITS } from '../limits.ts';
import type { Logger } from '../ports/logger.ts';
import { json } from './answer.ts';
import type { Route } from './answer.ts';

/** Something this process cannot work without. `check` rejects when it is not there; `signal` aborts at the time-out. */
export interface ReadinessCheck {
  readonly name: string;
  check(signal: AbortSignal): Promise<void>;
}

/** The process runs; says nothing of what it depends on, so that an outage elsewhere does not restart it. */
export const aliveRoute: Route = async () => json(200, { status: 'alive' });

/**
 * 200 when every check passes and the process is not draining; else 503 with what failed and why. `mode` is told and
 * changes nothing: while only ending access is done, that must be served.
 */
export function readyRoute(
  checks: readonly ReadinessCheck[],
  mode: () => string,
  isDraining: () => boolean,
  logger: Logger,
): Route {
  return async () => {
    if (isDraining()) return json(503, { status: 'draining', mode: mode(), checks: [] });
    const results = await Promise.all(checks.map((check) => run(check, logger)));
    const ready = results.every(({ ok }) => ok);
    return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', mode: mode(), checks: results });
  };
}

async function run(readiness: ReadinessCheck, logger: Logger) {
  const { name } = readiness;
  const signal = AbortSignal.timeout(LIMITS.readinessTimeoutMs);
  const timedOut = new Promise<'timed out'>((resolve) => {
    signal.addEventListener('abort', () => resolve('timed out'), { once: true });
  });
  try {
    const outcome = await Promise.race([readiness.check(signal), timedOut]);
    if (outcome !== 'timed out') return { name, ok: true };
    return { name, ok: false, why: `no answer in ${LIMITS.readinessTimeoutMs} ms` };
  } catch (error) {
    logger.warn({ check: name, error }, 'not ready');
    return { name, ok: false, why: codeOf(error) };
  }
}

/** A stable code may be told to anyone who can reach the port; a message may hold an address or a name. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Za-z0-9_-]{1,40}$/.test(code) ? code : 'failed; the log says why';
}
