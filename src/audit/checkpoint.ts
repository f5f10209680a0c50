import { base64, readBase64, readDecimal } from './encoding.ts';
import { AuditError } from './error.ts';
import { type NoteSigner, signNote, verifyNote, type VerifierKey } from './note.ts';
import { hashBytes } from './tree.ts';

/** C2SP tlog-checkpoint: the head of a log, as a note. */
export interface Checkpoint {
  /** Names the log; its key has the same name. */
  readonly origin: string;
  /** In leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
  /** Opaque lines after the third. */
  readonly extensions: readonly string[];
}

/** The text before the signatures. Throws AuditError `checkpoint_malformed` where it could not be read again. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const text = [origin, String(size), base64(root), ...extensions].map((line) => `${line}\n`).join('');
  if (parseCheckpoint(text).extensions.length !== extensions.length)
    throw malformed('a line must not hold a newline');
  return text;
}

/** Throws AuditError `checkpoint_malformed`. */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw malformed('it must end in a newline');
  const lines = text.slice(0, -1).split('\n');
  if (lines.includes('')) throw malformed('it must have no empty line');
  const [origin, size, root, ...extensions] = lines;
  if (origin === undefined || size === undefined || root === undefined)
    throw malformed('it must have the lines origin, size and root');
  const leaves = readDecimal(size);
  if (leaves === null) throw malformed('its size must be a decimal below 2^53');
  const hash = readBase64(root);
  if (hash?.length !== hashBytes) throw malformed(`its root must be base64 of ${hashBytes} bytes`);
  return { origin, size: leaves, root: hash, extensions };
}

/** Throws AuditError `checkpoint_malformed` or `note_malformed`. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly NoteSigner[]): string {
  return signNote(formatCheckpoint(checkpoint), signers);
}

export interface OpenedCheckpoint extends Checkpoint {
  readonly verifiedBy: readonly VerifierKey[];
}

/**
 * A checkpoint that its log has signed: a cosignature alone does not open it, nor does the key of another log.
 * Throws AuditError as `verifyNote` and `parseCheckpoint` do, and `checkpoint_origin` for another log than `origin`.
 */
export function openCheckpoint(
  note: string | Uint8Array,
  keys: readonly VerifierKey[],
  origin?: string,
): OpenedCheckpoint {
  const { text, verifiedBy } = verifyNote(note, keys);
  const checkpoint = parseCheckpoint(text);
  if (origin !== undefined && checkpoint.origin !== origin)
    throw new AuditError('checkpoint_origin', `the checkpoint is of another log than ${origin}`);
  if (!verifiedBy.some(({ name, algorithm }) => algorithm === 1 && name === checkpoint.origin))
    throw new AuditError('note_unsigned', 'the checkpoint is not signed by a key of the log that it names');
  return { ...checkpoint, verifiedBy };
}

function malformed(rule: string): AuditError {
  return new AuditError('checkpoint_malformed', `a checkpoint is malformed: ${rule}`);
}
