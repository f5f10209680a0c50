import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Answer<A> {
  readonly ok?: A;
  readonly error?: string;
}

/** Another process that is asked one thing at a time. It ends when we do. */
export class Child<Q, A> {
  readonly #process: ChildProcess;

  constructor(file: string) {
    // As itself, without the profiler this process may run under.
    const execArgv = process.execArgv.filter((arg) => !arg.startsWith('--cpu-prof'));
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv });
  }

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('a process of the bench ended before it had answered'));
      this.#process.once('exit', gone);
      this.#process.once('message', (message) => {
        this.#process.off('exit', gone);
        const { ok, error } = message as Answer<A>;
        if (error === undefined) resolve(ok as A);
        else reject(new Error(error));
      });
      this.#process.send(question as object);
    });
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.disconnect();
    await ended;
  }
}

/** The child's side: answers each question; leaves when the parent is gone. */
export function answerParent<Q, A>(answer: (question: Q) => Promise<A>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question) => {
    answer(question as Q).then(
      (ok) => process.send?.({ ok: ok ?? null }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}
