import { type Field, fieldNames, fieldsOf, isText } from './fields.ts';
import { folded, withChecksum } from './lines.ts';
import type { MadeReport } from './made.ts';
import { checksOf, figureText, shownText } from './words.ts';

/** RFC 4180 section 2, rule 1. */
const END = '\r\n';

/** The report as RFC 4180 has it, after a head of lines that begin with `#`. A field is empty where there is nothing. */
export function csvOf(report: MadeReport): string {
  const rows = report.rows.map((row) => fieldsOf(row, report).map(textOf));
  return withChecksum({
    before: (line) =>
      headOf(report, line)
        .map((text) => `# ${text}`.trimEnd() + END)
        .join(''),
    line: (sha256) => `# SHA-256: ${sha256}\r`,
    after: () => [fieldNames(report.columns), ...rows].map((row) => row.map(quoted).join(',') + END).join(''),
  });
}

function headOf(report: MadeReport, line: number): readonly string[] {
  const { head, facts, figures, rows, note, vkeys } = report;
  return [
    ...facts.flatMap(({ label, value }) => folded(`${label}: ${value}`)),
    ...figures.map((figure) => `${figure.label}: ${figureText(figure)}`),
    ...(rows.length === 0 ? folded(head.nothing) : []),
    'Checkpoint:',
    ...note
      .trimEnd()
      .split('\n')
      .map((text) => `  ${text}`),
    'Keys of the log:',
    ...vkeys.map((vkey) => `  ${vkey}`),
    ...checksOf(report, line).flatMap(({ why, command }) => [...folded(why), `  ${command}`]),
  ];
}

function textOf(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'number') return String(field);
  if (typeof field === 'string') return literal(field);
  return literal(isText(field) ? shownText(field) : field.join('; '));
}

/** What a spreadsheet would take for a formula; and the mark that keeps it from that, so that it can be taken off again. */
const FORMULA = /^[=+\-@\t\r\n'＝＋－＠]/;

const literal = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** RFC 4180 section 2, rules 6 and 7. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
