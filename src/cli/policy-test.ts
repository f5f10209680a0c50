import type { Finding } from '../policy/findings/findings.ts';
import { answerText } from '../policy/compare/grid-summary.ts';
import { type CaseResult, loadCases, notCovered, policyIds, runCases } from '../policy/cases/test-cases.ts';
import { CliError, EXIT, folded, print } from './io.ts';
import { openRules, shownPath } from './policy-folder.ts';
import { CHECK_RULES, type ReportFiles, reporting, writeReports } from './policy-report.ts';
import { placeOf } from './policy-words.ts';

const TEST_RULES = { ...CHECK_RULES, 'test/case': 'Each case of tests/ comes out as it says' };

/** `countersign policy test`: the cases beside the catalogue, each put to the rules. */
export async function policyTest(argument: string | undefined, options: ReportFiles): Promise<void> {
  const { opened, cases } = await reporting(options, 'policy test', async () => {
    const read = await openRules(argument);
    return { opened: read, cases: await loadCases(read.folder, read.rules) };
  });
  const { rules, folder } = opened;
  if (cases.length === 0)
    throw new CliError('notFound', `there are no cases in ${shownPath(folder)}/tests; write some: ${HOW}`);
  const results = runCases(rules, cases);
  await writeReports(options, {
    command: 'policy test',
    findings: results.map(findingOf),
    rules: TEST_RULES,
  });
  for (const result of results) show(result, (id) => placeOf(rules, id));
  const failures = results.filter(({ failures: each }) => each.length > 0).length;
  print(`\n${results.length} cases, ${failures === 0 ? 'all as expected' : `${failures} not as expected`}.`);
  const uncovered = notCovered(rules, results);
  if (uncovered.length > 0) print(folded(`Not covered, decided no case: ${uncovered.join(', ')}`, 80));
  process.exitCode = failures === 0 ? EXIT.ok : EXIT.failed;
}

const HOW = 'countersign policy test --help shows one';

/** Under its mark, where the name takes more than a line. */
const item = (mark: string, name: string): string => `${mark} ${folded(name, 78).replaceAll('\n', '\n  ')}`;

function show({ ready, judgement, failures }: CaseResult, whereIs: (id: string) => string): void {
  if (failures.length === 0) return print(item('✓', ready.case.name));
  print(item('✗', ready.case.name));
  print(`    ${shownPath(ready.file)}:${ready.line}`);
  for (const failure of failures) print(folded(`    ${failure}`, 80));
  const ids = policyIds(judgement.ids);
  if (ids.length === 0) print('    no policy decided');
  for (const id of ids) print(folded(`    decided by ${id} (${whereIs(id)})`, 80));
}

function findingOf({ ready, judgement, failures }: CaseResult): Finding {
  const { file, line, column } = ready;
  const message = `${failures.join('; ')}; got ${answerText(judgement)}`;
  const problem = failures.length === 0 ? null : ({ level: 'error', message, remedy: null } as const);
  return { rule: 'test/case', subject: ready.case.name, problem, file, line, column };
}
