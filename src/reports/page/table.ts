import type { Subject } from '../../domain/values.ts';
import type { MadeReport } from '../made.ts';
import type { Cell, TableRow } from '../report.ts';
import { durationText, shownText } from '../words.ts';
import { type Html, html, join } from '../../html.ts';

/** Each row is a body of its own, so that no sheet ends between a row and what stands below it. */
export function tableOf(report: MadeReport): Html {
  const heads = report.columns.filter(({ place }) => place === 'column');
  return html`<div class="scroll"><table>
<thead><tr><th class="count">#</th>${heads.map(({ title, kind }) => html`<th class="${kind}">${title}</th>`)}</tr></thead>
${report.rows.map((row, place) => rowOf(row, place + 1, report))}</table></div>`;
}

function rowOf(row: TableRow, number: number, report: MadeReport): Html {
  const columns = row
    .cells()
    .filter(({ column }) => column.place === 'column')
    .map(({ cell }) => html`<td class="${cell.kind}">${markup(cell, report)}</td>`);
  return html`<tbody class="${row.exceptions.length > 0 ? 'exception' : 'expected'}">
<tr><td class="count">${number}</td>${columns}</tr>
<tr class="below"><td></td><td colspan="${columns.length}">${belowOf(row, report)}</td></tr>
</tbody>
`;
}

/** What is wrong, what people wrote, and the rest, each on its own lines. */
function belowOf(row: TableRow, report: MadeReport): Html {
  const { event, exceptions } = row;
  const below = row.cells().flatMap(({ column, cell }) => {
    const inside = column.place === 'below' ? markup(cell, report) : null;
    return inside === null ? [] : [{ cell, text: html`<span>${column.title}: ${inside}</span>` }];
  });
  const leaf = event && html`<span>Log: #${event.index} · ${event.leaf.slice(0, 8)}</span>`;
  const words = below.filter(({ cell }) => cell.kind === 'words').map(({ text }) => text);
  const rest = below.filter(({ cell }) => cell.kind !== 'words').map(({ text }) => text);
  return html`${exceptions.map((exception) => html`<p class="why">Exception: ${exception}.</p>`)}
${words.map((text) => html`<p>${text}</p>`)}
<p>${join([...rest, ...(leaf ? [leaf] : [])], ' ')}</p>`;
}

/** Null where there is nothing. */
function markup(cell: Cell, { names, zone }: MadeReport): Html | null {
  if (cell.value === null) return null;
  switch (cell.kind) {
    case 'text':
      return codeOf(cell.value);
    case 'count':
      return html`${cell.value}`;
    case 'hash':
      return html`<code>${cell.value}</code>`;
    case 'duration':
      return html`${durationText(cell.value)}`;
    case 'words':
      return html`<q>${shownText(cell.value)}</q>`;
    case 'list':
      return listed(cell.value);
    case 'person':
      return nameOf(cell.value, names);
    case 'people':
      return listed(cell.value.map((subject) => nameOf(subject, names)));
    case 'instant':
    case 'moment':
      return timeOf(zone.iso(cell.value));
  }
}

const listed = (items: readonly (string | Html)[]): Html | null =>
  items.length === 0
    ? null
    : join(
        items.map((item) => html`${item}`),
        ', ',
      );

const nameOf = (subject: Subject, names: MadeReport['names']): Html => html`${names.get(subject) ?? subject}`;

/** In the report's zone; its offset tells the hours apart that a clock shows twice. */
function timeOf(iso: string): Html {
  const [date, clock, offset] = [iso.slice(0, 10), iso.slice(11, 19), iso.slice(19)];
  return html`<time datetime="${iso}">${date} <span>${clock} <small>${offset}</small></span></time>`;
}

const CODE_MAX_CHARS = 28;

/** Codes and ids stay on one line, though they have hyphens; what is longer may break where it must. */
const codeOf = (text: string): Html =>
  text.length > CODE_MAX_CHARS ? html`${text}` : html`<span class="code">${text}</span>`;
