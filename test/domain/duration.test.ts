import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';

const [S, M, H, D] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

describe('parseDuration', () => {
  it.each<[string, number]>([
    ['90m', 90 * M],
    ['1h30m', 90 * M],
    ['1h 30m', 90 * M],
    ['1 h 30 min', 90 * M],
    ['2 hours', 2 * H],
    ['1 hour and 5 minutes', 65 * M],
    ['1d', D],
    ['1.5h', 90 * M],
    ['10s', 10 * S],
    ['  2H ', 2 * H],
    ['0m', 0],
  ])('reads %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '45',
    '',
    'h',
    '-1h',
    '1h-30m',
    '1x',
    '1h 1h',
    '30m 1h',
    '1e3h',
    '1h!',
    '٣h',
    '1 fortnight',
    '9'.repeat(80),
  ])('does not guess at %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('does not take a property of objects for a unit', () => {
    expect(parseDuration('1 constructor')).toBeNull();
  });
});

describe('formatDuration', () => {
  it.each<[number, string]>([
    [0, '0 s'],
    [400, 'less than 1 s'],
    [45 * S, '45 s'],
    [90 * M, '1 h 30 min'],
    [2 * D, '2 d'],
    [D + H + M + S, '1 d 1 h 1 min 1 s'],
  ])('says %d ms as %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('says nothing that parseDuration reads otherwise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * S))).toBe(seconds * S);
      }),
    );
  });
});
