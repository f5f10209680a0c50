import { LIMITS } from '../../../src/limits.ts';
import type { World } from '../world.ts';

/** Every index of a log of this size. */
export const upTo = (size: number): readonly number[] => Array.from({ length: size }, (_, index) => index);

/** Fills the log with as many events of no request. */
export async function fillLog(
  { deps: { store, ids, clock } }: World,
  count: number,
  query: Readonly<Record<string, string>> = {},
): Promise<void> {
  const by = await store.subjectOf('hana', () => ids.subject());
  const data = { by, what: 'search', as: 'auditor', query, request: null } as const;
  for (let left = count; left > 0; left -= LIMITS.eventsPerCommitMax) {
    const events = Array.from({ length: Math.min(left, LIMITS.eventsPerCommitMax) }, () => ({
      type: 'LogRead' as const,
      id: ids.event(),
      at: clock.now(),
      data,
    }));
    await store.enter({ stream: 'log', expectedVersion: null, events });
  }
}
