import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import type { AnyRecordedEvent } from '../ports/audit-log.ts';
import { only, subjectsIn } from './source.ts';
import type { Text } from './texts.ts';

/** Someone who stands in these events. `introduced`: the event whose disclosure proves the name. */
export interface Known {
  readonly subject: Subject;
  readonly introduced: number | null;
  readonly name: ShownText | null;
}

/** Everyone in these events, in the order in which they first appear. */
export function peopleIn(
  events: readonly AnyRecordedEvent[],
  texts: readonly Text[],
): ReadonlyMap<Subject, Known> {
  const introductions = only(events, 'PersonIntroduced');
  const others = events.filter(({ type }) => type !== 'PersonIntroduced');
  const known = [...new Set(others.flatMap(subjectsIn))].map((subject): Known => {
    const introduced = introductions.find(({ data }) => data.subject === subject)?.meta.index ?? null;
    const name = texts.find(({ index, field }) => index === introduced && field === 'name');
    return { subject, introduced, name: name?.shown ?? null };
  });
  return new Map(known.map((each) => [each.subject, each]));
}

/** Their name where the reader may see it, or enough of the pseudonym to tell them apart. */
export const nameIn =
  (people: ReadonlyMap<Subject, Known>) =>
  (subject: Subject): string => {
    const name = people.get(subject)?.name;
    return name?.kind === 'clear' ? name.value : `person ${subject.slice(2, 10)}`;
  };
