import { LIMITS } from '../limits.ts';
import type { CatalogueProblem } from '../ports/catalogue.ts';
import { secretLook } from './secret-looks.ts';

/** The catalogue cannot be used. `problems` are in the order of the file, bounded; `more` counts those left out. */
export class CatalogueError extends Error {
  readonly code = 'catalogue_invalid';
  readonly problems: readonly CatalogueProblem[];
  readonly more: number;
  constructor(file: string, problems: readonly CatalogueProblem[], more: number) {
    super([headline(file, problems.length + more), ...problems.map(formatProblem)].join('\n'));
    this.name = 'CatalogueError';
    this.problems = problems;
    this.more = more;
  }

  /** For a terminal: each problem wrapped under its place. */
  printed(columns = 80): string {
    const [first] = this.problems;
    const head = headline(first?.file ?? 'catalogue', this.problems.length + this.more);
    const tail = this.more > 0 ? [`and ${this.more} more`] : [];
    return [head, ...this.problems.map((problem) => wrap(formatProblem(problem), columns)), ...tail].join(
      '\n',
    );
  }
}

/** Something wrong with a file as a whole. */
export const problemOf = (file: string, message: string): CatalogueProblem => ({
  file,
  line: 1,
  column: 1,
  path: '',
  message,
});

/** Every problem of a catalogue and of what lies beside it: the catalogue's own first, each file's in its order. */
export function refusal(file: string, problems: readonly CatalogueProblem[]): CatalogueError {
  const rank = (problem: CatalogueProblem) => (problem.file === file ? '' : problem.file);
  const sorted = problems.toSorted(
    (a, b) => compare(rank(a), rank(b)) || a.line - b.line || a.column - b.column,
  );
  const kept = sorted.slice(0, LIMITS.catalogueProblemsMax);
  return new CatalogueError(file, kept, sorted.length - kept.length);
}

const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

const headline = (file: string, count: number) =>
  `${file} cannot be used: ${count} ${count === 1 ? 'problem' : 'problems'}`;

/** One line: `catalogue.yaml:42:14 groups.dba.members[0]: unknown person "cloe"; …`. */
export function formatProblem({ file, line, column, path, message }: CatalogueProblem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

export type Path = readonly (string | number)[];

export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w:-]{1,80}$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${shown(part)}]`;
  }
  return text;
}

const SHOWN_MAX_CHARS = 40;

/** A value as a message may show it: quoted, short, with nothing invisible and no secret in it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return 'nothing';
  if (secretLook(value) !== null) return 'what looks like a secret';
  const cut = value.length > SHOWN_MAX_CHARS ? `${value.slice(0, SHOWN_MAX_CHARS)}…` : value;
  return JSON.stringify(cut).replace(/\p{C}|[\u2028\u2029]/gu, (char) => {
    return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

const NAMED_MAX = 10;

/** `expected one of dba, developers (did you mean "dba"?)`: the end of every message about an unknown name. */
export function expectedOneOf(got: unknown, known: readonly string[]): string {
  if (known.length === 0) return 'none is defined';
  const names = [...known].sort();
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  const near = typeof got === 'string' ? nearest(got, names) : null;
  const list = names.slice(0, NAMED_MAX).join(', ');
  return `expected ${names.length === 1 ? '' : 'one of '}${list}${more}${near === null ? '' : ` (did you mean "${near}"?)`}`;
}

function nearest(got: string, known: readonly string[]): string | null {
  if (got.length > 100) return null;
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(got.toLowerCase(), name.toLowerCase());
    const allowed = Math.max(1, Math.floor(name.length / 3));
    if (distance <= allowed && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { name, distance };
  }
  return best?.name ?? null;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
