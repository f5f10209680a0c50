import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { parseCatalogue } from '../../src/policy/catalogue.ts';
import { changesBetween, noChanges } from '../../src/policy/changes.ts';
import type { PolicyRule } from '../../src/policy/cedar/policies.ts';
import type { Rules } from '../../src/policy/rules.ts';
import { changed, SMALL } from './small-catalogue.ts';
import { rulesOf } from './small-policy.ts';

const rules = (text = SMALL, policies: readonly Partial<PolicyRule>[] = []): Rules => ({
  ...rulesOf(parseCatalogue(text, 'catalogue.yaml')),
  policies: {
    rules: new Map(policies.map((policy) => [policy.id ?? '', { ...RULE, ...policy }])),
    ask: () => ({ allowed: false, ids: [], errors: [] }),
  },
});
const RULE: PolicyRule = {
  id: '',
  effect: 'permit',
  annotations: {},
  file: 'policies/a.cedar',
  line: 1,
  text: '',
  json: {},
};

describe('what differs between rules', () => {
  it('is nothing where they mean the same, wherever a policy stands and however it is written', () => {
    const before = rules(SMALL, [{ id: 'one', text: 'permit(principal,action,resource);' }]);
    const after = rules(`${SMALL}\n# a remark\n`, [
      { id: 'one', text: 'permit (principal, action, resource);', file: 'policies/b.cedar', line: 9 },
    ]);
    expect(changesBetween(before, after)).toEqual(noChanges);
  });

  it('is told by id: policies, entitlements, groups, resources, connectors, settings', () => {
    const before = rules(SMALL, [{ id: 'one' }, { id: 'two' }]);
    const text = changed(
      'longest: 4h',
      'longest: 5h',
      changed('members: [cleo, dev]', 'members: [dev, cleo, ana]'),
    );
    const after = rules(changed('zone: Europe/Vienna', 'zone: Europe/Paris', text), [
      { id: 'one', effect: 'forbid' },
      { id: 'three' },
    ]);
    expect(changesBetween(before, after)).toEqual({
      added: ['policy/three'],
      removed: ['policy/two'],
      changed: [
        'entitlement/orders-db:read',
        'group/dba',
        'policy/one',
        'resource/orders-db',
        'setting/zone',
      ],
      more: 0,
    });
  });

  it('names nobody: people are one word', () => {
    const after = rules(changed('name: Ben', 'name: Benjamin'));
    expect(changesBetween(rules(), after)).toEqual({ ...noChanges, changed: ['people'] });
  });

  it('is bounded, and says how many more there are', () => {
    const many = Array.from({ length: LIMITS.rulesChangesMax + 7 }, (_, n) => ({ id: `p${n}` }));
    const { added, more } = changesBetween(rules(), rules(SMALL, many));
    expect(added).toHaveLength(LIMITS.rulesChangesMax);
    expect(more).toBe(7);
  });
});
