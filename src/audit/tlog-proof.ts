import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { base64, readBase64, readDecimal, readHashes, splitAtBlankLine, valueOf } from './encoding.ts';
import { AuditError } from './error.ts';
import type { VerifierKey } from './note.ts';
import { verifyInclusion } from './proof.ts';

/** C2SP tlog-proof: that one leaf is in the log, to be checked offline. */
export interface TlogProof {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
  /** Of the application; nothing vouches for it. */
  readonly extra?: Uint8Array;
}

const header = 'c2sp.org/tlog-proof@v1';

/** Throws AuditError `tlog_proof_malformed`. */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  const lines = [
    header,
    ...(extra ? [`extra ${base64(extra)}`] : []),
    `index ${index}`,
    ...proof.map(base64),
  ];
  const text = `${lines.join('\n')}\n\n${checkpoint}`;
  parseTlogProof(text);
  return text;
}

/** Throws AuditError `tlog_proof_malformed`. Nothing is verified. */
export function parseTlogProof(
  text: string,
): TlogProof & { readonly proof: readonly Buffer[]; readonly extra?: Buffer } {
  const parts = splitAtBlankLine(text);
  if (parts === null) throw malformed('it must have a blank line and a checkpoint after it');
  const [first, second = '', ...others] = parts.lines;
  if (first !== header) throw malformed(`its first line must be "${header}"`);
  const encoded = valueOf('extra', second);
  const extra = encoded === null ? undefined : readBase64(encoded);
  if (extra === null) throw malformed('its extra line must be base64');
  const [indexLine = '', ...lines] = encoded === null ? [second, ...others] : others;
  const index = readDecimal(valueOf('index', indexLine) ?? '');
  if (index === null) throw malformed('it must have a line of "index" and a decimal');
  const proof = readHashes(lines);
  if (proof === null) throw malformed('its proof must be at most 63 lines, each base64 of 32 bytes');
  return { index, proof, checkpoint: parts.note, ...(extra && { extra }) };
}

/**
 * The checkpoint that the leaf of this hash is in. Throws AuditError `tlog_proof_malformed`, what `openCheckpoint`
 * throws, or a ProofProblem's code.
 */
export function verifyTlogProof(
  text: string,
  leafHash: Uint8Array,
  keys: readonly VerifierKey[],
  origin?: string,
): OpenedCheckpoint & { readonly index: number } {
  const { index, proof, checkpoint } = parseTlogProof(text);
  const opened = openCheckpoint(checkpoint, keys, origin);
  const problem = verifyInclusion({ index, size: opened.size, leaf: leafHash, root: opened.root, proof });
  if (problem) throw new AuditError(problem.code, problem.message);
  return { ...opened, index };
}

function malformed(rule: string): AuditError {
  return new AuditError('tlog_proof_malformed', `a tlog-proof is malformed: ${rule}`);
}
