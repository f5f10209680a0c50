import { canonicalBytes } from './canonical.ts';
import { AuditError } from './error.ts';

/** C2SP tlog-tiles: an entry's length is a uint16. */
export const leafMaxBytes = 65_535;

/**
 * An event as a leaf of the log. It does not hold its log index, so it can be encoded before its place is known;
 * `stream` and `version` place it among its own. `at` is ms since the epoch.
 */
export interface EventLeaf {
  readonly id: string;
  readonly type: string;
  /** Version of the type's schema. */
  readonly v: number;
  readonly at: number;
  readonly stream: string;
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** Digest of each disclosed field, by field. */
  readonly sd: Readonly<Record<string, string>>;
}

/** Throws AuditError `not_canonical`, or `leaf_too_large` above 65,535 bytes. */
export function encodeLeaf({ id, type, v, at, stream, version, data, sd }: EventLeaf): Buffer {
  const bytes = canonicalBytes({ id, type, v, at, stream, version, data, sd });
  if (bytes.length > leafMaxBytes)
    throw new AuditError(
      'leaf_too_large',
      `event ${type} of ${stream} takes ${bytes.length} bytes, a leaf takes at most ${leafMaxBytes}`,
    );
  return bytes;
}

/** Throws AuditError `leaf_malformed`. Whether `data` fits its type is the caller's to check. */
export function decodeLeaf(bytes: Uint8Array): EventLeaf {
  const leaf = parse(bytes);
  if (!isObject(leaf)) throw malformed('must be a JSON object');
  for (const name of ['id', 'type', 'stream'])
    if (typeof leaf[name] !== 'string') throw malformed(`"${name}" must be a string`);
  for (const name of ['v', 'at', 'version'])
    if (!Number.isSafeInteger(leaf[name])) throw malformed(`"${name}" must be an integer`);
  for (const name of ['data', 'sd'])
    if (!isObject(leaf[name])) throw malformed(`"${name}" must be an object`);
  if (!Object.values(leaf.sd as object).every((digest) => typeof digest === 'string'))
    throw malformed('"sd" must hold digests');
  return leaf as unknown as EventLeaf;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new AuditError('leaf_malformed', 'a leaf must be JSON in UTF-8', { cause });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(rule: string): AuditError {
  return new AuditError('leaf_malformed', `a leaf is malformed: ${rule}`);
}
