import { withChecksum } from '../lines.ts';
import type { Fact, MadeReport } from '../made.ts';
import { checksOf, figureText } from '../words.ts';
import { Html, html } from '../../html.ts';
import { POLICY, STYLE } from './style.ts';
import { tableOf } from './table.ts';

/** The report for people: one page to print on A4 across, without scripts, which asks nothing of any network. */
export const pageOf = (report: MadeReport): string =>
  withChecksum({
    before: () => headOf(report).text,
    line: (sha256) => html`<div><dt>SHA-256 of this file</dt><dd><code>${sha256}</code></dd></div>`.text,
    after: (line) => bodyOf(report, line).text,
  });

function headOf({ head, facts }: MadeReport): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${head.title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<p class="kicker">Countersign report ${head.number} of 10</p>
<h1>${head.title}</h1>
<p>${head.answers}</p>
<dl class="facts">
${factsAt('top', facts)}
`;
}

function bodyOf(report: MadeReport, line: number): Html {
  const { head, facts, rows } = report;
  return html`</dl>
${figuresOf(report)}
${rows.length === 0 ? html`<p class="nothing">${head.nothing}</p>` : tableOf(report)}
<h2>What is in it</h2>
<p>${head.period} An exception is what should not be, with its reason in words.</p>
${meaningsOf(report)}
${peopleOf(report)}
<h2>How it was made</h2>
<dl class="facts">
${factsAt('end', facts)}
<div><dt>Held against</dt><dd>${head.serves}</dd></div>
</dl>
${checkingOf(report, line)}
</main>
</body>
</html>
`;
}

const factsAt = (place: Fact['place'], facts: readonly Fact[]): readonly Html[] =>
  facts
    .filter((fact) => fact.place === place)
    .map(({ label, value }) => html`<div><dt>${label}</dt><dd>${valueOf(value)}</dd></div>\n`);

const valueOf = (value: string | number): Html =>
  /^[0-9a-f]{64}$/.test(String(value)) ? html`<code>${value}</code>` : html`${value}`;

function figuresOf({ rows, figures }: MadeReport): Html {
  const exceptions = rows.filter((row) => row.exceptions.length > 0).length;
  const others = figures.map(
    (figure) => html`<li><b>${figureText(figure)}</b><span>${figure.label}</span></li>`,
  );
  return html`<ul class="figures">
<li><b>${rows.length}</b><span>${rows.length === 1 ? 'Row' : 'Rows'}</span></li>
<li class="${exceptions > 0 ? 'bad' : 'good'}"><b>${exceptions > 0 ? exceptions : 'None'}</b><span>Exceptions</span></li>
${others}
</ul>`;
}

function meaningsOf({ columns }: MadeReport): Html {
  const meanings = columns.map(({ title, means }) => html`<div><dt>${title}</dt><dd>${means}</dd></div>\n`);
  return html`<dl class="means">\n${meanings}</dl>`;
}

function peopleOf({ names }: MadeReport): Html | null {
  if (names.size === 0) return null;
  const people = [...names].map(
    ([subject, name]) =>
      html`<div><dt>${name === subject ? 'Not known here' : name}</dt><dd class="mono">${subject}</dd></div>\n`,
  );
  return html`<h2>Pseudonyms in the log</h2>\n<dl class="means">\n${people}</dl>`;
}

function checkingOf(report: MadeReport, line: number): Html {
  const checks = checksOf(report, line).map(
    ({ why, command }) => html`<p>${why}</p>\n<pre>${command}</pre>\n`,
  );
  return html`<h2>How to check it</h2>
${checks}<p>The checkpoint, a signed head of the log, and the keys that sign it:</p>
<pre>${report.note}</pre>
<pre>${report.vkeys.join('\n')}</pre>`;
}
