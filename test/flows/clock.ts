import type { Clock } from '../../src/ports/clock.ts';

/** The machine's clock, which a test may put forward: whoever waits for a time that has come then is woken. */
export class MovableClock implements Clock {
  #aheadMs = 0;
  readonly #waiting = new Map<() => void, number>();

  now = (): number => Date.now() + this.#aheadMs;

  forward(ms: number): void {
    this.#aheadMs += ms;
    for (const [wake, until] of this.#waiting) if (until <= this.now()) wake();
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.set(done, this.now() + ms);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
