/**
 * Seals bytes under the installation's key, which is never in the database. `context` says what is sealed and for
 * whom; it is authenticated, so that a sealed value moved to another row or request does not open.
 * `open` throws KeyError `seal_broken` for anything that `seal` did not make under the same context.
 */
export interface Sealer {
  seal(plain: Uint8Array, context: string): Uint8Array;
  open(sealed: Uint8Array, context: string): Uint8Array;
}

export type KeyErrorCode =
  | 'seal_broken'
  | 'keys_missing'
  | 'keys_unsafe'
  | 'keys_invalid'
  | 'keys_unwritable';

/** `hint` says what the operator can do about it. Neither text holds key material. */
export class KeyError extends Error {
  readonly code: KeyErrorCode;
  readonly hint: string;
  constructor(code: KeyErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyError';
    this.code = code;
    this.hint = hint;
  }
}
