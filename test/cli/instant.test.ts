import { describe, expect, it } from 'vitest';
import { instantOf } from '../../src/cli/instant.ts';

describe('a time at the command line', () => {
  it.each([
    ['--from', '2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['--to', '2026-11-01', '2026-11-02T00:00:00.000Z'],
    ['--to', '2024-02-29', '2024-03-01T00:00:00.000Z'],
    ['--from', '2026-11-01T09:30Z', '2026-11-01T09:30:00.000Z'],
    ['--to', '2026-11-01T09:30:15.250+01:00', '2026-11-01T08:30:15.250Z'],
    ['--from', '2026-11-01T00:30-05:00', '2026-11-01T05:30:00.000Z'],
  ] as const)('%s %s is %s', (option, text, expected) => {
    expect(new Date(instantOf(option, text)).toISOString()).toBe(expected);
  });

  it.each([
    'yesterday',
    '1.11.2026',
    '2026-11',
    '2026-11-01 09:30',
    '2026-11-01T09:30',
    '20261101',
    '',
    '2026-11-01T09:30Z; rm',
  ])('%j is told what would be one', (text) => {
    expect(() => instantOf('--from', text)).toThrow(
      `--from ${text}: expected a day such as 2026-11-01, or a time with its zone such as 2026-11-01T09:30Z`,
    );
  });

  it.each(['2026-02-29', '2026-13-01', '2026-11-31', '2026-11-01T25:00Z', '2026-02-30T10:00Z'])(
    '%s is no day or time that there is',
    (text) => {
      expect(() => instantOf('--to', text)).toThrow(`--to ${text}: there is no such day or time`);
    },
  );
});
