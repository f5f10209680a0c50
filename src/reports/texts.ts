import type { EventMeta } from '../domain/events.ts';
import { mayRead, type ReaderRole, type ShownText } from '../domain/visibility.ts';
import type { Disclosed } from '../ports/store.ts';

/** What stands beside an event under this name, as the reader may see it; null: nothing ever did. */
export type TextOf = (event: EventMeta, field: string) => Promise<ShownText | null>;

interface Beside {
  disclosures(stream: string): Promise<readonly Disclosed[]>;
  /** Index of the event that tells of a text's removal; null: none does. */
  redactedAt(index: number, field: string): Promise<number | null>;
}

/** The texts of each stream, which are looked up when the first of them is wanted. */
export function textsFor(beside: Beside, role: ReaderRole): (stream: string) => TextOf {
  return (stream) => {
    let disclosed: Promise<readonly Disclosed[]> | null = null;
    return async ({ index, sd }, field) => {
      if (!Object.hasOwn(sd, field)) return null;
      disclosed ??= beside.disclosures(stream);
      const kept = (await disclosed).find((text) => text.index === index && text.field === field);
      if (kept === undefined) return { kind: 'redacted', redactedAt: await beside.redactedAt(index, field) };
      return mayRead(role, field) ? { kind: 'clear', value: kept.value } : { kind: 'masked' };
    };
  };
}
