import type { EventMeta } from '../domain/events.ts';
import type { Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import type { Catalogue, CatalogueEntitlement, CatalogueResource } from '../ports/catalogue.ts';
import { counted } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import { boundRows, ENDS, eventsOf, inPeriod, type ReportSource } from './source.ts';

/** What one person has done with one entitlement, up to the end of the period. */
interface Use {
  /** The newest of them: what the row stands on. */
  event: EventMeta | null;
  askedAt: number | null;
  usedAt: number | null;
  timesInPeriod: number;
}

interface EligibilityRow extends Row, Readonly<Use> {
  readonly name: string;
  readonly subject: Subject | null;
  readonly entitlement: CatalogueEntitlement;
  readonly resource: CatalogueResource;
  readonly groups: readonly string[];
  /** Since its last use, or since the log began. */
  readonly unusedMs: number | null;
}

const is = columnsOf<EligibilityRow>();

export const eligibility = report<EligibilityRow>({
  name: 'eligibility',
  number: 5,
  title: 'Eligibility and recertification',
  answers: 'Who may ask for what today, when they last used it, and what nobody has needed for long.',
  period:
    'Every person and entitlement of the catalogue as it is now, with the use made of it up to the end of the period.',
  nothing: 'The catalogue lets nobody ask for anything.',
  serves: 'SOC 2 CC6.2, CC6.3; ISO 27001 A.5.18; PCI DSS 7.2; NIST 800-53 AC-2, AC-6',
  over: 'requests',
  columns: [
    is.text('name', 'Person', 'Who may ask.', ({ name }) => name),
    is.text(
      'subject',
      'Pseudonym',
      'Theirs in the log; empty: never took part.',
      ({ subject }) => subject,
      'below',
    ),
    is.text('entitlement', 'Entitlement', 'What they may ask for.', ({ entitlement }) => entitlement.id),
    is.text('resource', 'Resource', 'What it gives access to.', ({ resource }) => resource.key),
    is.text('classification', 'Class', 'How sensitive it is.', ({ resource }) => resource.classification),
    is.list('groups', 'Through', 'The groups that let them.', ({ groups }) => groups),
    is.list('consent', 'Takes', 'Whose consent it takes.', ({ entitlement }) => consentOf(entitlement)),
    is.instant('last_asked_at', 'Last asked', 'When they last asked for it.', ({ askedAt }) => askedAt),
    is.instant('last_used_at', 'Last used', 'When they last had a credential of it.', ({ usedAt }) => usedAt),
    is.count('uses', 'Uses', 'How often, within the period.', ({ timesInPeriod }) => timesInPeriod),
    is.duration(
      'unused_for',
      'Unused for',
      'Since then, or since the log began.',
      ({ unusedMs }) => unusedMs,
    ),
    is.instant('recertified_at', 'Recertified', 'Not recorded by this version.', () => null, 'below'),
  ],
  rows: rowsOf,
  figures: (rows) => [
    counted('Used in the period', rows, ({ timesInPeriod }) => timesInPeriod > 0),
    counted('Never used', rows, ({ usedAt }) => usedAt === null),
  ],
});

const consentOf = ({ consent }: CatalogueEntitlement): readonly string[] =>
  consent.autoApprovedBy === null
    ? consent.stages.map(({ group, quorum }) => `${quorum} of ${group}`)
    : ['nobody’s'];

async function rowsOf(source: ReportSource): Promise<readonly EligibilityRow[]> {
  const { catalogue, period, now } = source;
  const uses = await usesOf(source);
  const [first] = await source.log.search({ limit: 1 });
  const rows: EligibilityRow[] = [];
  for (const { person, ...pair } of pairsOf(catalogue)) {
    if (!source.mayResource(pair.resource.key)) continue;
    const subject = await source.subjectOf(person);
    const use = (subject && uses.get(keyOf(subject, pair.entitlement.id))) ?? UNUSED;
    const since = use.usedAt ?? first?.meta.at ?? null;
    const unusedMs = since === null ? null : Math.max(0, Math.min(period.to, now) - since);
    const exceptions =
      unusedMs !== null && unusedMs > LIMITS.unusedAfterMs ? ['unused for over 90 days'] : [];
    rows.push({ ...pair, ...use, subject, unusedMs, exceptions });
    boundRows(rows.length);
  }
  return rows;
}

const UNUSED: Readonly<Use> = { event: null, askedAt: null, usedAt: null, timesInPeriod: 0 };
const keyOf = (subject: Subject, entitlement: string): string => `${subject} ${entitlement}`;

type Pair = Pick<EligibilityRow, 'name' | 'entitlement' | 'resource' | 'groups'> & {
  readonly person: string;
};

function* pairsOf({ entitlements, resources, groups, people }: Catalogue): Generator<Pair> {
  for (const entitlement of entitlements.values()) {
    const resource = resources.get(entitlement.resource);
    if (resource === undefined) continue;
    const through = entitlement.requesters.flatMap((key) => groups.get(key) ?? []);
    for (const person of new Set(through.flatMap(({ members }) => members))) {
      const theirs = through.filter(({ members }) => members.includes(person)).map(({ title }) => title);
      yield { person, name: people.get(person)?.name ?? person, entitlement, resource, groups: theirs };
    }
  }
}

/** By person and entitlement; what is kept meanwhile are the requests that wait for their credential. */
async function usesOf(source: ReportSource): Promise<ReadonlyMap<string, Readonly<Use>>> {
  const uses = new Map<string, Use>();
  const waiting = new Map<string, Use>();
  const types = ['RequestSubmitted', 'CredentialIssued', ...ENDS] as const;
  for await (const event of eventsOf(source, types, { to: source.period.to })) {
    const { stream, at } = event.meta;
    if (event.type === 'RequestSubmitted') {
      const key = keyOf(event.data.requester, event.data.entitlement.id);
      const use = uses.get(key) ?? { ...UNUSED };
      use.event = event.meta;
      use.askedAt = at;
      uses.set(key, use);
      waiting.set(stream, use);
      continue;
    }
    const use = waiting.get(stream);
    if (use !== undefined && event.type === 'CredentialIssued') {
      use.event = event.meta;
      use.usedAt = at;
      if (inPeriod(source, at)) use.timesInPeriod += 1;
    }
    waiting.delete(stream);
  }
  return uses;
}
