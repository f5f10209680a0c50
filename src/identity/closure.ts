import type { CatalogueGroup } from '../ports/catalogue.ts';
import type { Part } from './membership.ts';

/** A group with all that it includes, each by its own source. */
export interface Closure {
  /** Those of each part that can be told: one source that is silent takes nobody's membership by another. */
  readonly members: readonly ReadonlySet<string>[];
  readonly quiet: ReadonlySet<string>;
  /** Whether a part of it cannot be told, and for how long at the most; null: one of them was never heard of. */
  readonly stale: { readonly ageMs: number | null } | null;
  /** Its own source says that there is no such group. */
  readonly gone: boolean;
}

/** A group in a circle is not followed twice. */
export async function closureOf(
  group: CatalogueGroup,
  groups: ReadonlyMap<string, CatalogueGroup>,
  partOf: (group: CatalogueGroup) => Promise<Part>,
): Promise<Closure> {
  const within = new Set([group]);
  for (const each of within)
    for (const key of each.includes) {
      const included = groups.get(key);
      if (included !== undefined) within.add(included);
    }
  const parts = await Promise.all([...within].map(partOf));
  const ages = parts.flatMap((part) => (part.kind === 'stale' ? [part.ageMs] : []));
  return {
    members: parts.flatMap((part) => (part.kind === 'known' ? [part.members] : [])),
    quiet: new Set([...within].flatMap(({ quiet }) => quiet)),
    stale: ages.length === 0 ? null : { ageMs: oldest(ages) },
    gone: parts[0]?.kind === 'unknown',
  };
}

const oldest = (ages: readonly (number | null)[]): number | null =>
  ages.reduce((most, age) => (most === null || age === null ? null : Math.max(most, age)), 0);
