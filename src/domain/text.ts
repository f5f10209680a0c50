import type { Refusal } from './refusal.ts';

/** Marks that hide or reorder what others read: Unicode's own list (bidi, zero-width, selectors, fillers, tags) and three more. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFB]/u;
/** Where such a mark is honest: a selector or joiner inside an emoji, a selector after an ideograph. */
const HONEST =
  /(?<=\p{Emoji})[\uFE0E\uFE0F]|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})|(?<=\p{Script=Han})[\uFE00-\uFE02\u{E0100}-\u{E01EF}]/gu;
/** Marks stacked high enough to cover the lines around them; no writing in use needs five. */
const STACKED = /\p{Mn}{5}/u;
/** Controls but tab and line feed, and the separators that some programs break lines at. */
const CONTROL = /[^\P{Cc}\t\n]|[\u2028\u2029]/u;

export type CheckedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Free text from a person: trimmed, line ends unified, NFC. Refused, not repaired, when it holds characters that
 * make it read differently from what it is: approvers decide on it.
 */
export function checkText(field: string, raw: string, maximumLength: number): CheckedText {
  const text = raw.replace(/\r\n?/g, '\n').normalize('NFC').trim();
  if (text.length > maximumLength)
    return refuse({ code: 'text-too-long', field, maximumLength, length: text.length });
  const what = unsafe(text);
  return what === null ? { ok: true, text } : refuse({ code: 'text-unsafe', field, what });
}

function unsafe(text: string): string | null {
  if (!text.isWellFormed() || /\p{Noncharacter_Code_Point}/u.test(text)) return 'broken characters';
  if (CONTROL.test(text)) return 'control characters';
  if (INVISIBLE.test(text.replace(HONEST, ''))) return 'invisible or direction-changing characters';
  return STACKED.test(text) ? 'stacked characters' : null;
}

const refuse = (refusal: Refusal): CheckedText => ({ ok: false, refusal });
