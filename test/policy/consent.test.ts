import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstUnfillable } from '../../src/policy/consent.ts';

const stages = (...quorums: number[]) =>
  quorums.map((quorum, i) => ({ name: `${i}`, group: `${i}`, quorum }));

test('stages without people in common need each their own', () => {
  expect(firstUnfillable(stages(2, 1), [['a', 'b'], ['c']])).toBeNull();
  expect(firstUnfillable(stages(2, 1), [['a', 'b'], []])).toBe(1);
  expect(firstUnfillable([], [])).toBeNull();
});

test('moves someone to another stage of theirs when that makes room', () => {
  expect(firstUnfillable(stages(1, 1, 1), [['a', 'b', 'c'], ['a', 'b'], ['a']])).toBeNull();
});

test('does not count one person twice, in one stage or in two', () => {
  expect(firstUnfillable(stages(1, 1), [['a'], ['a']])).toBe(1);
  expect(firstUnfillable(stages(2), [['a', 'a']])).toBe(0);
});

test('agrees with trying every assignment', () => {
  const people = fc.subarray(['a', 'b', 'c', 'd']);
  const drawn = fc.array(fc.record({ quorum: fc.integer({ min: 1, max: 2 }), people }), { maxLength: 3 });
  fc.assert(
    fc.property(drawn, (list) => {
      const slots = list.flatMap(({ quorum, people: group }) => Array.from({ length: quorum }, () => group));
      const fillable = (index: number, used: readonly string[]): boolean =>
        index === slots.length ||
        (slots[index] ?? []).some((one) => !used.includes(one) && fillable(index + 1, [...used, one]));
      const asked = stages(...list.map(({ quorum }) => quorum));
      expect(
        firstUnfillable(
          asked,
          list.map((each) => each.people),
        ) === null,
      ).toBe(fillable(0, []));
    }),
  );
});
