import type { ActionsBlock, Button, KnownBlock, RichTextBlock } from '@slack/types';
import { type Action, type Block, type Card, type Field, type Span, utc } from '../card.ts';
import { clip } from '../wording.ts';

/** Slack's limits (docs.slack.dev/reference/block-kit), and what we keep below them. */
export const SLACK = {
  sectionMaxChars: 2_900,
  fieldMaxChars: 1_900,
  fieldsPerSectionMax: 10,
  contextMaxChars: 2_900,
  headerMaxChars: 150,
  buttonMaxChars: 75,
  richTextMaxChars: 3_000,
  optionMaxChars: 75,
  messageBlocksMax: 50,
  viewBlocksMax: 100,
  viewTitleMaxChars: 24,
  fallbackMaxChars: 300,
} as const;

export interface Rendered {
  /** For notifications and screen readers; mrkdwn, escaped. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

export function render(card: Card): Rendered {
  return { text: literal(clip(card.summary, SLACK.fallbackMaxChars)), blocks: renderBlocks(card.blocks) };
}

export const renderBlocks = (blocks: readonly Block[]): KnownBlock[] => blocks.flatMap(renderBlock);

function renderBlock(block: Block): KnownBlock[] {
  switch (block.kind) {
    case 'heading': {
      const text = clip(visible(block.text), SLACK.headerMaxChars);
      return [{ type: 'header', text: { type: 'plain_text', text, emoji: false } }];
    }
    case 'text': {
      const text = mrkdwn(block.spans, SLACK.sectionMaxChars);
      return text === '' ? [] : [{ type: 'section', text: mrkdwnObject(text) }];
    }
    case 'fields':
      return chunks(block.fields, SLACK.fieldsPerSectionMax).map((fields) => ({
        type: 'section',
        fields: fields.map(renderField),
      }));
    case 'quote':
      return [richText({ type: 'rich_text_quote', elements: [leaf(block.text)] })];
    case 'verbatim':
      return [
        richText(
          {
            type: 'rich_text_section',
            elements: [{ type: 'text', text: block.label, style: { bold: true } }],
          },
          { type: 'rich_text_preformatted', elements: [leaf(block.text)] },
        ),
      ];
    case 'context': {
      const text = mrkdwn(block.spans, SLACK.contextMaxChars);
      return text === '' ? [] : [{ type: 'context', elements: [mrkdwnObject(text)] }];
    }
    case 'actions':
      return [{ type: 'actions', elements: block.actions.map(button) } satisfies ActionsBlock];
    case 'divider':
      return [{ type: 'divider' }];
  }
}

/** `verbatim`: Slack makes no links of bare addresses and names, so that nothing points where it does not say. */
const mrkdwnObject = (text: string) => ({ type: 'mrkdwn', text, verbatim: true }) as const;

const renderField = (field: Field) =>
  mrkdwnObject(`*${literal(field.label)}*\n${mrkdwn(field.value, SLACK.fieldMaxChars) || '–'}`);

const richText = (...elements: RichTextBlock['elements']): RichTextBlock => ({ type: 'rich_text', elements });

/** A text leaf is shown literally: nothing in it is parsed. Slack refuses an empty one. */
const leaf = (text: string) =>
  ({ type: 'text', text: clip(visible(text), SLACK.richTextMaxChars) || '–' }) as const;

function button(action: Action): Button {
  const { confirm, style } = action;
  const text = (words: string) => ({ type: 'plain_text', text: words }) as const;
  return {
    type: 'button',
    action_id: action.id,
    text: text(clip(action.label, SLACK.buttonMaxChars)),
    value: action.value,
    ...(style && { style }),
    ...(confirm && {
      confirm: {
        title: text(confirm.title),
        text: text(confirm.text),
        confirm: text(confirm.yes),
        deny: text(confirm.no),
        ...(style === 'danger' && { style }),
      },
    }),
  };
}

/** Spans as mrkdwn of at most `maxChars`, cut where the text is, never inside an escape or a date. */
export function mrkdwn(spans: readonly Span[], maxChars: number): string {
  let out = '';
  for (const span of spans) {
    const piece = spanMrkdwn(span);
    if (out.length + piece.length <= maxChars) {
      out += piece;
      continue;
    }
    return span.kind === 'text' ? `${out}${cutLiteral(span.text, maxChars - out.length - 1)}…` : `${out}…`;
  }
  return out;
}

function spanMrkdwn(span: Span): string {
  switch (span.kind) {
    case 'text':
      return literal(span.text);
    case 'bold': {
      const text = literal(span.text.replace(/\s+/g, ' ').trim()).replaceAll('*', '∗');
      return text === '' ? '' : `*${text}*`;
    }
    case 'code': {
      const text = escape(visible(span.text.replace(/\s+/g, ' ').trim())).replaceAll('`', 'ˋ');
      return text === '' ? '' : `\`${text}\``;
    }
    case 'link':
      return `<${escape(span.url).replaceAll('|', '%7C')}|${literal(span.text)}>`;
    case 'time':
      return date(span.at, span.style);
  }
}

/** In the reader's own zone; the part after the bar is for clients that cannot. */
function date(at: number, style: 'time' | 'date-time'): string {
  const format = style === 'time' ? '{time}' : '{date_short_pretty} at {time}';
  return `<!date^${Math.floor(at / 1_000)}^${format}|${utc(at, style)}>`;
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Direction overrides would make text read differently from what it is; they are shown as a replacement mark. */
const visible = (text: string): string => text.replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '\uFFFD');

const LOOKALIKE: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/**
 * Literal text inside mrkdwn: escaped, and without the power to format. A mark formats only at the edge of a
 * word, so identifiers like `orders_db` stay as they are; elsewhere it becomes its look-alike, since Slack has
 * no escape for it.
 */
export function literal(text: string): string {
  const plain = visible(text)
    .replace(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])|`/gu, (mark) => LOOKALIKE[mark] ?? mark)
    .replace(/:(?=[a-z0-9_+'-]+:)/g, '꞉');
  return escape(plain);
}

function cutLiteral(text: string, maxChars: number): string {
  let out = '';
  for (const character of text) {
    const piece = literal(character);
    if (out.length + piece.length > maxChars) break;
    out += piece;
  }
  return out;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size));
  return out;
}
