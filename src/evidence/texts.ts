import { disclosureDigest, readDisclosure } from '../audit/disclosure.ts';
import { mayRead, type ReaderRole, type ShownText } from '../domain/visibility.ts';
import type { AnyRecordedEvent, StoredDisclosure } from '../ports/audit-log.ts';
import { only } from './source.ts';

/** A text that lies beside an event, or did: as this reader gets it. */
export interface Text {
  readonly index: number;
  readonly field: string;
  readonly shown: ShownText;
}

/**
 * Every text whose digest stands in an event, by index and field. One that is missing counts as redacted; where no
 * redaction among the events names its digest, `redactedAt` is null: it was taken away without a word.
 */
export function textsOf(
  events: readonly AnyRecordedEvent[],
  disclosures: readonly StoredDisclosure[],
  role: ReaderRole,
): readonly Text[] {
  const targets = only(events, 'DisclosuresRedacted').flatMap(({ meta, data }) =>
    data.targets.map((target) => ({ ...target, redactedAt: meta.index })),
  );
  return digestsIn(events).map(({ index, field, digest }) => {
    const kept = disclosures.find((d) => d.index === index && d.field === field);
    if (kept !== undefined && disclosureDigest(kept.disclosure) === digest)
      return { index, field, shown: shownTo(role, field, kept.disclosure) };
    const told = targets.find((t) => t.index === index && t.field === field && t.digest === digest);
    return { index, field, shown: { kind: 'redacted', redactedAt: told?.redactedAt ?? null } };
  });
}

function shownTo(role: ReaderRole, field: string, disclosure: string): ShownText {
  return mayRead(role, field)
    ? { kind: 'clear', value: readDisclosure(disclosure).value }
    : { kind: 'masked' };
}

const digestsIn = (events: readonly AnyRecordedEvent[]) =>
  events.flatMap(({ meta }) =>
    Object.entries(meta.sd)
      .map(([field, digest]) => ({ index: meta.index, field, digest }))
      .toSorted((a, b) => (a.field < b.field ? -1 : 1)),
  );
