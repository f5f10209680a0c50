import type { EventData, EventType, RecordedEvent } from '../../src/domain/events.ts';
import { dossierOf } from '../../src/evidence/dossier.ts';
import type { Case, Finding } from '../../src/evidence/findings/finding.ts';
import { findingsOf } from '../../src/evidence/findings/index.ts';
import { type Life, life as lived } from './lives.ts';

export const FULL = 'a full life';

export async function caseOf(name: string, more: (life: Life) => unknown = () => {}): Promise<Case> {
  const life = lived(name);
  more(life);
  const { own, journal, texts, source } = dossierOf(await life.source());
  return { own, journal, texts, at: source.at, anchored: [] };
}

export function judged(about: Case, id: string): Finding {
  const finding = findingsOf(about).find((each) => each.id === id);
  if (finding === undefined) throw new Error(`there is no finding ${id}`);
  return finding;
}

/** History with the n-th event of a type told differently: what nobody could have recorded. */
export function told<T extends EventType>(
  about: Case,
  type: T,
  differing: Partial<EventData<T>>,
  nth = 0,
): Case {
  const target = about.own.filter((event) => event.type === type)[nth];
  if (target === undefined) throw new Error(`there is no ${type}`);
  const own = about.own.map((event) =>
    event === target ? ({ ...event, data: { ...event.data, ...differing } } as RecordedEvent) : event,
  );
  return { ...about, own };
}

export const without = (about: Case, ...types: readonly EventType[]): Case => ({
  ...about,
  own: about.own.filter(({ type }) => !types.includes(type)),
});

/** The indices of the events of a type, for what a finding should name. */
export const at = (about: Case, ...types: readonly string[]): number[] =>
  [...about.own, ...about.journal]
    .filter(({ type }) => types.includes(type))
    .map(({ meta }) => meta.index)
    .toSorted((a, b) => a - b);
