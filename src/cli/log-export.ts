import { mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '../audit/verify-finding.ts';
import { verifyFolder } from '../verifier/folder.ts';
import { findingText } from '../verifier/words.ts';
import { CliError, folded, print } from './io.ts';
import { type ExportParts, writeExport } from './log-files.ts';
import { type OpenLog, openLog, type SignedHead, signHead } from './log-open.ts';
import { mayBeRedacted, TRIES_MAX } from './log-stored.ts';
import { progressTeller } from './progress.ts';
import { openReading } from './reading.ts';

export interface ExportOptions {
  readonly as?: string;
  readonly tiles?: boolean;
}

/**
 * `countersign log export`: the log in files that anyone can check. It is written beside its place, checked, and put
 * there whole or not at all.
 */
export async function logExport(folder: string, { as, tiles = false }: ExportOptions): Promise<void> {
  const target = resolve(folder);
  try {
    await refuseTaken(target, folder);
    await using reading = as === undefined ? null : await openReading(as, 'export', {});
    await using log = await openLog();
    const rest = { store: log.store, vkeys: log.signer.vkeys(), reading, tiles, progress: progressTeller() };
    const { size } = await exportTo(target, log, rest);
    print(folded(`Exported ${size} events to ${folder}, and checked them there.`, 80));
    if (reading === null) print('Without texts: --as PERSON gives those that this person may read.');
  } catch (error) {
    if (!isRefusedByDisk(error)) throw error;
    throw new CliError('failed', `Nothing was exported: ${folder} cannot be written (${error.code})`);
  }
}

async function exportTo(target: string, log: OpenLog, rest: Omit<ExportParts, 'head'>): Promise<SignedHead> {
  for (let tries = 1; ; tries++) {
    const head = await signHead(log);
    const draft = await mkdtemp(`${target}.draft-`);
    try {
      await writeExport(draft, { ...rest, head });
      const finding = findIn(draft);
      if (finding === null) {
        await rmdir(target).catch(ignoreMissing);
        await rename(draft, target);
        return head;
      }
      const again = mayBeRedacted(finding) && tries < TRIES_MAX && (await log.store.head()).size > head.size;
      if (!again)
        throw new CliError(
          'failed',
          `Nothing was exported, for it would not verify.\n${findingText(finding)}`,
        );
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

function findIn(draft: string): Finding | null {
  const verdict = verifyFolder(
    { folder: draft, key: null, since: null },
    { tell: () => {}, progress: () => {} },
  );
  return verdict.ok ? null : verdict.finding;
}

async function refuseTaken(target: string, folder: string): Promise<void> {
  const names = await readdir(target).catch(ignoreMissing);
  if (names !== undefined && names.length > 0)
    throw new CliError('usage', `${folder}: the folder must be new or empty; name another`);
}

function ignoreMissing(error: unknown): undefined {
  if (isRefusedByDisk(error) && error.code === 'ENOENT') return undefined;
  throw error;
}

const isRefusedByDisk = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error;
