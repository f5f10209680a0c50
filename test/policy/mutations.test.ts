import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRules, rulesFromFiles } from '../../src/policy/load.ts';
import { CatalogueError } from '../../src/policy/problems.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { caseFiles, notCovered, readCases, runCases } from '../../src/policy/cases/test-cases.ts';
import { type Mutant, mutantsOf, rewritten } from './mutants.ts';

const FOLDER = new URL('../../manifests/access', import.meta.url).pathname;
const CATALOGUE = `${FOLDER}/catalogue.yaml`;

let rules: Rules;
let cases: readonly (readonly [file: string, text: string])[];
let mutants: readonly Mutant[];
beforeAll(async () => {
  rules = await loadRules(CATALOGUE);
  const files = await caseFiles(FOLDER);
  cases = await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const));
  mutants = policyFiles().flatMap(([path, bytes]) => mutantsOf(path, textOf(bytes)));
});

/** As `policy test` does, up to the first case that fails; what does not load fails as well. */
function passes(changed: ReadonlyMap<string, string>): boolean {
  const bytes = [...changed].map(([file, text]) => [file, Buffer.from(text)] as const);
  try {
    const tried = rulesFromFiles(new Map([...rules.files, ...bytes]), CATALOGUE);
    const ready = cases.flatMap(([file, text]) => readCases(text, file, tried));
    return ready.every((each) => runCases(tried, [each]).every(({ failures }) => failures.length === 0));
  } catch (error) {
    if (error instanceof CatalogueError) return false;
    throw error;
  }
}

const policyFiles = () => [...rules.files].filter(([path]) => path.endsWith('.cedar'));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('the example rules and their cases', () => {
  it('pass, and every rule decides at least one case', () => {
    const ready = cases.flatMap(([file, text]) => readCases(text, file, rules));
    expect(runCases(rules, ready).filter(({ failures }) => failures.length > 0)).toEqual([]);
    expect(notCovered(rules, runCases(rules, ready))).toEqual([]);
  });

  it('pass as Cedar writes them again: what a mutant changes is all that makes it fail', () => {
    const again = policyFiles().map(([path, bytes]) => [path, rewritten(textOf(bytes))] as const);
    expect(passes(new Map(again))).toBe(true);
  });

  it('fail whatever is changed in any one rule', { timeout: 600_000 }, () => {
    expect(mutants.length).toBeGreaterThan(100);
    const survivors = mutants.filter(({ file, text }) => passes(new Map([[file, text]])));
    expect(survivors.map(({ name }) => name)).toEqual([]);
  });
});
