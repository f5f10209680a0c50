import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/system.ts';

/**
 * The machine's clock, which can stand still, so that many grants begin at one instant, and be set to a later one,
 * so that nobody has to wait for it. Between these it runs at the rate of the machine's.
 */
export class BenchClock implements Clock {
  #aheadMs = 0;
  #standsAt: number | null = null;

  now(): number {
    return this.#standsAt ?? Date.now() + this.#aheadMs;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.wait(ms, signal);
  }

  stand(): void {
    this.#standsAt = this.now();
  }

  runFrom(instant: number): void {
    this.#standsAt = null;
    this.#aheadMs = instant - Date.now();
  }
}
