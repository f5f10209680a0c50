import type { EventMeta } from '../domain/events.ts';
import { counted, spread } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import {
  type EventOf,
  eventsOf,
  type History,
  inLogOrder,
  inPeriod,
  isOneOf,
  type ReportSource,
  requestsWith,
} from './source.ts';

interface DriftRow extends Row {
  readonly event: EventMeta;
  readonly connector: string;
  readonly finding: 'unknown to the log' | 'outlived its grant' | 'noticed at its removal' | 'undone';
  /** A credential's name, or what was noticed in the connector's words. */
  readonly what: string;
  readonly request: string | null;
  /** When it was gone, as far as the log tells. */
  readonly rightedAt: number | null;
}

const is = columnsOf<DriftRow>();

export const drift = report<DriftRow>({
  name: 'drift',
  number: 7,
  title: 'Drift: targets against the log',
  answers: 'What was found on targets that the log does not account for, and whether it was put right.',
  period:
    'Credentials that sweeps found in the period, or before it and still there in it; what removals noticed and what was undone in it.',
  nothing:
    'No sweep of the period found a credential that the log does not have open, and no removal noticed anything amiss. A sweep that could not reach its target is not in the log: the metrics tell of those.',
  serves: 'SOC 2 CC6.1; ISO 27001 A.5.18; NIST 800-53 AC-2',
  over: 'installation',
  columns: [
    is.moment('found_at', 'Found', 'When it was found.', ({ event }) => event.at),
    is.text('connector', 'Target', 'The connector that reaches it.', ({ connector }) => connector),
    is.text('finding', 'Finding', 'How the target and the log differed.', ({ finding }) => finding),
    is.text('what', 'What', 'The credential’s name, or what was noticed.', ({ what }) => what),
    is.text('request', 'Request', 'What it came of; empty: nothing in the log.', ({ request }) => request),
    is.instant('righted_at', 'Put right', 'When it was gone; empty: no event tells.', (row) => row.rightedAt),
    is.duration('open_for', 'After', 'From found to put right.', openMs),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [
    counted('Unknown to the log', rows, ({ finding }) => finding === 'unknown to the log'),
    counted('Not put right', rows, ({ rightedAt }) => rightedAt === null),
    ...spread('Put right after', rows.map(openMs)),
  ],
});

function openMs({ event, rightedAt }: DriftRow): number | null {
  return rightedAt === null ? null : rightedAt - event.at;
}

async function* rowsOf(source: ReportSource): AsyncGenerator<DriftRow> {
  yield* await sweptIn(source);
  for await (const history of requestsWith(source, TROUBLES, source.period, isTrouble))
    for (const row of troublesOf(history)) if (inPeriod(source, row.event.at)) yield row;
}

const TROUBLES = ['CredentialRemoved', 'RevocationStarted'] as const;
type Trouble = EventOf<(typeof TROUBLES)[number]>;

function isTrouble({ type, data }: Trouble): boolean {
  if (type === 'CredentialRemoved') return data.leftovers.length > 0;
  return data.trigger === 'provisioning-failed' || data.trigger === 'orphan';
}

/** What the removal of one grant noticed, and that it was undone. */
function troublesOf({ state, steps }: History): readonly DriftRow[] {
  const { id: request, grant, closedAt } = state;
  if (grant === null) return [];
  const { name, connector } = grant.handle;
  const removals = steps.flatMap(({ event }) => (event.type === 'CredentialRemoved' ? [event] : []));
  const goneAfter = (index: number, what: string): number | null =>
    removals.find(({ meta, data }) => meta.index > index && !data.leftovers.includes(what))?.meta.at ?? null;
  return steps.flatMap(({ event }) => {
    if (!isOneOf(event, TROUBLES) || !isTrouble(event)) return [];
    const { type, data, meta } = event;
    const row = { event: meta, connector: connector.id, request };
    if (type === 'RevocationStarted')
      return [judged({ ...row, finding: 'undone', what: name, rightedAt: closedAt })];
    return data.leftovers.map((what) =>
      judged({ ...row, finding: 'noticed at its removal', what, rightedAt: goneAfter(meta.index, what) }),
    );
  });
}

function judged(row: Omit<DriftRow, 'exceptions'>): DriftRow {
  const accounted = row.finding === 'undone' || row.finding === 'noticed at its removal';
  return {
    ...row,
    exceptions: [
      ...(accounted ? [] : [row.finding]),
      ...(row.rightedAt === null ? ['not put right, as far as the log tells'] : []),
    ],
  };
}

type Swept = { -readonly [K in keyof Omit<DriftRow, 'exceptions'>]: DriftRow[K] };

/** Each credential that sweeps found, from the first that saw it to the first that did not. */
async function sweptIn(source: ReportSource): Promise<readonly DriftRow[]> {
  const { from, to } = source.period;
  const found: Swept[] = [];
  const there = new Map<string, Swept>();
  for await (const { data, meta } of eventsOf(source, ['DriftFound'])) {
    const seen = new Set([...data.late, ...data.unknown]);
    for (const [key, row] of there)
      if (row.connector === data.connector && !seen.has(row.what)) {
        row.rightedAt = meta.at;
        there.delete(key);
      }
    for (const what of seen) {
      const key = `${data.connector} ${what}`;
      if (there.has(key)) continue;
      const finding = data.late.includes(what) ? 'outlived its grant' : 'unknown to the log';
      const row: Swept = {
        event: meta,
        connector: data.connector,
        finding,
        what,
        request: null,
        rightedAt: null,
      };
      there.set(key, row);
      found.push(row);
    }
  }
  const shown = found.filter((row) => row.event.at < to && (row.rightedAt ?? to) >= from);
  const requests = await requestsOf(source, new Set(shown.map(({ what }) => what)));
  return shown.map((row) => judged({ ...row, request: requests.get(row.what) ?? null }));
}

/** By the name of its credential. */
async function requestsOf(
  source: ReportSource,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const requests = new Map<string, string>();
  if (names.size === 0) return requests;
  for await (const { data, meta } of eventsOf(source, ['ProvisioningStarted']))
    if (names.has(data.handle.name)) requests.set(data.handle.name, meta.stream.replace(/^request\//, ''));
  return requests;
}
