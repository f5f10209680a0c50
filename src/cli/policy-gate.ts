import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '../policy/findings/findings.ts';
import { gate } from '../policy/gate/gate.ts';
import { loadGateFile } from '../policy/gate/gate-file.ts';
import { GATE_RULES, type GateFinding } from '../policy/gate/gate-rules.ts';
import { compareOnGrid } from '../policy/compare/grid.ts';
import { summarise } from '../policy/compare/grid-summary.ts';
import { readYaml } from '../policy/yaml-tree.ts';
import { systemClock } from '../system.ts';
import { EXIT, folded, print } from './io.ts';
import { gridText } from './policy-diff.ts';
import { openRules, type RulesFolder, shownPath } from './policy-folder.ts';
import { CHECK_RULES, type ReportFiles, reporting, writeReports } from './policy-report.ts';

export interface GateOptions extends ReportFiles {
  readonly base: string;
}

const RULES = { ...CHECK_RULES, ...GATE_RULES };

/** `countersign policy gate`: whether a change of the rules may be merged. For CI: it asks nobody, and exits 1. */
export async function policyGate(argument: string | undefined, options: GateOptions): Promise<void> {
  const before = await openRules(options.base);
  const exceptions = await loadGateFile(before.folder, before.rules);
  const after = await reporting(options, 'policy gate', () => openRules(argument));
  const compared = compareOnGrid(before.rules, after.rules);
  const changes = summarise(compared.differences);
  const found = gate(before.rules, after.rules, changes, exceptions, systemClock.now());
  const findings = await placed(after, found);
  await writeReports(options, {
    command: 'policy gate',
    findings: withPassed(findings, after),
    rules: RULES,
  });
  for (const finding of findings) show(finding);
  print(gridText(compared));
  print(found.length === 0 ? '\n✓ The gate is open.' : `\n✗ The gate is shut: ${found.length} to mend.`);
  process.exitCode = found.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Where each stands in the new folder: a value of the catalogue, or a policy. */
async function placed(
  { rules, file }: RulesFolder,
  found: readonly GateFinding[],
): Promise<readonly Finding[]> {
  const tree = readYaml(await readFile(file, 'utf8'));
  return found.map(({ rule, subject, message, remedy, at }) => {
    const problem = { level: 'error', message, remedy } as const;
    const policy = 'policy' in at ? rules.policies?.rules.get(at.policy) : undefined;
    if (policy !== undefined)
      return { rule, subject, problem, file: resolve(policy.file), line: policy.line, column: 1 };
    return { rule, subject, problem, file, ...tree.placeOf('path' in at ? at.path : []) };
  });
}

/** A rule that found nothing is a case that passed: a report of no failure is not an empty one. */
function withPassed(findings: readonly Finding[], { file }: RulesFolder): readonly Finding[] {
  const passed = Object.keys(GATE_RULES).filter((rule) => findings.every((each) => each.rule !== rule));
  const rest = { problem: null, file, line: 1, column: 1 };
  return [...findings, ...passed.map((rule) => ({ rule, subject: rule, ...rest }))];
}

function show({ rule, subject, problem, file, line, column }: Finding): void {
  print(folded(`✗ ${subject}: ${problem?.message ?? ''}`, 80));
  print(folded(`    ${shownPath(file)}:${line}:${column} ${rule}`, 80));
  if (problem?.remedy != null) print(folded(`    → ${problem.remedy}`, 80));
  print();
}
