import { type Filter, parse } from 'scim2-parse-filter';
import { LIMITS } from '../../limits.ts';
import { quoted, Refusal, refuse } from './refusal.ts';
import { attributeKey } from './schema-names.ts';

/** `attribute` as our tables call it. */
export interface Comparison {
  readonly attribute: string;
  readonly value: string | number | boolean | null;
}

/**
 * A filter (RFC 7644, 3.4.2.2) of equalities that must all hold, the only ones there are use for. `scimType` is what a
 * wrong one is called where it stands.
 */
export function comparisonsOf(
  filter: string,
  scimType: 'invalidFilter' | 'invalidPath',
): readonly Comparison[] | Refusal {
  if (filter.length > LIMITS.scimFilterMaxChars)
    return refuse(scimType, `a filter has ${LIMITS.scimFilterMaxChars} characters at most`);
  // The parser takes time without end over line feeds in an unclosed text.
  if (/\p{Cc}/u.test(filter)) return refuse(scimType, 'a filter has no control characters');
  try {
    return flat(parse(filter), '') ?? refuse(scimType, `only "eq" and "and" are known: ${quoted(filter)}`);
  } catch {
    return refuse(scimType, `no filter: ${quoted(filter)}`);
  }
}

/** Null: something else than equalities. */
function flat(filter: Filter, within: string): readonly Comparison[] | null {
  if (filter.op === 'eq' && 'compValue' in filter)
    return [{ attribute: attributeKey(`${within}${filter.attrPath}`), value: filter.compValue }];
  if (filter.op === '[]') return flat(filter.valFilter, `${filter.attrPath}.`);
  if (filter.op !== 'and' || !('filters' in filter)) return null;
  const all = filter.filters.map((each) => flat(each, within));
  return all.some((each) => each === null) ? null : all.flatMap((each) => each ?? []);
}
