import { beforeAll, describe, expect, it } from 'vitest';
import { gate, type GateFinding } from '../../src/policy/gate.ts';
import { readGateFile } from '../../src/policy/gate-file.ts';
import { compareOnGrid } from '../../src/policy/grid.ts';
import { summarise } from '../../src/policy/grid-summary.ts';
import { loadRules, rulesFromFiles } from '../../src/policy/load.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { EXAMPLE } from './folders.ts';
import { changed, SMALL } from './small-catalogue.ts';

const CATALOGUE = `${SMALL.replace('zone: Europe/Vienna\n', 'zone: Europe/Vienna\npolicies: policies\nlimits: { confidential: { longest: 4h, approvals: 2 } }\n')}`;
const POLICIES = `@id("permit.all")
permit (principal, action in [Action::"request", Action::"activate", Action::"extend"], resource);
@id("forbid.night")
forbid (principal, action == Action::"request", resource) when { context.minuteOfDay < 360 };
`;
const rules = (catalogue = CATALOGUE, policies = POLICIES): Rules =>
  rulesFromFiles(
    new Map([
      ['catalogue.yaml', Buffer.from(catalogue)],
      ['policies/all.cedar', Buffer.from(policies)],
    ]),
    'catalogue.yaml',
  );

const NOW = Date.UTC(2026, 5, 1);
const EXCEPTIONS = (until: string, group = 'dba') => `exceptions:
  - allow: { entitlement: 'orders-db:read', group: ${group} }
    reason: a trial
    author: ana
    approvedBy: [cleo, dev]
    until: ${until}
`;

let base: Rules;
beforeAll(() => {
  base = rules();
});

function found(
  after: Rules,
  exceptions = 'exceptions: []',
  now = NOW,
  before = base,
): readonly GateFinding[] {
  const { differences } = compareOnGrid(before, after);
  return gate(before, after, summarise(differences), readGateFile(exceptions, 'gate.yaml', before), now);
}
const texts = (findings: readonly GateFinding[]) =>
  findings.map(({ rule, subject, message }) => `${rule} ${subject}: ${message}`);

