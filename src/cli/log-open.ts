import { createFolder } from '../anchors/folder.ts';
import { parseVkey, type VerifierKey } from '../audit/note.ts';
import { foldNodes, rootNodes } from '../audit/tree.ts';
import type { OlderHead } from '../audit/verify-head.ts';
import { databaseFile } from '../base.ts';
import { loadConfig } from '../config.ts';
import { loadKeys } from '../keys.ts';
import { type LogKeys, openLogKeys } from '../log-keys.ts';
import type { LogTree, TreeHead } from '../ports/audit-log.ts';
import { openSqliteReader, type Reader } from '../store/sqlite/reader.ts';
import { ACCEPTED, SHELF } from '../workflows/log/accepted.ts';
import { heldHeads, Unknown } from '../workflows/log/compare.ts';
import { CliError } from './io.ts';

/** The installation's log, beside a bot that may be running: nothing is written. */
export interface OpenLog extends AsyncDisposable {
  readonly file: string;
  readonly store: Reader;
  readonly signer: LogKeys;
  /** What its heads are opened with. */
  readonly keys: readonly VerifierKey[];
  /** What was signed and kept: the newest in the database, and those in the anchor folder. Throws CliError `failed`. */
  readonly kept: () => Promise<readonly OlderHead[]>;
}

/** Throws ConfigError, KeyError, StoreError. */
export async function openLog(): Promise<OpenLog> {
  const config = loadConfig();
  const file = databaseFile(config);
  const { sealer } = loadKeys(config.keysFolder, { create: false });
  const signer = openLogKeys(config.keysFolder);
  const store = await openSqliteReader(file, sealer);
  const anchors = config.anchors.folder === null ? [] : [createFolder(config.anchors.folder)];
  return {
    file,
    store,
    signer,
    keys: signer.vkeys().map(parseVkey),
    kept: async () => {
      const held = await heldHeads({ store, anchors, signer, deadline }).catch(refused);
      return held.flatMap(({ anchor, size, root }) =>
        root === null ? [] : [{ name: nameOf(anchor, size), size, root: Buffer.from(root, 'hex') }],
      );
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

const deadline = (ms: number): AbortSignal => AbortSignal.timeout(ms);

function nameOf(anchor: string, size: number): string {
  if (anchor === SHELF) return 'the newest checkpoint in the database';
  return anchor === ACCEPTED
    ? `the tree of ${size} events that was accepted`
    : `the head of ${size} events in the anchor folder`;
}

function refused(error: unknown): never {
  if (!(error instanceof Unknown)) throw error;
  const { anchor, why, hint } = error.told;
  throw new CliError('failed', `${anchor}: ${why}\n${hint}`);
}

/** The root of the log's first `size` events, from the hashes that are stored. */
export async function rootAt(store: LogTree, size: number): Promise<Buffer> {
  return foldNodes(await store.hashes(rootNodes(size)));
}

export interface SignedHead extends TreeHead {
  /** The C2SP note. */
  readonly note: string;
}

/** The log as it is now, signed. Throws CliError `failed` where it does not follow from what was signed before. */
export async function signHead({ store, signer, kept }: OpenLog): Promise<SignedHead> {
  const head = await store.head();
  for (const older of await kept()) {
    const why = await contradiction(store, head, older);
    if (why !== null) throw new CliError('failed', `The log is not signed: ${why}.\n${SEE}`);
  }
  return { ...head, note: signer.sign(head) };
}

const SEE = 'Find out what happened to it: countersign log verify';

async function contradiction(
  store: LogTree,
  head: TreeHead,
  { name, size, root }: OlderHead,
): Promise<string | null> {
  if (size > head.size) return `it has ${head.size} events, and ${name} covers ${size}`;
  return (await rootAt(store, size)).equals(root)
    ? null
    : `its first ${size} events are not those of ${name}`;
}
