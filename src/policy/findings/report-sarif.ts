import type { Finding, FindingsReport } from './findings.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json';

/** The problems among the findings as SARIF 2.1.0, as code scanning reads it. Paths are from the repository's root. */
export function sarifOf({ command, version, findings, rules }: FindingsReport): string {
  const found = findings.filter(({ problem }) => problem !== null);
  const ids = [...new Set(found.map(({ rule }) => rule))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Countersign',
            semanticVersion: version,
            rules: ids.map((id) => ({ id, shortDescription: { text: rules[id] ?? id } })),
          },
        },
        automationDetails: { id: `countersign/${command.replaceAll(' ', '-')}/` },
        columnKind: 'utf16CodeUnits',
        results: found.map((finding) => resultOf(finding, ids)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf({ rule, subject, problem, file, line, column }: Finding, ids: readonly string[]) {
  const remedy = problem?.remedy == null ? '' : ` ${problem.remedy}`;
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: problem?.level ?? 'none',
    message: { text: `${subject}: ${problem?.message ?? ''}${remedy}`.toWellFormed() },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: Math.max(1, line), startColumn: Math.max(1, column) },
        },
      },
    ],
    partialFingerprints: { 'countersign/v1': `${rule}/${subject}` },
  };
}

/** A path as a URI reference: each part escaped, the slashes kept. */
const uriOf = (file: string): string =>
  file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/').replace(/^\.\//, '');
