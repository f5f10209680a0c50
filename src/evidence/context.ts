import { personStream } from '../domain/journal.ts';
import type { RequestId } from '../domain/values.ts';
import { streamOf } from '../domain/state.ts';
import { LIMITS } from '../limits.ts';
import type { AnyRecordedEvent, LogQuery, LogTree, StoredDisclosure } from '../ports/audit-log.ts';
import { only, ownOf, subjectsIn } from './source.ts';

export interface Story {
  /** In log order: those of the request, and those of the installation that bear on them. */
  readonly events: readonly AnyRecordedEvent[];
  readonly disclosures: readonly StoredDisclosure[];
}

/** Reads all that the log says of one request; null when it says nothing. */
export async function storyOf(log: LogTree, request: RequestId): Promise<Story | null> {
  const own = await all(log, { stream: streamOf(request) });
  if (own.length === 0) return null;
  const told = await withWhatWasErased(log, await introduced(log, own));
  const events = [...told.events, ...(await rulesOf(log, own)), ...(await driftOf(log, own))];
  return { ...told, events: events.toSorted((a, b) => a.meta.index - b.meta.index) };
}

/** Every event that the query finds, however many pages they take. */
async function all(log: LogTree, query: Omit<LogQuery, 'limit'>): Promise<readonly AnyRecordedEvent[]> {
  const found: AnyRecordedEvent[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? {} : { after: last.meta.index };
    const page = await log.search({ ...query, ...after, limit: LIMITS.logSearchMax });
    found.push(...page);
    if (page.length < LIMITS.logSearchMax) return found;
  }
}

/** With the introductions of everyone in these events; `known` need not be introduced again. */
async function introduced(
  log: LogTree,
  events: readonly AnyRecordedEvent[],
  known: readonly AnyRecordedEvent[] = [],
): Promise<readonly AnyRecordedEvent[]> {
  const already = new Set(only(known, 'PersonIntroduced').map(({ data }) => data.subject));
  const subjects = new Set(events.flatMap(subjectsIn).filter((subject) => !already.has(subject)));
  const found = [...subjects].map((subject) =>
    log.search({ stream: personStream(subject), types: ['PersonIntroduced'], limit: 1 }),
  );
  return [...events, ...(await Promise.all(found)).flat()];
}

/**
 * With every redaction that tells of a text missing here, and with those that tell of texts missing there: a reason, or
 * a name, may be gone as well. Each time the texts are read first, so that none can go in between unseen.
 */
async function withWhatWasErased(log: LogTree, told: readonly AnyRecordedEvent[]): Promise<Story> {
  let events = told;
  let disclosures = await disclosuresOf(log, told);
  for (;;) {
    const more = await redactionsOf(log, { events, disclosures });
    if (more.length === 0) return { events, disclosures };
    const added = await introduced(log, more, events);
    events = [...events, ...added];
    disclosures = [...disclosures, ...(await disclosuresOf(log, added))];
  }
}

async function disclosuresOf(
  log: LogTree,
  events: readonly AnyRecordedEvent[],
): Promise<readonly StoredDisclosure[]> {
  const told = events.filter(({ meta }) => Object.keys(meta.sd).length > 0);
  const kept = told.map(({ meta }) => log.storedDisclosures(meta.index, meta.index + 1));
  return (await Promise.all(kept)).flat();
}

/** Those that tell of a missing text and are not among the events yet. */
async function redactionsOf(
  log: LogTree,
  { events, disclosures }: Story,
): Promise<readonly AnyRecordedEvent[]> {
  const kept = new Set(disclosures.map(({ index, field }) => `${index} ${field}`));
  const gone = new Set(
    events.flatMap(({ meta: { index, sd } }) =>
      Object.keys(sd).some((field) => !kept.has(`${index} ${field}`)) ? [index] : [],
    ),
  );
  if (gone.size === 0) return [];
  const here = new Set(events.map(({ meta }) => meta.index));
  return only(await all(log, { types: ['DisclosuresRedacted'] }), 'DisclosuresRedacted').filter(
    ({ data, meta }) => !here.has(meta.index) && data.targets.some(({ index }) => gone.has(index)),
  );
}

/** For each version of the rules that decided something here, the last time it was loaded before. */
async function rulesOf(
  log: LogTree,
  events: readonly AnyRecordedEvent[],
): Promise<readonly AnyRecordedEvent[]> {
  const types = ['CatalogueLoaded', 'RulesLoaded'] as const;
  const loads = only(await all(log, { types }), ...types);
  const used = ownOf(events).flatMap(({ data, meta }) =>
    'policy' in data
      ? loads.filter((l) => l.data.digest === data.policy.digest && l.meta.index < meta.index).slice(-1)
      : [],
  );
  return [...new Set(used)];
}

/** Sweeps that found a credential of this request where none should be. */
async function driftOf(
  log: LogTree,
  events: readonly AnyRecordedEvent[],
): Promise<readonly AnyRecordedEvent[]> {
  const started = only(events, 'ProvisioningStarted');
  const [first] = started;
  if (first === undefined) return [];
  const names = started.map(({ data }) => data.handle.name);
  const drift = only(await all(log, { types: ['DriftFound'] }), 'DriftFound');
  return drift.filter(({ data }) => [...data.late, ...data.unknown].some((name) => names.includes(name)));
}
