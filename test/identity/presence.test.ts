import { describe, expect, test } from 'vitest';
import { presentAt } from '../../src/identity/presence.ts';
import type { Away } from '../../src/ports/catalogue.ts';
import { HOUR, T0 } from './known.ts';

const until = T0 + 8 * HOUR;
const awayWith = (delegate: string | null): Away => ({ from: T0, until, delegate });

function at(
  when: number,
  away: Readonly<Record<string, Away>>,
  { members = ['ana', 'ben'], quiet = [] as readonly string[], known = 'ana ben cleo dev' } = {},
) {
  const knows = (key: string) => known.split(' ').includes(key);
  return presentAt(members, new Set(quiet), when, { knows, awayOf: (key) => away[key] ?? null });
}
const none = new Map();

describe('someone who is away', () => {
  test('is no member while another stands in for them, who is one meanwhile', () => {
    const away = { ana: awayWith('cleo') };
    expect(at(T0, away)).toEqual({
      kind: 'known',
      members: ['cleo', 'ben'],
      quiet: [],
      standIns: new Map([['cleo', 'ana']]),
    });
  });

  test('is away from the first moment on, and back at the last', () => {
    const away = { ana: awayWith('cleo') };
    for (const when of [T0 - 1, until]) expect(at(when, away).members).toEqual(['ana', 'ben']);
    for (const when of [T0, until - 1]) expect(at(when, away).members).toEqual(['cleo', 'ben']);
  });

  test('stays a member and is not pinged where nobody stands in', () => {
    expect(at(T0, { ana: awayWith(null) })).toMatchObject({
      members: ['ana', 'ben'],
      quiet: ['ana'],
      standIns: none,
    });
  });

  test.each([
    ['is away too', { ana: awayWith('cleo'), cleo: awayWith(null) }],
    ['is away too, with someone else to stand in', { ana: awayWith('cleo'), cleo: awayWith('dev') }],
    ['is no person we know', { ana: awayWith('mallory') }],
    ['is the same person', { ana: awayWith('ana') }],
  ])('stays a member and is not pinged where the one to stand in %s', (_, away) => {
    expect(at(T0, away)).toMatchObject({ members: ['ana', 'ben'], quiet: ['ana'], standIns: none });
  });

  test('is no member where the one to stand in is one already, in their own right', () => {
    expect(at(T0, { ana: awayWith('ben') })).toMatchObject({
      members: ['ben'],
      quiet: [],
      standIns: none,
    });
  });

  test('stands in for nobody, though each is the other’s delegate', () => {
    const away = { ana: awayWith('ben'), ben: awayWith('ana') };
    expect(at(T0, away)).toMatchObject({ members: ['ana', 'ben'], quiet: ['ana', 'ben'], standIns: none });
  });
});

test('who stands in for two is one member, in the place of the first', () => {
  const away = { ana: awayWith('cleo'), ben: awayWith('cleo') };
  expect(at(T0, away)).toMatchObject({ members: ['cleo'], standIns: new Map([['cleo', 'ana']]) });
});

test('whoever wants no pings is a member without them; whoever is no member is not among them', () => {
  expect(at(T0, {}, { quiet: ['ben', 'dev'] })).toMatchObject({ members: ['ana', 'ben'], quiet: ['ben'] });
});

test('whom we do not know is no member, and nobody stands in for them', () => {
  const gone = { known: 'ben cleo', members: ['ana', 'ben', 'ben'] };
  expect(at(T0, { ana: awayWith('cleo') }, gone)).toMatchObject({ members: ['ben'], standIns: none });
});
