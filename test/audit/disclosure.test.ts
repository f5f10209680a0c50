import { describe, expect, it } from 'vitest';
import { disclose, disclosureDigest, readDisclosure } from '../../src/audit/disclosure.ts';
import vectors from '../vectors/leaf.json' with { type: 'json' };

const salt = Buffer.alloc(16, 7);

describe('a disclosure', () => {
  it('has the digest that RFC 9901 gives for its example', () => {
    expect(disclosureDigest(vectors.sdJwt.disclosure)).toBe(vectors.sdJwt.digest_b64url);
  });

  it('reads the example of RFC 9901', () => {
    const [exampleSalt, field, value] = JSON.parse(vectors.sdJwt.array) as string[];
    expect(readDisclosure(vectors.sdJwt.disclosure)).toEqual({ salt: exampleSalt, field, value });
  });

  it('is base64url of [salt, field, value]', () => {
    const text = Buffer.from(disclose(salt, 'reason', 'Möbius'), 'base64url').toString();
    expect(text).toBe('["BwcHBwcHBwcHBwcHBwcHBw","reason","Möbius"]');
  });

  it('carries any text there and back, a lone surrogate too', () => {
    const hostile = 'a\ud800<!channel>\u202e"\\\n\u0000';
    expect(readDisclosure(disclose(salt, 'reason', hostile)).value).toBe(hostile);
  });

  it('has another digest under another salt, so that equal texts cannot be told', () => {
    const one = disclosureDigest(disclose(salt, 'reason', 'no'));
    const other = disclosureDigest(disclose(Buffer.alloc(16, 8), 'reason', 'no'));
    expect(one).not.toBe(other);
  });

  it('is not made with a salt that is not 16 bytes', () => {
    expect(() => disclose(Buffer.alloc(15), 'reason', 'no')).toThrow(
      'salt of "reason" has 15 bytes, expected 16',
    );
  });

  it.each([
    ['no JSON', 'AAAA'],
    ['two members', Buffer.from('["salt","value"]').toString('base64url')],
    ['a value that is no text', Buffer.from('["salt","field",1]').toString('base64url')],
  ])('is not read from %s', (_name, disclosure) => {
    expect(() => readDisclosure(disclosure)).toThrow(/^a disclosure must be/);
  });
});
