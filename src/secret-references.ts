import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LIMITS } from './limits.ts';
import { ConnectorFault } from './ports/connector.ts';

/**
 * What `env:NAME` and `file:PATH` in a connector's configuration stand for. Only references that a permitted
 * configuration mentions resolve, so that a plugin cannot read what it was not given; and never our own settings.
 */
export class SecretReferences {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #cwd: string;
  readonly #permitted = new Set<string>();

  constructor(env: Readonly<Record<string, string | undefined>>, cwd: string) {
    this.#env = env;
    this.#cwd = cwd;
  }

  /** Permits every reference inside `config`: of the catalogue, or of a stored handle whose connector it dropped. */
  permit(config: unknown): void {
    if (typeof config === 'string') {
      if (/^(env|file):/.test(config)) this.#permitted.add(config);
    } else if (typeof config === 'object' && config !== null) {
      for (const value of Object.values(config)) this.permit(value);
    }
  }

  /** The secret itself. Throws ConnectorFault `invalid`, which names the reference and never a value. */
  readonly secretOf = (reference: string): string => {
    if (!/^(env|file):/.test(reference)) {
      // The text may be the secret itself, put where its reference belongs: it is not repeated.
      throw new ConnectorFault('invalid', 'a secret must be given as env:NAME or file:PATH, not as itself');
    }
    if (!this.#permitted.has(reference)) {
      throw new ConnectorFault('invalid', `${reference} is not mentioned in the connector's configuration`);
    }
    const value = reference.startsWith('env:')
      ? this.#fromEnv(reference.slice('env:'.length))
      : this.#fromFile(reference.slice('file:'.length));
    if (value === '') throw new ConnectorFault('invalid', `${reference} is empty; give it a value`);
    return value;
  };

  #fromEnv(name: string): string {
    if (/^(COUNTERSIGN|SLACK)_/.test(name)) {
      throw new ConnectorFault(
        'invalid',
        `env:${name} is Countersign's own; give the connector a secret of its own`,
      );
    }
    const value = this.#env[name];
    if (value === undefined) {
      throw new ConnectorFault(
        'invalid',
        `env:${name} is not set; set ${name} in the environment or in .env`,
      );
    }
    return value;
  }

  #fromFile(path: string): string {
    const at = resolve(this.#cwd, path);
    let file: number;
    try {
      // Without O_NONBLOCK a named pipe would hold the start for ever.
      file = openSync(at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      throw new ConnectorFault('invalid', `file:${path} cannot be opened (${code}); put the secret at ${at}`);
    }
    try {
      const found = fstatSync(file);
      if (!found.isFile()) throw new ConnectorFault('invalid', `file:${path} is no ordinary file`);
      if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
        throw new ConnectorFault('invalid', `file:${path} can be read by others; run: chmod 600 ${at}`);
      }
      if (found.size > LIMITS.secretFileMaxBytes) {
        throw new ConnectorFault('invalid', `file:${path} is longer than ${LIMITS.secretFileMaxBytes} bytes`);
      }
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } finally {
      closeSync(file);
    }
  }
}
