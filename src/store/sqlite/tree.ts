import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import { AuditError } from '../../audit/error.ts';
import { Frontier, type Node } from '../../audit/tree.ts';
import { LIMITS } from '../../limits.ts';
import type { LogTree, TreeNode } from '../../ports/audit-log.ts';
import { corrupt, damaged } from '../recorded.ts';
import { atMost, type Database } from './database.ts';
import { type Head, openHeadReader } from './head.ts';
import { events, treeNodes } from './schema.ts';

/** Between two stored levels lie 2^8 nodes, which is a tile of C2SP. */
const levelsPerTile = 8;
const value = sql.placeholder;

/** The tree on its way up. `grow` belongs inside `write`; the frontier is the caller's to keep. */
export function openTreeWriter({ orm }: Database) {
  const insert = orm
    .insert(treeNodes)
    .values({ level: value('level'), index: value('index'), hash: value('hash') })
    .prepare();
  const keep = ({ level, index }: Node, hash: Buffer): void => {
    if (level % levelsPerTile === 0) insert.run({ level, index, hash });
  };
  return { grow: (frontier: Frontier, leaf: Uint8Array): void => frontier.append(leaf, keep) };
}

/** Throws StoreError `store_corrupt`. */
export function frontierOf({ size, frontier }: Head): Frontier {
  try {
    return Frontier.fromBytes(size, frontier);
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause;
    throw damaged(`the head of the log does not fit its size of ${size}: ${cause.message}`, cause);
  }
}

export function openTreeReader(database: Database): Pick<LogTree, 'head' | 'hashes' | 'stored'> {
  const head = openHeadReader(database);
  const statements = prepare(database);

  /** Nodes of a level that is stored, from `from` on; of level 0 these are the leaves. */
  const row = (level: number, from: number, count: number): readonly Buffer[] => {
    const rows = level === 0 ? statements.leaves : statements.nodes;
    const found = rows.all({ level, from, end: from + count });
    for (let i = 0; i < count; i++) if (found[i]?.index !== from + i) throw missing(level, from + i);
    return found.map(({ hash }) => hash);
  };
  const hashOf = ({ level, index }: TreeNode): Buffer => {
    const above = level % levelsPerTile;
    const below = Frontier.empty();
    for (const hash of row(level - above, index * 2 ** above, 2 ** above)) below.append(hash);
    return below.root();
  };
  return {
    head: () =>
      database.read(() => {
        const at = head();
        return { size: at.size, root: frontierOf(at).root().toString('hex') };
      }),
    hashes: (nodes) =>
      database.read(() => {
        refuseOutside(nodes, head().size);
        return nodes.map(hashOf);
      }),
    stored: (index, limit) =>
      database.read(() => statements.stored.all({ index, limit: atMost(limit, LIMITS.leavesMax) })),
  };
}

const missing = (level: number, index: number): Error =>
  level === 0
    ? corrupt(index, 'is missing')
    : damaged(`node ${index} of level ${level} of the tree over the log is missing`);

function refuseOutside(nodes: readonly TreeNode[], size: number): void {
  if (nodes.length > LIMITS.treeNodesMax)
    throw new RangeError(`${nodes.length} nodes of the tree were asked for, at most ${LIMITS.treeNodesMax}`);
  for (const { level, index } of nodes) {
    const isNode = Number.isSafeInteger(level) && level >= 0 && Number.isSafeInteger(index) && index >= 0;
    if (!isNode || (index + 1) * 2 ** level > size)
      throw new RangeError(`node ${index} of level ${level} is not complete in a log of ${size} events`);
  }
}

function prepare({ orm }: Database) {
  const { level, index, hash } = treeNodes;
  return {
    leaves: orm
      .select({ index: events.index, hash: events.leaf })
      .from(events)
      .where(and(gte(events.index, value('from')), lt(events.index, value('end'))))
      .orderBy(asc(events.index))
      .prepare(),
    nodes: orm
      .select({ index, hash })
      .from(treeNodes)
      .where(and(eq(level, value('level')), gte(index, value('from')), lt(index, value('end'))))
      .orderBy(asc(index))
      .prepare(),
    stored: orm
      .select()
      .from(events)
      .where(gte(events.index, value('index')))
      .orderBy(asc(events.index))
      .limit(value('limit'))
      .prepare(),
  };
}
