import type { Away } from '../ports/catalogue.ts';
import type { GroupState } from '../ports/directory.ts';

interface PeopleNow {
  /** Whether the key is someone's who may act at all. */
  knows(key: string): boolean;
  /** Null: not away. */
  awayOf(key: string): Away | null;
}

/**
 * Who of a group is there at `at`. Whoever is away and has someone to stand in is no member meanwhile, and the one who
 * stands in is. Someone who is away too, unknown, or the same person stands in for nobody: the member then stays, and
 * is not pinged. Who is a member already stays one in their own right, and stands in for nobody either.
 */
export function presentAt(
  all: readonly string[],
  quiet: ReadonlySet<string>,
  at: number,
  people: PeopleNow,
): Extract<GroupState, { kind: 'known' }> {
  const everyone = [...new Set(all)].filter((key) => people.knows(key));
  const away = new Map(everyone.map((key) => [key, awayAt(people.awayOf(key), at)] as const));
  const own = new Set(everyone);
  const present = (key: string): boolean => people.knows(key) && awayAt(people.awayOf(key), at) === null;
  const members = new Set<string>();
  const standIns = new Map<string, string>();
  for (const key of everyone) {
    const delegate = away.get(key)?.delegate ?? null;
    if (delegate === null || !present(delegate)) {
      members.add(key);
    } else if (!own.has(delegate)) {
      members.add(delegate);
      if (!standIns.has(delegate)) standIns.set(delegate, key);
    }
  }
  const unpinged = [...members].filter((key) => quiet.has(key) || (away.get(key) ?? null) !== null);
  return { kind: 'known', members: [...members], quiet: unpinged, standIns };
}

/** The end is excluded. */
const awayAt = (away: Away | null, at: number): Away | null =>
  away !== null && away.from <= at && at < away.until ? away : null;
