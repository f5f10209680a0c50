import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { ConnectorFault } from '../../src/ports/connector.ts';
import { backoffMs, bounded, faultOf } from '../../src/workflows/retry.ts';

describe('backoffMs', () => {
  it('doubles from the base to the cap, between half of the step and all of it', () => {
    for (let attempt = 1; attempt <= 5_000; attempt += 1) {
      const step = Math.min(LIMITS.retryCapMs, LIMITS.retryBaseMs * 2 ** (attempt - 1));
      expect(backoffMs(attempt, () => 0)).toBe(step / 2);
      expect(backoffMs(attempt, () => 0.999_999)).toBeLessThanOrEqual(step);
      expect(backoffMs(attempt, () => 0.999_999)).toBeGreaterThan(step * 0.99);
    }
  });

  it('waits for as long as the other side asks, however early the attempt', () => {
    expect(backoffMs(1, () => 0, 90_000)).toBe(90_000);
    expect(backoffMs(10, () => 0, 1)).toBe(LIMITS.retryCapMs / 2);
  });
});

describe('faultOf', () => {
  it('keeps the class and the wait of a connector fault', () => {
    const error = new ConnectorFault('throttled', 'slow down', { retryAfterMs: 7_000 });
    expect(faultOf(error)).toEqual({ fault: 'throttled', detail: 'slow down', retryAfterMs: 7_000 });
  });

  it('puts a class that is none, and text that is broken, into what an event can hold', () => {
    const ofAPlugin = new ConnectorFault('timeout' as 'internal', 'cut \ud800');
    expect(faultOf(ofAPlugin)).toEqual({ fault: 'internal', detail: 'cut \ufffd', retryAfterMs: 0 });
  });

  it('calls anything else a defect, and bounds its text', () => {
    expect(faultOf(new TypeError('x is undefined'))).toMatchObject({
      fault: 'internal',
      detail: 'x is undefined',
    });
    expect(faultOf('y'.repeat(900)).detail).toHaveLength(500);
  });
});

describe('bounded', () => {
  it('gives what the work gives, or throws what it throws', async () => {
    const { signal } = new AbortController();
    await expect(bounded(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(bounded(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('ends as unreachable when the signal aborts, also one that had aborted before', async () => {
    const controller = new AbortController();
    const hanging = bounded(new Promise(() => {}), controller.signal);
    controller.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'unreachable' });
    await expect(bounded(new Promise(() => {}), controller.signal)).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});
