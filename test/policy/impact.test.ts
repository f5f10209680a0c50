import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { impact } from '../../src/domain/values.ts';
import { impactOf } from '../../src/policy/impact.ts';
import type { ImpactWeights } from '../../src/ports/catalogue.ts';

const HOUR_MS = 3_600_000;
const weights: ImpactWeights = {
  classification: { restricted: 40, confidential: 20 },
  environment: { production: 20 },
  privilege: { 'build-time': 10 },
  duration: { everyMs: HOUR_MS, points: 5 },
  entitlement: { 'orders-db:write': 15 },
};
const write = { id: 'orders-db:write', privilege: 'build-time' } as const;
const orders = { classification: 'restricted', environment: 'production' } as const;

describe('the impact of a request', () => {
  it('adds up, and says what each part is for', () => {
    expect(impactOf({ impact: weights }, write, orders, 4 * HOUR_MS)).toEqual({
      score: 105,
      parts: [
        { factor: 'classification:restricted', points: 40 },
        { factor: 'environment:production', points: 20 },
        { factor: 'privilege:build-time', points: 10 },
        { factor: 'duration:4h', points: 20 },
        { factor: 'entitlement:orders-db:write', points: 15 },
      ],
    });
  });

  it('leaves out what adds nothing', () => {
    const reading = { id: 'orders-db:read', privilege: 'run-time' } as const;
    const staging = { classification: 'internal', environment: 'staging' } as const;
    expect(impactOf({ impact: weights }, reading, staging, HOUR_MS - 1)).toEqual({ score: 0, parts: [] });
  });

  it('counts whole steps of the duration', () => {
    const pointsFor = (ms: number) =>
      impactOf(
        { impact: { ...weights, classification: {}, environment: {}, privilege: {}, entitlement: {} } },
        write,
        orders,
        ms,
      );
    expect(pointsFor(2 * HOUR_MS - 1).parts).toEqual([{ factor: 'duration:1h59min59s', points: 5 }]);
    expect(pointsFor(2 * HOUR_MS).parts).toEqual([{ factor: 'duration:2h', points: 10 }]);
  });

  it('gives no points to a name that merely means something to the language', () => {
    const odd = { id: 'toString', privilege: 'run-time' } as const;
    const place = { classification: 'public', environment: 'constructor' } as const;
    expect(impactOf({ impact: weights }, odd, place, 0)).toEqual({ score: 0, parts: [] });
  });

  const points = fc.nat(1_000);
  const anyWeights = fc.record({
    classification: fc.record({ restricted: points, public: points }, { requiredKeys: [] }),
    environment: fc.dictionary(fc.constantFrom('production', 'staging'), points),
    privilege: fc.record({ 'build-time': points, 'run-time': points }, { requiredKeys: [] }),
    duration: fc.option(fc.record({ everyMs: fc.integer({ min: 60_000, max: 86_400_000 }), points })),
    entitlement: fc.dictionary(fc.constantFrom('orders-db:write', 'orders-db:read'), points),
  }) as fc.Arbitrary<ImpactWeights>;
  const durations = fc.nat(30 * 24 * HOUR_MS);

  it('is always the sum of its parts, and fits the record', () => {
    fc.assert(
      fc.property(anyWeights, durations, (given, ms) => {
        const found = impactOf({ impact: given }, write, orders, ms);
        expect(found.parts.reduce((sum, part) => sum + part.points, 0)).toBe(found.score);
        expect(found.parts.every((part) => part.points > 0)).toBe(true);
        expect(impact.parse(found)).toEqual(found);
      }),
    );
  });

  it('never falls as the duration grows', () => {
    fc.assert(
      fc.property(anyWeights, durations, durations, (given, a, b) => {
        const [short, long] = [Math.min(a, b), Math.max(a, b)].map(
          (ms) => impactOf({ impact: given }, write, orders, ms).score,
        );
        expect(long).toBeGreaterThanOrEqual(short ?? 0);
      }),
    );
  });
});
