import { type OlderHead, openOlder } from '../audit/verify-head.ts';
import type { Watcher } from '../audit/verify-walk.ts';
import { readSmall } from '../verifier/files.ts';
import { isBundle, verifyFolder } from '../verifier/folder.ts';
import { findingText, toldText, verdictText } from '../verifier/words.ts';
import { CliError, EXIT, folded, print } from './io.ts';
import { type OpenLog, openLog } from './log-open.ts';
import { type StoredCounts, verifyStored } from './log-stored.ts';
import { progressTeller } from './progress.ts';

export interface VerifyOptions {
  readonly key?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** `countersign log verify`: an exported log or an evidence bundle; without a folder, the installation's own database. */
export async function logVerify(folder: string | undefined, options: VerifyOptions): Promise<void> {
  const verdict = await (folder === undefined ? verifyDatabase(options) : verifyGiven(folder, options));
  process.exitCode = verdict.ok ? EXIT.ok : EXIT.failed;
  if (options.json) print(JSON.stringify(verdict, null, 2));
}

const watcherOf = ({ json }: VerifyOptions): Watcher => ({
  tell: json ? () => {} : (part, text) => print(toldText(part, text)),
  progress: progressTeller(),
});

function verifyGiven(folder: string, options: VerifyOptions) {
  const { key = null, since = null, json } = options;
  const bundle = isBundle(folder);
  if (bundle && since !== null)
    throw new CliError('usage', '--since is for a log, and this is an evidence bundle');
  if (!json) print(`${bundle ? 'Evidence bundle' : 'Exported log'} in ${folder}\n`);
  const verdict = verifyFolder({ folder, key, since }, watcherOf(options));
  if (!json) print(`\n${verdictText(verdict)}`);
  return verdict;
}

async function verifyDatabase(options: VerifyOptions) {
  const { key, since, json } = options;
  if (key !== undefined) throw new CliError('usage', '--key is for an exported log: name its folder as well');
  await using log = await openLog();
  if (!json) print(`Log in ${log.file}\n`);
  const older = [...(await log.kept()), ...(since === undefined ? [] : [olderIn(log, since)])];
  const verdict = await verifyStored(log.store, older, watcherOf(options));
  if (!json) print(`\n${verdict.ok ? folded(okText(verdict), 80) : findingText(verdict.finding)}`);
  return verdict;
}

function olderIn({ keys, signer }: OpenLog, file: string): OlderHead {
  const note = readSmall(file);
  if (note === null) throw new CliError('notFound', `--since ${file}: there is no such checkpoint`);
  const head = openOlder('the older checkpoint', note, keys, signer.origin);
  if ('code' in head) throw new CliError('failed', head.what);
  return head;
}

const okText = ({ size, root, heads }: StoredCounts): string =>
  `ok: ${size} events, root ${root.slice(0, 16)}…, ${heads === 0 ? 'and nothing was signed yet to hold them against' : 'as they were signed'}.`;
