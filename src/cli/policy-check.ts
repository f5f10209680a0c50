import type { Finding } from '../policy/findings/findings.ts';
import { loadGateFile } from '../policy/gate/gate-file.ts';
import { formatProblem } from '../policy/problems.ts';
import { loadCases } from '../policy/cases/test-cases.ts';
import { facts, folded, print } from './io.ts';
import { openRules, type RulesFolder, shownPath } from './policy-folder.ts';
import { CHECK_RULES, type ReportFiles, reporting, writeReports } from './policy-report.ts';

/** `countersign policy check`: whether a folder of rules holds together, without keys, database or chat. */
export async function policyCheck(argument: string | undefined, options: ReportFiles): Promise<void> {
  const { opened, cases } = await reporting(options, 'policy check', () => readAll(argument));
  const { catalogue } = opened.rules;
  await writeReports(options, {
    command: 'policy check',
    findings: [holds(opened), ...catalogue.warnings.map(warningOf)],
    rules: CHECK_RULES,
  });
  for (const warning of catalogue.warnings) print(folded(`! ${formatProblem(warning)}`, 80));
  if (catalogue.warnings.length > 0) print();
  print(summaryOf(opened, cases));
}

async function readAll(argument: string | undefined): Promise<{ opened: RulesFolder; cases: number }> {
  const opened = await openRules(argument);
  const cases = await loadCases(opened.folder, opened.rules);
  await loadGateFile(opened.folder, opened.rules);
  return { opened, cases: cases.length };
}

const holds = ({ file }: RulesFolder): Finding => ({
  rule: 'check/catalogue',
  subject: shownPath(file),
  problem: null,
  file,
  line: 1,
  column: 1,
});

function warningOf({ file, line, column, path, message }: Parameters<typeof formatProblem>[0]): Finding {
  const problem = { level: 'warning', message, remedy: null } as const;
  return {
    rule: 'check/catalogue',
    subject: path === '' ? shownPath(file) : path,
    problem,
    file,
    line,
    column,
  };
}

function summaryOf({ rules, file }: RulesFolder, cases: number): string {
  const { catalogue, policies } = rules;
  const all = [...(policies?.rules.values() ?? [])];
  const forbids = all.filter(({ effect }) => effect === 'forbid').length;
  const decides =
    policies === null ? 'none: the catalogue decides alone' : `${all.length}, of which ${forbids} forbid`;
  return facts([
    ['✓', shownPath(file)],
    ['Entitlements', `${catalogue.entitlements.size}, on ${catalogue.resources.size} resources`],
    ['People', `${catalogue.people.size}, in ${catalogue.groups.size} groups`],
    ['Policies', decides],
    ['Calendars', String(catalogue.calendars.size)],
    ['Cases', cases === 0 ? 'none; see: countersign policy test --help' : String(cases)],
    ['Warnings', String(catalogue.warnings.length)],
    ['Digest', rules.digest],
  ]);
}
