import type { Finding, FindingsReport } from './findings.ts';

/** The findings as JUnit's XML, as CI servers read it: a case each, of which those with an error have failed. */
export function junitOf({ command, findings }: FindingsReport): string {
  const failures = findings.filter(({ problem }) => problem?.level === 'error').length;
  const counts = `tests="${findings.length}" failures="${failures}" errors="0" skipped="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="countersign" ${counts}>`,
    `  <testsuite name="${xml(command)}" ${counts}>`,
    ...findings.map(caseOf),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(finding: Finding): string {
  const { rule, subject, problem, file, line } = finding;
  const head = `    <testcase name="${xml(subject)}" classname="${xml(rule)}" file="${xml(file)}" line="${line}"`;
  if (problem === null) return `${head}/>`;
  const text = `${file}:${line}: ${problem.message}${problem.remedy === null ? '' : `\n${problem.remedy}`}`;
  const body =
    problem.level === 'error'
      ? `<failure type="${xml(rule)}" message="${xml(problem.message)}">${xml(text)}</failure>`
      : `<system-out>${xml(text)}</system-out>`;
  return `${head}>${body}</testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** XML 1.0 has no way to write most control characters, nor half a surrogate pair. */
const xml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[&<>"'\n\t]/g, (char) => ENTITIES[char] ?? char)
    .replace(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
