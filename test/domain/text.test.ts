import { describe, expect, it } from 'vitest';
import { checkText } from '../../src/domain/text.ts';

const check = (raw: string, maximumLength = 100) => checkText('comment', raw, maximumLength);
const unsafe = (what: string) => ({ ok: false, refusal: { code: 'text-unsafe', field: 'comment', what } });
const HIDDEN = unsafe('invisible or direction-changing characters');
const code = (text: string): string => (text.codePointAt(0) ?? 0).toString(16).padStart(4, '0');

describe('honest text', () => {
  it.each([
    ['several lines', 'INC-1:\n\tdb down'],
    ['accents', 'Zoë, Ångström, đường'],
    ['Arabic without marks', 'الوصول مطلوب'],
    ['Hebrew with vowel points', 'שָׁלוֹם'],
    ['Devanagari', 'पहुँच चाहिए'],
    ['Thai', 'ต้องการสิทธิ์'],
    ['Tibetan stacks', 'བསྒྲུབས'],
    ['an ideograph with its variant', '葛\u{E0100}城'],
    ['a red heart', '❤\uFE0F'],
    ['a heart as text', '❤\uFE0E'],
    ['a keycap', '1\uFE0F\u20E3'],
    ['a flag', '🇩🇪'],
    ['a family', '👨\u200D👩\u200D👧\u200D👦'],
    ['a dark-skinned technician', '👩🏿\u200D💻'],
    ['a man running', '🏃🏽\u200D♂\uFE0F'],
    ['a rainbow flag', '🏳\uFE0F\u200D🌈'],
    ['chat markup, which the cards escape', '<!channel> *now* `x`'],
  ])('is taken as it is: %s', (_, text) => {
    expect(check(text)).toEqual({ ok: true, text });
  });

  it('is trimmed, its line ends unified and composed', () => {
    expect(check('  Zoe\u0308\r\nsays\rso \n')).toEqual({ ok: true, text: 'Zoë\nsays\nso' });
  });

  it('may be empty: whether it must not be is for the field to say', () => {
    expect(check(' \n\t')).toEqual({ ok: true, text: '' });
  });
});

describe('text that reads differently from what it is', () => {
  const MARKS = [
    '\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C', // bidi
    '\u200B\u200C\u200D\u2060\u2061\u2064\uFEFF\u00AD\u034F\u180B\u180E', // zero width
    '\u115F\u1160\u3164\uFFA0\u2800', // fillers that look like a space
    '\uFE00\uFE0E\uFE0F\u{E0100}\u{E01EF}', // selectors
    '\u{E0001}\u{E0041}\u{E007F}\uFFF9\uFFFA\uFFFB\u206A\u{1D173}', // tags, annotations and the like
  ].flatMap((marks) => Array.from(marks));
  it.each(MARKS.map((mark) => [code(mark), mark]))('is refused for U+%s', (_, mark) => {
    expect(check(`ab${mark}cd`)).toEqual(HIDDEN);
  });

  it.each([
    ['a joiner before an emoji', 'a\u200D👩'],
    ['a joiner after an emoji', '👩\u200Da'],
    ['a joiner at the end', '👩\u200D'],
    ['two joiners', '👩\u200D\u200D💻'],
    ['a joiner behind a stray selector', 'a\uFE0F\u200D👩'],
    ['selectors that carry hidden bytes', '😀\uFE0F\u{E0101}\u{E0102}\uFE0F'],
    ['an ideograph with two selectors', '葛\u{E0100}\u{E0101}'],
  ])('is refused for %s', (_, text) => {
    expect(check(text)).toEqual(HIDDEN);
  });

  it('is refused when marks are stacked over the lines around it', () => {
    expect(check(`d${'\u0336\u0353'.repeat(8)}`)).toEqual(unsafe('stacked characters'));
  });

  it.each(
    Array.from('\u0000\u0007\u0008\u000B\u000C\u001B\u007F\u0085\u009F\u2028\u2029').map((c) => [code(c), c]),
  )('is refused for the control character U+%s', (_, control) => {
    expect(check(`a${control}b`)).toEqual(unsafe('control characters'));
  });

  it.each([
    ['a high half', 'a\uD83Db'],
    ['a low half', 'a\uDE00b'],
    ['the halves in the wrong order', '\uDE00\uD83D'],
    ['a noncharacter', 'a\uFFFEb'],
  ])('is refused for %s', (_, text) => {
    expect(check(text)).toEqual(unsafe('broken characters'));
  });
});

describe('long text', () => {
  it('is taken at its bound and refused one beyond, counted after trimming and composing', () => {
    expect(check(` ${'e\u0301'.repeat(10)} `, 10)).toEqual({ ok: true, text: 'é'.repeat(10) });
    expect(check('x'.repeat(11), 10)).toEqual({
      ok: false,
      refusal: { code: 'text-too-long', field: 'comment', maximumLength: 10, length: 11 },
    });
  });

  it('is answered at once though it is a whole body', () => {
    const started = performance.now();
    expect(check('👩\u200D'.repeat(250_000)).ok).toBe(false);
    expect(check('\u0301'.repeat(500_000), 1_000_000).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
