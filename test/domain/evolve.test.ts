import { describe, expect, it } from 'vitest';
import { EVENTS, type EventType } from '../../src/domain/events.ts';
import { BrokenStream, evolve } from '../../src/domain/evolve.ts';
import { MAY_FOLLOW } from '../../src/domain/lifecycle.ts';
import type { Phase } from '../../src/domain/state.ts';
import { event, HISTORY, T0 } from './facts.ts';
import { recorded, seen, stateAfter } from './given.ts';

const PHASES = Object.keys(HISTORY) as readonly Phase[];
const TYPES = Object.keys(EVENTS) as readonly EventType[];

describe('a stream', () => {
  it('without events is no request', () => {
    expect(stateAfter()).toBeNull();
  });

  it.each(PHASES)('leads to %s', (phase) => {
    expect(seen(...HISTORY[phase])).toMatchObject({ phase, version: HISTORY[phase].length });
  });

  it('is not changed by being read', () => {
    const before = seen(...HISTORY.active);
    const copy = structuredClone(before);
    evolve(before, recorded(event('RevocationStarted'), before.version + 1, T0));
    expect(before).toEqual(copy);
  });
});

describe('a broken stream', () => {
  it('is refused with where it is broken, and not guessed at', () => {
    const broken = () => stateAfter(...HISTORY.denied, event('ProvisioningStarted'));
    expect(broken).toThrow(BrokenStream);
    expect(broken).toThrow(
      'stream request/req_000000000001 is broken at version 3 (log index 103): ProvisioningStarted while denied',
    );
  });

  it('begins with something else than a submission', () => {
    expect(() => stateAfter(event('RequestApproved'))).toThrow('RequestApproved before any submission');
  });

  it('has two submissions', () => {
    expect(() => stateAfter(event('RequestSubmitted'), event('RequestSubmitted'))).toThrow(
      'a second submission',
    );
  });

  it('lacks its beginning, an event in between, or has one twice', () => {
    expect(() => evolve(null, recorded(event('RequestSubmitted'), 2, T0))).toThrow('a version is missing');
    const state = seen(...HISTORY.requested);
    for (const version of [1, 3])
      expect(() => evolve(state, recorded(event('RequestApproved'), version, T0))).toThrow(
        'a version is missing',
      );
  });

  it.each([
    ['ExtensionApproved', 'pending extension'],
    ['ExtensionFailed', 'pending extension'],
  ] as const)('has an %s without a %s', (type, what) => {
    const failed = event(type, type === 'ExtensionFailed' ? { retryAt: T0 } : {});
    expect(() => stateAfter(...HISTORY.active, failed)).toThrow(`${type} without a ${what}`);
  });

  it.each(TYPES.filter((type) => MAY_FOLLOW[type] !== 'any'))('has %s where it cannot follow', (type) => {
    const phases = PHASES.filter((phase) => !MAY_FOLLOW[type].includes(phase));
    for (const phase of phases)
      expect(() => stateAfter(...HISTORY[phase], event(type)), `${type} while ${phase}`).toThrow(
        BrokenStream,
      );
  });
});

it('nothing but a refused attempt follows the end of a request', () => {
  const ends: readonly Phase[] = ['revoked', 'denied', 'withdrawn', 'lapsed', 'failed'];
  const following = TYPES.filter((type) => ends.some((end) => MAY_FOLLOW[type].includes(end)));
  expect(following).toEqual([]);
  expect(TYPES.filter((type) => MAY_FOLLOW[type] === 'any')).toEqual(['AttemptRefused']);
});
