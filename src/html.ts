/** Markup that was made here: everything put into it has been escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Html | null | readonly (Html | string)[];

/** Markup from a template: strings put in are text, shown literally and as one direction run. */
export function html(template: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(template.map((own, i) => own + markupOf(values[i] ?? '')).join(''));
}

function markupOf(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(markupOf).join('');
  return escape(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Controls and marks that make text read differently from what it is are shown as a replacement mark. */
const DECEPTIVE = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/gu;

const escape = (text: string): string =>
  text
    .toWellFormed()
    .replace(DECEPTIVE, '\ufffd')
    .replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? '');

/** Parts side by side with `between` in between. */
export const join = (parts: readonly Html[], between: string): Html =>
  new Html(parts.map(({ text }) => text).join(escape(between)));
