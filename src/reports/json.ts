import { type Field, fieldNames, fieldsOf, isText } from './fields.ts';
import { withChecksum } from './lines.ts';
import type { MadeReport } from './made.ts';
import { checksOf } from './words.ts';

/** Of the shape of the document; a change of shape is another one. */
const FORMAT = 'countersign-report/1';

/** One JSON document, its members always in the same order, each row on a line of its own. */
export function jsonOf(report: MadeReport): string {
  const { head, facts, figures, note, vkeys, columns, proofs } = report;
  const before = (line: number): readonly string[] => [
    member('format', FORMAT),
    member('head', Object.fromEntries(facts.map(({ id, value }) => [id, value]))),
    member('checkpoint', note),
    member('keys', vkeys),
    member('check', checksOf(report, line)),
  ];
  const after = [
    member(
      'columns',
      columns.map(({ id, title, means, kind }) => ({ id, title, means, kind })),
    ),
    member(
      'figures',
      figures.map(({ label, kind, value }) => ({ label, kind, value })),
    ),
    ...(report.rows.length === 0 ? [member('nothing', head.nothing)] : []),
    list('rows', rowsOf(report)),
    list(
      'proofs',
      proofs.map(({ row, index, leaf, event, proof }) => ({
        row,
        log_index: index,
        leaf_hash: leaf,
        event,
        tlog_proof: proof,
      })),
    ),
  ];
  return withChecksum({
    before: (line) => `{\n${before(line).join(',\n')},\n`,
    line: (sha256) => `${member('sha256', sha256)},`,
    after: () => `${after.join(',\n')}\n}\n`,
  });
}

function rowsOf(report: MadeReport): readonly unknown[] {
  const names = fieldNames(report.columns);
  return report.rows.map((row) => {
    const fields = fieldsOf(row, report);
    return Object.fromEntries(names.map((name, place) => [name, valueOf(fields[place] ?? null)]));
  });
}

function valueOf(field: Field): unknown {
  if (!isText(field)) return field;
  if (field.kind === 'clear') return field.value;
  return field.kind === 'masked' ? { masked: true } : { redacted_at: field.redactedAt };
}

const member = (name: string, value: unknown): string => `${JSON.stringify(name)}: ${JSON.stringify(value)}`;

const list = (name: string, values: readonly unknown[]): string =>
  values.length === 0
    ? member(name, [])
    : `${JSON.stringify(name)}: [\n${values.map((value) => JSON.stringify(value)).join(',\n')}\n]`;
