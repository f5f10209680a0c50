export type AuditErrorCode =
  | 'not_canonical'
  | 'leaf_too_large'
  | 'leaf_malformed'
  | 'disclosure_malformed'
  | 'frontier_malformed'
  | 'proof_range'
  | 'proof_length'
  | 'proof_hash_size'
  | 'proof_root'
  | 'seed_malformed'
  | 'vkey_malformed'
  | 'note_malformed'
  | 'note_signature_invalid'
  | 'note_unsigned'
  | 'checkpoint_malformed'
  | 'checkpoint_origin'
  | 'cosignature_invalid'
  | 'add_checkpoint_malformed'
  | 'tlog_proof_malformed'
  | 'tile_range'
  | 'timestamp_refused'
  | 'timestamp_malformed';

/**
 * Bytes or values that may not stand in the log, or that do not prove what they should. Its message never quotes the
 * value itself.
 */
export class AuditError extends Error {
  readonly code: AuditErrorCode;
  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuditError';
    this.code = code;
  }
}
