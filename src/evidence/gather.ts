import { openCheckpoint } from '../audit/checkpoint.ts';
import { AuditError } from '../audit/error.ts';
import { parseVkey } from '../audit/note.ts';
import { assemble, consistencyPath, inclusionPath, type ProofPath } from '../audit/proof.ts';
import { LIMITS } from '../limits.ts';
import type { HeadSigner } from '../ports/anchor.ts';
import type { AnyRecordedEvent, LogTree, Receipt, SealShelf, TreeHead } from '../ports/audit-log.ts';
import { storyOf } from './context.ts';
import { type Anchored, type Entry, EvidenceError, type EvidenceSource, ownOf } from './source.ts';
import { isSameTree } from './trees.ts';

type Log = LogTree & Pick<SealShelf, 'newestCheckpoint' | 'receipts'>;
type Checkpoint = EvidenceSource['checkpoint'];

export interface Wanted extends Pick<EvidenceSource, 'request' | 'reader' | 'at' | 'software' | 'zone'> {
  readonly signer: HeadSigner;
  /** Signs the head as it is now; null: nothing may be signed, and one that was signed before has to do. */
  readonly signNow: (() => Promise<Checkpoint>) | null;
}

/**
 * Reads out of the log what a bundle of one request is made of; null when there is no such request. Throws
 * EvidenceError, and what the store and `signNow` throw.
 */
export async function gatherEvidence(log: Log, wanted: Wanted): Promise<EvidenceSource | null> {
  const story = await storyOf(log, wanted.request);
  if (story === null) return null;
  const { events, disclosures } = story;
  const { request, reader, at, software, zone, signer } = wanted;
  const checkpoint = await checkpointOver(log, lastIndex(events), wanted);
  return {
    request,
    reader,
    at,
    software,
    zone,
    checkpoint,
    disclosures,
    entries: await Promise.all(events.map((event) => entryOf(log, event, checkpoint.size))),
    vkeys: signer.vkeys(),
    anchored: await anchoredOver(log, lastIndex(ownOf(events)), checkpoint, signer),
  };
}

const lastIndex = (events: readonly AnyRecordedEvent[]): number => events.at(-1)?.meta.index ?? -1;

/** The newest signed head that covers the events, for others have seen it; one signed now where there is none. */
async function checkpointOver(log: Log, last: number, wanted: Wanted): Promise<Checkpoint> {
  const { signer, signNow, request } = wanted;
  const kept = opened((await log.newestCheckpoint())?.note ?? '', signer);
  const head = await log.head();
  if (kept !== null && !(await follows(log, head, kept))) throw differs(kept);
  if (kept !== null && kept.size > last) return kept;
  if (signNow !== null) return signNow();
  throw new EvidenceError(
    'no_checkpoint',
    `no signed head of the log covers the events of ${request} yet`,
    'A running bot signs one within the hour, unless it does not trust the log: countersign doctor',
  );
}

/** Whether the log begins with what is signed: else nothing more is. */
async function follows(log: Log, head: TreeHead, signed: TreeHead): Promise<boolean> {
  if (signed.size === 0) return true;
  if (signed.size > head.size) return false;
  return isSameTree(signed, head, await proven(log, consistencyPath(signed.size, head.size)));
}

const differs = ({ size }: TreeHead): EvidenceError =>
  new EvidenceError(
    'tree_differs',
    `the log does not begin with the ${size} events that are signed`,
    'Start the bot: it compares the log with what its anchors hold, and says how to proceed.',
  );

/** What a kept note says, once the log's own key vouches for it. */
function opened(note: string, signer: HeadSigner): Checkpoint | null {
  try {
    const { size, root } = openCheckpoint(note, signer.vkeys().map(parseVkey), signer.origin);
    return { note, size, root: root.toString('hex') };
  } catch (error) {
    if (error instanceof AuditError) return null;
    throw error;
  }
}

async function entryOf(log: LogTree, event: AnyRecordedEvent, size: number): Promise<Entry> {
  const { index, leaf } = event.meta;
  const [stored] = await log.stored(index, 1);
  if (stored?.index !== index || Buffer.from(stored.leaf).toString('hex') !== leaf)
    throw new EvidenceError(
      'event_not_in_tree',
      `event ${index} is not what it was a moment ago`,
      'Find the first bad position: countersign log verify',
    );
  return { event, bytes: stored.bytes, proof: await proven(log, inclusionPath(index, size)) };
}

async function proven(log: LogTree, path: ProofPath): Promise<readonly Uint8Array[]> {
  return assemble(path, await log.hashes(path.flat()));
}

/** Of each anchor the earliest head that covers the events, which says most about when they were there. */
async function anchoredOver(
  log: Log,
  last: number,
  checkpoint: TreeHead,
  signer: HeadSigner,
): Promise<readonly Anchored[]> {
  const receipts = await log.receipts(LIMITS.evidenceReceiptsMax);
  const covering = receipts.filter(({ size }) => size > last).toReversed();
  const earliest = covering.filter((r, i) => covering.findIndex(({ anchor }) => anchor === r.anchor) === i);
  const { size } = await log.head();
  return Promise.all(earliest.map((receipt) => anchoredBy(log, receipt, checkpoint, size, signer)));
}

/** What was taken is signed again only where the signed checkpoint begins with it: so nothing new is said. */
async function anchoredBy(
  log: LogTree,
  receipt: Receipt,
  checkpoint: TreeHead,
  logSize: number,
  signer: HeadSigner,
): Promise<Anchored> {
  const [first, second] = [Math.min(receipt.size, checkpoint.size), Math.max(receipt.size, checkpoint.size)];
  const consistency = second > logSize ? [] : await proven(log, consistencyPath(first, second));
  const signs = receipt.size <= checkpoint.size && isSameTree(receipt, checkpoint, consistency);
  return { ...receipt, note: signs ? signer.sign(receipt) : null, consistency };
}
