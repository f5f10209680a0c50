import { canonicalBytes } from './canonical.ts';
import { AuditError } from './error.ts';
import { decodeLeaf, leafMaxBytes } from './event-leaf.ts';
import { type LeafFrame, plainFrame } from './verify-plain.ts';

export type { LeafFrame } from './verify-plain.ts';

/** What every leaf of ours consists of, and nothing else. */
const members = ['at', 'data', 'id', 'sd', 'stream', 'type', 'v', 'version'];

/**
 * Reads a leaf whose bytes are the canonical JSON of an event, so that no two readers can take it for two different
 * events. Throws AuditError `leaf_malformed`, `leaf_too_large`, `not_canonical`.
 */
export function frameOf(bytes: Uint8Array): LeafFrame {
  if (bytes.length > leafMaxBytes)
    throw new AuditError('leaf_too_large', `it takes ${bytes.length} bytes, a leaf at most ${leafMaxBytes}`);
  return plainFrame(bytes) ?? decodedFrame(bytes);
}

function decodedFrame(bytes: Uint8Array): LeafFrame {
  const leaf = decodeLeaf(bytes);
  if (!canonicalBytes(leaf).equals(bytes))
    throw new AuditError('not_canonical', 'a leaf must be written in the one canonical way (RFC 8785)');
  const { id, type, stream, version, sd } = leaf;
  if (Object.keys(leaf).join() !== members.join())
    throw new AuditError('leaf_malformed', `a leaf is malformed: it must have ${members.join(', ')} alone`);
  return { id, type, stream, version, sd: Object.keys(sd).length === 0 ? null : sd };
}
