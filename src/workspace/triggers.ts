import type { WorkspaceState } from './state.ts';

/** Slack lets a trigger id be exchanged once, within 3 seconds. */
const triggerTtlMs = 3000;
const maxTriggers = 2000;

interface Trigger {
  userId: string;
  issuedAtMs: number;
  exchanged: boolean;
}

export type TriggerError = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

export class Triggers {
  readonly #state: WorkspaceState;
  readonly #triggers = new Map<string, Trigger>();

  constructor(state: WorkspaceState) {
    this.#state = state;
  }

  issue(userId: string): string {
    const id = `${this.#state.nextId('1')}.${this.#state.nowS()}.${this.#state.secret(16)}`;
    this.#triggers.set(id, { userId, issuedAtMs: this.#state.setup.now(), exchanged: false });
    const oldest = this.#triggers.keys().next().value;
    if (this.#triggers.size > maxTriggers && oldest) this.#triggers.delete(oldest);
    return id;
  }

  /** The person whose click this trigger stands for, or Slack's error. */
  exchange(id: unknown): { userId: string } | { error: TriggerError } {
    const trigger = typeof id === 'string' ? this.#triggers.get(id) : undefined;
    if (!trigger) return { error: 'invalid_trigger_id' };
    if (trigger.exchanged) return { error: 'exchanged_trigger_id' };
    if (this.#state.setup.now() - trigger.issuedAtMs > triggerTtlMs) return { error: 'expired_trigger_id' };
    trigger.exchanged = true;
    return { userId: trigger.userId };
  }
}
