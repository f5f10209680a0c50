export type AuditErrorCode = 'not_canonical' | 'leaf_too_large' | 'leaf_malformed' | 'disclosure_malformed';

/** Bytes or values that may not stand in the log. Its message never quotes the value itself. */
export class AuditError extends Error {
  readonly code: AuditErrorCode;
  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuditError';
    this.code = code;
  }
}
