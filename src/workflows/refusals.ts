import { logStream } from '../domain/journal.ts';
import { LIMITS } from '../limits.ts';
import type { PolicyAnswer } from '../ports/policy.ts';
import type { Deps } from './deps.ts';
import { record } from './log/journal.ts';
import type { Caller } from './who.ts';

const HOUR_MS = 3_600_000;

interface Asked {
  readonly entitlement: string;
  readonly durationMs: number;
  readonly at: number;
}

/**
 * Puts on record that the rules said no to someone who asked, so that other rules can be tried on it. Bounded: nobody
 * fills the log by asking again.
 */
export async function recordRefused(
  deps: Deps,
  { subject }: Caller,
  { entitlement, durationMs, at }: Asked,
  { stamp: policy, reason: { code }, facts }: Extract<PolicyAnswer, { allowed: false }>,
): Promise<void> {
  if (facts === null) return;
  const types = ['AccessRefused'] as const;
  const { refusalsRecordedPerPersonHour: limit, refusalRecordedOnceMs: onceMs } = LIMITS;
  const lately = await deps.store.search({ subject, types, from: at - HOUR_MS, limit });
  if (lately.length >= limit) return;
  const isKnown = lately.some(
    ({ type, data, meta }) =>
      type === 'AccessRefused' &&
      data.entitlement === entitlement &&
      data.code === code &&
      at - meta.at < onceMs,
  );
  if (isKnown) return;
  const data = { by: subject, entitlement, durationMs, code, policy };
  await record(deps, logStream, { type: 'AccessRefused', data, personal: { facts } });
}
