import type { AbsenceProof, FaultClass, Handle } from '../../src/domain/values.ts';
import {
  type Connector,
  ConnectorFault,
  type Order,
  type Provisioned,
  type Removed,
} from '../../src/ports/connector.ts';
import { Secret } from '../../src/ports/secret.ts';

export type TargetCall = 'provision' | 'verifyActive' | 'extend' | 'revoke' | 'verifyRevoked';

/**
 * `before`: it failed and nothing happened; `after`: it happened and the answer was lost; `hang`: it does nothing and
 * answers never; `late`: it is paused once it has begun, and happens when `finishLate` is called.
 */
export type HowItFails = 'before' | 'after' | 'hang' | 'late';

interface Credential {
  readonly name: string;
  secret: string;
  expiresAt: number;
  sessions: number;
}

interface Fault {
  readonly call: TargetCall;
  readonly how: HowItFails;
  readonly code: FaultClass;
  times: number;
}

const never = new Promise<never>(() => {});

/** A target in memory that outlives every restart of ours, with the faults that targets have. */
export class FakeTarget {
  readonly credentials = new Map<string, Credential>();
  readonly calls: { readonly call: TargetCall | 'listOwned'; readonly name: string; readonly at: number }[] =
    [];
  readonly removedAt = new Map<string, number>();
  readonly leftovers: string[] = [];
  /** Nothing is answered before this time. */
  unreachableUntil = 0;
  /** So often a revocation says it has worked though the credential still lets in. */
  stubborn = 0;
  /** So many looks still find a session of a credential that is gone. */
  ghostSessions = 0;
  /** Asked before anything is made: what must be true by then. */
  beforeProvision: (order: Order) => void = () => {};
  readonly #faults: Fault[] = [];
  readonly #late: (() => void)[] = [];
  #serial = 0;
  readonly #now: () => number;
  readonly #canary: string;

  /** Every secret that it gives begins with `canary`. */
  constructor(now: () => number, canary: string) {
    this.#now = now;
    this.#canary = canary;
  }

  fail(
    call: TargetCall,
    how: HowItFails,
    { code = 'unreachable', times = 1 }: Partial<Omit<Fault, 'call' | 'how'>> = {},
  ): void {
    this.#faults.push({ call, how, code, times });
  }

  finishLate(): void {
    for (const finish of this.#late.splice(0)) finish();
  }

  logsIn(name: string, secret: string): boolean {
    const credential = this.credentials.get(name);
    return credential?.secret === secret && this.#now() < credential.expiresAt;
  }

  names(): readonly string[] {
    return [...this.credentials.keys()];
  }

  countOf(call: TargetCall): number {
    return this.calls.filter((each) => each.call === call).length;
  }

  connector(): Connector {
    return {
      manifest: {
        id: 'fake',
        apiVersion: 1,
        name: { maxLength: 29, charset: /^[a-z0-9_]+$/ },
        caps: {
          nativeExpiry: 'login-only',
          killSessions: true,
          extend: true,
          list: 'prefix',
          loginProbe: true,
        },
      },
      checkHealth: async () => [],
      describeScope: (scope) => `scope ${Object.keys(scope).join()}`,
      provision: (order, signal, stillWanted) =>
        this.#do('provision', order.handle.name, signal, () => this.#provision(order), stillWanted),
      verifyActive: (order, provisioned, signal) =>
        this.#do('verifyActive', order.handle.name, signal, () => this.#verifyActive(order, provisioned)),
      extend: (order, signal) => this.#do('extend', order.handle.name, signal, () => this.#extend(order)),
      revoke: (handle, signal) => this.#do('revoke', handle.name, signal, () => this.#revoke(handle)),
      verifyRevoked: (handle, control, signal) =>
        this.#do('verifyRevoked', handle.name, signal, () => this.#verifyRevoked(handle, control)),
      listOwned: async () => {
        this.calls.push({ call: 'listOwned', name: '', at: this.#now() });
        this.#refuseIfDown();
        return [...this.credentials.values()].map(({ name, expiresAt }) => ({ name, expiresAt }));
      },
      close: async () => {},
    };
  }

  async #do<T>(
    call: TargetCall,
    name: string,
    signal: AbortSignal,
    effect: () => T,
    stillWanted: () => Promise<boolean> = async () => true,
  ): Promise<T> {
    this.calls.push({ call, name, at: this.#now() });
    signal.throwIfAborted();
    this.#refuseIfDown();
    const fault = this.#takeFault(call);
    if (fault?.how === 'before') throw new ConnectorFault(fault.code, `${call} ${name}: nothing happened`);
    if (fault?.how === 'hang') return never;
    if (!(await stillWanted())) throw new ConnectorFault('conflict', `${call} ${name}: no longer wanted`);
    if (fault?.how === 'late') await new Promise<void>((resolve) => this.#late.push(resolve));
    const result = effect();
    if (fault?.how === 'after') throw new ConnectorFault(fault.code, `${call} ${name}: the answer was lost`);
    return result;
  }

  #takeFault(call: TargetCall): Fault | undefined {
    const fault = this.#faults.find((each) => each.call === call && each.times > 0);
    if (fault) fault.times -= 1;
    return fault;
  }

  #refuseIfDown(): void {
    if (this.#now() < this.unreachableUntil)
      throw new ConnectorFault('unreachable', 'connect ECONNREFUSED 192.0.2.1:5432');
  }

  #provision(order: Order): Provisioned {
    this.beforeProvision(order);
    this.#serial += 1;
    const secret = `${this.#canary}-${this.#serial}`;
    const { name } = order.handle;
    const sessions = this.credentials.get(name)?.sessions ?? 0;
    this.credentials.set(name, { name, secret, expiresAt: order.expiresAt, sessions });
    return { secret: new Secret([{ label: 'Password', value: secret }]), material: secret };
  }

  #verifyActive(order: Order, { material }: Provisioned): number {
    if (!this.logsIn(order.handle.name, material))
      throw new ConnectorFault('conflict', 'the secret was refused');
    return this.#now();
  }

  #extend(order: Order): void {
    const credential = this.credentials.get(order.handle.name);
    if (credential === undefined) throw new ConnectorFault('conflict', 'the role is gone');
    credential.expiresAt = order.expiresAt;
  }

  #revoke({ name }: Handle): Removed {
    const credential = this.credentials.get(name);
    const leftovers = [...this.leftovers];
    if (credential === undefined) return { outcome: 'absent', killed: 0, leftovers };
    if (this.stubborn > 0) this.stubborn -= 1;
    else {
      this.credentials.delete(name);
      this.removedAt.set(name, this.#now());
    }
    return { outcome: 'revoked', killed: credential.sessions, leftovers };
  }

  #verifyRevoked({ name }: Handle, positiveControlAt: number | null): AbsenceProof {
    const credential = this.credentials.get(name);
    const ghosts = Math.min(1, this.ghostSessions);
    this.ghostSessions -= ghosts;
    return {
      absent: credential === undefined,
      loginRefused: credential === undefined ? 'yes' : 'no',
      liveSessions: (credential?.sessions ?? 0) + ghosts,
      positiveControlAt,
      method: `login as ${name}`,
      at: this.#now(),
    };
  }
}
