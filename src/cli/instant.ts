import { CliError } from './io.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const DAY_MS = 24 * 3_600_000;

/**
 * Ms since the epoch of what was given for `option`: an instant with its zone (RFC 3339), or a day in UTC, of which
 * `--from` means the beginning and `--to` the end. Throws CliError `usage`.
 */
export function instantOf(option: '--from' | '--to', text: string): number {
  const shown = `${option} ${text.slice(0, 40)}`;
  if (!DATE.test(text) && !INSTANT.test(text))
    throw new CliError(
      'usage',
      `${shown}: expected a day such as 2026-11-01, or a time with its zone such as 2026-11-01T09:30Z`,
    );
  const at = Date.parse(text);
  if (Number.isNaN(at) || !isDay(text.slice(0, 10)))
    throw new CliError('usage', `${shown}: there is no such day or time`);
  return option === '--to' && DATE.test(text) ? at + DAY_MS : at;
}

/** What is no day of the calendar is either not read, or read as another day. */
function isDay(date: string): boolean {
  const at = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}
