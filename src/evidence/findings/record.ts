import type { RecordedEvent } from '../../domain/events.ts';
import type { RecordedJournalEvent } from '../../domain/journal.ts';
import type { PolicyStamp } from '../../domain/values.ts';
import { only } from '../source.ts';
import { count, indexOf, marks, rule } from './finding.ts';

/** Which rules decided one step, and the event that put that very rule set on record; null where none did before it. */
export interface Stamped {
  readonly event: RecordedEvent;
  readonly policy: PolicyStamp;
  readonly loaded: number | null;
}

export function stampsOf(
  own: readonly RecordedEvent[],
  journal: readonly RecordedJournalEvent[],
): readonly Stamped[] {
  const loads = only(journal, 'CatalogueLoaded', 'RulesLoaded');
  return own.flatMap((event) => {
    if (!('policy' in event.data)) return [];
    const { policy } = event.data;
    const load = loads.findLast(
      (each) => each.data.digest === policy.digest && indexOf(each) < indexOf(event),
    );
    return [{ event, policy, loaded: load?.meta.index ?? null }];
  });
}

export const rulesOnRecord = rule(
  'rules-on-record',
  'The rules that decided each step were on record before it',
  ({ own, journal }) => {
    const stamps = stampsOf(own, journal);
    const events = stamps.flatMap(({ event, loaded }) => [
      indexOf(event),
      ...(loaded === null ? [] : [loaded]),
    ]);
    const without = stamps.filter(({ loaded }) => loaded === null).map(({ event }) => indexOf(event));
    if (without.length > 0)
      return {
        verdict: 'does-not-hold',
        why: `no event tells which rules ${marks(without)} followed`,
        events,
      };
    const digests = new Set(stamps.map(({ policy }) => policy.digest)).size;
    const why = `${count(stamps.length, 'step', 'steps')}, ${count(digests, 'version', 'versions')} of the rules`;
    return { verdict: 'holds', why, events };
  },
);

export const textsAccountedFor = rule(
  'texts-accounted-for',
  'Every text that is missing was erased on record',
  ({ texts }) => {
    const gone = texts.flatMap(({ index, field, shown }) =>
      shown.kind === 'redacted' ? [{ index, field, at: shown.redactedAt }] : [],
    );
    const silent = gone.filter(({ at }) => at === null);
    const events = gone.flatMap(({ index, at }) => (at === null ? [index] : [index, at]));
    if (silent.length > 0) {
      const which = silent.map(({ index, field }) => `“${field}” of #${index}`).join(', ');
      return { verdict: 'does-not-hold', why: `${which}: gone, and no redaction tells of it`, events };
    }
    if (gone.length === 0) return { verdict: 'holds', why: `all ${texts.length} texts still exist`, events };
    return {
      verdict: 'holds',
      why: `erased: ${gone.length} of ${texts.length}, each on record`,
      events,
    };
  },
);

/** Someone other than this installation has kept a head of the log that these events are in. */
export const leftTheHouse = rule(
  'kept-elsewhere',
  'A signed head that covers these events is kept outside the database',
  ({ own, anchored }) => {
    const events = own.slice(-1).map(indexOf);
    const other = anchored.filter(({ sameTree }) => !sameTree).map(({ anchor }) => anchor);
    if (other.length > 0)
      return {
        verdict: 'does-not-hold',
        why: `heads of another tree were taken by ${other.join(', ')}`,
        events,
      };
    if (anchored.length === 0)
      return { verdict: 'not-yet', why: 'none was taken since its last event', events };
    return {
      verdict: 'holds',
      why: `taken by ${anchored.map(({ anchor, size }) => `${anchor} (${size} events)`).join(', ')}`,
      events,
    };
  },
);
