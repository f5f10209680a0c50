import { openCheckpoint } from '../audit/checkpoint.ts';
import { base64, readDecimal } from '../audit/encoding.ts';
import { AuditError } from '../audit/error.ts';
import { assemble, consistencyPath, verifyConsistency } from '../audit/proof.ts';
import { readSmall } from '../verifier/files.ts';
import { CliError, folded, print } from './io.ts';
import { type OpenLog, openLog, rootAt } from './log-open.ts';

/** As the log had it at that size, or as a checkpoint says. */
interface Tree {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * `countersign log consistency`: the proof that the log at one time begins with the log at another (RFC 9162, 2.1.4).
 * Each is a size or a file with a checkpoint.
 */
export async function logConsistency(
  older: string,
  newer: string,
  { json }: { json?: boolean },
): Promise<void> {
  await using log = await openLog();
  const [first, second] = [await treeOf(log, older), await treeOf(log, newer)];
  if (first.size === 0 || first.size > second.size)
    throw new CliError('usage', `${older} ${newer}: the first must not be empty, nor larger than the second`);
  const path = consistencyPath(first.size, second.size);
  const proof = assemble(path, await log.store.hashes(path.flat()));
  const problem = verifyConsistency({
    first: first.size,
    firstRoot: first.root,
    second: second.size,
    secondRoot: second.root,
    proof,
  });
  if (problem !== null)
    throw new CliError('failed', `${older} ${newer}: these are not of one log: ${problem.message}`);
  tell(first, second, proof.map(base64), json === true);
}

async function treeOf({ store, signer, keys }: OpenLog, given: string): Promise<Tree> {
  const size = readDecimal(given);
  const { size: most } = await store.head();
  if (size !== null && size <= most) return { size, root: await rootAt(store, size) };
  if (size !== null) throw new CliError('usage', `${given}: the log has ${most} events`);
  const note = readSmall(given);
  if (note === null) throw new CliError('notFound', `${given}: neither a size nor a file with a checkpoint`);
  const tree = openTree(note, given, keys, signer.origin);
  if (tree.size > most)
    throw new CliError('failed', `${given} covers ${tree.size} events, the log has ${most}`);
  return tree;
}

function openTree(note: Buffer, name: string, keys: OpenLog['keys'], origin: string): Tree {
  try {
    return openCheckpoint(note, keys, origin);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    throw new CliError('failed', `${name} is no checkpoint of this log: ${error.message}`);
  }
}

function tell(first: Tree, second: Tree, proof: readonly string[], json: boolean): void {
  if (json) return print(JSON.stringify({ first: first.size, second: second.size, proof }, null, 2));
  for (const hash of proof) print(hash);
  if (proof.length > 0) print();
  print(
    folded(
      `The log of ${second.size} events begins with the ${first.size} events it had before: verified, with ${proof.length} hashes.`,
      80,
    ),
  );
}
