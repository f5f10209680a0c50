import { inspect } from 'node:util';

/** What the owner of a credential is shown, field by field, and never anyone else. */
export interface SecretField {
  readonly label: string;
  readonly value: string;
}

/**
 * A secret in memory. It does not serialise: JSON, string templates, pino and inspect all see `[secret]`;
 * `expose()` is the only way in and is called where it is sealed, and where it is put before its owner.
 */
export class Secret {
  readonly #fields: readonly SecretField[];
  constructor(fields: readonly SecretField[]) {
    this.#fields = fields;
  }
  expose(): readonly SecretField[] {
    return this.#fields;
  }
  toJSON(): string {
    return '[secret]';
  }
  toString(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
