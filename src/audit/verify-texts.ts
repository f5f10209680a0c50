import type { GivenText } from './verify-events.ts';
import { type Problem, textName } from './verify-finding.ts';
import { isEnded, linesOf, type Source } from './verify-lines.ts';

/** A text of 1,500 characters takes 12 KiB at worst; none of ours comes near this. */
const lineMaxBytes = 131_072;

/** A line of `disclosures.ndjson`, with its newline. */
export const textLine = ({ index, field, disclosure }: GivenText): string =>
  `${JSON.stringify({ index, field, disclosure })}\n`;

/** Reads `disclosures.ndjson` alongside the events, in log order: one text a line, by index and then by field, none twice. */
export class TextReader {
  readonly #lines: Iterator<Buffer>;
  #line = 0;
  /** Read and not yet asked for; null behind the last. */
  #next: GivenText | Problem | null;

  constructor(source: Source) {
    this.#lines = linesOf(source, lineMaxBytes);
    this.#next = this.#read(null);
  }

  /** The texts of one event. */
  of(index: number): readonly GivenText[] | Problem {
    const texts: GivenText[] = [];
    while (this.#next !== null) {
      if ('code' in this.#next) return this.#next;
      if (this.#next.index !== index) break;
      texts.push(this.#next);
      this.#next = this.#read(this.#next);
    }
    return texts;
  }

  /** Behind the last event. */
  end(): Problem | null {
    if (this.#next === null || 'code' in this.#next) return this.#next;
    const what = `${textName(this.#next)} belongs to no event that is here`;
    return { code: 'disclosure_foreign', index: this.#next.index, what };
  }

  #read(previous: GivenText | null): GivenText | Problem | null {
    const { done, value } = this.#lines.next();
    if (done) return null;
    this.#line++;
    const text = isEnded(value) && value.length <= lineMaxBytes ? textIn(value) : null;
    if (text === null) return this.#malformed(null, 'is no text beside an event');
    if (previous !== null && !isBefore(previous, text))
      return this.#malformed(text.index, `does not come after ${textName(previous)}`);
    return text;
  }

  #malformed(index: number | null, rule: string): Problem {
    return { code: 'disclosure_malformed', index, what: `line ${this.#line} of the disclosed texts ${rule}` };
  }
}

const isBefore = (a: GivenText, b: GivenText): boolean =>
  a.index < b.index || (a.index === b.index && a.field < b.field);

/** Null unless the line is written the one way that `textLine` writes it. */
function textIn(line: Buffer): GivenText | null {
  const text = parsed(line.toString('utf8')) as Partial<GivenText> | null;
  if (typeof text !== 'object' || text === null) return null;
  const { index, field, disclosure } = text;
  if (!Number.isSafeInteger(index) || Number(index) < 0 || typeof field !== 'string') return null;
  if (typeof disclosure !== 'string' && disclosure !== null) return null;
  const given = { index: Number(index), field, disclosure };
  return Buffer.from(textLine(given)).equals(line) ? given : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
