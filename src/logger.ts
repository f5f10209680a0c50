import { pino } from 'pino';
import { LIMITS } from './limits.ts';
import type { LogFields, Logger } from './ports/logger.ts';

const MASK = '[secret]';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `pretty`: a line for a person. */
  readonly format: 'json' | 'pretty';
  /** Values that are masked wherever they turn up, whatever they look like. */
  readonly secrets?: readonly string[];
  /** Takes whole lines; default: standard error, so that a command's own output stays clean. */
  readonly write?: (line: string) => void;
}

/** JSON lines by pino. Everything a caller hands over is masked and bounded first: see `safe`. */
export function createLogger({ level, format, secrets = [], write }: LoggerOptions): Logger {
  const destination = write === undefined ? pino.destination({ dest: 2, sync: true }) : { write };
  // Shorter values would mask ordinary words.
  const mask = maskWith(secrets.filter((secret) => secret.length >= 8));
  const sink = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? destination : { write: (line: string) => destination.write(prettyLine(line)) },
  );
  return wrap(sink, mask, {});
}

type Mask = (text: string) => string;

function wrap(sink: pino.Logger, mask: Mask, bound: LogFields): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (sink.isLevelEnabled(level)) sink[level](safe({ ...bound, ...fields }, mask), mask(message));
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(sink, mask, { ...bound, ...fields }),
  };
}

/** Field names whose values are never written, at any depth. `credential` is not one: it is a name on a target. */
const SECRET_FIELD =
  /token|authorization|secret|passw|passphrase|cookie|api[-_]?key|(private|signing|sealing|naming)[-_]?key|connection[-_]?string|dsn|databaseurl|signature|verifier|(trigger|response)_?(id|url)/i;

/** Secrets that can be told by their shape, inside any text. Repetitions that could start anywhere are bounded. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, MASK],
  // scheme://user:password@host, up to the last @, as a password may hold one.
  [/\b([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s"'<>]{0,1024}@/gi, `$1${MASK}@`],
  [/\b(?:xox[a-z]\.)?xox[a-z]-[\w-]+/gi, MASK],
  [/\bxapp-[\w-]+/gi, MASK],
  [/\bhooks\.slack\.com\/[^\s"'<>]+/gi, `hooks.slack.com/${MASK}`],
  [/\beyJ[\w-]{8,}(?:\.[\w-]*)*/g, MASK],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${MASK}`],
  [/SCRAM-SHA-(?:1|256|512)\$[^\s'"]+/g, MASK],
  // key=value, key 'value' and "key": "value", as in connection strings, SQL and quoted JSON.
  [
    /\b([\w-]{0,40}(?:password|passwd|pwd|secret|token|api[-_]?key|signature)\\?["']?\s*(?:=|:\s*(?=\\?["'])|\s(?=')))\s*(?:\\?"[^"]*"|'[^']*'|[^\s,;&"']+)/gi,
    `$1${MASK}`,
  ],
];

function maskWith(secrets: readonly string[]): Mask {
  return (text) => {
    // Cut twice: what is masked is longer than what is shown, so that no secret is cut in half unseen.
    let masked = text.slice(0, 4 * LIMITS.logTextMaxChars);
    for (const secret of secrets) masked = masked.replaceAll(secret, MASK);
    for (const [shape, replacement] of SECRET_SHAPES) masked = masked.replace(shape, replacement);
    return masked.length <= LIMITS.logTextMaxChars ? masked : `${masked.slice(0, LIMITS.logTextMaxChars)}…`;
  };
}

/**
 * A copy that may be written: secret fields and shapes masked, errors reduced to what tells an operator something
 * (an error of a client library carries its request, headers and all), depth, width and length bounded.
 */
function safe(fields: LogFields, mask: Mask): object {
  let nodesLeft: number = LIMITS.logNodesMax;
  const copy = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return mask(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    nodesLeft -= 1;
    if (depth > LIMITS.logDepthMax || nodesLeft < 0) return '[cut]';
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Error) return copyError(value, depth, copy);
    if (Array.isArray(value)) return value.slice(0, LIMITS.listMax).map((item) => copy(item, depth + 1));
    if (value instanceof Map || value instanceof Set) return copy([...value.values()], depth);
    if ('toJSON' in value && typeof value.toJSON === 'function') return copy(value.toJSON(), depth + 1);
    return copyFields(value, depth, copy);
  };
  try {
    return copyFields(fields, 0, copy);
  } catch {
    // A getter or toJSON of someone else's threw; a logger may not.
    return { fields: '[unreadable]' };
  }
}

type Copy = (value: unknown, depth: number) => unknown;

function copyFields(value: object, depth: number, copy: Copy): object {
  const entries = Object.entries(value).slice(0, LIMITS.listMax);
  // A private or symmetric JWK (RFC 7517) has a name for each secret that says nothing: d, p, q, k.
  if ('kty' in value && ('d' in value || 'k' in value)) return { kty: value.kty, key: MASK };
  return Object.fromEntries(
    entries.map(([name, inner]) => {
      const harmless = inner === null || inner === undefined || typeof inner === 'boolean';
      return [copy(name, depth), SECRET_FIELD.test(name) && !harmless ? MASK : copy(inner, depth + 1)];
    }),
  );
}

function copyError(error: Error, depth: number, copy: Copy): object {
  const { name, message, stack, cause } = error;
  const told: Record<string, unknown> = { type: name, message };
  if ('code' in error) told.code = error.code;
  if ('hint' in error) told.hint = error.hint;
  told.stack = stack;
  if (cause !== undefined) told.cause = cause;
  if (error instanceof AggregateError) told.errors = error.errors;
  return copyFields(told, depth, copy);
}

function prettyLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  // The message comes from us, but control characters in it would still be the terminal's to obey.
  const text = JSON.stringify(msg ?? '').slice(1, -1);
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${[text, ...shown].join('  ')}\n`;
}
