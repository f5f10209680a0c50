import type { Followed, Follower } from '../../src/ports/follower.ts';

/** Keeps what it is given; `answers` says how the next deliveries go. */
export class FakeFollower implements Follower {
  readonly name: string;
  readonly batches: (readonly Followed[])[] = [];
  readonly times: number[] = [];
  answers: (batch: readonly Followed[], signal: AbortSignal) => Promise<void> = async () => {};
  readonly #now: () => number;

  constructor(now: () => number, name = 'siem') {
    this.#now = now;
    this.name = name;
  }

  get indices(): readonly number[] {
    return this.batches.flat().map(({ event }) => event.meta.index);
  }

  async deliver(batch: readonly Followed[], signal: AbortSignal): Promise<void> {
    this.times.push(this.#now());
    await this.answers(batch, signal);
    this.batches.push(batch);
  }
}
