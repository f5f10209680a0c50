import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalJson } from '../../src/audit/canonical.ts';
import vectors from '../vectors/leaf.json' with { type: 'json' };

const refusal = (value: unknown): unknown => {
  try {
    return canonicalJson(value);
  } catch (error) {
    return error;
  }
};

describe('canonical JSON', () => {
  it.each(vectors.jcs.cases)('writes the RFC 8785 vector $name byte for byte', ({ input, outputHex }) => {
    const bytes = canonicalBytes(JSON.parse(input), { unsafeIntegers: 'allow' });
    expect(bytes.toString('hex')).toBe(outputHex);
  });

  it.each([
    [
      'undefined',
      { data: { ticket: undefined } },
      '"ticket" has no canonical JSON: undefined is no JSON value',
    ],
    ['NaN', { n: Number.NaN }, '"n" has no canonical JSON: a number must be finite'],
    ['an infinity', [Number.POSITIVE_INFINITY], '"$" has no canonical JSON: a number must be finite'],
    [
      'an integer others would round',
      { at: 2 ** 53 },
      '"at" has no canonical JSON: an integer must lie within ±(2^53 - 1); write it as a string',
    ],
    ['a big integer', { n: 1n }, '"n" has no canonical JSON: bigint is no JSON value'],
    [
      'undefined in an array',
      { list: Array.from([1, undefined]) },
      '"list" has no canonical JSON: undefined is no JSON value',
    ],
    ['a function', { f: () => 1 }, '"f" has no canonical JSON: function is no JSON value'],
    ['a date', { at: new Date(0) }, '"at" has no canonical JSON: an object of a class is no JSON value'],
    [
      'a lone surrogate',
      { text: 'a\ud800' },
      '"text" has no canonical JSON: text must not hold a lone surrogate',
    ],
    [
      'a lone surrogate in a name',
      { '\udc00': 1 },
      '"$" has no canonical JSON: text must not hold a lone surrogate',
    ],
  ])('refuses %s', (_name, value, message) => {
    expect(refusal(value)).toMatchObject({ code: 'not_canonical', message });
  });

  it('refuses nesting that could exhaust a reader', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(canonicalJson(nested(64))).toHaveLength(129);
    expect(refusal(nested(65))).toMatchObject({ code: 'not_canonical' });
  });

  it('takes the safe integers at both ends, and writes −0 as 0', () => {
    expect(canonicalJson([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -0])).toBe(
      '[9007199254740991,-9007199254740991,0]',
    );
  });

  it('gives the same bytes whatever the order of members, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!(refusal(value) instanceof Error));
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
});

/** The same value with the members of each object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([key, member]) => [key, reversed(member)]));
}
