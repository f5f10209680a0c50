import type { Dossier } from '../dossier.ts';
import { claims, warning } from './claims.ts';
import { heads, hidden, people, verifying } from './closing.ts';
import { Html, html } from '../../html.ts';
import { outcomeOf } from './outcome.ts';
import { consents, removal, requestFacts, rules, timeline } from './sections.ts';
import { POLICY, STYLE } from './style.ts';
import { timesIn, utc } from './times.ts';

/** The bundle for a person to read: one page without scripts, which asks nothing of any network. */
export function pageOf(dossier: Dossier): string {
  const { at, request, reader, software, zone } = dossier.source;
  const times = timesIn(zone);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Evidence for ${request}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<p class="kicker">Evidence</p>
<h1>${outcomeOf(dossier)}</h1>
${warning(dossier)}
${requestFacts(dossier, times)}
${claims(dossier)}
${timeline(dossier, times)}
${consents(dossier, times)}
${removal(dossier, times)}
${rules(dossier)}
${people(dossier)}
${hidden(dossier)}
${heads(dossier, times)}
${verifying(dossier)}
<footer>Made ${utc(at)} (${times.local(at)}) by ${software}, for <span class="mono">${reader.subject}</span> reading as
${reader.role}; that they read it is on record. This page is drawn from the files beside it: where it differs from them,
they count.</footer>
</main>
</body>
</html>
`.text;
}
