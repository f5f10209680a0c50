import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { RequestId } from '../domain/values.ts';
import { type Bundle, evidenceOf } from '../evidence/bundle.ts';
import { dossierOf } from '../evidence/dossier.ts';
import type { Finding, Verdict } from '../evidence/findings/finding.ts';
import { gatherEvidence } from '../evidence/gather.ts';
import { outcomeOf } from '../evidence/page/outcome.ts';
import { VERIFIER } from '../evidence/readme.ts';
import { EvidenceError, type EvidenceSource } from '../evidence/source.ts';
import { zipOf } from '../evidence/zip.ts';
import { evidenceName } from '../evidence-maker.ts';
import { openLogKeys } from '../log-keys.ts';
import { softwareName } from '../software.ts';
import { systemClock } from '../system.ts';
import { CliError, folded, print } from './io.ts';
import { openLog, signHead } from './log-open.ts';
import { openReading, type Reading } from './reading.ts';

export interface EvidenceOptions {
  readonly as: string;
  readonly out?: string;
}

/** `countersign evidence`: everything of one request, as far as a person may read it, to be checked without us. */
export async function evidenceCommand(request: RequestId, { as, out }: EvidenceOptions): Promise<void> {
  const target = await freshTarget(out ?? evidenceName(request));
  await using reading = await openReading(as, 'evidence', {}, request);
  const state = await reading.store.request(request);
  if (state === null)
    throw new CliError('notFound', `there is no request ${request}; see: countersign request list`);
  if (!reading.may(state)) throw new CliError('failed', `--as ${as}: may not read ${request}`);
  const { source, bundle } = await madeOf(reading, request);
  await (target.zip ? writeZip(target, request, bundle) : writeFolder(target, bundle));
  tell(source, bundle, target);
}

interface Target {
  /** As it was typed. */
  readonly name: string;
  readonly path: string;
  readonly zip: boolean;
}

/** Before anything is read: what is there already is left as it is. */
async function freshTarget(name: string): Promise<Target> {
  const path = resolve(name);
  const exists = async (at: string) => stat(at).catch(() => null);
  if ((await exists(path)) !== null)
    throw new CliError('usage', `--out ${name}: it exists already; name another, nothing is overwritten`);
  if (!(await exists(dirname(path)))?.isDirectory())
    throw new CliError('usage', `--out ${name}: there is no folder ${dirname(path)}; make it first`);
  return { name, path, zip: path.endsWith('.zip') };
}

/** What would not verify is not handed out. */
async function madeOf(
  reading: Reading,
  request: RequestId,
): Promise<{ readonly source: EvidenceSource; readonly bundle: Bundle }> {
  try {
    const source = await sourceOf(reading, request);
    return { source, bundle: evidenceOf(source) };
  } catch (error) {
    if (error instanceof EvidenceError) throw new CliError('failed', `${error.message}\n${error.hint}`);
    throw error;
  }
}

async function sourceOf(
  { config, catalogue, store, subject, role }: Reading,
  request: RequestId,
): Promise<EvidenceSource> {
  const source = await gatherEvidence(store, {
    request,
    reader: { subject, role },
    at: systemClock.now(),
    software: softwareName(),
    zone: catalogue.zone,
    signer: openLogKeys(config.keysFolder),
    signNow: async () => {
      await using log = await openLog();
      return await signHead(log);
    },
  });
  if (source === null) throw new CliError('notFound', `there is nothing of ${request} in the log`);
  return source;
}

/** Names and reasons are in it: for its owner's eyes. */
const FILE = { mode: 0o600, flag: 'wx' } as const;
const FOLDER = { mode: 0o700 } as const;

async function writeFolder({ path }: Target, bundle: Bundle): Promise<void> {
  await writing(path, async () => {
    await mkdir(path, FOLDER);
    for (const [file, bytes] of bundle) {
      await mkdir(dirname(join(path, file)), { ...FOLDER, recursive: true });
      await writeFile(join(path, file), bytes, FILE);
    }
  });
}

async function writeZip({ path }: Target, request: RequestId, bundle: Bundle): Promise<void> {
  await writing(path, () => writeFile(path, zipOf(bundle, evidenceName(request)), FILE));
}

/** Half of it is nothing: what could not be written whole is taken away again. */
async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code !== 'EEXIST') await rm(path, { recursive: true, force: true });
    throw new CliError(
      'failed',
      `${path} could not be written (${code}); is there room, and may you write there?`,
    );
  }
}

const SIGN: Readonly<Record<Verdict, string>> = {
  holds: '✓',
  'does-not-hold': '✗',
  'not-yet': '…',
  'does-not-apply': '–',
};

function tell(source: EvidenceSource, bundle: Bundle, { name, zip }: Target): void {
  const dossier = dossierOf(source);
  const { checkpoint, entries, reader } = source;
  const unseen = dossier.texts.filter(({ shown }) => shown.kind !== 'clear').length;
  print(folded(outcomeOf(dossier), 80));
  print();
  for (const finding of dossier.findings) tellFinding(finding);
  print();
  const made = `${entries.length} events, each proven to be in the signed log of ${checkpoint.size}; ${bundle.size} files.`;
  print(folded(`${name}: ${made}`, 80));
  print(
    folded(
      `Read as ${reader.role}: ${dossier.texts.length - unseen} texts shown, ${unseen} masked or erased.`,
      80,
    ),
  );
  print('It holds what people wrote: keep it as safe as the log.');
  print();
  print(zip ? 'To read it: unpack it and open index.html.' : `To read it: open ${join(name, 'index.html')}`);
  print('To check it, with Node alone:');
  print(`  node ${VERIFIER} ${zip ? evidenceName(source.request) : name}`);
}

function tellFinding({ claim, verdict, why }: Finding): void {
  const [first = '', ...rest] = folded(claim, 76).split('\n');
  print(`${SIGN[verdict]} ${first}`);
  for (const line of rest) print(`  ${line}`);
  if (verdict === 'does-not-hold') print(folded(`  It does NOT hold: ${why}.`, 80));
}
