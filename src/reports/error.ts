/** A report that cannot be made. `hint` says what the operator can do. */
export class ReportError extends Error {
  readonly code: 'too_many_rows' | 'log_broken';
  readonly hint: string;
  constructor(code: ReportError['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ReportError';
    this.code = code;
    this.hint = hint;
  }
}
