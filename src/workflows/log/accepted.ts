import { canonicalJson } from '../../audit/canonical.ts';
import { openCheckpoint } from '../../audit/checkpoint.ts';
import { AuditError } from '../../audit/error.ts';
import { parseVkey, verifyNote } from '../../audit/note.ts';
import { type JournalData, logStream } from '../../domain/journal.ts';
import type { HeadSigner } from '../../ports/anchor.ts';
import type { LogTree, SealShelf, SignedCheckpoint, TreeHead } from '../../ports/audit-log.ts';
import { found } from './journal.ts';

/** A head as someone outside holds it; `root` null: only how far it has seen is known. */
export interface HeldHead {
  readonly anchor: string;
  readonly size: number;
  readonly root: string | null;
}

/** The shelf beside the log, and what was accepted, as two of those who hold heads. */
export const SHELF = 'database';
export const ACCEPTED = 'what was accepted';

type Acceptance = Omit<JournalData<'TreeAccepted'>, 'signatures'>;

/** What the log's keys sign of a TreeAccepted. Its second line is no size, so it never passes for a checkpoint. */
export const acceptanceText = (origin: string, { tree, anchors, by, approvedBy }: Acceptance): string =>
  `countersign/tree-accepted/v1\n${origin}\n${canonicalJson({ tree, anchors, by, approvedBy })}\n`;

export interface Accepted {
  /** Whether it is a head of a tree that was lost and let go of. */
  readonly letsGoOf: (held: HeldHead) => boolean;
  /** What two people took in its place: heads that the log must begin with. */
  readonly trees: readonly TreeHead[];
}

/** Every TreeAccepted that the log's keys vouch for: whoever can write the database alone has nobody let go of anything. */
export async function acceptedTrees(store: Pick<LogTree, 'search'>, signer: HeadSigner): Promise<Accepted> {
  const gone = new Set<string>();
  const trees: TreeHead[] = [];
  for await (const { type, data } of found(store, { stream: logStream, types: ['TreeAccepted'] })) {
    if (type !== 'TreeAccepted' || !isSigned(signer, data)) continue;
    trees.push(data.tree);
    for (const { anchor, head } of data.anchors) gone.add(keyOf({ anchor, ...head }));
  }
  return { letsGoOf: (held) => gone.has(keyOf(held)), trees };
}

const keyOf = ({ anchor, size, root }: HeldHead): string => `${size}/${root ?? ''}/${anchor}`;

function isSigned(signer: HeadSigner, accepted: JournalData<'TreeAccepted'>): boolean {
  const text = acceptanceText(signer.origin, accepted);
  try {
    verifyNote(`${text}\n${accepted.signatures}`, signer.vkeys().map(parseVkey));
    return true;
  } catch (error) {
    if (error instanceof AuditError) return false;
    throw error;
  }
}

/**
 * The newest head that was signed, as its note says it: what stands beside the note in the database is signed by
 * nobody. Throws AuditError where the note is not of this log.
 */
export async function newestSigned(
  store: Pick<SealShelf, 'newestCheckpoint'>,
  signer: HeadSigner,
): Promise<SignedCheckpoint | null> {
  const kept = await store.newestCheckpoint();
  if (kept === null) return null;
  const { size, root } = openCheckpoint(kept.note, signer.vkeys().map(parseVkey), signer.origin);
  return { ...kept, size, root: root.toString('hex') };
}
