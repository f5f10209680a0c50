import type { EventMeta } from '../domain/events.ts';
import type { Grant, RequestState } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import { LIMITS } from '../limits.ts';
import { counted } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import { type EventOf, inLogOrder, livingIn, type ReportSource, requestsWith } from './source.ts';

interface LeaverRow extends Row {
  readonly event: EventMeta;
  readonly state: RequestState;
  readonly grant: Grant;
  /** When the log first says that the person left; null: it does not, and the catalogue knows them no more. */
  readonly leftAt: number | null;
}

const is = columnsOf<LeaverRow>();

export const leavers = report<LeaverRow>({
  name: 'leavers',
  number: 6,
  title: 'Access of people who have left',
  answers: 'Whether anyone had or was given access after they had left.',
  period:
    'Every grant that stood in the period and belongs to someone who is not in the catalogue now, or whose access the log ended because they left.',
  nothing:
    'Nobody who has left had access in the period. This is what is expected: whoever left before it got nothing, and whoever left in it had nothing.',
  serves: 'SOC 2 CC6.2; ISO 27001 A.5.18; PCI DSS 8.2; NIST 800-53 AC-2',
  over: 'requests',
  columns: [
    is.text('request', 'Request', 'The request that the grant came of.', ({ state }) => state.id),
    is.person('person', 'Who', 'Who had the access.', ({ state }) => state.requester),
    is.text('entitlement', 'Entitlement', 'What was granted.', ({ state }) => state.entitlement.id),
    is.text('known_by', 'Known by', 'What tells that they left.', ({ leftAt }) =>
      leftAt === null ? 'not in the catalogue' : 'ended as person-left',
    ),
    is.instant('left_at', 'Left', 'When the log first says so; empty: it does not.', ({ leftAt }) => leftAt),
    is.moment('started_at', 'Began', 'When the grant’s provisioning began.', ({ grant }) => grant.startedAt),
    is.instant('expires_at', 'Expires', 'The expiry on record.', ({ grant }) => grant.expiresAt),
    is.text(
      'cause',
      'Ended by',
      'Why it ended, or the state it is in.',
      ({ state }) => state.revocation?.trigger ?? state.phase,
    ),
    is.instant(
      'gone_at',
      'Proven gone',
      'When the target showed that it was gone.',
      ({ state }) => state.closedAt,
    ),
    is.duration('outlived', 'Outlived by', 'From leaving to proven gone.', outlived),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [counted('Still open', rows, ({ state }) => state.closedAt === null)],
});

function outlived({ state, leftAt }: LeaverRow): number | null {
  return leftAt === null || state.closedAt === null ? null : Math.max(0, state.closedAt - leftAt);
}

async function* rowsOf(source: ReportSource): AsyncGenerator<LeaverRow> {
  const departures = await departuresOf(source);
  for await (const { state, steps } of livingIn(source)) {
    const began = steps.find(({ event }) => event.type === 'ProvisioningStarted')?.event.meta;
    if (state.grant === null || began === undefined || began.at >= source.period.to) continue;
    const leftAt = departures.get(state.requester) ?? null;
    if (leftAt === null && (await isInCatalogue(source, state.requester))) continue;
    if (leftAt !== null && state.closedAt !== null && state.closedAt < leftAt) continue;
    yield {
      event: began,
      state,
      grant: state.grant,
      leftAt,
      exceptions: exceptionsOf(state, state.grant, leftAt),
    };
  }
}

async function isInCatalogue(source: ReportSource, subject: Subject): Promise<boolean> {
  const key = await source.keyOf(subject);
  return key !== null && source.catalogue.people.has(key);
}

/** When the log first ended something of each because they left. */
async function departuresOf(source: ReportSource): Promise<ReadonlyMap<Subject, number>> {
  const departures = new Map<Subject, number>();
  const times = { to: source.period.to };
  const left = ({ data }: EventOf<'RevocationStarted'>): boolean => data.trigger === 'person-left';
  for await (const { state } of requestsWith(source, ['RevocationStarted'], times, left)) {
    const leftAt = Math.min(
      state.revocation?.startedAt ?? times.to,
      departures.get(state.requester) ?? times.to,
    );
    departures.set(state.requester, leftAt);
  }
  return departures;
}

function exceptionsOf({ closedAt }: RequestState, grant: Grant, leftAt: number | null): readonly string[] {
  const outlivedMs = leftAt === null || closedAt === null ? 0 : closedAt - leftAt;
  return [
    ...(leftAt !== null && grant.startedAt > leftAt ? ['granted after they had left'] : []),
    ...(closedAt === null ? ['they have left and it is not proven gone'] : []),
    ...(outlivedMs > LIMITS.removalLateMs ? ['proven gone late'] : []),
  ];
}
