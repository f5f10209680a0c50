/** One line of the demo: what happened, and how long it took. */
export interface StepRecord {
  readonly title: string;
  readonly ms: number;
}

export class DemoFailure extends Error {
  readonly code = 'demo_failed';
  constructor(step: number, title: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`step ${step} failed: ${title}\n  ${why}`, { cause });
    this.name = 'DemoFailure';
  }
}

const WIDTH = 80;

/** Tells a scripted run at 80 columns, and stops at the first step that does not hold. */
export class Steps {
  readonly done: StepRecord[] = [];
  readonly #print: (line: string) => void;
  readonly #now: () => number;

  constructor(print: (line: string) => void, now: () => number) {
    this.#print = print;
    this.#now = now;
  }

  chapter(title: string): void {
    this.#print(`\n${title}`);
  }

  /** Runs one step; its result is kept, and `shown` says in a few words what was seen. */
  async step<T>(title: string, run: () => Promise<T>, shown?: (result: T) => string): Promise<T> {
    const number = this.done.length + 1;
    const from = this.#now();
    try {
      const result = await run();
      const ms = this.#now() - from;
      this.done.push({ title, ms });
      this.#print(line(number, title, ms));
      for (const text of shown ? wrap(shown(result), WIDTH - 7) : []) this.#print(`       ${text}`);
      return result;
    } catch (error) {
      this.#print(line(number, title, this.#now() - from, '✗'));
      throw new DemoFailure(number, title, error);
    }
  }
}

function line(number: number, title: string, ms: number, mark = '✓'): string {
  const time = ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
  const head = ` ${mark} ${String(number).padStart(2)}  ${title} `;
  return `${head.padEnd(WIDTH - 9, '·')} ${time.padStart(8)}`;
}

/** Words in lines of at most `width`; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Throws with `what` unless it holds: a demo that shows nothing is worth nothing. */
export function expect(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`expected ${what}`);
}
