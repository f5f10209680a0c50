import { writeFile } from 'node:fs/promises';
import { readDecimal } from '../audit/encoding.ts';
import { AuditError } from '../audit/error.ts';
import { leafMaxBytes } from '../audit/event-leaf.ts';
import { leafHash } from '../audit/leaf.ts';
import type { VerifierKey } from '../audit/note.ts';
import { assemble, inclusionPath } from '../audit/proof.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../audit/tlog-proof.ts';
import { isEnded, linesOf } from '../audit/verify-lines.ts';
import { loadConfig } from '../config.ts';
import { openLogKeys } from '../log-keys.ts';
import { parseVkey } from '../audit/note.ts';
import { readSmall, sourceOf } from '../verifier/files.ts';
import { keysFor } from '../verifier/folder.ts';
import { CliError, folded, print } from './io.ts';
import { type OpenLog, openLog, signHead } from './log-open.ts';

export interface ProveOptions {
  readonly out?: string;
  readonly check?: string;
  readonly leaf?: string;
  readonly events?: string;
  readonly key?: string;
}

/** `countersign log prove`: the proof that one event is in the log (C2SP tlog-proof), or a check of such a proof. */
export async function logProve(index: string | undefined, options: ProveOptions): Promise<void> {
  const { out, check } = options;
  if ((index === undefined) === (check === undefined))
    throw new CliError('usage', 'expected the index of an event, or --check with a proof');
  if (check !== undefined) return print(checkProof(check, options));
  await using log = await openLog();
  const proof = await proofOf(log, indexOf(index ?? ''));
  if (out === undefined) return void process.stdout.write(proof);
  await writeFile(out, proof, { flag: 'wx' }).catch((error: unknown) => {
    throw new CliError(
      'failed',
      `--out ${out}: cannot be written (${codeOf(error)}); an existing file is left as it is`,
    );
  });
  print(`The proof is in ${out}`);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';

function indexOf(text: string): number {
  const index = readDecimal(text.replace(/^#/, ''));
  if (index === null)
    throw new CliError('usage', `${text.slice(0, 40)}: expected the index of an event, such as 12`);
  return index;
}

/** Verified before anyone gets it. Throws CliError. */
async function proofOf(log: OpenLog, index: number): Promise<string> {
  const { store, keys, signer } = log;
  const { note, size } = await signHead(log);
  const [stored] = await store.stored(index, 1);
  if (index >= size || stored?.index !== index)
    throw new CliError('notFound', `there is no event ${index}: the log has ${size}, the first of them is 0`);
  const path = inclusionPath(index, size);
  const proof = assemble(path, await store.hashes(path.flat()));
  const text = formatTlogProof({ index, proof, checkpoint: note });
  proven(text, leafHash(stored.bytes), keys, `event ${index} cannot be proven`, signer.origin);
  return text;
}

/** Throws CliError `failed`, which says that `what` and why. */
function proven(text: string, hash: Uint8Array, keys: readonly VerifierKey[], what: string, origin?: string) {
  try {
    return verifyTlogProof(text, hash, keys, origin);
  } catch (error) {
    if (error instanceof AuditError) throw new CliError('failed', `${what}: ${error.message}`);
    throw error;
  }
}

function checkProof(file: string, { leaf, events, key }: ProveOptions): string {
  if ((leaf === undefined) === (events === undefined))
    throw new CliError('usage', '--check: expected the event too, as --leaf FILE or --events FOLDER');
  const text = (readSmall(file) ?? notThere(file)).toString('utf8');
  const bytes =
    leaf === undefined ? leafIn(events ?? '', indexIn(file, text)) : (readSmall(leaf) ?? notThere(leaf));
  const { index, size, verifiedBy } = proven(
    text,
    leafHash(bytes),
    keysWith(events, key),
    `${file} proves nothing`,
  );
  const by = verifiedBy.map(({ name, id }) => `${name}+${id.toString('hex')}`).join(' and ');
  return folded(`ok: this is event ${index} of the log of ${size} events that ${by} signed.`, 80);
}

const notThere = (file: string): never => {
  throw new CliError('notFound', `there is no file ${file}, or it is too large to be one of ours`);
};

function indexIn(file: string, text: string): number {
  try {
    return parseTlogProof(text).index;
  } catch (error) {
    if (error instanceof AuditError) throw new CliError('failed', `${file} proves nothing: ${error.message}`);
    throw error;
  }
}

/** The event on its line of an exported log. */
function leafIn(folder: string, index: number): Buffer {
  let at = 0;
  for (const line of linesOf(sourceOf(`${folder}/events.ndjson`), leafMaxBytes))
    if (at++ === index) return isEnded(line) ? line.subarray(0, -1) : line;
  throw new CliError('failed', `${folder} has ${at} events, and the proof is of event ${index}`);
}

/** Those given, else those of the exported log, else the installation's own. */
function keysWith(folder: string | undefined, key: string | undefined): readonly VerifierKey[] {
  if (folder === undefined && key === undefined)
    return openLogKeys(loadConfig().keysFolder).vkeys().map(parseVkey);
  const keys = keysFor(folder ?? '.', key ?? null);
  if ('code' in keys) throw new CliError('failed', keys.what);
  return keys;
}
