import { OrderError } from '../admin.ts';
import { ConfigError } from '../config.ts';
import { CatalogueError } from '../policy/problems.ts';
import { ChatFault } from '../ports/chat.ts';
import { ConnectorFault } from '../ports/connector.ts';
import { KeyError } from '../ports/sealer.ts';
import { StoreError } from '../ports/store.ts';
import { DemoFailure, wrap } from '../practice/steps.ts';
import { RulesError } from '../rules/start.ts';
import { FileError } from '../verifier/files.ts';
import { WebError } from '../web/server.ts';

/** What an exit code means, for scripts. */
export const EXIT = {
  ok: 0,
  /** It was tried and did not succeed: a check failed, a revocation is not proven yet. */
  failed: 1,
  /** The command line itself was wrong. */
  usage: 2,
  /** Configuration, keys or catalogue are refused; nothing was started. */
  refused: 3,
  /** What was asked for is not there. */
  notFound: 4,
} as const;

export class CliError extends Error {
  readonly code: 'usage' | 'failed' | 'notFound';
  constructor(code: CliError['code'], message: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
  }
}

export const print = (text = ''): void => void process.stdout.write(`${text}\n`);
export const complain = (text: string): void => void process.stderr.write(`${folded(text, WIDTH)}\n`);

const WIDTH = 80;

/** Long lines broken at words; what follows an item of a list is set in by two more. A stack is left as it is. */
export function folded(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const [indent = ''] = /^\s*/.exec(line) ?? [];
      if (line.length <= width || line.trimStart().startsWith('at ')) return [line];
      const hang = indent === '' ? '' : `${indent}  `;
      const [first = '', ...rest] = wrap(line, width - hang.length);
      return [indent + first, ...rest.map((more) => hang + more)];
    })
    .join('\n');
}

const REFUSALS = [ChatFault, ConfigError, KeyError, OrderError, RulesError, StoreError, WebError];

/** An error as its operator should read it, and the code to exit with. Only a defect of ours shows its stack. */
export function explainError(error: unknown): { text: string; exit: number } {
  if (error instanceof CliError) return { text: error.message, exit: EXIT[error.code] };
  if (error instanceof CatalogueError) return { text: error.printed(80), exit: EXIT.refused };
  if (error instanceof DemoFailure) return { text: `\n${error.message}`, exit: EXIT.failed };
  if (error instanceof ConnectorFault) return { text: `${error.message} (${error.code})`, exit: EXIT.failed };
  if (error instanceof FileError) return { text: error.message, exit: EXIT.notFound };
  if (error instanceof StoreError && error.code === 'store_missing')
    return { text: `${error.message}\n${error.hint}`, exit: EXIT.notFound };
  if (REFUSALS.some((refusal) => error instanceof refusal)) {
    const { message, hint } = error as Error & { hint?: string };
    return { text: hint === undefined ? message : `${message}\n${hint}`, exit: EXIT.refused };
  }
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exit: EXIT.failed };
}

/** Rows under their headings at most 80 columns wide; the last column takes what is left. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const format = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return all.map((row) => cut(format(row))).join('\n');
}

const cut = (line: string): string => (line.length > 80 ? `${line.slice(0, 79)}…` : line);

/** `label: value` lines, values wrapped and aligned. */
export function facts(pairs: readonly (readonly [string, string | null])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const width = Math.max(...shown.map(([label]) => label.length)) + 2;
  return shown
    .flatMap(([label, value]) => {
      const lines = value.split('\n').flatMap((line) => wrap(line, 80 - width));
      return (lines.length > 0 ? lines : ['']).map(
        (line, index) => `${(index === 0 ? label : '').padEnd(width)}${line}`,
      );
    })
    .join('\n');
}

/** UTC to the second, as a log would have it. */
export const utc = (ms: number | null): string =>
  ms === null ? '–' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;
