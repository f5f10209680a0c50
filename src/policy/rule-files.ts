import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LIMITS } from '../limits.ts';
import type { CatalogueProblem } from '../ports/catalogue.ts';
import { codeOf, type FileReading, readBounded, unreadable } from './bounded-file.ts';
import type { OpenCatalogue } from './catalogue.ts';
import { problemOf, shown } from './problems.ts';

/** Where policies lie when the catalogue does not say; it has to. */
export const USUAL_FOLDER = 'policies';

export interface FilesBeside {
  /** By path from the folder of the catalogue. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly problems: readonly CatalogueProblem[];
}

/** Reads what a catalogue names beside itself. What cannot be read is a problem; nothing outside its folder is read. */
export async function readBeside(folder: string, open: OpenCatalogue): Promise<FilesBeside> {
  const problems: CatalogueProblem[] = [];
  const files = new Map<string, Uint8Array>();
  const read = async (path: string, maxBytes: number): Promise<void> => {
    const reading = await readWithin(folder, path, maxBytes);
    if ('bytes' in reading) files.set(path, reading.bytes);
    else problems.push(problemOf(join(folder, path), reading.fault));
  };
  const { names, faults } = await policiesBeside(folder, open);
  problems.push(...faults);
  for (const name of names) await read(name, LIMITS.policyFileMaxBytes);
  for (const name of calendarFilesOf(open)) {
    // One that is not there is told where the catalogue names it.
    if (await exists(join(folder, name))) await read(name, LIMITS.calendarFileMaxBytes);
  }
  return { files, problems };
}

export const calendarFilesOf = ({ catalogue }: OpenCatalogue): ReadonlySet<string> =>
  new Set([...catalogue.calendars.values()].flatMap(({ when }) => (when.kind === 'ics' ? [when.file] : [])));

interface Listing {
  readonly names: readonly string[];
  readonly faults: readonly CatalogueProblem[];
}

async function policiesBeside(folder: string, open: OpenCatalogue): Promise<Listing> {
  const { catalogue, namesPolicies } = open;
  if (!namesPolicies) {
    const lies = await isFolder(join(folder, USUAL_FOLDER));
    return { names: [], faults: lies ? [unnamedPolicies(open)] : [] };
  }
  return catalogue.policies === null ? { names: [], faults: [] } : listed(folder, catalogue.policies);
}

/** Both who loads a folder and who is given files must decide. */
export const unnamedPolicies = (open: OpenCatalogue): CatalogueProblem =>
  open.problem({
    path: ['policies'],
    message: `missing, though a folder ${USUAL_FOLDER} lies beside the catalogue; say policies: ${USUAL_FOLDER}, or policies: none`,
  });

const exists = async (path: string): Promise<boolean> => (await lstat(path).catch(() => null)) !== null;

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() ?? false;

/** Sorted. What is left out unnoticed could be what forbids: only notes may lie beside policies, and hidden files. */
async function listed(folder: string, policies: string): Promise<Listing> {
  const names: string[] = [];
  const faults: CatalogueProblem[] = [];
  const fault = (message: string) => faults.push(problemOf(join(folder, policies), message));
  for (const name of await namesIn(join(folder, policies), fault)) {
    if (name.startsWith('.') || name.endsWith('.md')) continue;
    if (name.endsWith('.cedar')) names.push(`${policies}/${name}`);
    else
      fault(`holds ${shown(name)}, which is no .cedar file and would not be read; rename it, or take it out`);
  }
  return { names, faults };
}

async function namesIn(folder: string, fault: (message: string) => void): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (names.push(name) <= LIMITS.policyFilesMax) continue;
      fault(`holds more than ${LIMITS.policyFilesMax} files; expected hand-written policies`);
      break;
    }
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT') fault(`cannot be read (${code}); expected a folder that this process may read`);
  }
  return names.sort();
}

/** Links may lead about within the folder, as where a configuration is mounted. */
async function readWithin(folder: string, path: string, maxBytes: number): Promise<FileReading> {
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(join(folder, path))]);
    if (!real.startsWith(root + sep)) return { fault: 'leads out of the folder; expected a file in it' };
    if (!(await stat(real)).isFile()) return { fault: 'is no regular file' };
    return await readBounded(real, maxBytes);
  } catch (error) {
    return unreadable(error);
  }
}
