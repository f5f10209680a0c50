import { decodeLeaf } from '../audit/event-leaf.ts';
import type { MadeReport } from './made.ts';

/** Which kind of folder it is, and of which shape; a change of shape is another one. */
const FORMAT = 'countersign-proofs/1';

/**
 * What goes beside a report, by path: the events that its rows stand on, byte for byte, each with its proof, laid out
 * as evidence of a request is. Nothing where no row stands on an event.
 */
export function proofFiles({ proofs, note, vkeys }: MadeReport): ReadonlyMap<string, string> {
  if (proofs.length === 0) return new Map();
  const inLogOrder = proofs.toSorted((a, b) => a.index - b.index);
  const events = inLogOrder.map(({ index, leaf, event }) => {
    const { type, stream } = decodeLeaf(Buffer.from(event));
    return { index, type, stream, leaf };
  });
  return new Map([
    ['evidence.json', `${JSON.stringify({ format: FORMAT, request: null, events }, null, 2)}\n`],
    ['checkpoint', note],
    ['log.vkey', vkeys.map((vkey) => `${vkey}\n`).join('')],
    ...inLogOrder.map(({ index, event }) => [`events/${index}.json`, event] as const),
    ...inLogOrder.map(({ index, proof }) => [`proofs/${index}.tlog-proof`, proof] as const),
  ]);
}
