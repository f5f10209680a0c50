import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { Handle, Json } from '../../src/domain/values.ts';
import {
  type Connector,
  ConnectorFault,
  type Order,
  type Owned,
  type Provisioned,
} from '../../src/ports/connector.ts';

/** A session of a credential's owner that is open on the target. */
export interface LiveSession {
  /** Resolves when the target has ended it. */
  readonly ended: Promise<void>;
}

/** What the kit needs of a target. Null, with a reason in `lacks`, where the target cannot have it. */
export interface ConnectorHarness {
  readonly prefix: string;
  readonly scope: Readonly<Record<string, Json>>;
  readonly hostileScopes: readonly Readonly<Record<string, Json>>[];
  /** A new connector on the same target, as after a restart of the bot. The kit closes it. */
  open(): Connector;
  /** Uses the credential as its owner would: true when admitted, false when refused. */
  works(order: Order, provisioned: Provisioned): Promise<boolean>;
  /** Whether provisioning again makes the secret before it useless. */
  readonly replacesSecret: boolean;
  /** Words that must be in no error and no log beyond the secrets handed out: the admin's password. */
  readonly canaries: readonly string[];
  /** What the target wrote to its own log so far. */
  readonly targetLog: (() => string) | null;
  readonly openSession: ((order: Order, provisioned: Provisioned) => Promise<LiveSession>) | null;
  /** It is made of several, so that of two who revoke at once each may find another part. */
  readonly several?: true;
  /** Where the connector lists nothing itself (`caps.list` is none): what there is on its targets by other ways. */
  readonly listed?: () => Promise<readonly Owned[]>;
  /** Leaves something on the target that belongs to the credential. */
  readonly leaveBehind: ((order: Order, provisioned: Provisioned) => Promise<void>) | null;
  /** Connectors whose target is down, with what is wrong with it. */
  readonly down: readonly { readonly what: string; readonly open: () => Connector }[];
  /** A connector whose target takes the call and never answers. */
  readonly hanging: (() => Connector) | null;
  /** Makes a credential of another installation; the function tells whether it is still there. */
  readonly foreign: (() => Promise<{ name: string; exists(): Promise<boolean> }>) | null;
  /**
   * Connectors that fail at each step of a call in turn: `before` the step reached the target, or `after` it was done
   * and its answer lost. `hasCut` false: there was no such step any more.
   */
  readonly cut:
    | ((step: number, when: 'before' | 'after') => { open(): Connector; hasCut(): boolean; mend(): void })
    | null;
  /** Resolves when a call waits on the target for another's lock; null where none ever waits. */
  readonly waiting: (() => Promise<void>) | null;
  readonly lacks: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
export const freshName = (prefix: string): string =>
  prefix + Array.from(randomBytes(20), (byte) => ALPHABET.charAt(byte & 31)).join('');

/** A promise and the key to it. */
export function gate<T>(): { readonly passed: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

const HOUR_MS = 3_600_000;

/** Handles and orders for the harness's target, and the fault of a call that must fail, seen to hold no secret. */
export function toolsFor(name: string, harness: () => ConnectorHarness) {
  const handleOf = (credential = freshName(harness().prefix)): Handle => ({
    name: credential,
    scope: harness().scope,
    connector: { id: name, use: name, config: {} },
  });
  const orderFor = (over: Partial<Order> = {}): Order => ({
    handle: handleOf(),
    request: 'req_0123456789ab',
    subject: 's:0123456789abcdef01234567',
    generation: 1,
    expiresAt: Date.now() + HOUR_MS,
    ...over,
  });
  const fault = async (work: Promise<unknown>): Promise<ConnectorFault> => {
    const error: unknown = await work.then(
      () => new Error('it succeeded'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConnectorFault);
    const text = inspect(error, { depth: 9, showHidden: true });
    for (const canary of harness().canaries) expect(text).not.toContain(canary);
    return error as ConnectorFault;
  };
  return { handleOf, orderFor, fault };
}
