import { beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../src/policy/load.ts';
import { CatalogueError, formatProblem } from '../../src/policy/problems.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { readCases, runCases } from '../../src/policy/cases/test-cases.ts';
import { EXAMPLE } from './folders.ts';

let rules: Rules;
beforeAll(async () => {
  rules = await loadRules(`${EXAMPLE}/catalogue.yaml`);
});

const CASE = '- name: n\n  person: ana\n  entitlement: orders-db:read\n  expect: requires-approval\n';

function problems(text: string): string {
  try {
    readCases(text, 'a.yaml', rules);
    return '';
  } catch (error) {
    if (error instanceof CatalogueError) return error.problems.map(formatProblem).join('\n');
    throw error;
  }
}
const failures = (more: string, base = CASE) =>
  runCases(rules, readCases(base + more, 'a.yaml', rules)).flatMap((each) => each.failures);

describe('a case is refused', () => {
  it.each<[string, string, string]>([
    [
      'without anybody',
      CASE.replace('  person: ana\n', ''),
      'a.yaml:1:3 [0].person: expected either person, or groups',
    ],
    [
      'with somebody twice',
      `${CASE}  groups: [dba]\n`,
      'expected either person, or groups of somebody made up',
    ],
    [
      'with a moment that is none',
      `${CASE}  at: Tuesday 25:00\n`,
      'a.yaml:5:7 [0].at: "Tuesday 25:00": there is no such time',
    ],
    [
      'with stages where nobody is asked',
      `${CASE.replace('requires-approval', 'no-access')}  stages: { dba: 1 }\n`,
      'goes with expect: requires-approval alone',
    ],
    ['with an unknown group of a stage', `${CASE}  stages: { dbaa: 1 }\n`, 'unknown group "dbaa"'],
    ['with a second of its kind in a mapping', `${CASE}  name: again\n`, 'duplicate key'],
    ['of what takes no consent', `${CASE}  action: activate\n`, 'expected allowed or no-access of activate'],
    [
      'approving without anyone who does',
      `${CASE.replace('requires-approval', 'allowed')}  action: approve\n`,
      'missing; expected who does approve',
    ],
    ['that is no list', 'name: n\n', 'expected a list'],
    [
      'with a refusal’s words where nothing is refused',
      `${CASE}  says: no\n`,
      'goes with expect: no-access alone',
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toContain(expected);
    expect(problems(text)).toMatch(/^a\.yaml:\d+:\d+/);
  });
});

describe('a case fails, and says what came instead', () => {
  it.each([
    ['  stages: { dba: 1 }\n', 'expected stages dba 1, got dba 2'],
    ['  stages: { dba: 2, security: 1 }\n', 'expected stages dba 2, security 1, got dba 2'],
    ['  longest: 5h\n', 'expected longest 300m, got 240m'],
    ['  impact: 7\n', 'expected impact 7, got 31'],
    ['  ticket: required\n', 'expected ticket required, got not required'],
    ['  by: [forbid.freeze]\n', 'expected decided by forbid.freeze, got permit.requesters'],
  ])('%j', (more, expected) => {
    expect(failures(more)).toEqual([expected]);
  });

  it('by what it expected of the whole', () => {
    expect(failures('', CASE.replace('requires-approval', 'auto-approved'))).toEqual([
      'expected auto-approved, got requires-approval',
    ]);
  });

  it('where a refusal was by other rules than it says', () => {
    const refused = CASE.replace('orders-db:read', 'ledger-db:read').replace(
      'requires-approval',
      'no-access',
    );
    expect(failures('  at: Sunday 03:00\n', refused)).toEqual([]);
    expect(failures('  at: Sunday 03:00\n  by: []\n', refused)).toEqual([
      'expected decided by none, got forbid.finance-out-of-hours',
    ]);
    expect(failures('  at: Sunday 03:00\n  because: not-eligible\n', refused)).toEqual([
      'expected because not-eligible, got forbidden',
    ]);
  });
});

it('weekdays are those of the first week of June 2026, in the zone of the resource', () => {
  const [ready] = readCases(`${CASE}  at: Tuesday 10:00\n`, 'a.yaml', rules);
  expect(new Date(ready?.input.at ?? 0).toISOString()).toBe('2026-06-02T08:00:00.000Z');
  const [elsewhere] = readCases(`${CASE}  at: Sunday 10:00\n  zone: Asia/Tokyo\n`, 'a.yaml', rules);
  expect(new Date(elsewhere?.input.at ?? 0).toISOString()).toBe('2026-06-07T01:00:00.000Z');
});