describe('the gate', { timeout: 60_000 }, () => {
  it('lets through what says the same, and what only tightens', () => {
    expect(found(rules())).toEqual([]);
    expect(found(rules(changed('longest: 4h\n', 'longest: 2h\n', CATALOGUE)))).toEqual([]);
    expect(found(rules(CATALOGUE, POLICIES.replace('< 360', '< 420')))).toEqual([]);
  });

  it('stops what goes beyond a limit that the same change raises', () => {
    const raised = changed(
      'longest: 4h,',
      'longest: 9h,',
      changed('longest: 4h\n', 'longest: 8h\n', CATALOGUE),
    );
    const all = texts(found(rules(raised)));
    expect(all).toContain(
      'gate/lifetime-exceeds-limit entitlement orders-db:read: longest 480m > 240m (confidential)',
    );
    expect(all).toContain('gate/limits-loosened limits confidential: longest 240m → 540m');
  });

  it('stops fewer approvals than the limit wanted, and tells it of the people', () => {
    const fewer = changed('approvals: 2', 'approvals: 1', changed('quorum: 2', 'quorum: 1', CATALOGUE));
    const all = texts(found(rules(fewer)));
    expect(all).toContain(
      'gate/approvals-below-limit entitlement orders-db:read: 1 approval < 2 (confidential)',
    );
    expect(all).toContain('gate/limits-loosened limits confidential: approvals 2 → 1');
    expect(all.join('\n')).toMatch(
      /gate\/fewer-approvals request, extend orders-db:read: ana, .*dba 2 → dba 1/,
    );
  });

  it('stops a scope that grows, and not one that only moves to another entitlement', () => {
    const grown = changed('scope: { role: shop_ro }', 'scope: { role: shop_rw }', CATALOGUE);
    expect(texts(found(rules(grown)))).toEqual([
      'gate/scope-grows entitlement orders-db:read: shop gives role: shop_rw, which it gave nobody before',
    ]);
  });

  it('stops a rule that forbids from going, or from permitting instead', () => {
    const gone = texts(found(rules(CATALOGUE, POLICIES.split('@id("forbid.night")')[0])));
    expect(gone).toContain('gate/forbid-removed policy forbid.night: it forbade, and is gone');
    expect(gone.join('\n')).toMatch(/gate\/newly-allowed request orders-db:read: .*\(forbid.night\)/);
    const turned = texts(found(rules(CATALOGUE, POLICIES.replace('forbid (principal', 'permit (principal'))));
    expect(turned).toContain('gate/forbid-removed policy forbid.night: it permits instead of forbidding');
  });

  it('stops a folder that does without policies, or only flags what is inadmissible', () => {
    const flags = changed('policies: policies\n', 'policies: policies\nonInadmissible: flag\n', CATALOGUE);
    expect(texts(found(rules(flags))).join('\n')).toContain(
      'gate/inadmissible-loosened onInadmissible: revoke → flag',
    );
    const alone = rulesFromFiles(
      new Map([['catalogue.yaml', Buffer.from(CATALOGUE.replace('policies: policies', 'policies: none'))]]),
      'catalogue.yaml',
    );
    expect(texts(found(alone)).join('\n')).toContain(
      'gate/policies-removed policies: the catalogue would decide alone',
    );
  });

  describe('an exception', () => {
    const more = () =>
      rules(
        changed(
          'requesters: [developers]',
          'requesters: [developers, dba]',
          changed('quorum: 2', 'quorum: 1', changed('approvals: 2', 'approvals: 1', CATALOGUE)),
        ),
      );
    const before = () =>
      rules(changed('quorum: 2', 'quorum: 1', changed('approvals: 2', 'approvals: 1', CATALOGUE)));
    const asked = (exceptions: string, now = NOW) => texts(found(more(), exceptions, now, before()));

    it('lets what it is about through', () => {
      expect(asked('exceptions: []').join('\n')).toContain('gate/newly-allowed');
      expect(asked(EXCEPTIONS('2026-06-30'))).toEqual([]);
    });

    it('is about nobody else', () => {
      expect(asked(EXCEPTIONS('2026-06-30', 'developers')).join('\n')).toContain('gate/newly-allowed');
    });

    it('counts on its last day and not on the next', () => {
      expect(asked(EXCEPTIONS('2026-06-30'), Date.UTC(2026, 5, 30, 21))).toEqual([]);
      const late = found(more(), EXCEPTIONS('2026-06-30'), Date.UTC(2026, 5, 30, 22), before());
      expect(late.map(({ remedy }) => remedy).join()).toContain('has run out');
    });
  });
});

describe('gate.yaml', () => {
  const problems = (text: string): string => {
    try {
      readGateFile(text, 'gate.yaml', base);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  it.each([
    ['one approver', EXCEPTIONS('2026-06-30').replace('[cleo, dev]', '[cleo]'), 'approvedBy'],
    [
      'the same approver twice',
      EXCEPTIONS('2026-06-30').replace('[cleo, dev]', '[cleo, cleo]'),
      'expected another person than the first',
    ],
    [
      'its author among them',
      EXCEPTIONS('2026-06-30').replace('[cleo, dev]', '[cleo, ana]'),
      '"ana" is its author; expected two other people',
    ],
    [
      'somebody unknown',
      EXCEPTIONS('2026-06-30').replace('[cleo, dev]', '[cleo, zoe]'),
      'unknown person "zoe"',
    ],
    [
      'group and person',
      EXCEPTIONS('2026-06-30').replace('group: dba', 'group: dba, person: ana'),
      'expected either a group or a person',
    ],
    ['no end', EXCEPTIONS('2026-06-30').replace('    until: 2026-06-30\n', ''), 'until: missing'],
    ['a day that is none', EXCEPTIONS('2026-06-31'), 'gate.yaml:6:12'],
    ['an unknown key', EXCEPTIONS('2026-06-30').replace('reason', 'raeson'), 'unknown key "raeson"'],
  ])('refuses %s', (_, text, expected) => {
    expect(problems(text)).toContain(expected);
    expect(problems(text)).toMatch(/gate\.yaml:\d+:\d+/);
  });
});

it('the example passes its own gate', async () => {
  const example = await loadRules(`${EXAMPLE}/catalogue.yaml`);
  expect(gate(example, example, [], [], NOW)).toEqual([]);
});
