import { LineCounter } from 'yaml';

/** One policy's text as it stands in a file, from its first annotation to its semicolon. */
export interface Part {
  readonly text: string;
  /** Character for character in the same places, comments blanked. */
  readonly bare: string;
  /** Where in the file it starts. */
  readonly offset: number;
  /** How many brackets are open at once, at most. */
  readonly nesting: number;
}

/** A text that does not end goes to the file's: looked for again at each quote, its end would take hours. */
const TOKEN = /"(?:[^"\\]|\\.?)*"?|\/\/[^\n\r]*|[()[\]{};]|[^\s"/()[\]{};]+|\s+|./gsu;

/**
 * Cuts a file into policies. A semicolon outside texts and comments ends one, and is nothing else in Cedar's grammar.
 * What follows the last one is a part too, for Cedar to say what is wrong with it.
 */
export function splitPolicies(file: string): readonly Part[] {
  const parts: Part[] = [];
  let part = emptyPart(0);
  for (const { 0: token, index } of file.matchAll(TOKEN)) {
    const comment = token.startsWith('//');
    if (part.text === '' && (comment || token.trim() === '')) continue;
    if (part.text === '') part = emptyPart(index);
    part.text += token;
    part.bare += comment ? ' '.repeat(token.length) : token;
    if ('([{'.includes(token)) part.nesting = Math.max(part.nesting, ++part.open);
    else if (')]}'.includes(token)) part.open--;
    else if (token === ';') {
      parts.push(part);
      part = emptyPart(0);
    }
  }
  return part.text === '' ? parts : [...parts, part];
}

const emptyPart = (offset: number) => ({ text: '', bare: '', offset, nesting: 0, open: 0 });

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Lines and columns of a text, from 1, by offset. */
export function placesIn(text: string): (offset: number) => Place {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}
