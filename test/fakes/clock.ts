import type { Clock } from '../../src/ports/clock.ts';

interface Waiter {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved, and then stops at every moment someone waits for. */
export class MovingClock implements Clock {
  #now: number;
  readonly #waiters = new Set<Waiter>();
  /** Whether something is going on that needs no time to pass, but turns of the event loop. */
  busy: () => boolean = () => false;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        at: this.#now + Math.max(0, ms),
        wake: () => {
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', waiter.wake, { once: true });
    });
  }

  /** A signal that aborts when the clock has been moved on by `ms`. */
  deadline(ms: number): AbortSignal {
    const controller = new AbortController();
    const waiter: Waiter = {
      at: this.#now + ms,
      wake: () => {
        this.#waiters.delete(waiter);
        controller.abort();
      },
    };
    this.#waiters.add(waiter);
    return controller.signal;
  }

  /** Returns when everything has gone on that can without time passing. */
  async settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 2; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quietTurns = this.busy() ? 0 : quietTurns + 1;
    }
  }

  async moveBy(ms: number): Promise<void> {
    await this.moveTo(this.#now + ms);
  }

  async moveTo(target: number): Promise<void> {
    await this.settle();
    for (let next = this.#nextBy(target); next !== null; next = this.#nextBy(target)) {
      this.#now = Math.max(this.#now, next);
      for (const waiter of this.#waiters) if (waiter.at <= this.#now) waiter.wake();
      await this.settle();
    }
    this.#now = target;
  }

  /** As an administrator or NTP sets a clock: nobody's wait ends by it. */
  set(now: number): void {
    this.#now = now;
  }

  #nextBy(target: number): number | null {
    const soonest = Math.min(...[...this.#waiters].map((waiter) => waiter.at));
    return soonest <= target ? soonest : null;
  }
}
