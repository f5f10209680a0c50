import { createHash } from 'node:crypto';

const WIDTH = 78;

/** Lines short enough for a terminal, broken at blanks; what follows the first is set in by two. */
export function folded(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s/)) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length > WIDTH) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/**
 * A text that gives its own SHA-256, on one line that is left out of it. What is around it is told which line that is,
 * counted from 1; `before` must have as many lines whatever it is told.
 */
export function withChecksum({
  before,
  line,
  after,
}: {
  readonly before: (line: number) => string;
  readonly line: (sha256: string) => string;
  readonly after: (line: number) => string;
}): string {
  const place = before(0).split('\n').length;
  const [start, end] = [before(place), after(place)];
  const sha256 = createHash('sha256').update(start).update(end).digest('hex');
  return `${start}${line(sha256)}\n${end}`;
}
