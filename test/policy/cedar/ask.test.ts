import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { policiesOf } from '../../../src/policy/cedar/ask.ts';
import type { CedarValue, PolicyRule } from '../../../src/policy/cedar/policies.ts';
import { policyJson } from '../../../src/policy/cedar/wasm.ts';
import { LIMITS } from '../../../src/limits.ts';
import { forbid, policiesFrom, question, rule } from './small-rules.ts';

const NO = { allowed: false, ids: [], errors: [] };
const yes = (...ids: readonly string[]) => ({ allowed: true, ids, errors: [] });
const no = (...ids: readonly string[]) => ({ allowed: false, ids, errors: [] });

describe('an answer', () => {
  it('is no without a rule that permits it', () => {
    expect(policiesFrom('').ask(question('request'))).toEqual(NO);
    expect(policiesFrom(rule('a', 'approve')).ask(question('request'))).toEqual(NO);
  });

  it('names every rule that permits it, sorted', () => {
    const rules = [
      rule('z', 'request'),
      rule('a', 'request'),
      rule('m', 'request', ' when { context.freeze }'),
    ];
    expect(policiesFrom(rules.join('')).ask(question('request'))).toEqual(yes('a', 'z'));
  });

  it('names the rules that forbid it, whatever permits it', () => {
    const rules = `${rule('a', 'request')}${forbid('b', 'request', ' when { context.weekday == 1 }')}`;
    expect(policiesFrom(rules).ask(question('request'))).toEqual(no('b'));
    expect(policiesFrom(rules).ask(question('request', { context: { weekday: 2 } }))).toEqual(yes('a'));
  });

  test.each([
    ['groups', 'principal in Group::"developers"', {}],
    ['groups of the entitlement', 'principal in resource.requesters', {}],
    ['the project', 'resource in Project::"shop"', {}],
    [
      'attributes of people',
      'principal.hasTag("team") && principal.getTag("team") == "orders"',
      { tags: { team: 'orders' } },
    ],
    [
      'facts that are there',
      'context has incident && context.incident.severity <= 2',
      { context: { incident: { id: 'i', severity: 1 } } },
    ],
    ['the clock', 'context.minuteOfDay == 540 && context.weekday == 1', {}],
    ['freezes', 'context.freezes.contains("christmas")', { context: { freezes: ['christmas'] } }],
  ])('follows from %s', (_what, condition, more) => {
    const policies = policiesFrom(`${rule('if', 'request', ` when { ${condition} }`)}`);
    expect(policies.ask(question('request', more))).toEqual(yes('if'));
    const unless = policiesFrom(rule('unless', 'request', ` unless { ${condition} }`));
    expect(unless.ask(question('request', more))).toEqual(NO);
  });

  it('is no to what needs a fact that is not known', () => {
    const condition = ' when { context has risk && context.risk < 500 }';
    expect(policiesFrom(rule('a', 'request', condition)).ask(question('request'))).toEqual(NO);
  });
});

describe('when something goes wrong the answer is no', () => {
  it('for a rule in error, which Cedar would leave out, be it the one that forbids', () => {
    // Nothing that validation lets through: numbers too large to multiply.
    const overflow = ' when { context.impact * 9007199254740991 > 1 }';
    const policies = policiesFrom(`${rule('a', 'request')}${forbid('b', 'request', overflow)}`);
    expect(policies.ask(question('request', { context: { impact: 1 } }))).toEqual(no('b'));
    expect(policies.ask(question('request', { context: { impact: 1_025 } }))).toEqual({
      allowed: false,
      ids: ['a'],
      errors: [expect.stringMatching(/^b: .*overflow/)],
    });
  });

  it.each<[string, Record<string, CedarValue>]>([
    ['a fraction', { impact: 1.5 }],
    ['a fact of a kind that there is not', { weather: 'fine' }],
    ['a number where a text belongs', { network: { origin: 4 } }],
    ['nothing where a number belongs', { impact: null as unknown as CedarValue }],
    ['a number too large', { impact: 2 ** 70 }],
  ])('for %s', (_what, context) => {
    const answer = policiesFrom(rule('a', 'request')).ask(question('request', { context }));
    expect(answer).toEqual({ allowed: false, ids: [], errors: [expect.any(String)] });
  });

  it('for an entitlement without what the schema says it has', () => {
    const answer = policiesFrom(rule('a', 'request')).ask(question('request', { attrs: { level: 'two' } }));
    expect(answer).toMatchObject({ allowed: false, errors: [expect.any(String)] });
  });

  it('for rules that Cedar does not take, and not what the rules before them would say', () => {
    const good = policiesFrom(rule('a', 'request'));
    const broken = policiesOf(new Map([['b', { ...ruleFrom('b', 'true'), text: 'permit' }]]));
    for (let i = 0; i < LIMITS.policySetsPreparsedMax * 2; i++) {
      expect(broken.ask(question('request'))).toMatchObject({ allowed: false, errors: [expect.any(String)] });
      expect(good.ask(question('request'))).toEqual(yes('a'));
    }
  });

  it('for a rule that overflows its stack; others are answered after it', () => {
    const text = rule('b', 'request', ` when { ${Array(300).fill('context.impact == 1').join(' || ')} }`);
    const broken = policiesOf(new Map([['b', { ...ruleFrom('b', 'true'), text }]]));
    const good = policiesFrom(rule('a', 'request'));
    for (let i = 0; i < 20; i++) {
      expect(broken.ask(question('request')).allowed).toBe(false);
      expect(good.ask(question('request'))).toEqual(yes('a'));
    }
  });
});

