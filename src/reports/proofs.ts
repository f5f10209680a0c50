import type { EventMeta } from '../domain/events.ts';
import { LIMITS } from '../limits.ts';
import type { TableRow } from './report.ts';
import type { ReportSource } from './source.ts';
import { proofOf } from './tree.ts';

/** That the event which a row stands on is in the log. */
export interface RowProof {
  /** Place of the row, counted from 1. */
  readonly row: number;
  readonly index: number;
  /** Hash of the leaf, in hex. */
  readonly leaf: string;
  /** The very text of the leaf. */
  readonly event: string;
  /** C2SP tlog-proof, with the report's checkpoint. */
  readonly proof: string;
}

/** Places of those among `count` that bring their proof: the first, the last, and every n-th between. */
export function sampled(count: number): readonly number[] {
  const step = Math.max(1, Math.ceil((count - 1) / (LIMITS.reportProofsMax - 1)));
  const places = Array.from({ length: count }, (_, place) => place);
  return places.filter((place) => place % step === 0 || place === count - 1);
}

/** Of the sampled among the rows that stand on an event; more rows on one event count as one. */
export async function proofsOf(
  rows: readonly TableRow[],
  source: ReportSource,
): Promise<readonly RowProof[]> {
  const first = new Map<number, { readonly row: number; readonly event: EventMeta }>();
  for (const [place, { event }] of rows.entries())
    if (event !== null && !first.has(event.index)) first.set(event.index, { row: place + 1, event });
  const standing = [...first.values()];
  const chosen = sampled(standing.length).flatMap((place) => standing[place] ?? []);
  return Promise.all(
    chosen.map(async ({ row, event: { index, leaf } }) => ({
      row,
      index,
      leaf,
      event: await leafText(source, index),
      proof: await proofOf(source, index),
    })),
  );
}

async function leafText({ log }: ReportSource, index: number): Promise<string> {
  const [stored] = await log.stored(index, 1);
  return Buffer.from(stored?.bytes ?? []).toString('utf8');
}
