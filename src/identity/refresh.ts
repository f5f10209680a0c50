import { LIMITS } from '../limits.ts';
import type { Catalogue, GroupSource } from '../ports/catalogue.ts';
import type { Clock } from '../ports/clock.ts';
import { GroupReadFault, type GroupReader } from '../ports/group-reader.ts';
import type { GroupShelf } from '../ports/identity.ts';
import type { Logger } from '../ports/logger.ts';
import { createGroupTroubles, type GroupTroubles } from './group-troubles.ts';

export interface RefreshParts {
  readonly readers: readonly GroupReader[];
  readonly shelf: GroupShelf;
  /** The one in force now. */
  readonly catalogue: () => Catalogue;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** A signal that aborts after `ms`. */
  readonly deadline: (ms: number) => AbortSignal;
}

/** Keys of the catalogue's groups whose source said something new; `vanished`: that there is no such group (any more). */
export interface Refreshed {
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
}

/**
 * Reads every group of the catalogue that LDAP or Slack has, and keeps what they say. What cannot be read keeps its
 * last word, which ages. Called again before it is done, it is the same round. Rejects when the shelf fails.
 */
export function createGroupRefresh(parts: RefreshParts): () => Promise<Refreshed> {
  const memory = { troubles: createGroupTroubles(parts.logger), asked: new Map<string, number>() };
  let running: Promise<Refreshed> | null = null;
  return () => {
    running ??= round(parts, memory).finally(() => {
      running = null;
    });
    return running;
  };
}

type SourceName = GroupReader['name'];

interface Memory {
  readonly troubles: GroupTroubles;
  /** When each group was last asked for, whatever came of it. */
  readonly asked: Map<string, number>;
}

/** What a source calls a group, and the keys of those who take their members from it. */
interface Wanted {
  readonly name: string;
  readonly keys: readonly string[];
}

async function round(parts: RefreshParts, memory: Memory): Promise<Refreshed> {
  const catalogue = parts.catalogue();
  const until = parts.deadline(LIMITS.groupRoundTimeoutMs);
  const changed: string[] = [];
  const vanished: string[] = [];
  const lanes = (['ldap', 'slack'] as const).map(async (source) => {
    const wanted = wantedOf(catalogue, source);
    const reader = parts.readers.find(({ name }) => name === source);
    memory.troubles.keepOnly(
      source,
      wanted.map(({ name }) => name),
    );
    if (reader === undefined)
      return memory.troubles.unread(
        source,
        wanted.flatMap(({ keys }) => keys),
      );
    for (const one of await inTurn(parts, reader.name, wanted, memory)) {
      const news = await look(parts, reader, one, memory, until);
      if (news === 'stop') return;
      if (news !== 'nothing') changed.push(...one.keys);
      if (news === 'vanished') vanished.push(...one.keys);
    }
  });
  // The trouble of one source leaves the other its turn.
  for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
  return { changed, vanished };
}

function wantedOf({ groups }: Catalogue, source: SourceName): readonly Wanted[] {
  const wanted = new Map<string, string[]>();
  for (const group of groups.values()) {
    const name = group.source.kind === source ? nameIn(group.source) : null;
    if (name !== null) wanted.set(name, [...(wanted.get(name) ?? []), group.key]);
  }
  return [...wanted].map(([name, keys]) => ({ name, keys }));
}

/** A user group that is for telling people things has no members for us. */
function nameIn(source: GroupSource): string | null {
  if (source.kind === 'ldap') return source.dn;
  return source.kind === 'slack' && source.counts ? source.id : null;
}

/** Those first that were asked for longest ago, so that one that never answers keeps no other waiting for ever. */
async function inTurn(
  { shelf }: RefreshParts,
  source: SourceName,
  wanted: readonly Wanted[],
  { asked }: Memory,
): Promise<readonly Wanted[]> {
  const since = new Map<string, number>();
  for (const { name } of wanted) {
    const at = asked.get(`${source} ${name}`) ?? (await shelf.snapshot(source, name))?.asOf;
    since.set(name, at ?? Number.NEGATIVE_INFINITY);
  }
  const of = ({ name }: Wanted): number => since.get(name) ?? Number.NEGATIVE_INFINITY;
  return wanted.toSorted((one, other) => (of(one) === of(other) ? 0 : of(one) - of(other)));
}

/** Reads one group and keeps what is said. `stop`: whatever is asked of the source next would fare the same. */
async function look(
  { shelf, clock, deadline }: RefreshParts,
  reader: GroupReader,
  { name }: Wanted,
  { troubles, asked }: Memory,
  until: AbortSignal,
): Promise<'nothing' | 'changed' | 'vanished' | 'stop'> {
  if (until.aborted) return 'stop';
  const source = reader.name;
  // From before it was asked: what happens meanwhile may not be in the answer.
  const asOf = clock.now();
  asked.set(`${source} ${name}`, asOf);
  let members: readonly string[] | null;
  try {
    members = await reader.read(name, AbortSignal.any([until, deadline(LIMITS.groupReadTimeoutMs)]));
  } catch (error) {
    const ofThisOne = error instanceof GroupReadFault && error.code === 'refused';
    troubles.tell(source, ofThisOne ? name : null, error);
    return ofThisOne ? 'nothing' : 'stop';
  }
  troubles.over(source, name);
  const before = await shelf.snapshot(source, name);
  await shelf.keep(source, name, { members, asOf });
  if (before !== null && same(before.members, members)) return 'nothing';
  return members === null ? 'vanished' : 'changed';
}

/** In whatever order. */
function same(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  const [first, second] = [new Set(one), new Set(other)];
  return first.size === second.size && [...first].every((each) => second.has(each));
}