function ruleFrom(id: string, condition: string): PolicyRule {
  const text = rule(id, 'request', ` when { ${condition} }`);
  return { id, effect: 'permit', annotations: { id }, file: 'f', line: 1, text, json: policyJson(text) };
}

describe('many sets of rules at once', () => {
  it('each answers by its own, in whatever order they are asked and replaced', () => {
    const sets = Array.from({ length: LIMITS.policySetsPreparsedMax * 2 + 1 }, (_, i) =>
      policiesFrom(rule(`set-${i}`, 'request', ` when { context.impact == ${i} }`)),
    );
    const asks = fc.array(fc.record({ set: fc.nat(sets.length - 1), impact: fc.nat(sets.length - 1) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(asks, (list) => {
        for (const { set, impact } of list) {
          const answer = sets[set]?.ask(question('request', { context: { impact } }));
          expect(answer).toEqual(set === impact ? yes(`set-${set}`) : NO);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('the same rules loaded again are as good as before', () => {
    for (let i = 0; i < 50; i++) {
      expect(
        policiesFrom(rule('a', 'request', ` when { context.impact == ${i} }`)).ask(
          question('request', { context: { impact: i } }),
        ),
      ).toEqual(yes('a'));
    }
  });
});

describe('someone of whom it cannot be told whether they are in a group', () => {
  const untold = (group: string, ...ids: readonly string[]) => ({
    allowed: false,
    ids,
    errors: [`it cannot be told who is in ${group}`],
    untold: group,
  });
  const asks = { untold: ['contractors'] };

  it('is refused where a rule forbids that group something', () => {
    const policies = policiesFrom(
      `${rule('a', 'request')}${forbid('b', 'request', ' when { principal in Group::"contractors" }')}`,
    );
    expect(policies.ask(question('request', asks))).toEqual(untold('contractors', 'b'));
    expect(policies.ask(question('request'))).toEqual(yes('a'));
  });

  it('is refused where only that group is permitted, and told why', () => {
    const policies = policiesFrom(rule('a', 'request', ' when { principal in Group::"contractors" }'));
    expect(policies.ask(question('request', asks))).toEqual(untold('contractors', 'a'));
  });

  it('is refused where a rule permits all but that group', () => {
    const policies = policiesFrom(rule('a', 'request', ' unless { principal in Group::"contractors" }'));
    expect(policies.ask(question('request', asks))).toEqual(untold('contractors'));
  });

  it('is refused where that group owes more', () => {
    const policies = policiesFrom(
      rule('d', 'demand', ' when { principal in Group::"contractors" }', '@stage("dba:1")'),
    );
    expect(policies.ask(question('demand', asks))).toEqual(untold('contractors', 'd'));
    expect(policies.ask(question('demand'))).toEqual(NO);
    const more = policiesFrom(
      [' when { principal in Group::"contractors" }', ' when { context.weekday == 1 }']
        .map((condition, i) => rule(`d${i}`, 'demand', condition, '@stage("dba:1")'))
        .join(''),
    );
    expect(more.ask(question('demand', asks))).toEqual(untold('contractors', 'd0', 'd1'));
  });

  it('is answered where it makes no difference', () => {
    const either = ' when { principal in Group::"contractors" || principal in Group::"developers" }';
    expect(policiesFrom(rule('a', 'request', either)).ask(question('request', asks))).toEqual(yes('a'));
    const elsewhere = `${rule('a', 'request')}${forbid('b', 'approve', ' when { principal in Group::"contractors" }')}`;
    expect(policiesFrom(elsewhere).ask(question('request', asks))).toEqual(yes('a'));
  });

  it('is refused for the group that is on call, where a rule asks for it by that name', () => {
    const condition = ' unless { resource has onCall && principal in resource.onCall }';
    const attrs = { onCall: { __entity: { type: 'Group', id: 'contractors' } } };
    expect(
      policiesFrom(rule('a', 'request', condition)).ask(question('request', { ...asks, attrs })),
    ).toEqual(untold('contractors'));
  });

  it.each(['{ it: resource }.it.requesters', '(if context.freeze then resource else resource).requesters'])(
    'is refused for a group of the entitlement, however a rule comes to it: %s',
    (path) => {
      const policies = policiesFrom(
        `${rule('a', 'request')}${forbid('b', 'request', ` when { principal in ${path} }`)}`,
      );
      const attrs = { requesters: [{ __entity: { type: 'Group', id: 'contractors' } }] };
      expect(policies.ask(question('request', { ...asks, attrs }))).toEqual(untold('contractors', 'b'));
    },
  );

  it('is refused where it takes two such groups together', () => {
    const both = ' when { principal in Group::"dba" && principal in Group::"security" }';
    const policies = policiesFrom(`${rule('a', 'request')}${forbid('b', 'request', both)}`);
    expect(policies.ask(question('request', { untold: ['dba', 'security'] }))).toEqual(untold('dba', 'b'));
  });

  it('is refused where too many such groups would have to be tried', () => {
    const groups = ['dba', 'security', 'contractors', 'developers', 'owners'];
    const named = groups.slice(0, 4).map((group) => `principal in Group::"${group}"`);
    const policies = policiesFrom(
      rule(
        'a',
        'request',
        ` when { context.impact == 0 || ${named.join(' || ')} || principal in resource.requesters }`,
      ),
    );
    const attrs = { requesters: [{ __entity: { type: 'Group', id: 'owners' } }] };
    expect(policies.ask(question('request', { untold: groups, groups: [], attrs }))).toMatchObject({
      allowed: false,
      untold: 'dba',
    });
    expect(policies.ask(question('request', { untold: groups.slice(0, 4), groups: [], attrs }))).toEqual(
      yes('a'),
    );
  });
});
