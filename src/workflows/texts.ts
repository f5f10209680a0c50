import type { EventMeta } from '../domain/events.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { Disclosed } from '../ports/store.ts';

/** Whether a reader may see texts of this field. */
export type Sees = (field: string) => boolean;
export const seesAll: Sees = () => true;
export const seesNone: Sees = () => false;

/** The texts beside one event as a reader gets them, by field: what was redacted keeps its place. */
export function textsOf(
  { index, sd }: Pick<EventMeta, 'index' | 'sd'>,
  disclosed: readonly Disclosed[],
  sees: Sees = seesAll,
): Readonly<Record<string, ShownText>> {
  const shown = (field: string): ShownText => {
    const kept = disclosed.find((each) => each.index === index && each.field === field);
    if (kept === undefined) return { kind: 'redacted', redactedAt: null };
    return sees(field) ? { kind: 'clear', value: kept.value } : { kind: 'masked' };
  };
  return Object.fromEntries(Object.keys(sd).map((field) => [field, shown(field)]));
}
