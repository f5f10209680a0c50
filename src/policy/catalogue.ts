import { LIMITS } from '../limits.ts';
import type { Catalogue, CatalogueProblem } from '../ports/catalogue.ts';
import { type FileReading, readBounded, textOf } from './bounded-file.ts';
import { build } from './catalogue/build.ts';
import { errorsIn, warningsIn } from './catalogue/checks.ts';
import type { Finding } from './catalogue/entries.ts';
import { readEntries } from './catalogue/read.ts';
import { type CatalogueError, formatPath, problemOf, refusal } from './problems.ts';
import { readYaml, type YamlTree } from './yaml-tree.ts';

export { digestOf } from './catalogue/build.ts';
export { ruleOf } from './catalogue/entitlements.ts';

/** Reads and checks the catalogue. Throws CatalogueError with every problem found, in the file's order. */
export async function loadCatalogue(file: string): Promise<Catalogue> {
  return parseCatalogue(await readCatalogue(file), file);
}

/** As `loadCatalogue`, for a text; `file` is how messages name it. */
export const parseCatalogue = (text: string, file: string): Catalogue => openCatalogue(text, file).catalogue;

/** A catalogue that loads, and what else is asked of its file. */
export interface OpenCatalogue {
  readonly catalogue: Catalogue;
  /** Whether the file says anything of policies: an absent key is no decision. */
  readonly namesPolicies: boolean;
  /** What others find wrong in it, with its place in the file. */
  readonly problem: (finding: Finding) => CatalogueProblem;
}

export function openCatalogue(text: string, file: string): OpenCatalogue {
  const tree = readYaml(text);
  const problem = placed(tree, file);
  const syntax = tree.problems.map(({ place, path, message }) => ({
    file,
    ...place,
    path: formatPath(path),
    message,
  }));
  if (tree.value === undefined && syntax.length > 0) throw refusal(file, syntax);

  const { entries, terms, findings } = readEntries(tree.value);
  const problems = [...syntax, ...[...findings, ...errorsIn(entries)].map(problem)];
  if (terms === null || problems.length > 0) throw refusal(file, problems);
  const catalogue = build(tree.value, entries, terms, warningsIn(entries).map(problem));
  return { catalogue, namesPolicies: terms.policies.said, problem };
}

/** What others found wrong in a catalogue that loads, with its places in the file. */
export async function refusalOf(file: string, findings: readonly Finding[]): Promise<CatalogueError> {
  const tree = readYaml(await readCatalogue(file));
  return refusal(file, findings.map(placed(tree, file)));
}

const placed =
  (tree: YamlTree, file: string) =>
  ({ path, part, message }: Finding): CatalogueProblem => ({
    file,
    ...tree.placeOf(path, part),
    path: formatPath(path),
    message,
  });

const readCatalogue = async (file: string): Promise<string> =>
  catalogueText(file, await readBounded(file, LIMITS.catalogueMaxBytes));

/** The text of what was read of a file; throws CatalogueError where there is none. */
export function catalogueText(file: string, read: FileReading): string {
  const text = 'bytes' in read ? textOf(read.bytes) : read;
  if ('text' in text) return text.text;
  throw refusal(file, [problemOf(file, text.fault)]);
}
