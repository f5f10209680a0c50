import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/audit/canonical.ts';
import { encodeLeaf, leafMaxBytes } from '../../src/audit/event-leaf.ts';
import { frameOf } from '../../src/audit/verify-leaf.ts';
import { plainFrame } from '../../src/audit/verify-plain.ts';
import { refusal } from './refusal.ts';

const sd = { reason: 'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0' };
const base = {
  id: 'evt_1',
  type: 'Noted',
  v: 1,
  at: 1_795_000_000_000,
  stream: 'log',
  version: 12,
  data: {},
  sd,
};
const frame = { id: 'evt_1', type: 'Noted', stream: 'log', version: 12, sd };
const bytesOf = (more: object): Buffer => encodeLeaf({ ...base, ...more });
const text = (more: object = {}): string => bytesOf(more).toString();

describe('a leaf', () => {
  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['numbers', { a: 0, b: 10, c: 999_999_999_999_999 }],
    ['nested values', { a: [[], {}, [1, { b: [true, false, null] }]], c: { d: 'e' } }],
    [
      'what looks like the end of a leaf',
      { a: ',"stream":"x","type":"y","v":1,"version":2}'.replaceAll('"', "'") },
    ],
  ])('with %s in it is read without being decoded', (_, data) => {
    expect(plainFrame(bytesOf({ data }))).toEqual(frame);
  });

  it.each<[string, Record<string, unknown>]>([
    ['quotes that would end it', { a: '"},"id":"x","sd":{},"stream":"s","type":"t","v":1,"version":1}' }],
    ['letters beyond ASCII', { a: 'Möbius \u{1f511}' }],
    ['escapes', { a: 'one\ntwo\\' }],
    ['numbers below zero and broken ones', { a: -1, b: 0.5, c: -0.25 }],
    ['members that sort otherwise in UTF-8', { '\u{1f511}': 1, '\ufb33': 2 }],
  ])('with %s in it is decoded, and says the same', (_, data) => {
    expect(plainFrame(bytesOf({ data }))).toBeNull();
    expect(frameOf(bytesOf({ data }))).toEqual(frame);
  });

  it('without disclosed texts has no digests', () => {
    expect(frameOf(bytesOf({ sd: {} })).sd).toBeNull();
    expect(frameOf(bytesOf({ sd: {}, data: { a: 'ö' } })).sd).toBeNull();
  });

  const leaf = text();
  it.each<[string, string]>([
    ['nothing', ''],
    ['a space before', ` ${leaf}`],
    ['a space behind', `${leaf} `],
    ['a newline behind', `${leaf}\n`],
    ['a second one behind', leaf + leaf],
    ['its end cut off', leaf.slice(0, -1)],
    ['a bare word as a value', leaf.replace('"data":{}', '"data":{"a":b}')],
    ['an array that is not closed', leaf.replace('"data":{}', '"data":{"a":[}')],
    ['a comma too many', leaf.replace('"data":{}', '"data":{"a":1,}')],
    ['no colon', leaf.replace('"data":{}', '"data":{"a" 1}')],
    ['a zero before a number', leaf.replace('"v":1', '"v":01')],
    ['a number too long', leaf.replace('"at":1795000000000', '"at":17950000000000000')],
    ['a fraction where a whole number belongs', leaf.replace('"v":1', '"v":1.5')],
    ['a member twice', leaf.replace('"data":{}', '"data":{"a":1,"a":2}')],
    ['members out of order', leaf.replace('"data":{}', '"data":{"b":1,"a":2}')],
    ['members out of order where one begins the other', leaf.replace('"data":{}', '"data":{"a ":1,"a":2}')],
    ['another member', leaf.replace('"id":', '"i":1,"id":')],
    ['a member missing', leaf.replace('"v":1,', '')],
    ['an escape that is not needed', leaf.replace('"data":{}', '"data":{"\\u0061":1}')],
    ['a control character', leaf.replace('"data":{}', '"data":{"a\u0001":1}')],
    ['a digest that is none', leaf.replace(/"sd":\{.*?\}/, '"sd":{"reason":1}')],
    ['an array for its data', leaf.replace('"data":{}', '"data":[]')],
    ['a number for its stream', leaf.replace('"stream":"log"', '"stream":7')],
    ['a lone surrogate', leaf.replace('"data":{}', '"data":{"a":"\\ud800"}')],
  ])('with %s is refused', (_, changed) => {
    expect(changed).not.toBe(leaf);
    expect(plainFrame(Buffer.from(changed))).toBeNull();
    expect(refusal(() => frameOf(Buffer.from(changed)))).toMatch(/^(leaf_malformed|not_canonical)$/);
  });

  it('that is no UTF-8 is refused', () => {
    const bytes = Buffer.from(text({ data: { a: 'xx' } }));
    bytes[bytes.indexOf('xx')] = 0xc3;
    expect(refusal(() => frameOf(bytes))).toBe('leaf_malformed');
  });

  it('nested deeper than ours are is decoded, and refused where that is beyond canonical JSON', () => {
    const nested = (depth: number): Buffer =>
      Buffer.from(leaf.replace('"data":{}', `"data":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`));
    expect(plainFrame(nested(30))).toEqual(frame);
    expect(plainFrame(nested(40))).toBeNull();
    expect(frameOf(nested(40))).toEqual(frame);
    expect(refusal(() => frameOf(nested(70)))).toBe('not_canonical');
    expect(refusal(() => frameOf(nested(30_000)))).toMatch(/not_canonical|leaf_malformed/);
  });

  it('above the limit of a leaf is refused', () => {
    const room = leafMaxBytes - bytesOf({ data: { a: '' } }).length;
    const long = (chars: number): Buffer => canonicalBytes({ ...base, data: { a: 'x'.repeat(chars) } });
    expect(frameOf(long(room))).toEqual(frame);
    expect(refusal(() => frameOf(long(room + 1)))).toBe('leaf_too_large');
  });
});

/** Bytes near those of a leaf: one that is none must not pass for one. */
const nearLeaf = fc
  .record({
    data: fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
    at: fc.nat(),
    cut: fc.nat(2),
    put: fc.constantFrom(
      '',
      '"',
      ',',
      '}',
      '{',
      '[',
      ']',
      ':',
      '\\',
      ' ',
      '0',
      '-',
      'e',
      '.',
      'null',
      '"a":1,',
      '\u00e9',
    ),
  })
  .map(({ data, at, cut, put }) => {
    const whole = canonicalBytes({ ...base, data }, { unsafeIntegers: 'allow' }).toString();
    const place = at % whole.length;
    return Buffer.from(whole.slice(0, place) + put + whole.slice(place + cut));
  });

it('what is read without being decoded is canonical, and says what decoding says', () => {
  let taken = 0;
  fc.assert(
    fc.property(nearLeaf, (bytes) => {
      const plain = plainFrame(bytes);
      if (plain === null) return;
      taken++;
      const decoded = JSON.parse(bytes.toString()) as typeof base;
      expect(canonicalBytes(decoded).equals(bytes)).toBe(true);
      const { id, type, stream, version } = decoded;
      expect(plain).toEqual({
        id,
        type,
        stream,
        version,
        sd: Object.keys(decoded.sd).length === 0 ? null : decoded.sd,
      });
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(100);
});
