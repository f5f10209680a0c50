/** Stands for the life of one process: when it blows, no call of that process ever returns again. */
export class Fuse {
  /** What had an effect on the outside so far, in order. */
  readonly effects: string[] = [];
  readonly blown: Promise<void>;
  isBlown = false;
  /** The process dies when its effect of this number has happened, before it hears of it. */
  blowsAfter = Number.POSITIVE_INFINITY;
  /** The effect of this number fails: before it has happened, or after. */
  fault: (n: number, what: string) => { readonly before: Error } | { readonly after: Error } | null = () =>
    null;
  /** Calls of the store that have not been answered yet. */
  inFlight = 0;
  #begun = 0;
  #blow: () => void = () => {};

  constructor() {
    this.blown = new Promise((resolve) => {
      this.#blow = resolve;
    });
  }

  blow(): void {
    this.isBlown = true;
    this.#blow();
  }

  async track<T>(call: () => T): Promise<Awaited<T>> {
    this.inFlight += 1;
    try {
      return await call();
    } finally {
      this.inFlight -= 1;
    }
  }

  async effect<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.isBlown) return never;
    this.#begun += 1;
    const fault = this.fault(this.#begun, what);
    if (fault !== null && 'before' in fault) throw fault.before;
    const result = await work();
    if (this.isBlown) return never;
    if (fault !== null) throw fault.after;
    // A claim that found nothing changed nothing.
    if (Array.isArray(result) && result.length === 0) return result;
    this.effects.push(what);
    if (this.effects.length < this.blowsAfter) return result;
    this.blow();
    return never;
  }
}

const never = new Promise<never>(() => {});

/** The port with its effects on the fuse; a dead process's reads never return either. */
export function fused<T extends object>(port: T, fuse: Fuse, room: string, effects: readonly string[]): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      const apply = (args: unknown[]): unknown => Reflect.apply(member, target, args);
      const call = (args: unknown[]): unknown =>
        room === 'store' ? fuse.track(() => apply(args)) : apply(args);
      if (effects.includes(name))
        return (...args: unknown[]) => fuse.effect(`${room}.${name}`, async () => call(args));
      return (...args: unknown[]) => (fuse.isBlown ? never : call(args));
    },
  });
}

export const EFFECTS = {
  store: [
    'append',
    'complete',
    'retry',
    'put',
    'record',
    'claim',
    'subjectOf',
    'homeOpened',
    'enter',
    'redact',
  ],
  connector: ['provision', 'verifyActive', 'extend', 'revoke', 'verifyRevoked'],
  chat: ['post', 'update', 'publishHome'],
} as const;
