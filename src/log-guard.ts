import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from './limits.ts';
import { StoreError } from './ports/store.ts';
import { SHELF } from './workflows/log/accepted.ts';
import { alarmRow } from './workflows/log/alarm.ts';
import { type Comparison, compareWithAnchors } from './workflows/log/compare.ts';
import type { Deps, Mode } from './workflows/deps.ts';
import { recordSigningKeys } from './workflows/log/signing-keys.ts';
import { type Verdict, verdictOn } from './workflows/log/verdict.ts';

export interface LogGuard {
  /** Resolves when the log has been compared for the first time. */
  readonly checked: Promise<void>;
  stop(): Promise<void>;
}

export type Allow = (open: () => void) => Promise<void>;

/**
 * Finds out whether all may be done: compares the log with what its anchors hold, again and again for as long as one
 * of them cannot tell. `allow` is called once, when it fits, and opens when all that must come before is done: where it
 * fails, nothing is allowed.
 */
export function guardLog(deps: Deps, set: (mode: Mode) => void, allow: Allow): LogGuard {
  const stopping = new AbortController();
  const { signal } = stopping;
  let told: Verdict | null = null;

  const check = async (): Promise<Comparison> => {
    const comparison = await compare(deps, signal);
    const verdict = verdictOn(comparison);
    if (signal.aborted) return comparison;
    if (verdict !== null) set('revoke-only');
    else await recordKeys(deps);
    if (verdict === null && !signal.aborted) await allow(() => set('full'));
    if (verdict?.detail !== told?.detail) await tell(deps, verdict, comparison);
    told = verdict;
    return comparison;
  };
  const first = check();
  const watch = async (): Promise<void> => {
    let last = await first;
    while (last.kind === 'unknown') {
      await deps.clock.wait(LIMITS.anchorAskAgainMs, signal);
      if (signal.aborted) return;
      last = await check();
    }
  };
  const watching = watch().catch((error: unknown) =>
    deps.logger.error({ error }, 'the log is not compared any more: start the bot again'),
  );
  const checked = first.then(() => {});
  // Whoever does not wait for it hears of a failure in the log.
  checked.catch(() => {});
  return {
    checked,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** What fails in a way that nobody foresaw does not tell that the log is whole either. */
async function compare(deps: Deps, signal: AbortSignal): Promise<Comparison> {
  const { clock, logger, store } = deps;
  let toldAt = clock.now();
  const progress = (done: number, total: number): void => {
    if (done === total || clock.now() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = clock.now();
    logger.info({ done, total }, 'comparing the log with what its anchors hold');
  };
  try {
    return await compareWithAnchors(deps, { turn: () => nextTurn(undefined, { signal }), progress });
  } catch (error) {
    if (!signal.aborted) logger.error({ error }, 'the log could not be compared');
    const head = await store.head();
    if (error instanceof StoreError)
      return { kind: 'unknown', head, anchor: SHELF, why: error.message, hint: error.hint };
    return {
      kind: 'unknown',
      head,
      anchor: SHELF,
      why: 'it could not be read',
      hint: 'See the log of the bot.',
    };
  }
}

const PROGRESS_EVERY_MS = 3_000;

/** One that is not on record yet is put there by the next seal as well. */
async function recordKeys(deps: Deps): Promise<void> {
  await recordSigningKeys(deps).catch((error: unknown) =>
    deps.logger.error({ error }, 'the keys that sign the log could not be put on record'),
  );
}

async function tell(deps: Deps, verdict: Verdict | null, { head }: Comparison): Promise<void> {
  const alarm =
    verdict === null ? ({ what: 'full' } as const) : ({ what: 'revoke-only', ...verdict } as const);
  if (verdict === null) deps.logger.warn({}, 'the log is whole after all: everything works');
  else
    deps.logger.error(
      { ...verdict, ...head },
      'only what ends access is done: the log is not what was signed',
    );
  const occasion = `${head.size}/${head.root.slice(0, 16)}`;
  await deps.store.put([alarmRow(alarm, 'revoke-only', occasion, deps.clock.now())]);
}
