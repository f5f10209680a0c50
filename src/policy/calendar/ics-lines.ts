import { LIMITS } from '../../limits.ts';
import { shown } from '../problems.ts';
import { refuse } from './ics-parts.ts';

const TIMES = /^(DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID|DURATION|RRULE|EXRULE)(?=[;:])/i;
const SHAPES: Readonly<Record<string, readonly [RegExp, string]>> = {
  DURATION: [/^[+-]?P[0-9WDTHMS]+$/i, 'a duration such as PT4H or P1D'],
  RRULE: [/^[A-Z]+=[^;=]+(;[A-Z]+=[^;=]+)*$/i, 'NAME=value;NAME=value'],
};
const TIME = [
  /^\d{8}(T\d{6}Z?)?(,\d{8}(T\d{6}Z?)?)*$/,
  'times such as 20261224T180000Z or 20261224',
] as const;

/** The parser reads over much that is mistyped; whatever says when is looked at line by line before. */
export function checkLines(text: string): void {
  if (text.length > LIMITS.calendarFileMaxBytes)
    throw refuse(`is larger than ${LIMITS.calendarFileMaxBytes} bytes; export the events that matter alone`);
  for (const { line, text: content } of unfolded(text)) {
    const [name] = TIMES.exec(content) ?? [];
    if (name !== undefined) checkLine(line, name.toUpperCase(), content);
  }
}

function checkLine(line: number, name: string, content: string): void {
  if (name === 'EXRULE') throw refuse(`line ${line}: EXRULE is not read; leave days out by EXDATE`);
  const value = content.slice(colonOf(content) + 1).trim();
  const [shape, expected] = SHAPES[name] ?? TIME;
  if (!shape.test(value)) throw refuse(`line ${line}: ${name} ${shown(value)}: expected ${expected}`);
  if (name === 'RRULE') checkTwice(line, value);
}

function checkTwice(line: number, rule: string): void {
  const keys = rule.split(';').map((part) => part.split('=')[0]?.toUpperCase());
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  if (twice !== undefined) throw refuse(`line ${line}: RRULE: ${twice} stands twice`);
  if (/(^|;)INTERVAL=0*(;|$)/i.test(rule)) throw refuse(`line ${line}: RRULE: INTERVAL must be 1 or more`);
}

/** The colon before the value: one in a quoted parameter is none. */
function colonOf(content: string): number {
  let quoted = false;
  for (let at = 0; at < content.length; at++) {
    if (content[at] === '"') quoted = !quoted;
    else if (content[at] === ':' && !quoted) return at;
  }
  return content.length;
}

/** Lines as they were before they were folded (RFC 5545 3.1), each with the number of its first. */
function unfolded(text: string): readonly { readonly line: number; readonly text: string }[] {
  const lines: { line: number; text: string }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/.test(raw) && last !== undefined) last.text += raw.slice(1);
    else lines.push({ line: index + 1, text: raw });
  }
  return lines;
}
