import { parseArgs } from 'node:util';
import type { Watcher } from '../audit/verify-walk.ts';
import { FileError } from './files.ts';
import { isBundle, type Wanted, verifyFolder } from './folder.ts';
import { toldText, verdictText } from './words.ts';

const HELP = `Usage: node countersign-verify.mjs <folder> [--key <key>] [--since <checkpoint>]

Checks an exported log or an evidence bundle of Countersign, with Node alone.

  --key <key>           the log's public key as you know it (name+id+base64), or
                        a file of such keys; without it the folder's own is used
  --since <checkpoint>  a file with an older checkpoint: the log must begin with
                        what that one signed (exported logs only)

Exit codes: 0 all is as it was signed, 1 it is not, 2 it could not be checked.
`;

class UsageError extends Error {}

/** Runs one command line of the verifier; answers the exit code. */
export function runVerifier(args: readonly string[]): number {
  try {
    const wanted = wantedBy(args);
    if (wanted === null) return print(HELP, 0);
    print(`${kindOf(wanted)} in ${wanted.folder}\n\n`, 0);
    const verdict = verifyFolder(wanted, watcher);
    return print(`\n${verdictText(verdict)}\n`, verdict.ok ? 0 : 1);
  } catch (error) {
    if (!(error instanceof FileError || error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** Null: help is wanted. Throws UsageError. */
function wantedBy(args: readonly string[]): Wanted | null {
  const { values, positionals } = parsed(args);
  const { key = null, since = null, help } = values;
  if (help) return null;
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new UsageError(`expected one folder\n\n${HELP}`);
  return { folder, key, since };
}

function parsed(args: readonly string[]) {
  const options = { key: { type: 'string' }, since: { type: 'string' }, help: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [first = ''] = String(error instanceof Error ? error.message : error).split('. ');
    throw new UsageError(`${first}\n\n${HELP}`);
  }
}

function kindOf({ folder, since }: Wanted): string {
  if (!isBundle(folder)) return 'Exported log';
  if (since === null) return 'Evidence bundle';
  throw new UsageError('--since is for an exported log, and this is an evidence bundle');
}

function print(text: string, exitCode: number): number {
  process.stdout.write(text);
  return exitCode;
}

const watcher: Watcher = {
  tell: (part, text) => void process.stdout.write(`${toldText(part, text)}\n`),
  progress: (done, size) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${size} events${done < size ? '' : '\n'}`);
  },
};
