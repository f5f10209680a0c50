import type { Asked } from '../answer.ts';
import { isObject } from './attribute.ts';
import { MEDIA_TYPE } from './answer.ts';
import { Refusal, refuse } from './refusal.ts';
import { attributeKey } from './schema-names.ts';

/** What a request says beside its body. */
export interface Asking {
  readonly query: URLSearchParams;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
}

export type Body = Readonly<Record<string, unknown>>;

export const askingOf = (query: string, { headers }: Asked): Asking => ({
  query: new URLSearchParams(query),
  ifMatch: headers['if-match'] ?? null,
  ifNoneMatch: headers['if-none-match'] ?? null,
});

export function bodyOf({ headers, body }: Asked): Body | Refusal {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== MEDIA_TYPE && type !== 'application/json')
    return new Refusal(415, null, `the body must be ${MEDIA_TYPE}`);
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : refuse('invalidSyntax', 'the body is one JSON object');
  } catch {
    return refuse('invalidSyntax', 'the body is no JSON');
  }
}

interface Page {
  readonly startIndex: number;
  readonly count: number;
}

/** RFC 7644, 3.4.2.4: what is too small counts as the least there is. */
export function pageOf({ query }: Asking): Page | Refusal {
  const [startIndex, count] = [numberIn(query, 'startIndex'), numberIn(query, 'count')];
  if (startIndex instanceof Refusal) return startIndex;
  if (count instanceof Refusal) return count;
  return { startIndex: Math.max(1, startIndex ?? 1), count: Math.max(0, count ?? Number.MAX_SAFE_INTEGER) };
}

function numberIn(query: URLSearchParams, name: string): number | null | Refusal {
  const text = query.get(name);
  if (text === null || text === '') return null;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : refuse('invalidValue', `${name} is a whole number`);
}

/** RFC 7644, 3.9: by whole attributes. `id` and `schemas` are always there. */
export function chosenOnly(resource: Readonly<Record<string, unknown>>, { query }: Asking): object {
  const [wanted, unwanted] = [namesIn(query, 'attributes'), namesIn(query, 'excludedAttributes')];
  if (wanted === null && unwanted === null) return resource;
  const isKept = (name: string): boolean => {
    const key = attributeKey(name);
    if (key === 'id' || key === 'schemas') return true;
    if (wanted !== null) return wanted.some((each) => each === key || isWithin(each, key));
    return unwanted === null || !unwanted.includes(key);
  };
  return Object.fromEntries(Object.entries(resource).filter(([name]) => isKept(name)));
}

const isWithin = (part: string, whole: string): boolean =>
  part.startsWith(`${whole}.`) || part.startsWith(`${whole}:`);

function namesIn(query: URLSearchParams, name: string): readonly string[] | null {
  const text = query.get(name);
  return text === null ? null : text.split(',').map((each) => attributeKey(each.trim()));
}
