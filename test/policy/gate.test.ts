import { beforeAll, describe, expect, it } from 'vitest';
import { gate } from '../../src/policy/gate/gate.ts';
import { readGateFile } from '../../src/policy/gate/gate-file.ts';
import type { GateFinding } from '../../src/policy/gate/gate-rules.ts';
import { compareOnGrid } from '../../src/policy/compare/grid.ts';
import { summarise } from '../../src/policy/compare/grid-summary.ts';
import { loadRules, rulesFromFiles } from '../../src/policy/load.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { EXAMPLE } from './folders.ts';
import { changed, SMALL } from './small-catalogue.ts';

const CATALOGUE = `${SMALL.replace('zone: Europe/Vienna\n', 'zone: Europe/Vienna\npolicies: policies\nlimits: { confidential: { longest: 4h, approvals: 2 } }\n')}`;
const POLICIES = `@id("permit.all")
permit (principal, action in [Action::"request", Action::"activate", Action::"extend"], resource);
@id("permit.consent")
permit (principal, action == Action::"approve", resource);
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

  it('stops a scope that another entitlement of the connector gave, and one that loses a bound', () => {
    const two = `${CATALOGUE}  orders-db:write:
    title: Write orders
    resource: orders-db
    description: Write to all tables.
    scope: { role: shop_rw, schema: orders }
    longest: 1h
    requesters: [developers]
    stages: [{ name: DBA, group: dba, quorum: 2 }]
`;
    const swapped = changed('scope: { role: shop_ro }', 'scope: { role: shop_rw, schema: orders }', two);
    expect(texts(found(rules(swapped), undefined, NOW, rules(two))).join('\n')).toContain(
      'gate/scope-grows entitlement orders-db:read: shop gives role: shop_rw, which it gave by another entitlement alone',
    );
    const unbounded = changed('scope: { role: shop_rw, schema: orders }', 'scope: { role: shop_rw }', two);
    expect(texts(found(rules(unbounded), undefined, NOW, rules(two)))).toEqual([
      'gate/scope-grows entitlement orders-db:write: shop gives schema: anything, which it gave nobody before',
    ]);
  });

  it('stops a connector that leads elsewhere, and tells nothing of its configuration', () => {
    const moved = changed('env:SHOP_ADMIN_URL', 'env:OTHER_ADMIN_URL', CATALOGUE);
    expect(texts(found(rules(moved)))).toEqual([
      'gate/target-changes connector shop: its configuration is another: what it gives may be on another target',
    ]);
  });

  it('stops data from counting as less sensitive, which loosens its limit', () => {
    const internal = changed('classification: confidential', 'classification: internal', CATALOGUE);
    expect(texts(found(rules(internal)))).toContain(
      'gate/classification-lowered entitlement orders-db:read: confidential → internal',
    );
  });

  it('stops more time by extension, and a ticket from being dropped', () => {
    const with_ = (more: string) => rules(`${CATALOGUE}${more}`);
    const before = with_('    ticket: required\n    extension: { longest: 1h, times: 1, consent: stages }\n');
    const after = with_('    ticket: none\n    extension: { longest: 1h, times: 3, consent: stages }\n');
    expect(texts(found(after, undefined, NOW, before))).toEqual([
      'gate/extension-grows entitlement orders-db:read: extension 1 h, 1 times → 1 h, 3 times',
      'gate/ticket-dropped entitlement orders-db:read: ticket required → none',
    ]);
  });

  it('stops an extension that takes no consent any more, however short', () => {
    const with_ = (consent: string) =>
      rules(
        `${changed('longest: 4h, ', '', changed('longest: 4h\n', 'longest: 2h\n    durations: [1h, 2h]\n', CATALOGUE))}    extension: { longest: 10m, times: 1, consent: ${consent} }\n`,
      );
    expect(texts(found(with_('automatic'), undefined, NOW, with_('stages'))).join('\n')).toMatch(
      /gate\/fewer-approvals extend orders-db:read: .*dba 2 → automatic/,
    );
  });

  it.each([
    [
      'a member of the group that consents',
      'members: [cleo, dev]',
      'members: [cleo, dev, ben]',
      'approve orders-db:read: ben: may consent by dba',
    ],
    [
      'a group that a stage is opened to',
      'quorum: 2\n',
      'quorum: 2\n        escalate: { after: 5m, to: developers }\n',
      'approve orders-db:read: ana, ben, a member of developers: may consent by developers',
    ],
    [
      'someone who stands in',
      'U0CLEO } }',
      'U0CLEO }, away: { from: 2026-01-01, until: 2027-01-01, delegate: ben } }',
      'approve orders-db:read: ben: may consent by dba',
    ],
  ])('stops consent by %s', (_, from, to, message) => {
    expect(texts(found(rules(changed(from, to, CATALOGUE)))).join('\n')).toContain(
      `gate/consent-widened ${message}`,
    );
  });

  it('stops a rule about consenting from letting in whom it kept out', () => {
    const consenting = (when: string) =>
      changed('Action::"approve", resource);', `Action::"approve", resource) when { ${when} };`, POLICIES);
    const before = rules(CATALOGUE, consenting('principal == Person::"cleo" || context.minuteOfDay < 300'));
    const found_ = (when: string) => texts(found(rules(CATALOGUE, consenting(when)), undefined, NOW, before));
    expect(found_('principal == Person::"cleo" || context.minuteOfDay < 300')).toEqual([]);
    expect(found_('principal == Person::"cleo" || context.minuteOfDay < 200')).toEqual([]);
    expect(found_('principal == Person::"cleo" || context.minuteOfDay < 400').join()).toContain(
      'dev, a member',
    );
  });

  it('stops members from coming from elsewhere, and being believed for longer', () => {
    const ldap = (dn: string, stale: string) =>
      rules(changed('members: [ana, ben]', `source: { ldap: '${dn}' }, stale: ${stale}`, CATALOGUE));
    const before = ldap('cn=a,dc=x', '1h');
    expect(texts(found(ldap('cn=a,dc=x', '30m'), undefined, NOW, before))).toEqual([]);
    expect(texts(found(ldap('cn=b,dc=x', '1h'), undefined, NOW, before))).toEqual([
      'gate/members-elsewhere group developers: its members are those of another source (ldap)',
    ]);
    expect(texts(found(ldap('cn=a,dc=x', '2h'), undefined, NOW, before))).toEqual([
      'gate/members-elsewhere group developers: what is known of its members counts for 2 h, not 1 h',
    ]);
    expect(texts(found(ldap('cn=a,dc=x', '1h'))).join()).toContain('gate/members-elsewhere');
  });

  it.each([
    ['an operator', 'U0BEN }', 'U0BEN }, operator: true', 'person ben: is an operator'],
    ['an auditor', 'U0BEN }', 'U0BEN }, auditor: true', 'person ben: is an auditor'],
    ['someone in another account', 'T0COUNTER/U0BEN', 'T0COUNTER/U0EVE', 'person ben: has an account'],
    [
      'another workspace',
      'teams: [T0COUNTER]',
      'teams: [T0COUNTER, T0EVE]',
      'slack: people of workspace T0EVE',
    ],
  ])('stops trust in %s', (_, from, to, message) => {
    expect(texts(found(rules(changed(from, to, CATALOGUE)))).join('\n')).toContain(
      `gate/people-trusted ${message}`,
    );
  });

  it('stops a freeze from ending an hour earlier, a demand from letting more time, and from wanting no ticket', () => {
    const frozen = (lasts: string) =>
      changed(
        'resources:\n',
        `calendars:\n  end: { kind: freeze, title: End, rule: FREQ=YEARLY, start: 2026-12-20T18:00, lasts: ${lasts} }\nresources:\n`,
        CATALOGUE,
      );
    const policies = (longest: string, more: string) => `${POLICIES}@id("forbid.freeze")
