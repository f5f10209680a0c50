import type { z } from 'zod';
import { LIMITS } from '../limits.ts';
import type { CatalogueProblem } from '../ports/catalogue.ts';
import { explain } from './catalogue/explain.ts';
import { CatalogueError, formatPath, type Path } from './problems.ts';
import { readYaml, type YamlTree } from './yaml-tree.ts';

/** What is wrong beside what a schema can say, by its place in the file. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
}

export interface CheckedYaml<T> {
  readonly value: T;
  readonly placeOf: YamlTree['placeOf'];
}

/** Reads a YAML file of ours against its schema. Throws CatalogueError with every problem, in the file's order. */
export function checkYaml<T>(text: string, file: string, schema: z.ZodType<T>): CheckedYaml<T> {
  const tree = readYaml(text);
  const placeOf: YamlTree['placeOf'] = (path, part) => tree.placeOf(path, part);
  if (tree.problems.length > 0)
    throw refusal(
      file,
      tree.problems.map(({ place, path, message }) => ({ file, ...place, path: formatPath(path), message })),
    );
  const parsed = schema.safeParse(tree.value, { error: explain });
  if (parsed.success) return { value: parsed.data, placeOf };
  throw faultsAt(placeOf, file, parsed.error.issues.flatMap(faultsOf));
}

/** The error of faults that were found in what `checkYaml` had read. */
export function faultsAt(
  placeOf: YamlTree['placeOf'],
  file: string,
  faults: readonly Fault[],
): CatalogueError {
  const problems = faults.map(({ path, message }) => ({
    file,
    ...placeOf(path),
    path: formatPath(path),
    message,
  }));
  return refusal(file, problems);
}

function refusal(file: string, problems: readonly CatalogueProblem[]): CatalogueError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const kept = sorted.slice(0, LIMITS.catalogueProblemsMax);
  return new CatalogueError(file, kept, sorted.length - kept.length);
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const messages = issue.message.split('\n');
  return issue.keys.map((key, index) => ({
    path: [...path, key],
    message: messages[index] ?? 'unknown key',
  }));
}
