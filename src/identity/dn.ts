/**
 * One spelling for all spellings of a distinguished name (RFC 4514): attributes and values without regard to case, no
 * spaces around them, escapes undone, the parts of one step in order. Null: it is none that we can read. Entries that
 * differ in case alone count as one; where they are two people's, they are neither's.
 */
export function normaliseDn(text: string): string | null {
  const steps = split(text, ',').map((step) => split(step, '+').map(normalisePart));
  if (steps.flat().includes(null)) return null;
  return steps.map((parts) => parts.toSorted(inOrder).join('+')).join(',');
}

/** A `uniqueMember` may have an identifier behind the name (RFC 4517, 3.3.21). */
export const withoutUid = (value: string): string => value.replace(/#'[01]*'B$/, '');

const inOrder = (one: string | null, other: string | null): number => ((one ?? '') < (other ?? '') ? -1 : 1);

const TYPE = /^(?:oid\.)?(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)$/;
/** Every `"`, `;`, `<`, `>` and backslash in a value is escaped; what begins with `#` is BER. */
const VALUE = /^(?!\s*#)(?:\\.|[^\\";<>])*$/su;

function normalisePart(part: string): string | null {
  const at = part.indexOf('=');
  const type = part.slice(0, Math.max(0, at)).trim().toLowerCase();
  const written = part.slice(at + 1);
  if (!TYPE.test(type) || !VALUE.test(written)) return null;
  const value = unescaped(written)?.normalize('NFC').toLowerCase().replace(/ +/g, ' ').trim() ?? '';
  // Quoted as JSON, so that no two values look alike, whatever is in them.
  return value === '' ? null : `${type}=${JSON.stringify(value)}`;
}

/** Cuts where `separator` stands unescaped. */
function split(text: string, separator: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const [token] of text.matchAll(/\\.|[^\\]|\\/gsu)) {
    if (token === separator) {
      pieces.push(piece);
      piece = '';
    } else piece += token;
  }
  return [...pieces, piece];
}

/** `\2C` and `\,` are both a comma; bytes are UTF-8, and null where they are not. */
function unescaped(value: string): string | null {
  try {
    return value.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gisu, (_, bytes?: string, character?: string) =>
      bytes === undefined ? (character ?? '') : decodeURIComponent(bytes.replaceAll('\\', '%')),
    );
  } catch {
    return null;
  }
}
