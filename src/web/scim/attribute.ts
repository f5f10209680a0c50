import { checkText } from '../../domain/text.ts';
import { LIMITS } from '../../limits.ts';
import type { Comparison } from './filter.ts';
import type { Path } from './path.ts';
import { quoted, Refusal, refuse } from './refusal.ts';

export interface Change extends Omit<Path, 'attribute'> {
  readonly op: 'add' | 'replace' | 'remove';
  /** As it was sent; undefined: nothing was. */
  readonly value: unknown;
}

/** What a change of one attribute makes of a resource. Pure: a refusal leaves everything as it was. */
export type Attribute<R> = (resource: R, change: Change) => R | Refusal;

/** By its name as `attributeKey` has it. Any other attribute is passed over. */
export type Attributes<R> = ReadonlyMap<string, Attribute<R>>;

/** Of one value. Gives it to `set` as it was sent, or null where it is taken away (RFC 7643, 2.5: null is nothing). */
export function single<R>(name: string, set: (resource: R, value: unknown) => R | Refusal): Attribute<R> {
  return (resource, { op, which, sub, value }) => {
    if (which !== null || sub !== null) return refuse('invalidPath', `${name} has one value, without parts`);
    return set(resource, op === 'remove' ? null : plain(value));
  };
}

/** Some providers send the only value of an attribute as `[{ "value": … }]`. */
export function plain(value: unknown): unknown {
  const [only, ...more] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (more.length > 0) return value;
  return (isObject(only) && 'value' in only ? only['value'] : only) ?? null;
}

/** A line of text; null for nothing, or for an empty one. */
export function textOf(name: string, value: unknown): string | null | Refusal {
  if (value === null) return null;
  if (typeof value !== 'string') return refuse('invalidValue', `${name} is a text, not ${quoted(value)}`);
  const most = LIMITS.scimTextMaxChars;
  const checked = checkText(name, value, most);
  if (checked.ok && !/[\t\n]/.test(checked.text)) return checked.text === '' ? null : checked.text;
  return refuse('invalidValue', `${name} is one line of at most ${most} characters that can all be seen`);
}

/** Of many values, each a text: members, accounts. `parse` makes texts of what was sent for some of them. */
export function many<R>(
  name: string,
  get: (resource: R) => readonly string[],
  set: (resource: R, values: readonly string[]) => R | Refusal,
  parse: (value: unknown) => readonly string[] | Refusal,
): Attribute<R> {
  return (resource, change) => {
    if (change.sub !== null) return refuse('invalidPath', `${name} are changed as a whole`);
    const now = get(resource);
    const next = change.which === null ? changed(now, change, parse) : without(name, now, change);
    if (next instanceof Refusal) return next;
    return set(resource, [...new Set(next)]);
  };
}

function changed(
  now: readonly string[],
  { op, value }: Change,
  parse: (value: unknown) => readonly string[] | Refusal,
): readonly string[] | Refusal {
  // RFC 7644, 3.5.2.2: a removal that names nothing takes all of them; null is nothing (RFC 7643, 2.5).
  if (op === 'remove' && (value === undefined || value === null)) return [];
  const sent = parse(value ?? []);
  if (sent instanceof Refusal || op === 'replace') return sent;
  const named = new Set(sent);
  return op === 'add' ? [...now, ...sent] : now.filter((each) => !named.has(each));
}

function without(name: string, now: readonly string[], { op, which }: Change): readonly string[] | Refusal {
  if (op !== 'remove') return refuse('invalidPath', `${name}[…] can be removed, and nothing else`);
  const [one, ...more] = which ?? [];
  if (one?.attribute !== 'value' || more.length > 0)
    return refuse('invalidPath', `${name} are told apart by [value eq "…"]`);
  return now.filter((each) => each !== one.value);
}

/** Whether what is chosen by `which` can be one of which each comparison in `values` is true. */
export const agrees = (which: readonly Comparison[], values: Readonly<Record<string, unknown>>): boolean =>
  which.every(({ attribute, value }) => Object.hasOwn(values, attribute) && values[attribute] === value);

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
