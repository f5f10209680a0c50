import type { EventMeta } from '../domain/events.ts';
import { provesAbsence } from '../domain/revoking.ts';
import type { Grant, RequestState, Revocation } from '../domain/state.ts';
import type { ShownText } from '../domain/visibility.ts';
import { LIMITS } from '../limits.ts';
import { counted, spread } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import { type History, inLogOrder, inPeriod, livingIn, type ReportSource } from './source.ts';

interface RemovalRow extends Row {
  readonly event: EventMeta;
  readonly state: RequestState;
  readonly grant: Grant;
  /** Null: nothing has begun to remove it. */
  readonly revocation: Revocation | null;
  readonly dueAt: number;
  readonly reason: ShownText | null;
}

const is = columnsOf<RemovalRow>();

export const removals = report<RemovalRow>({
  name: 'removals',
  number: 3,
  title: 'Timeliness of removal',
  answers: 'Whether every access ended when it had to, how late the proof of it was, and what delayed it.',
  period: 'Every grant that was due to end in the period: by its expiry, or earlier by whoever ended it.',
  nothing: 'No access was due to end in the period.',
  serves: 'SOC 2 CC6.2, CC6.3; ISO 27001 A.5.18; PCI DSS 8.2; NIST 800-53 AC-2',
  over: 'requests',
  columns: [
    is.text('request', 'Request', 'The request that the grant came of.', ({ state }) => state.id),
    is.person('requester', 'Who', 'Who had the access.', ({ state }) => state.requester),
    is.text('entitlement', 'Entitlement', 'What was granted.', ({ state }) => state.entitlement.id),
    is.text(
      'cause',
      'Cause',
      'What ended it; empty while nothing has.',
      ({ revocation }) => revocation?.trigger ?? null,
    ),
    is.moment(
      'due_at',
      'Due',
      'When it had to end: its expiry, or when it was ended before.',
      ({ dueAt }) => dueAt,
    ),
    is.instant(
      'expires_at',
      'Expires',
      'The expiry on record, extensions included.',
      ({ grant }) => grant.expiresAt,
    ),
    is.instant(
      'revoked_at',
      'Removed',
      'When the target had removed it.',
      ({ revocation }) => revocation?.removedAt ?? null,
    ),
    is.instant(
      'absence_verified_at',
      'Proven gone',
      'When a fresh look at the target showed that it was gone.',
      goneAt,
    ),
    is.duration('lag', 'Lag', 'From due to proven gone; empty while it is not.', lag),
    is.count('retries', 'Retries', 'Tries to remove it or to see it gone that failed.', retries),
    is.count(
      'sessions_ended',
      'Sessions ended',
      'Sessions that were open and were ended.',
      ({ revocation }) => revocation?.killed ?? null,
      'below',
    ),
    is.person(
      'ended_by',
      'Ended by',
      'Who ended it before its time.',
      ({ revocation }) => revocation?.by ?? null,
      'below',
    ),
    is.words('reason', 'Reason', 'What they gave as the reason.', ({ reason }) => reason, 'below'),
    is.text(
      'method',
      'Proof',
      'How the target was looked at.',
      ({ revocation }) => revocation?.proof?.method ?? null,
      'below',
    ),
    is.list(
      'left_behind',
      'Left behind',
      'What the target could not be rid of.',
      ({ revocation }) => revocation?.leftovers ?? [],
      'below',
    ),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [
    ...spread('Lag', rows.map(lag)),
    counted('Not proven gone', rows, (row) => lag(row) === null),
    counted('With retries', rows, (row) => retries(row) > 0),
  ],
});

function goneAt({ revocation }: RemovalRow): number | null {
  return revocation?.proof?.at ?? null;
}

function lag(row: RemovalRow): number | null {
  const at = goneAt(row);
  return at === null ? null : at - row.dueAt;
}

/** The try that succeeded is counted among the attempts. */
function retries({ revocation }: RemovalRow): number {
  return revocation === null ? 0 : revocation.attempts - (revocation.removedAt === null ? 0 : 1);
}

async function* rowsOf(source: ReportSource): AsyncGenerator<RemovalRow> {
  for await (const history of livingIn(source)) {
    const row = await removalOf(history, source.now);
    if (row !== null && inPeriod(source, row.dueAt)) yield row;
  }
}

/** Null: there was no grant, or it is not due yet. */
async function removalOf({ state, steps, textOf }: History, now: number): Promise<RemovalRow | null> {
  const { grant, revocation } = state;
  if (grant === null) return null;
  const dueAt = Math.min(grant.expiresAt, revocation?.startedAt ?? Number.POSITIVE_INFINITY);
  const standsOn = steps.findLast(({ event }) => ENDING.has(event.type))?.event.meta;
  if (standsOn === undefined || dueAt > now) return null;
  const begun = steps.find(({ event }) => event.type === 'RevocationStarted')?.event.meta;
  const row = {
    event: standsOn,
    state,
    grant,
    revocation,
    dueAt,
    exceptions: [],
    reason: begun === undefined ? null : await textOf(begun, 'reason'),
  };
  return { ...row, exceptions: exceptionsOf(row) };
}

/** The newest of these is what a row stands on. */
const ENDING: ReadonlySet<string> = new Set([
  'ProvisioningStarted',
  'GrantExtended',
  'RevocationStarted',
  'RevocationVerified',
]);

function exceptionsOf(row: RemovalRow): readonly string[] {
  const { revocation } = row;
  const lagMs = lag(row);
  return [
    ...(revocation === null ? ['its time is over and nothing has begun to remove it'] : []),
    ...(revocation !== null && lagMs === null ? ['not proven gone'] : []),
    ...(lagMs !== null && lagMs > LIMITS.removalLateMs ? ['proven gone late'] : []),
    ...((revocation?.leftovers.length ?? 0) > 0 ? ['something was left behind'] : []),
    ...(revocation?.proof && !provesAbsence(revocation.proof)
      ? ['closed by a proof that proves nothing']
      : []),
  ];
}
