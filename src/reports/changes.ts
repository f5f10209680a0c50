import type { EventMeta } from '../domain/events.ts';
import type { Subject } from '../domain/values.ts';
import type { ShownText } from '../domain/visibility.ts';
import { counted } from './figures.ts';
import { columnsOf, report, type Row } from './report.ts';
import { type EventOf, eventsOf, inLogOrder, inPeriod, type ReportSource } from './source.ts';

interface ChangeRow extends Row {
  readonly event: EventMeta;
  readonly what:
    | 'catalogue loaded'
    | 'rules loaded'
    | 'rules put back'
    | 'rules refused'
    | 'key of the log added'
    | 'key of the log retired'
    | 'other tree accepted';
  readonly before: string | null;
  readonly after: string | null;
  readonly by: Subject | null;
  readonly approvedBy: Subject | null;
  readonly reason: ShownText | null;
}

const is = columnsOf<ChangeRow>();

export const changes = report<ChangeRow>({
  name: 'changes',
  number: 8,
  title: 'Changes of policy and configuration',
  answers: 'When the rules, the keys of the log and the log’s own history changed, and from what to what.',
  period: 'Every change that was recorded in the period.',
  nothing: 'Neither the rules, nor the keys that sign the log, nor its history changed in the period.',
  serves: 'SOC 2 CC8.1; ISO 27001 A.8.2, A.8.15; PCI DSS 10.2; NIST 800-53 AU-9',
  over: 'installation',
  columns: [
    is.moment('changed_at', 'When', 'When it was recorded.', ({ event }) => event.at),
    is.text('what', 'What', 'What changed.', ({ what }) => what),
    is.hash(
      'before',
      'Before',
      'Digest of the rules before; tree that the anchors hold; key retired.',
      ({ before }) => before,
    ),
    is.hash(
      'after',
      'After',
      'Digest of the rules after; tree that was accepted; key added.',
      ({ after }) => after,
    ),
    is.person('by', 'By', 'Who did it; empty where the bot found it at its start.', ({ by }) => by),
    is.person('approved_by', 'Agreed by', 'Who else had to agree.', ({ approvedBy }) => approvedBy),
    is.words('reason', 'Reason', 'What they gave as the reason.', ({ reason }) => reason, 'below'),
  ],
  rows: (source) => inLogOrder(rowsOf(source)),
  figures: (rows) => [
    counted('Rules loaded', rows, ({ what }) => LOADED.has(what)),
    counted('Rules refused', rows, ({ what }) => what === 'rules refused'),
    counted('Changes of keys', rows, ({ what }) => what.startsWith('key')),
  ],
});

const LOADED: ReadonlySet<ChangeRow['what']> = new Set([
  'catalogue loaded',
  'rules loaded',
  'rules put back',
]);
const TYPES = [
  'CatalogueLoaded',
  'RulesLoaded',
  'RulesRefused',
  'SigningKeyChanged',
  'TreeAccepted',
] as const;

async function* rowsOf(source: ReportSource): AsyncGenerator<ChangeRow> {
  let loaded: string | null = null;
  for await (const event of eventsOf(source, TYPES, { to: source.period.to })) {
    if (inPeriod(source, event.meta.at)) yield await changeOf(source, event, loaded);
    if (event.type === 'CatalogueLoaded' || event.type === 'RulesLoaded') loaded = event.data.digest;
  }
}

type ChangeEvent = EventOf<(typeof TYPES)[number]>;

const notTheLast = (previous: string | null, loaded: string | null): readonly string[] =>
  previous === loaded ? [] : ['the one before it is not the one loaded last'];

/** `loaded`: digest of the rules that the log knows of as loaded last. */
async function changeOf(source: ReportSource, event: ChangeEvent, loaded: string | null): Promise<ChangeRow> {
  const { type, data, meta } = event;
  const row = { event: meta, by: null, approvedBy: null, reason: null, exceptions: [] };
  switch (type) {
    case 'CatalogueLoaded':
      return {
        ...row,
        what: 'catalogue loaded',
        before: data.previous,
        after: data.digest,
        exceptions: notTheLast(data.previous, loaded),
      };
    case 'RulesLoaded':
      return {
        ...row,
        what: data.cause === 'reverted' ? 'rules put back' : 'rules loaded',
        before: data.previous,
        after: data.digest,
        by: data.by,
        reason: await source.texts(meta.stream)(meta, 'reason'),
        exceptions: notTheLast(data.previous, loaded),
      };
    case 'RulesRefused':
      return {
        ...row,
        what: 'rules refused',
        before: data.keeping,
        after: data.digest,
        reason: await source.texts(meta.stream)(meta, 'detail'),
      };
    case 'SigningKeyChanged':
      return data.change === 'added'
        ? { ...row, what: 'key of the log added', before: null, after: data.vkey }
        : { ...row, what: 'key of the log retired', before: data.vkey, after: null };
    case 'TreeAccepted':
      return {
        ...row,
        what: 'other tree accepted',
        by: data.by,
        approvedBy: data.approvedBy,
        before: data.anchors.map(({ anchor, head }) => `${anchor}: ${headOf(head)}`).join('; '),
        after: headOf(data.tree),
        reason: await source.texts(meta.stream)(meta, 'reason'),
        exceptions: [
          'the log is not the one that had left the house',
          ...(data.by === data.approvedBy ? ['agreed to by the one who did it'] : []),
        ],
      };
  }
}

/** An anchor may hold no more than how far it has seen. */
const headOf = ({ size, root }: { readonly size: number; readonly root: string | null }): string =>
  `${size} leaves, ${root ?? 'of no known root'}`;
