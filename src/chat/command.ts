import { parseDuration } from '../domain/duration.ts';
import { type RequestId, requestId } from '../domain/values.ts';
import type { Draft, Intent } from '../ports/intent.ts';
import { code, type Span, say } from './card.ts';
import { clip, explain } from './wording.ts';

/** What a typed command means: something to do, or what of it could not be read. */
type Parsed =
  | { readonly kind: 'intent'; readonly intent: Intent }
  | { readonly kind: 'unread'; readonly said: readonly Span[] };

const EMPTY: Draft = { entitlement: null, duration: null, justification: null, ticket: null, startAt: null };

/**
 * The words after `/elevate`, or after the bot's name where commands have none. Text that is complete is an intent
 * to submit; an entitlement with less than that opens the form with what was typed.
 */
export function parseCommand(typed: string): Parsed {
  const text = typed.trim();
  const [word, rest] = firstWord(text);
  switch (word.toLowerCase()) {
    case '':
      return intent({ kind: 'open-form', entitlement: null });
    case 'help':
      return intent({ kind: 'help' });
    case 'mine':
      return intent({ kind: 'mine' });
    case 'who':
      return rest === ''
        ? unread(say`Who has what? Name it: ${code('/elevate who orders-db:read')}`)
        : intent({ kind: 'who', entitlement: firstWord(rest)[0] });
    case 'show':
      return withRequest(rest, 'show', (request) => intent({ kind: 'show', request }));
    case 'revoke':
      return withRequest(rest, 'revoke', (request, reason) =>
        intent({ kind: 'revoke', request, reason: unquote(reason) }),
      );
    case 'extend':
      return extend(rest);
    case 'done':
    case 'withdraw':
      return maybeRequest(rest, word.toLowerCase() as 'done' | 'withdraw');
    default:
      return ask(text, word, rest);
  }
}

const intent = (of: Intent): Parsed => ({ kind: 'intent', intent: of });
const unread = (said: readonly Span[]): Parsed => ({ kind: 'unread', said });

function withRequest(rest: string, verb: string, then: (request: RequestId, rest: string) => Parsed): Parsed {
  const [word, after] = firstWord(rest);
  const parsed = requestId.safeParse(word.toLowerCase());
  if (parsed.success) return then(parsed.data, after);
  const example = `/elevate ${verb} req_…${verb === 'revoke' ? ' why' : ''}`;
  return word === ''
    ? unread(say`Which request? Like ${code(example)}`)
    : unread(say`${code(clip(word, 60))} isn't a request's id. It looks like ${code(example)}`);
}

function maybeRequest(rest: string, kind: 'done' | 'withdraw'): Parsed {
  if (rest === '') return intent({ kind, request: null });
  return withRequest(rest, kind, (request) => intent({ kind, request }));
}

function extend(rest: string): Parsed {
  const [word, after] = firstWord(rest);
  const named = requestId.safeParse(word.toLowerCase());
  const request = named.success ? named.data : null;
  const length = named.success ? after : rest;
  if (length === '') return intent({ kind: 'extend', request, extraMs: null });
  const extraMs = parseDuration(length);
  if (extraMs === null) return unreadDuration(length);
  return intent({ kind: 'extend', request, extraMs });
}

/** `orders-db:read 1h "INC-123 because…"`, or as much of it as was typed. */
function ask(text: string, entitlement: string, rest: string): Parsed {
  const { durationMs, after } = leadingDuration(rest);
  if (!entitlement.includes(':') && durationMs === null)
    return unread(say`I don't understand “${clip(text, 80)}”.`);
  if (durationMs === null && /^[-+]?\d/.test(rest)) return unreadDuration(firstWord(rest)[0]);
  const justification = unquote(after);
  const draft: Draft = {
    ...EMPTY,
    entitlement,
    duration: durationMs === null ? null : String(durationMs),
    justification: justification === '' ? null : justification,
    ticket: leadingTicket(justification),
  };
  if (rest === '') return intent({ kind: 'open-form', entitlement });
  if (draft.duration === null || draft.justification === null) return intent({ kind: 'preview', draft });
  return intent({ kind: 'submit', draft });
}

function unreadDuration(text: string): Parsed {
  const { text: said, remedy = [] } = explain({ code: 'duration-unreadable', text });
  return unread([...said, ...say` `, ...remedy]);
}

/** The longest run of up to four first words that reads as a duration ("1 h 30 min"). */
function leadingDuration(rest: string): { durationMs: number | null; after: string } {
  const words = [...rest.matchAll(/\S+/g)].slice(0, 4);
  for (let taken = words.length; taken > 0; taken -= 1) {
    const last = words[taken - 1];
    const end = last ? last.index + last[0].length : 0;
    const durationMs = parseDuration(rest.slice(0, end));
    if (durationMs !== null) return { durationMs, after: rest.slice(end).trim() };
  }
  return { durationMs: null, after: rest };
}

/** "INC-123 because…" names its ticket; it stays in the text, as it was written. */
const leadingTicket = (justification: string): string | null =>
  /^[A-Z][A-Z0-9]{1,9}-\d{1,8}(?![A-Za-z0-9])/.exec(justification)?.[0] ?? null;

function firstWord(text: string): readonly [string, string] {
  const trimmed = text.trim();
  const end = trimmed.search(/\s/);
  return end < 0 ? [trimmed, ''] : [trimmed.slice(0, end), trimmed.slice(end).trim()];
}

/** One pair of quotes around it all, straight or curly as phones make them, is not part of the text. */
function unquote(text: string): string {
  const inner = /^["'“”„‟«»‘’‚](.*)["'“”„‟«»‘’]$/s.exec(text.trim());
  return (inner?.[1] ?? text).trim();
}
