import type { Stage } from '../domain/values.ts';

/**
 * The first stage that cannot be filled although everyone in `candidates` (by stage) consents; null when all can.
 * One person fills one slot in all of the stages together: a bipartite matching of slots and people.
 */
export function firstUnfillable(
  stages: readonly Stage[],
  candidates: readonly (readonly string[])[],
): number | null {
  const slots = stages.flatMap(({ quorum }, index) => Array.from({ length: quorum }, () => index));
  const slotOf = new Map<string, number>();

  // Kuhn's augmenting path: whoever is taken may move to another slot of theirs. Depth is at most the slots' number.
  const fill = (slot: number, tried: Set<string>): boolean => {
    for (const person of candidates[slots[slot] ?? -1] ?? []) {
      if (tried.has(person)) continue;
      tried.add(person);
      const held = slotOf.get(person);
      if (held === undefined || fill(held, tried)) {
        slotOf.set(person, slot);
        return true;
      }
    }
    return false;
  };

  for (const [slot, stage] of slots.entries()) if (!fill(slot, new Set())) return stage;
  return null;
}
