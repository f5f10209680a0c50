import type { Dossier } from '../dossier.ts';
import { count, type Finding, type Verdict } from '../findings/finding.ts';
import { type Html, html, join } from '../../html.ts';
import { mark, section } from './parts.ts';

/** Told by shape and in words, and only then by colour. */
const SIGN: Readonly<Record<Verdict, readonly [string, string]>> = {
  holds: ['✓', 'holds'],
  'does-not-hold': ['✗', 'does not hold'],
  'not-yet': ['…', 'not yet'],
  'does-not-apply': ['–', 'does not apply'],
};

export const claims = ({ findings }: Dossier): Html =>
  section('Claims, and the events that bear them out', html`<ul class="claims">${findings.map(claim)}</ul>`);

/** Before anything else is read: not all of what follows can be relied on. */
export function warning({ findings }: Dossier): Html {
  const failing = findings.filter(({ verdict }) => verdict === 'does-not-hold').length;
  if (failing === 0) return html``;
  return html`<p class="bad"><b>${count(failing, 'claim', 'claims')} below ${failing === 1 ? 'does' : 'do'} not hold.</b></p>`;
}

function claim({ claim: says, verdict, why, events }: Finding): Html {
  const [sign, said] = SIGN[verdict];
  return html`<li class="${verdict}"><span class="mark" role="img" aria-label="${said}">${sign}</span>
<div><b>${says}</b>${verdict === 'does-not-hold' ? html` <b class="bad">does not hold</b>` : null}
<p>${upper(why)}. <span class="soft">${join(events.map(mark), ' ')}</span></p></div></li>
`;
}

const upper = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
