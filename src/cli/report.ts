import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { loadConfig } from '../config.ts';
import { csvOf } from '../reports/csv.ts';
import { ReportError } from '../reports/error.ts';
import { jsonOf } from '../reports/json.ts';
import { type MadeReport, makeReport } from '../reports/made.ts';
import { pageOf } from '../reports/page/index.ts';
import { type Period, readPeriod } from '../reports/period.ts';
import { proofFiles } from '../reports/proof-folder.ts';
import type { Report } from '../reports/report.ts';
import { REPORTS } from '../reports/reports.ts';
import type { ReportSource } from '../reports/source.ts';
import { textsFor } from '../reports/texts.ts';
import { figureText } from '../reports/words.ts';
import { softwareName } from '../software.ts';
import { systemClock } from '../system.ts';
import { catalogueInForce } from './in-force.ts';
import { CliError, facts, print } from './io.ts';
import { openLog, signHead } from './log-open.ts';
import { openReading, type Reading } from './reading.ts';

interface ReportOptions {
  readonly from: string;
  readonly to: string;
  readonly as: string;
  readonly format: keyof typeof FORMATS;
  readonly out?: string;
  readonly zone?: string;
}

const FORMATS = { csv: csvOf, json: jsonOf, html: pageOf } as const;

/** `countersign report`: each report is a command of its own, so that its help lists them. */
export function reportCommands(program: Command): void {
  const command = program.command('report').description('what auditors ask for, with proofs');
  command.command('list').description('the reports, and what each answers').action(reportList);
  for (const report of REPORTS)
    command
      .command(report.name)
      .description(report.title)
      .requiredOption('--from <day>', 'the first day, as YYYY-MM-DD')
      .requiredOption('--to <day>', 'the last day; it is in the period')
      .requiredOption('--as <person>', 'who you are, by the catalogue’s key; that you read it is recorded')
      .addOption(
        new Option('--format <format>', 'what to write').choices(Object.keys(FORMATS)).default('csv'),
      )
      .option('--out <file>', 'a new file; the proofs of its rows go beside it')
      .option('--zone <zone>', 'time zone of the days (default: the catalogue’s)')
      .action((options: ReportOptions) => reportCommand(report, options));
}

function reportList(): void {
  print(facts(REPORTS.map(({ name, answers }) => [name, answers])));
  print('\nEach over a period: countersign report grants --from 2026-10-01 --to 2026-10-31');
  print('                    --as hana --format html --out grants.html');
}

async function reportCommand(report: Report, options: ReportOptions): Promise<void> {
  const { as, out, format } = options;
  const period = await periodOf(options);
  if (out !== undefined) await refuseTaken(out);
  const query = { report: report.name, from: isoOf(period.from), to: isoOf(period.to) };
  await using reading = await openReading(as, 'report', query);
  refuseRole(report, reading, as);
  const made = await make(report, reading, as, period);
  const text = FORMATS[format](made);
  if (out === undefined) return void process.stdout.write(text);
  await writeReport(out, text, made);
  tell(made, out);
}

const isoOf = (at: number): string => new Date(at).toISOString();

async function periodOf({ from, to, zone }: ReportOptions): Promise<Period> {
  const inZone = zone ?? (await catalogueInForce(loadConfig())).zone;
  const read = readPeriod({ from, to, zone: inZone });
  if (read.ok) return read.period;
  const given = { from, to, zone: inZone }[read.option];
  throw new CliError('usage', `--${read.option} ${given.slice(0, 40)}: ${read.problem}`);
}

function refuseRole({ name, over }: Report, { role }: Reading, as: string): void {
  if (role === 'auditor' || (role === 'owner' && over === 'requests')) return;
  const who = over === 'requests' ? 'an auditor, or the owner of a resource' : 'an auditor';
  throw new CliError('failed', `--as ${as}: the report ${name} is for ${who}; the catalogue names them`);
}

async function make(report: Report, reading: Reading, as: string, period: Period): Promise<MadeReport> {
  await using log = await openLog();
  const checkpoint = await signHead(log);
  const { subject, role } = reading;
  const source = sourceOf(reading, as, { period, checkpoint, vkeys: log.signer.vkeys() });
  try {
    return await makeReport(report, source, { reader: { subject, role }, software: softwareName() });
  } catch (error) {
    if (error instanceof ReportError) throw new CliError('failed', `${error.message}\n${error.hint}`);
    throw error;
  }
}

function sourceOf(
  reading: Reading,
  as: string,
  head: Pick<ReportSource, 'period' | 'checkpoint' | 'vkeys'>,
): ReportSource {
  const { store, catalogue, role } = reading;
  const mayAll = role === 'auditor';
  const beside = {
    disclosures: (stream: string) => store.disclosures(stream),
    redactedAt: (index: number, field: string) => reading.redactedAt(index, field),
  };
  return {
    ...head,
    now: systemClock.now(),
    catalogue,
    log: store,
    receipts: (limit) => store.receipts(limit),
    texts: textsFor(beside, role),
    nameOf: (subject) => reading.nameOf(subject),
    keyOf: (subject) => store.personOf(subject),
    subjectOf: (key) => store.known(key),
    mayRequest: (state) => reading.may(state),
    mayResource: (resource) => mayAll || catalogue.resources.get(resource)?.owner === as,
    mayAll,
  };
}

const proofsBeside = (out: string): string => `${out}.proofs`;

/** Before anything is read: what is there already is left as it is. */
async function refuseTaken(out: string): Promise<void> {
  const find = (path: string) => stat(resolve(path)).catch(() => null);
  if (!(await find(dirname(resolve(out))))?.isDirectory())
    throw new CliError('usage', `--out ${out}: there is no folder ${dirname(resolve(out))}; make it first`);
  for (const path of [out, proofsBeside(out)])
    if ((await find(path)) !== null)
      throw new CliError(
        'usage',
        `--out ${out}: ${path} exists already; name another, nothing is overwritten`,
      );
}

/** Names and reasons are in it: for its owner's eyes. */
const FILE = { mode: 0o600, flag: 'wx' } as const;
const FOLDER = { mode: 0o700, recursive: true } as const;

/** The proofs first, so that a report is there with all of them or not at all. */
async function writeReport(out: string, text: string, made: MadeReport): Promise<void> {
  const folder = resolve(proofsBeside(out));
  try {
    for (const [path, body] of proofFiles(made)) {
      await mkdir(dirname(join(folder, path)), FOLDER);
      await writeFile(join(folder, path), body, FILE);
    }
    await writeFile(resolve(out), text, FILE);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code !== 'EEXIST') await rm(folder, { recursive: true, force: true });
    throw new CliError(
      'failed',
      `${out} could not be written (${code}); is there room, and may you write there?`,
    );
  }
}

function tell(made: MadeReport, out: string): void {
  const { head, rows, figures, proofs } = made;
  const exceptions = rows.filter((row) => row.exceptions.length > 0).length;
  const proven = `${proofsBeside(out)}, of ${proofs.length} rows`;
  print(
    facts([
      ['Report', head.title],
      ['Rows', rows.length === 0 ? `none. ${head.nothing}` : String(rows.length)],
      ['Exceptions', exceptions === 0 ? 'none' : String(exceptions)],
      ...figures.map((figure) => [figure.label, figureText(figure)] as const),
      ['Written to', out],
      ['Proofs', proofs.length === 0 ? null : proven],
    ]),
  );
}
