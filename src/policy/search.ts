import { LIMITS } from '../limits.ts';

/** Whether every word of the query is somewhere in the texts, whatever the case and the accents. An empty query is. */
export function matches(query: string, texts: readonly string[]): boolean {
  const words = fold(query.slice(0, LIMITS.searchQueryMaxChars)).split(/\s+/);
  const text = fold(texts.join('\n'));
  return words.every((word) => text.includes(word));
}

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
