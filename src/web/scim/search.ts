import type { ScimLookup } from '../../ports/identity.ts';
import { comparisonsOf } from './filter.ts';
import type { Kind } from './kind.ts';
import { quoted, Refusal, refuse } from './refusal.ts';

/** Those that a filter is true of, oldest first; all of them where there is none. */
export async function found<R>(kind: Kind<R>, filter: string | null): Promise<readonly R[] | Refusal> {
  const comparisons = filter === null ? [] : comparisonsOf(filter, 'invalidFilter');
  if (comparisons instanceof Refusal) return comparisons;
  const lookup: { -readonly [K in keyof ScimLookup]: ScimLookup[K] } = {};
  const tests: ((resource: R) => boolean)[] = [];
  let id: string | null = null;
  for (const { attribute, value } of comparisons) {
    const search = kind.searches.get(attribute);
    if (search === undefined || typeof value !== 'string') return notSearched(kind, attribute, value);
    if (typeof search === 'function') tests.push((resource) => search(resource, value));
    else if ((lookup[search] ?? value) === value) lookup[search] = value;
    else return [];
    if (attribute === 'id') id = value;
  }
  const isLookup = Object.keys(lookup).length > 0;
  const all = id === null || isLookup ? await kind.list(lookup) : listOfOne(await kind.get(id));
  return all.filter((resource) => tests.every((test) => test(resource)));
}

const listOfOne = <R>(one: R | null): readonly R[] => (one === null ? [] : [one]);

function notSearched<R>({ endpoint, searches }: Kind<R>, attribute: string, value: unknown): Refusal {
  if (!searches.has(attribute)) {
    const known = [...searches.keys()].join(', ');
    return refuse('invalidFilter', `${endpoint} are searched by ${known}, not by ${quoted(attribute)}`);
  }
  return refuse('invalidFilter', `${attribute} is compared with a text, not with ${quoted(value)}`);
}
