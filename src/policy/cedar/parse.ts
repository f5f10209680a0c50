import { LIMITS } from '../../limits.ts';
import type { CatalogueProblem } from '../../ports/catalogue.ts';
import { actionsOf } from './actions.ts';
import { annotationFaults, OBLIGATIONS } from './annotations.ts';
import { policiesOf } from './ask.ts';
import { slipsIn } from './lint.ts';
import type { Literals } from './literals.ts';
import type { Policies, PolicyRule } from './policies.ts';
import { type FileRead, type Policy, problemAt, readFile, TOP, tooMany } from './read.ts';
import { validated } from './wasm.ts';

export type ParsedPolicies =
  | { readonly policies: Policies; readonly problems: readonly [] }
  | { readonly policies: null; readonly problems: readonly CatalogueProblem[] };

/**
 * Reads and checks Cedar's files, by their names: shape, ids and annotations, types against the schema, and every name
 * against `literals`. All of them are good, or none is taken and each problem is told with its place.
 */
export function parsePolicies(files: ReadonlyMap<string, string>, literals: Literals): ParsedPolicies {
  const { policies, problems } = readFiles(files);
  const all = [
    ...problems,
    ...twice(policies),
    ...typeProblems(policies),
    ...nameProblems(policies, literals),
    ...policies.flatMap((policy) => shapeFaults(policy).map((message) => problemIn(policy, 0, message))),
  ];
  if (all.length > 0) return { policies: null, problems: inOrder([...files.keys()], all) };
  const rules = new Map(policies.map((policy) => [policy.id, ruleOf(policy)]));
  return { policies: policiesOf(rules), problems: [] };
}

/** No more than the limits let through. */
function readFiles(files: ReadonlyMap<string, string>): FileRead {
  const refused = (problem: CatalogueProblem) => ({ policies: [], problems: [problem] });
  if (files.size > LIMITS.policyFilesMax) {
    const message = `${files.size} files of policies; at most ${LIMITS.policyFilesMax} are read`;
    return refused(problemAt([...files.keys()][0] ?? '', TOP, message));
  }
  const policies: Policy[] = [];
  const problems: CatalogueProblem[] = [];
  for (const [file, text] of files) {
    const read = readFile(file, text);
    policies.push(...read.policies);
    problems.push(...read.problems);
    const beyond = policies[LIMITS.policiesMax];
    if (beyond !== undefined) return refused(tooMany(beyond.file, beyond.placeOf(0), policies.length));
  }
  return { policies, problems };
}

function ruleOf({ id, effect, annotations, file, part, placeOf, json }: Policy): PolicyRule {
  return { id, effect, annotations, file, line: placeOf(0).line, text: part.text, json };
}

function problemIn({ file, placeOf, id }: Policy, offset: number, message: string): CatalogueProblem {
  return problemAt(file, placeOf(offset), message, id);
}

function twice(policies: readonly Policy[]): readonly CatalogueProblem[] {
  const first = new Map<string, Policy>();
  return policies.flatMap((policy) => {
    const { id } = policy;
    const other = first.get(id);
    if (id === '') return [];
    if (other === undefined) {
      first.set(id, policy);
      return [];
    }
    const where = `${other.file}:${other.placeOf(0).line}`;
    return [
      problemIn(policy, offsetOf(policy, /@id\b/), `is the id of two policies; the other is at ${where}`),
    ];
  });
}

/** Where something stands in a policy, comments aside; its start where it is written in a way we do not look for. */
const offsetOf = ({ part }: Policy, written: RegExp): number => Math.max(part.bare.search(written), 0);

function typeProblems(policies: readonly Policy[]): readonly CatalogueProblem[] {
  const byKey = new Map(policies.map((policy, index) => [`p${index}`, policy]));
  const texts = Object.fromEntries([...byKey].map(([key, { part }]) => [key, part.text]));
  return [...validated(texts)].flatMap(([key, faults]) => {
    const policy = byKey.get(key);
    return policy ? faults.map(({ message, offset }) => problemIn(policy, offset, message)) : [];
  });
}

function nameProblems(policies: readonly Policy[], literals: Literals): readonly CatalogueProblem[] {
  const ids = new Set(['freeze', ...policies.map(({ id }) => id).filter((id) => id !== '')]);
  const words = new Map([...literals.words, ['context.exceptions', ids]]);
  return policies.flatMap((policy) => [
    ...slipsIn(policy.json, { ...literals, words }).map(({ written, message }) =>
      problemIn(policy, offsetOf(policy, written), message),
    ),
    ...annotationFaults(policy.annotations, literals).map(({ name, message }) =>
      problemIn(policy, offsetOf(policy, new RegExp(`@${name}\\b`)), `@${name}: ${message}`),
    ),
  ]);
}

/** Rules of ours that Cedar does not know. */
function shapeFaults({ id, annotations, effect, json }: Policy): readonly string[] {
  const actions = actionsOf(json);
  const obligations = OBLIGATIONS.filter((name) => Object.hasOwn(annotations, name));
  const faults: string[] = [];
  if (id === '') faults.push('has no id; expected @id("...") before it, unlike any other');
  if (actions === null)
    faults.push(
      'is for every action, demand and autoApprove too; expected action == Action::"request", or a list',
    );
  if (!actions?.includes('demand')) {
    if (obligations.length > 0)
      faults.push(`${listed(obligations)} is for demand alone; expected action == Action::"demand"`);
    return faults;
  }
  if (actions.length > 1)
    faults.push(`is for demand and others; expected a policy of its own for Action::"demand"`);
  if (effect === 'forbid')
    faults.push('forbids a demand, which would loosen what others ask for; narrow their conditions instead');
  else if (obligations.length === 0) faults.push(`demands nothing; expected one of ${listed(OBLIGATIONS)}`);
  return faults;
}

const listed = (names: readonly string[]): string => names.map((name) => `@${name}`).join(', ');

/** In the order of the files, and of what stands in them; each once. */
function inOrder(
  files: readonly string[],
  problems: readonly CatalogueProblem[],
): readonly CatalogueProblem[] {
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
