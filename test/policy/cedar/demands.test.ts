import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Demands, demandsOf, mergeDemands } from '../../../src/policy/cedar/demands.ts';
import { policiesFrom, question, rule } from './small-rules.ts';

const NONE: Demands = { stages: [], longestMs: null, mfaWithinMs: null, ticketRequired: false, ids: [] };
const MINUTE = 60_000;

const demands = (...more: readonly string[]) =>
  policiesFrom(more.map((each, i) => rule(`d${i}`, 'demand', '', each)).join(''));

function demandedBy(...more: readonly string[]): Demands {
  const policies = demands(...more);
  return demandsOf(policies, policies.ask(question('demand')).ids);
}

describe('what is demanded', () => {
  it('is nothing without rules, or with none that holds', () => {
    expect(demandsOf(null, [])).toEqual(NONE);
    const policies = policiesFrom(rule('d', 'demand', ' when { context.freeze }', '@stage("dba:1")'));
    expect(demandsOf(policies, policies.ask(question('demand')).ids)).toEqual(NONE);
  });

  it('is what one rule says', () => {
    expect(
      demandedBy('@stage("dba:2, role:manager") @longest("1h30m") @mfa("15m") @ticket("required")'),
    ).toEqual({
      stages: [
        { group: 'dba', quorum: 2, ids: ['d0'] },
        { group: 'role:manager', quorum: 1, ids: ['d0'] },
      ],
      longestMs: 90 * MINUTE,
      mfaWithinMs: 15 * MINUTE,
      ticketRequired: true,
      ids: ['d0'],
    });
  });

  it('of several rules is the largest quorum of each group, and the shortest times', () => {
    expect(
      demandedBy(
        '@stage("dba:1, security:2") @longest("1h")',
        '@stage("dba:2") @mfa("5m")',
        '@longest("2h") @mfa("10m") @stage("security:1")',
      ),
    ).toEqual({
      stages: [
        { group: 'dba', quorum: 2, ids: ['d0', 'd1'] },
        { group: 'security', quorum: 2, ids: ['d0', 'd2'] },
      ],
      longestMs: 60 * MINUTE,
      mfaWithinMs: 5 * MINUTE,
      ticketRequired: false,
      ids: ['d0', 'd1', 'd2'],
    });
  });

  it('is not passed over where a rule is not known', () => {
    expect(() => demandsOf(demands('@mfa("5m")'), ['d0', 'other'])).toThrow(
      'no rule other among those that were asked',
    );
    expect(() => demandsOf(null, ['d0'])).toThrow('no rule d0 among those that were asked');
  });

  it('is nothing where nothing is demanded', () => {
    expect(mergeDemands([])).toEqual(NONE);
  });
});

const OBLIGATION = fc.oneof(
  fc
    .record({
      group: fc.constantFrom('dba', 'security', 'contractors', 'role:manager'),
      quorum: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ group, quorum }) => `@stage("${group}:${group.startsWith('role') ? 1 : quorum}")`),
  fc.integer({ min: 1, max: 600 }).map((minutes) => `@longest("${minutes}m")`),
  fc.integer({ min: 1, max: 600 }).map((minutes) => `@mfa("${minutes}m")`),
  fc.constant('@ticket("required")'),
);

/** Whether whoever meets `a` meets `b` as well. */
const isAtLeast = (a: Demands, b: Demands): boolean =>
  b.stages.every(({ group, quorum }) =>
    a.stages.some((stage) => stage.group === group && stage.quorum >= quorum),
  ) &&
  (b.longestMs === null || (a.longestMs !== null && a.longestMs <= b.longestMs)) &&
  (b.mfaWithinMs === null || (a.mfaWithinMs !== null && a.mfaWithinMs <= b.mfaWithinMs)) &&
  (a.ticketRequired || !b.ticketRequired) &&
  b.ids.every((id) => a.ids.includes(id));

test('one more rule never loosens what the others demand', () => {
  fc.assert(
    fc.property(fc.array(OBLIGATION, { maxLength: 5 }), OBLIGATION, (rules, more) => {
      expect(isAtLeast(demandedBy(...rules, more), demandedBy(...rules))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('all rules together are what each of them demands, in whatever order they are merged', () => {
  fc.assert(
    fc.property(fc.array(OBLIGATION, { minLength: 1, maxLength: 5 }), (rules) => {
      const policies = demands(...rules);
      const each = [...policies.rules.keys()].map((id) => demandsOf(policies, [id]));
      const merged = mergeDemands(each);
      const backwards = mergeDemands(each.toReversed());
      for (const one of each) expect(isAtLeast(merged, one)).toBe(true);
      const sorted = (all: Demands) => ({
        ...all,
        stages: all.stages.toSorted((a, b) => (a.group < b.group ? -1 : 1)),
      });
      expect(sorted(backwards)).toEqual(sorted(merged));
    }),
    { numRuns: 60 },
  );
});
