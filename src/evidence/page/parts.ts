import { eventFile, proofFile } from '../dossier.ts';
import type { AnyRecordedEvent } from '../../ports/audit-log.ts';
import type { ShownText } from '../../domain/visibility.ts';
import { type Html, html } from '../../html.ts';

type Value = Html | string | number;

/** "#12", leading to the very bytes of that event. */
export const mark = (index: number): Html => html`<a class="mono" href="${eventFile(index)}">#${index}</a>`;

/** "#12 · 1a2b3c4d", as the chat thread has it; the hash leads to the proof. */
export const place = ({ meta }: AnyRecordedEvent): Html =>
  html`${mark(meta.index)} · <a class="mono" href="${proofFile(meta.index)}">${meta.leaf.slice(0, 8)}</a>`;

export const section = (title: string, body: Html): Html => html`<h2>${title}</h2>
${body}
`;

/** Lines of label and value; those without a value are left out. */
export function facts(lines: readonly (readonly [string, Value | null])[]): Html {
  const shown = lines.map(([label, value]) =>
    value === null ? html`` : html`<dt>${label}</dt><dd>${value}</dd>\n`,
  );
  return html`<dl>${shown}</dl>`;
}

export function table(headings: readonly string[], rows: readonly (readonly Value[])[]): Html {
  const cells = (row: readonly Value[]): Html =>
    html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`;
  return html`<table><thead><tr>${headings.map((each) => html`<th>${each}</th>`)}</tr></thead>
<tbody>${rows.map(cells)}</tbody></table>`;
}

/** A text as the reader gets it; what they do not get is said to be so. */
export function words(shown: ShownText): Html {
  if (shown.kind === 'clear') return html`<blockquote>${shown.value}</blockquote>`;
  if (shown.kind === 'masked') return html`<span class="soft">masked for this reader</span>`;
  if (shown.redactedAt === null) return html`<span class="bad">missing, and no event tells why</span>`;
  return html`<span class="soft">erased, on record as ${mark(shown.redactedAt)}</span>`;
}
