import type { VerifierKey } from '../audit/note.ts';
import { type BundleCounts, verifyBundle } from '../audit/verify-bundle.ts';
import type { EventCounts } from '../audit/verify-events.ts';
import type { Problem } from '../audit/verify-finding.ts';
import { keysIn } from '../audit/verify-head.ts';
import type { Source } from '../audit/verify-lines.ts';
import type { Watcher } from '../audit/verify-walk.ts';
import { refused, type Verdict, type VerifiedHead, verifyExport } from '../audit/verify.ts';
import { assertFolder, isThere, namesIn, readSmall, sourceOf } from './files.ts';

export interface Wanted {
  readonly folder: string;
  /** A key as C2SP writes it, or a file of keys; null: the folder's own are taken. */
  readonly key: string | null;
  /** A file with an older checkpoint of the log. */
  readonly since: string | null;
}

export type FolderVerdict = Verdict<VerifiedHead & (EventCounts | BundleCounts)>;

/** Whether it is evidence of a request, not an exported log. Throws FileError, also where there is no folder. */
export function isBundle(folder: string): boolean {
  assertFolder(folder);
  return isThere(`${folder}/evidence.json`);
}

/** Checks an exported log or an evidence bundle, whichever is in the folder. Throws FileError. */
export function verifyFolder({ folder, key, since }: Wanted, watcher: Watcher): FolderVerdict {
  const path = (name: string): string => `${folder}/${name}`;
  const keys = keysFor(folder, key);
  if ('code' in keys) return refused(keys);
  watcher.tell('key', keyText(keys, key === null));
  const checkpoint = readSmall(path('checkpoint'));
  if (checkpoint === null) return refused(missing('checkpoint'));
  const disclosures = sourceIfThere(path('disclosures.ndjson'));

  if (isBundle(folder)) {
    if (isThere(path('events.ndjson'))) return refused(mixed);
    const manifest = readSmall(path('evidence.json'));
    if (manifest === null) return refused(missing('evidence.json'));
    const [file, names] = [(name: string) => readSmall(path(name)), (name: string) => namesIn(path(name))];
    return verifyBundle({ keys, checkpoint, manifest, disclosures, file, names }, watcher);
  }
  const older = since === null ? null : readSmall(since);
  if (since !== null && older === null) return refused(missing(since));
  const events = sourceIfThere(path('events.ndjson'));
  if (events === null) return refused(missing('events.ndjson'));
  const leafHashes = sourceIfThere(path('leaf-hashes'));
  return verifyExport({ keys, checkpoint, events, leafHashes, disclosures, since: older }, watcher);
}

const sourceIfThere = (path: string): Source | null => (isThere(path) ? sourceOf(path) : null);

const missing = (name: string): Problem => ({
  code: 'file_missing',
  index: null,
  what: `there is no file ${name}, or it is larger than any of ours`,
});

/** What is ok of the one would pass for an ok of the other. */
const mixed: Problem = {
  code: 'bundle_unlisted',
  index: null,
  what: 'the folder has events.ndjson of an exported log and evidence.json of a bundle',
};

/** The keys to trust; for `key` see Wanted. Throws FileError. */
export function keysFor(folder: string, key: string | null): readonly VerifierKey[] | Problem {
  if (key === null) return keysInFile(`${folder}/log.vkey`, 'log.vkey');
  return isThere(key) ? keysInFile(key, key) : keysIn(key, '--key');
}

function keysInFile(path: string, name: string): readonly VerifierKey[] | Problem {
  const text = readSmall(path);
  return text === null ? missing(name) : keysIn(text.toString('utf8'), name);
}

function keyText(keys: readonly VerifierKey[], isFromFolder: boolean): string {
  const names = keys.map(({ name, id }) => `${name}+${id.toString('hex')}`).join(', ');
  const trust =
    'out of the folder itself, so only as trustworthy as the folder: give the one you know with --key';
  return `${names}, ${isFromFolder ? trust : 'as given with --key'}`;
}
