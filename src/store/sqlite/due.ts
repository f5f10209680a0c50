import { and, asc, eq, gt, lt, lte, sql } from 'drizzle-orm';
import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import {
  type Claim,
  type DueChange,
  type DueQueue,
  type DueRow,
  type Lane,
  StoreError,
} from '../../ports/store.ts';
import { atMost, type Database } from './database.ts';
import type { HeadRow } from './head.ts';
import { due } from './schema.ts';

const value = sql.placeholder;
const detail = z.record(z.string(), z.union([z.string(), z.number()]));

/** Due work. The rows that events cause go through `apply` and `settle`, inside the log's transaction. */
export function openDueQueue(database: Database, head: HeadRow) {
  const statements = prepare(database);

  const put = (row: DueRow, fence: number): void => {
    const { key, lane, kind, stream, dueAt } = row;
    const detailJson = row.detail === undefined ? null : JSON.stringify(row.detail);
    statements.put.run({ key, lane, kind, stream, detail: detailJson, dueAt, fence });
  };
  const apply = (changes: readonly DueChange[], fence: number): void => {
    for (const change of changes)
      if ('put' in change) put(change.put, fence);
      else statements.drop.run({ key: change.drop });
  };
  const holds = (claim: Claim): boolean =>
    statements.held.get({ key: claim.key, fence: claim.fence }) !== undefined;
  const settle = (claim: Claim): boolean =>
    statements.settle.run({ key: claim.key, fence: claim.fence }).changes === 1;

  const claim = (lane: Lane, now: number, limit: number, claimedUntil: number): Claim[] => {
    const rows = statements.claimable.all({ lane, now, limit: atMost(limit, LIMITS.claimMax) });
    if (rows.length === 0) return [];
    const fence = head.nextFence();
    return rows.map((row) => {
      statements.claim.run({ key: row.key, fence, claimedUntil });
      return { ...dueRowOf(row), fence, attempts: row.attempts + 1, claimedUntil };
    });
  };

  const nextAt = (lane: Lane): number | null => {
    const unclaimedAt = statements.unclaimed.get({ lane })?.dueAt ?? Number.MAX_SAFE_INTEGER;
    const held = statements.claimed.all({ lane, before: unclaimedAt });
    const earliest = Math.min(unclaimedAt, ...held.map((row) => Math.max(row.dueAt, row.claimedUntil)));
    return earliest === Number.MAX_SAFE_INTEGER ? null : earliest;
  };

  const port: DueQueue = {
    claim: (lane, now, limit, holdMs) => database.write(() => claim(lane, now, limit, now + holdMs)),
    complete: (held) => database.write(() => void settle(held)),
    retry: ({ key, fence }, dueAt) =>
      database.write(() => void statements.retry.run({ key, fence, dueAt, newFence: head.nextFence() })),
    put: (rows) =>
      database.write(() => {
        const fence = head.nextFence();
        for (const row of rows) put(row, fence);
      }),
    nextAt: (lane) => database.read(() => nextAt(lane)),
    depth: (now) => database.read(() => depthOf(statements.depth.all({ now }))),
  };
  /** This process is alone on the database, so whoever held a row when it was opened is dead. */
  const releaseAll = (): Promise<void> => database.write(() => void statements.releaseAll.run());
  return { port, apply, holds, settle, releaseAll };
}

function prepare({ orm }: Database) {
  const isHeld = and(eq(due.key, value('key')), eq(due.fence, value('fence')));
  const inserted = {
    key: value('key'),
    lane: value('lane'),
    kind: value('kind'),
    stream: value('stream'),
    detail: value('detail'),
    dueAt: value('dueAt'),
    fence: value('fence'),
    attempts: 0,
    claimedUntil: 0,
  };
  const replaced = {
    lane: sql`excluded.lane`,
    kind: sql`excluded.kind`,
    stream: sql`excluded.stream`,
    detail: sql`excluded.detail`,
    dueAt: sql`excluded.due_at`,
    fence: sql`excluded.fence`,
    attempts: 0,
    claimedUntil: 0,
  };
  return {
    put: orm.insert(due).values(inserted).onConflictDoUpdate({ target: due.key, set: replaced }).prepare(),
    drop: orm
      .delete(due)
      .where(eq(due.key, value('key')))
      .prepare(),
    held: orm.select({ key: due.key }).from(due).where(isHeld).prepare(),
    settle: orm.delete(due).where(isHeld).prepare(),
    claimable: orm
      .select()
      .from(due)
      .where(
        and(eq(due.lane, value('lane')), lte(due.dueAt, value('now')), lte(due.claimedUntil, value('now'))),
      )
      // Among equals in the order of the index, which needs no sort: a thousand may be due at one instant.
      .orderBy(asc(due.dueAt), asc(sql`rowid`))
      .limit(value('limit'))
      .prepare(),
    claim: orm
      .update(due)
      .set({
        fence: sql`${value('fence')}`,
        claimedUntil: sql`${value('claimedUntil')}`,
        attempts: sql`${due.attempts} + 1`,
      })
      .where(eq(due.key, value('key')))
      .prepare(),
    retry: orm
      .update(due)
      .set({ dueAt: sql`${value('dueAt')}`, claimedUntil: 0, fence: sql`${value('newFence')}` })
      .where(isHeld)
      .prepare(),
    unclaimed: orm
      .select({ dueAt: due.dueAt })
      .from(due)
      .where(and(eq(due.lane, value('lane')), eq(due.claimedUntil, 0)))
      .orderBy(asc(due.dueAt))
      .limit(1)
      .prepare(),
    claimed: orm
      .select({ dueAt: due.dueAt, claimedUntil: due.claimedUntil })
      .from(due)
      .where(and(eq(due.lane, value('lane')), gt(due.claimedUntil, 0), lt(due.dueAt, value('before'))))
      .prepare(),
    depth: orm
      .select({
        lane: due.lane,
        waiting: sql<number>`count(*)`,
        overdue: sql<number>`total(${due.dueAt} <= ${value('now')})`,
      })
      .from(due)
      .groupBy(due.lane)
      .prepare(),
    releaseAll: orm.update(due).set({ claimedUntil: 0 }).where(gt(due.claimedUntil, 0)).prepare(),
  };
}

function dueRowOf(row: typeof due.$inferSelect): DueRow {
  const { key, lane, kind, stream, dueAt } = row;
  if (row.detail === null) return { key, lane, kind, stream, dueAt };
  return { key, lane, kind, stream, detail: detailOf(row.detail, key), dueAt };
}

function detailOf(text: string, key: string): NonNullable<DueRow['detail']> {
  try {
    return detail.parse(JSON.parse(text));
  } catch (cause) {
    throw new StoreError(
      'store_corrupt',
      `due row ${key} has a detail that is not small JSON`,
      'Stop, keep the file as evidence, and restore a backup.',
      { cause },
    );
  }
}

type Depth = Record<Lane, { waiting: number; overdue: number }>;

function depthOf(rows: readonly { lane: Lane; waiting: number; overdue: number }[]): Depth {
  const none = { waiting: 0, overdue: 0 };
  const depth: Depth = { revocation: none, access: none, chat: none, log: none, follow: none };
  for (const { lane, waiting, overdue } of rows) depth[lane] = { waiting, overdue };
  return depth;
}
