import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { textLine } from '../audit/verify-texts.ts';
import { requestId } from '../domain/values.ts';
import { mayRead } from '../domain/visibility.ts';
import { LIMITS } from '../limits.ts';
import type { LogTree, StoredDisclosure, StoredLeaf } from '../ports/audit-log.ts';
import { CliError } from './io.ts';
import type { SignedHead } from './log-open.ts';
import { exportReadme } from './log-readme.ts';
import { writeTiles } from './log-tiles.ts';
import type { Reading } from './reading.ts';

/** What an exported log is made of. */
export interface ExportParts {
  readonly store: LogTree;
  /** The export has as many events as this, however long the log has grown since. */
  readonly head: SignedHead;
  readonly vkeys: readonly string[];
  /** Whose texts it brings; null: none. */
  readonly reading: Reading | null;
  readonly tiles: boolean;
  readonly progress: (done: number, total: number) => void;
}

/** Writes an exported log into a folder that is new. Throws CliError `failed` when a row of the log is not there. */
export async function writeExport(folder: string, parts: ExportParts): Promise<void> {
  const { head, vkeys, reading } = parts;
  const small = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text, NEW);
  await small('checkpoint', head.note);
  await small('log.vkey', vkeys.map((vkey) => `${vkey}\n`).join(''));
  await small('README.txt', exportReadme(parts));
  {
    await using events = await open(join(folder, 'events.ndjson'), NEW.flag, NEW.mode);
    await using hashes = await open(join(folder, 'leaf-hashes'), NEW.flag, NEW.mode);
    await using texts = reading && (await open(join(folder, 'disclosures.ndjson'), NEW.flag, NEW.mode));
    await writeLeaves(parts, { events, hashes, texts });
    for (const file of [events, hashes, texts]) await file?.sync();
  }
  if (parts.tiles) await writeTiles(parts.store, head.size, folder);
}

const NEW = { flag: 'wx', mode: 0o600 } as const;

interface Files {
  readonly events: FileHandle;
  readonly hashes: FileHandle;
  readonly texts: FileHandle | null;
}

async function writeLeaves(
  { store, head, reading, progress }: ExportParts,
  { events, hashes, texts }: Files,
): Promise<void> {
  for (let from = 0; from < head.size; ) {
    const rows = await store.stored(from, Math.min(LIMITS.leavesMax, head.size - from));
    if (rows.length === 0)
      throw new CliError(
        'failed',
        `event ${from} of the log is not there\nFind out more: countersign log verify`,
      );
    const end = from + rows.length;
    await events.writeFile(Buffer.concat(rows.flatMap(({ bytes }) => [bytes, newline])));
    await hashes.writeFile(Buffer.concat(rows.map(({ leaf }) => leaf)));
    if (reading !== null && texts !== null)
      await texts.writeFile(await textsFor(reading, rows, await store.storedDisclosures(from, end)));
    from = end;
    progress(end, head.size);
  }
}

const newline = Buffer.from('\n');

/** A line for each text that exists; what the reader may not see is told without its disclosure. */
async function textsFor(
  reading: Reading,
  rows: readonly StoredLeaf[],
  texts: readonly StoredDisclosure[],
): Promise<string> {
  const streams = new Map(rows.map(({ index, stream }) => [index, stream]));
  const lines = texts.map(async ({ index, field, disclosure }) => {
    const isGiven = mayRead(reading.role, field) && (await mayReadOf(reading, streams.get(index) ?? ''));
    return textLine({ index, field, disclosure: isGiven ? disclosure : null });
  });
  return (await Promise.all(lines)).join('');
}

/** An auditor reads all there is; whoever owns or approves, of the requests that are theirs. */
async function mayReadOf(reading: Reading, stream: string): Promise<boolean> {
  if (reading.role === 'auditor') return true;
  const id = requestId.safeParse(stream.replace(/^request\//, ''));
  const state = id.success ? await reading.store.request(id.data) : null;
  return state !== null && reading.may(state);
}
