import fc from 'fast-check';

/** Texts that one edit makes of `text`: a character taken out, put in or replaced, an end cut off. */
export function edits(text: string): fc.Arbitrary<string> {
  const at = fc.nat(text.length - 1);
  const character = fc.constantFrom(
    '\n',
    ' ',
    '0',
    '1',
    'A',
    '=',
    '+',
    '-',
    '\u2014',
    '\u0000',
    '\ud800',
    'é',
  );
  const edited = fc.oneof(
    at.map((i) => text.slice(0, i) + text.slice(i + 1)),
    at.map((i) => text.slice(0, i)),
    at.map((i) => text.slice(i + 1)),
    fc.tuple(at, character).map(([i, c]) => text.slice(0, i) + c + text.slice(i)),
    fc.tuple(at, character).map(([i, c]) => text.slice(0, i) + c + text.slice(i + 1)),
  );
  return edited.filter((result) => result !== text);
}

/** Any string: control characters and lone surrogates are in it. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.nat(0xffff))
  .map((units) => String.fromCharCode(...units));
