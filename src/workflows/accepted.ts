import { logStream } from '../domain/journal.ts';
import type { LogTree } from '../ports/audit-log.ts';
import { found } from './journal.ts';

/** A head as someone outside holds it; `root` null: only how far it has seen is known. */
export interface HeldHead {
  readonly anchor: string;
  readonly size: number;
  readonly root: string | null;
}

/** The shelf beside the log, as one of those who hold heads. */
export const SHELF = 'database';

/** Tells heads of a tree that was lost and let go of: two people took the log as it is in its place (TreeAccepted). */
export async function acceptedHeads(store: Pick<LogTree, 'search'>): Promise<(held: HeldHead) => boolean> {
  const accepted = new Set<string>();
  for await (const { type, data } of found(store, { stream: logStream, types: ['TreeAccepted'] }))
    if (type === 'TreeAccepted')
      for (const { anchor, head } of data.anchors) accepted.add(keyOf({ anchor, ...head }));
  return (held) => accepted.has(keyOf(held));
}

const keyOf = ({ anchor, size, root }: HeldHead): string => `${size}/${root ?? ''}/${anchor}`;
