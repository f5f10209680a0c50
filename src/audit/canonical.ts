import { AuditError } from './error.ts';

const maxDepth = 64;

export interface CanonicalOptions {
  /** `refuse` (the default): another reader may round them. `allow`: RFC 8785 to the letter. */
  readonly unsafeIntegers?: 'refuse' | 'allow';
}

/**
 * RFC 8785 (JCS) text of a JSON value. Throws AuditError `not_canonical` for what JSON cannot hold (undefined,
 * NaN, infinities, big integers, functions, objects of a class, lone surrogates), for integers beyond ±(2⁵³−1)
 * and for nesting deeper than 64.
 */
export function canonicalJson(value: unknown, options: CanonicalOptions = {}): string {
  return serialize(value, '$', 0, options.unsafeIntegers === 'allow');
}

export function canonicalBytes(value: unknown, options: CanonicalOptions = {}): Buffer {
  return Buffer.from(canonicalJson(value, options), 'utf8');
}

/** `name` is the nearest member name, for messages: keys are ours, values may be anyone's. */
function serialize(value: unknown, name: string, depth: number, anyInteger: boolean): string {
  if (typeof value === 'string') return text(value, name);
  if (typeof value === 'number') return number(value, name, anyInteger);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'object') throw refused(name, `${typeof value} is no JSON value`);
  if (depth === maxDepth) throw refused(name, `nested deeper than ${maxDepth}`);
  return Array.isArray(value)
    ? array(value, name, depth, anyInteger)
    : object(value as Record<string, unknown>, name, depth, anyInteger);
}

function array(items: readonly unknown[], name: string, depth: number, anyInteger: boolean): string {
  let out = '[';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out += ',';
    out += serialize(items[i], name, depth + 1, anyInteger);
  }
  return `${out}]`;
}

/** RFC 8785 section 3.2.3: members sorted by UTF-16 code units, which is how JavaScript compares strings. */
function object(members: Record<string, unknown>, name: string, depth: number, anyInteger: boolean): string {
  const prototype: unknown = Object.getPrototypeOf(members);
  if (prototype !== Object.prototype && prototype !== null)
    throw refused(name, 'an object of a class is no JSON value');
  let out = '{';
  for (const key of Object.keys(members).sort()) {
    if (out.length > 1) out += ',';
    out += `${text(key, name)}:${serialize(members[key], key, depth + 1, anyInteger)}`;
  }
  return `${out}}`;
}

/** Section 3.2.2.3: ECMAScript's own number format, which JSON.stringify writes (−0 as 0). */
function number(value: number, name: string, anyInteger: boolean): string {
  if (!Number.isFinite(value)) throw refused(name, 'a number must be finite');
  if (!anyInteger && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw refused(name, 'an integer must lie within ±(2^53 - 1); write it as a string');
  return JSON.stringify(value);
}

const loneSurrogate = /\p{Surrogate}/u;

function text(value: string, name: string): string {
  if (loneSurrogate.test(value)) throw refused(name, 'text must not hold a lone surrogate');
  return JSON.stringify(value);
}

function refused(name: string, rule: string): AuditError {
  return new AuditError('not_canonical', `"${name}" has no canonical JSON: ${rule}`);
}
