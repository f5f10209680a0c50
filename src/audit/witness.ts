import { base64, readDecimal, readHashes, splitAtBlankLine, valueOf } from './encoding.ts';
import { AuditError } from './error.ts';

/** C2SP tlog-witness: the body of `POST /add-checkpoint`. */
export interface AddCheckpoint {
  /** Size of the tree that the witness cosigned last, 0 for none. */
  readonly old: number;
  /** Consistency proof from there on. */
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

/** Throws AuditError `add_checkpoint_malformed`. */
export function formatAddCheckpoint({ old, proof, checkpoint }: AddCheckpoint): string {
  const body = `${[`old ${old}`, ...proof.map(base64)].join('\n')}\n\n${checkpoint}`;
  parseAddCheckpoint(body);
  return body;
}

/** Throws AuditError `add_checkpoint_malformed`. Neither proof nor checkpoint is verified. */
export function parseAddCheckpoint(body: string): AddCheckpoint & { readonly proof: readonly Buffer[] } {
  const parts = splitAtBlankLine(body);
  if (parts === null) throw malformed('it must have a blank line and a checkpoint after it');
  const [first = '', ...lines] = parts.lines;
  const old = readDecimal(valueOf('old', first) ?? '');
  if (old === null) throw malformed('its first line must be "old" and a decimal');
  const proof = readHashes(lines);
  if (proof === null) throw malformed('its proof must be at most 63 lines, each base64 of 32 bytes');
  return { old, proof, checkpoint: parts.note };
}

function malformed(rule: string): AuditError {
  return new AuditError('add_checkpoint_malformed', `an add-checkpoint request is malformed: ${rule}`);
}
