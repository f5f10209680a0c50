import { anchorFiles } from '../anchors.ts';
import type { Dossier } from '../dossier.ts';
import { commandsOf } from '../readme.ts';
import type { Known } from '../people.ts';
import type { Text } from '../texts.ts';
import { type Html, html, join } from '../../html.ts';
import { facts, mark, section, table } from './parts.ts';
import { type Times, utc } from './times.ts';

/** The pseudonyms of the log, and the events that prove whose they are. */
export function people({ people: known }: Dossier): Html {
  const rows = [...known.values()].map((each) => [
    nameCell(each),
    html`<code>${each.subject}</code>`,
    each.introduced === null ? 'not on record' : mark(each.introduced),
  ]);
  return section('People', table(['Name', 'In the log', 'Introduced in'], rows));
}

function nameCell({ name }: Known): Html | string {
  if (name?.kind === 'clear') return name.value;
  return html`<span class="soft">${name === null ? 'unknown' : name.kind === 'masked' ? 'masked' : 'erased'}</span>`;
}

/** What this reader does not see, and why. */
export function hidden({ texts, source }: Dossier): Html {
  const unseen = texts.filter(({ shown }) => shown.kind !== 'clear');
  if (unseen.length === 0) return html``;
  const masked = unseen.filter(({ shown }) => shown.kind === 'masked');
  const fields = [...new Set(masked.map(({ field }) => field))];
  const lines = fields.map(
    (field) => html`${NAMED[field] ?? field} of ${marksOf(masked.filter((each) => each.field === field))}`,
  );
  const because = html`It is there, and not for someone who reads as ${source.reader.role}.`;
  return section(
    'What is not shown',
    facts([
      ['Masked', masked.length === 0 ? null : html`${join(lines, '; ')}. ${because}`],
      ...unseen.flatMap((each) =>
        each.shown.kind === 'redacted' ? [['Erased', erased(each)] as const] : [],
      ),
    ]),
  );
}

/** What a field is to a reader, where its name alone does not say. */
const NAMED: Readonly<Record<string, string>> = { email: 'e-mail', person: 'key in the catalogue' };

const marksOf = (texts: readonly Text[]): Html =>
  join(
    texts.map(({ index }) => mark(index)),
    ', ',
  );

function erased({ index, field, shown }: Text): Html {
  const at = shown.kind === 'redacted' ? shown.redactedAt : null;
  const told =
    at === null ? html`<span class="bad">and no event tells of it</span>` : html`on record as ${mark(at)}`;
  return html`${field} of ${mark(index)}, ${told}`;
}

/** What signs these events, and where signed heads that cover them are kept by others. */
export function heads({ source }: Dossier, times: Times): Html {
  const { checkpoint, anchored, vkeys } = source;
  const keys = join(
    vkeys.map((vkey) => html`<code>${vkey}</code>`),
    '\n',
  );
  const kept = anchored.map((each, i) => {
    const receipt = html`<a href="${anchorFiles(each, i).receipt}">receipt</a>`;
    return html`${each.anchor}: ${each.size} events, ${utc(each.at)} <small>${times.local(each.at)}</small>, ${receipt}`;
  });
  return section(
    'The log',
    facts([
      [
        'Signed head',
        html`<a href="checkpoint">${checkpoint.size} events</a>, root <code>${checkpoint.root}</code>`,
      ],
      ['Signed by', keys],
      ...kept.map((each) => ['Kept elsewhere', each] as const),
    ]),
  );
}

export function verifying(dossier: Dossier): Html {
  const steps = commandsOf(dossier).map(
    ({ why, command }) => html`<p>${why}</p><pre><code>${command}</code></pre>\n`,
  );
  return section('How to check this yourself', html`${steps}`);
}
