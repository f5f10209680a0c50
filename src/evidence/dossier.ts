import type { RecordedEvent } from '../domain/events.ts';
import type { RecordedJournalEvent } from '../domain/journal.ts';
import type { Subject } from '../domain/values.ts';
import type { AnyRecordedEvent } from '../ports/audit-log.ts';
import type { Finding } from './findings/finding.ts';
import { findingsOf } from './findings/index.ts';
import { type Stamped, stampsOf } from './findings/record.ts';
import { type Known, nameIn, peopleIn } from './people.ts';
import { type EvidenceSource, journalOf, ownOf } from './source.ts';
import { type Text, textsOf } from './texts.ts';
import { isSameTree } from './trees.ts';

/** All that follows from a source: what `evidence.json` says to programs and `index.html` to people. */
export interface Dossier {
  readonly source: EvidenceSource;
  readonly events: readonly AnyRecordedEvent[];
  readonly own: readonly RecordedEvent[];
  readonly journal: readonly RecordedJournalEvent[];
  readonly texts: readonly Text[];
  readonly people: ReadonlyMap<Subject, Known>;
  readonly nameOf: (subject: Subject) => string;
  readonly stamps: readonly Stamped[];
  readonly findings: readonly Finding[];
}

export function dossierOf(source: EvidenceSource): Dossier {
  const events = source.entries.map(({ event }) => event);
  const [own, journal] = [ownOf(events), journalOf(events)];
  const texts = textsOf(events, source.disclosures, source.reader.role);
  const people = peopleIn(events, texts);
  const anchored = source.anchored.map((each) => ({
    ...each,
    sameTree: isSameTree(each, source.checkpoint, each.consistency),
  }));
  return {
    source,
    events,
    own,
    journal,
    texts,
    people,
    nameOf: nameIn(people),
    stamps: stampsOf(own, journal),
    findings: findingsOf({ own, journal, texts, anchored, at: source.at }),
  };
}

export const eventFile = (index: number): string => `events/${index}.json`;
export const proofFile = (index: number): string => `proofs/${index}.tlog-proof`;
