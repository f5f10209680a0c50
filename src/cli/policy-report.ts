import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding, FindingsReport } from '../policy/findings/findings.ts';
import { CatalogueError } from '../policy/problems.ts';
import { junitOf } from '../policy/findings/report-junit.ts';
import { sarifOf } from '../policy/findings/report-sarif.ts';
import { software } from '../software.ts';
import { CliError, complain } from './io.ts';
import { shownPath } from './policy-folder.ts';

export interface ReportFiles {
  readonly junit?: string;
  readonly sarif?: string;
}

/** Writes what was found where it was asked for; an older report there is replaced. */
export async function writeReports(
  files: ReportFiles,
  report: Omit<FindingsReport, 'version'>,
): Promise<void> {
  const findings = report.findings.map((finding) => ({ ...finding, file: shownPath(finding.file) }));
  const whole = { ...report, findings, version: software().version };
  if (files.junit !== undefined) await write('--junit', files.junit, junitOf(whole));
  if (files.sarif !== undefined) await write('--sarif', files.sarif, sarifOf(whole));
}

async function write(option: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(file), text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CliError('failed', `${option} ${file}: could not be written (${code})`);
  }
}

/** By what kind of file a problem is in. */
export const CHECK_RULES = {
  'check/catalogue': 'The catalogue holds together',
  'check/policy': 'Policies are valid, and every name in them is known',
  'check/calendar': 'Calendars can be read',
  'check/case': 'Cases of policy test can be read, and every name in them is known',
  'check/gate': 'Exceptions of the gate can be read',
} as const;

function ruleFor(file: string): keyof typeof CHECK_RULES {
  if (file.endsWith('.cedar')) return 'check/policy';
  if (file.endsWith('.ics')) return 'check/calendar';
  if (/[/\\]tests[/\\]/.test(file)) return 'check/case';
  return /gate\.ya?ml$/.test(file) ? 'check/gate' : 'check/catalogue';
}

/** What stops rules from loading, as findings. */
const findingsOf = ({ problems }: CatalogueError): readonly Finding[] =>
  problems.map(({ file, line, column, path, message }) => ({
    rule: ruleFor(file),
    subject: path === '' ? shownPath(file) : path,
    problem: { level: 'error', message, remedy: null },
    file,
    line,
    column,
  }));

/** Runs what reads rules; where they do not load, reports that before the error goes on. */
export async function reporting<T>(files: ReportFiles, command: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CatalogueError)
      await writeReports(files, { command, findings: findingsOf(error), rules: CHECK_RULES });
    throw error;
  }
}

/** Says once what groups the catalogue alone knows nothing of. */
export function complainOfGroups(groups: readonly string[]): void {
  if (groups.length > 0)
    complain(`Not known from the catalogue who is in: ${groups.join(', ')}. There, nobody is.`);
}
