import type { TreeHead } from '../ports/audit-log.ts';
import { anchorRows } from './anchoring.ts';
import { counted } from './figures.ts';
import { type IntegrityRow, PLAIN } from './integrity-row.ts';
import { columnsOf, report } from './report.ts';
import { type EventOf, eventsOf, type ReportSource } from './source.ts';
import { countText } from './words.ts';

const is = columnsOf<IntegrityRow>();

export const integrity = report<IntegrityRow>({
  name: 'integrity',
  number: 10,
  title: 'Integrity of the log',
  answers: 'Which keys vouch for the log, what left the house and when, and what was erased from beside it.',
  period:
    'Keys up to the end of the period; signed heads that left, the longest wait of an event for one, and redactions within it.',
  nothing:
    'There is no key, no signed head has left the house, and nothing was erased: nobody vouches for this log.',
  serves: 'SOC 2 CC7.2; ISO 27001 A.8.15; PCI DSS 10.3; NIST 800-53 AU-9, AU-10',
  over: 'installation',
  columns: [
    is.text('part', 'Part', 'What the row is about.', ({ part }) => part),
    is.text('what', 'What', 'What there is to say.', ({ what }) => what),
    is.moment('at', 'When', 'When it was; for an interval, its beginning.', ({ at }) => at),
    is.count('size', 'Leaves', 'How many leaves the tree had.', ({ size }) => size),
    is.hash('root', 'Root', 'The root of that tree.', ({ root }) => root),
    is.duration(
      'lasted',
      'Lasted',
      'From an event to the head that took it out of the house.',
      ({ lastedMs }) => lastedMs,
    ),
    is.person('by', 'By', 'Who did it; empty where a rule of the catalogue did.', ({ by }) => by),
    is.person('approved_by', 'Agreed by', 'Who else had to agree.', ({ approvedBy }) => approvedBy),
    is.words('reason', 'Reason', 'What they gave as the reason.', ({ reason }) => reason, 'below'),
  ],
  rows: async (source) => [
    ...(await keyRows(source)),
    ...(await anchorRows(source)),
    ...(await eraseRows(source)),
  ],
  figures: (rows) => [
    counted('Keys', rows, ({ part }) => part === 'key'),
    counted('Redactions', rows, ({ part }) => part === 'redaction'),
    {
      label: 'Longest unanchored',
      kind: 'duration',
      value: rows.find(({ part }) => part === 'interval')?.lastedMs ?? null,
    },
  ],
});

/** What the log tells of its keys, and those of the installation that it does not tell of. */
async function keyRows(source: ReportSource): Promise<readonly IntegrityRow[]> {
  const told = new Set<string>();
  const rows: IntegrityRow[] = [];
  for await (const { data, meta } of eventsOf(source, ['SigningKeyChanged'])) {
    told.add(data.vkey);
    if (meta.at < source.period.to)
      rows.push({ ...PLAIN, part: 'key', what: `${data.change}: ${data.vkey}`, at: meta.at, event: meta });
  }
  const exceptions = ['no event of the log tells of this key'];
  for (const vkey of source.vkeys.filter((known) => !told.has(known)))
    rows.push({ ...PLAIN, part: 'key', what: vkey, exceptions });
  return rows;
}

async function eraseRows(source: ReportSource): Promise<readonly IntegrityRow[]> {
  const rows: IntegrityRow[] = [];
  const types = ['DisclosuresRedacted', 'TreeAccepted'] as const;
  for await (const event of eventsOf(source, types, source.period))
    rows.push({
      ...PLAIN,
      event: event.meta,
      at: event.meta.at,
      ...(event.type === 'TreeAccepted' ? acceptedOf(event) : redactedOf(event)),
      reason: await source.texts(event.meta.stream)(event.meta, 'reason'),
    });
  return rows;
}

type ErasureRow = Pick<IntegrityRow, 'part' | 'what' | 'by' | 'approvedBy' | 'exceptions'>;

function acceptedOf({ data }: EventOf<'TreeAccepted'>): ErasureRow & TreeHead {
  const { by, approvedBy, tree } = data;
  const what = 'a tree was accepted that is not the one which had left the house';
  return { ...tree, part: 'history', what, by, approvedBy, exceptions: ['the log has another history'] };
}

function redactedOf({ data }: EventOf<'DisclosuresRedacted'>): ErasureRow {
  const { cause, targets, by, approvedBy } = data;
  const alone = cause === 'person' && (approvedBy === null || approvedBy === by);
  return {
    part: 'redaction',
    what: `${cause}: ${countText(targets.length, 'text')}`,
    by,
    approvedBy,
    exceptions: alone ? ['a whole person was forgotten without a second one agreeing'] : [],
  };
}
