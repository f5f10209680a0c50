import type { PersonRef } from '../ports/view.ts';
import type { ActionId } from './intent.ts';

/**
 * What a message says, in nobody's wire format; a renderer turns it into Block Kit or an Adaptive Card. Every
 * string is literal: the renderer escapes it, so that nothing typed by a person can format, link or ping.
 */
export type Span =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  /** To an address of our own, never one that a person typed. */
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  /** Ms since the epoch, shown in the reader's own zone. */
  | { readonly kind: 'time'; readonly at: number; readonly style: 'time' | 'date-time' };

export interface Field {
  readonly label: string;
  readonly value: readonly Span[];
}

export interface Confirm {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
}

export interface Action {
  readonly id: ActionId;
  readonly label: string;
  readonly style?: 'primary' | 'danger';
  /** What `actionValue` made: ids only. */
  readonly value: string;
  readonly confirm?: Confirm;
}

export type Block =
  /** The card's first line, large. */
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly spans: readonly Span[] }
  | { readonly kind: 'fields'; readonly fields: readonly Field[] }
  /** A person's own words, whole and literal, set apart from ours. */
  | { readonly kind: 'quote'; readonly text: string }
  /** To be copied: one field of a credential. */
  | { readonly kind: 'verbatim'; readonly label: string; readonly text: string }
  | { readonly kind: 'context'; readonly spans: readonly Span[] }
  | { readonly kind: 'actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'divider' };

export interface Card {
  /** One plain line for notifications and screen readers. */
  readonly summary: string;
  readonly blocks: readonly Block[];
}

export const bold = (text: string): Span => ({ kind: 'bold', text });
export const code = (text: string): Span => ({ kind: 'code', text });
export const link = (text: string, url: string): Span => ({ kind: 'link', text, url });
export const time = (at: number): Span => ({ kind: 'time', at, style: 'time' });
export const dateTime = (at: number): Span => ({ kind: 'time', at, style: 'date-time' });
/** By name, never as a mention: a mention pings. */
export const person = (who: PersonRef): Span => bold(who.name);

type Said = Span | string | number | readonly Span[];

/** Spans from a template: what is put in is spans, or literal text that stays within its line. */
export function say(template: TemplateStringsArray, ...values: readonly Said[]): readonly Span[] {
  return template.flatMap((own, index) => [...spansOf(own), ...spansOf(oneLine(values[index] ?? ''))]);
}

const oneLine = (said: Said): Said => (typeof said === 'string' ? said.replace(/\s*[\r\n]+\s*/g, ' ') : said);

function spansOf(said: Said): readonly Span[] {
  if (typeof said === 'number') return [{ kind: 'text', text: String(said) }];
  if (typeof said === 'string') return said === '' ? [] : [{ kind: 'text', text: said }];
  return 'kind' in said ? [said] : said;
}

/** Spans side by side, with `between` in between. */
export function join(parts: readonly (readonly Span[])[], between: string): readonly Span[] {
  return parts.flatMap((part, index) => (index === 0 ? part : [...spansOf(between), ...part]));
}

/** "Ada, Bo and Cleo". */
export function list(parts: readonly (readonly Span[])[], last = 'and'): readonly Span[] {
  if (parts.length < 2) return parts.flat();
  return [...join(parts.slice(0, -1), ', '), ...spansOf(` ${last} `), ...(parts.at(-1) ?? [])];
}

export const text = (spans: readonly Span[]): Block => ({ kind: 'text', spans });
export const context = (spans: readonly Span[]): Block => ({ kind: 'context', spans });
export const quote = (words: string): Block => ({ kind: 'quote', text: words });
export const field = (label: string, value: readonly Span[]): Field => ({ label, value });
/** No block at all where there is nothing to press. */
export const actions = (buttons: readonly Action[]): readonly Block[] =>
  buttons.length === 0 ? [] : [{ kind: 'actions', actions: buttons }];

/** Spans as plain text, for notifications; times in UTC. */
export const plain = (spans: readonly Span[]): string =>
  spans.map((span) => (span.kind === 'time' ? utc(span.at, span.style) : span.text)).join('');

const clock = { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' } as const;
/** Made once: making one takes longer than all else a card needs. */
const UTC = {
  time: new Intl.DateTimeFormat('en-GB', clock),
  'date-time': new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...clock,
  }),
} as const;

/** "20 Nov 2026, 18:40 UTC", for readers whose zone is not known. */
export const utc = (at: number, style: 'time' | 'date-time'): string => `${UTC[style].format(at)} UTC`;
