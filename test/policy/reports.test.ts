import { expect, it } from 'vitest';
import type { Finding } from '../../src/policy/findings/findings.ts';
import { junitOf } from '../../src/policy/findings/report-junit.ts';
import { sarifOf } from '../../src/policy/findings/report-sarif.ts';
import { schemaFaults } from '../cli/sarif-schema.ts';

const finding = (more: Partial<Finding> = {}): Finding => ({
  rule: 'gate/newly-allowed',
  subject: 'request x',
  problem: { level: 'error', message: 'no → yes', remedy: 'Undo it.' },
  file: 'rules/catalogue.yaml',
  line: 7,
  column: 3,
  ...more,
});
const report = (findings: readonly Finding[]) => ({
  command: 'policy gate',
  version: '0.1.0',
  findings,
  rules: { 'gate/newly-allowed': 'Nothing is newly allowed' },
});
const HOSTILE = 'a"<b>&\u0000\u001b[31m\ud800 ]]> \n';

it('writes JUnit that counts what failed, warnings aside', () => {
  const warning = finding({ problem: { level: 'warning', message: 'odd', remedy: null } });
  const xml = junitOf(report([finding(), warning, finding({ problem: null })]));
  expect(xml).toContain('<testsuite name="policy gate" tests="3" failures="1" errors="0" skipped="0">');
  expect(xml).toContain('classname="gate/newly-allowed" file="rules/catalogue.yaml" line="7"');
  expect(xml.match(/<failure /g)).toHaveLength(1);
  expect(xml).toContain('<system-out>rules/catalogue.yaml:7: odd</system-out>');
});

it('lets nothing out of its place in JUnit', () => {
  const xml = junitOf(
    report([finding({ subject: HOSTILE, problem: { level: 'error', message: HOSTILE, remedy: null } })]),
  );
  expect(xml).toContain('name="a&quot;&lt;b&gt;&amp;\ufffd\ufffd[31m\ufffd ]]&gt; &#10;"');
  const controls = xml.split('').filter((char) => char < ' ' && char !== '\n');
  expect(controls).toEqual([]);
  expect(xml.isWellFormed()).toBe(true);
});

it('writes SARIF of what is wrong, by its schema', () => {
  const log = JSON.parse(
    sarifOf(report([finding(), finding({ problem: null }), finding({ file: 'a folder/ü.yaml', line: 0 })])),
  ) as { runs: { results: { locations: { physicalLocation: object }[] }[] }[] };
  expect(schemaFaults(log)).toEqual([]);
  const results = log.runs[0]?.results ?? [];
  expect(results).toHaveLength(2);
  expect(results[0]).toMatchObject({
    ruleId: 'gate/newly-allowed',
    level: 'error',
    message: { text: 'request x: no → yes Undo it.' },
  });
  expect(results[1]?.locations[0]?.physicalLocation).toEqual({
    artifactLocation: { uri: 'a%20folder/%C3%BC.yaml' },
    region: { startLine: 1, startColumn: 3 },
  });
});

it('the schema of the test would see what is missing', () => {
  expect(schemaFaults({ version: '2.1.0' })).not.toEqual([]);
  expect(schemaFaults({ version: '2.1.0', runs: [{ tool: {} }] })).not.toEqual([]);
});