forbid (principal, action == Action::"request", resource) when { context.freeze };
@id("demand.short")
@longest("${longest}")${more}
permit (principal, action == Action::"demand", resource);
`;
    const before = rules(frozen('16d'), policies('1h', '\n@ticket("required")'));
    const said = (lasts: string, longest: string, more: string) =>
      texts(found(rules(frozen(lasts), policies(longest, more)), undefined, NOW, before)).join('\n');
    expect(said('16d', '1h', '\n@ticket("required")')).toBe('');
    expect(said('383h', '1h', '\n@ticket("required")')).toContain('(forbid.freeze)');
    expect(said('16d', '2h', '\n@ticket("required")')).toContain('no (too-long) → dba 2');
    expect(said('16d', '1h', '')).toContain('dba 2, with a ticket → dba 2');
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

    it('for asking is none for consenting', () => {
      const wider = rules(changed('members: [cleo, dev]', 'members: [cleo, dev, ben]', CATALOGUE));
      const forBen = EXCEPTIONS('2026-06-30').replace('group: dba', 'person: ben');
      expect(texts(found(wider, forBen)).join('\n')).toContain('gate/consent-widened');
      expect(texts(found(wider, forBen.replace('person: ben', 'person: ben, may: consent')))).toEqual([]);
    });

    it('for a group is about those who were in it', () => {
      const gus = (text: string) =>
        changed('groups:\n', '  gus: { name: Gus, accounts: { slack: T0COUNTER/U0GUS } }\ngroups:\n', text);
      const joined = rules(changed('members: [ana, ben]', 'members: [ana, ben, gus]', gus(CATALOGUE)));
      const said = texts(found(joined, EXCEPTIONS('2026-06-30', 'developers'), NOW, rules(gus(CATALOGUE))));
      expect(said.join('\n')).toContain('gate/newly-allowed');
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
