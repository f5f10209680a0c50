import type { AbsenceProof, FaultClass, Handle, Json } from '../domain/values.ts';
import type { Clock } from './clock.ts';
import type { ExceptionRegistry } from './identity.ts';
import type { Secret } from './secret.ts';
import type { TokenRegistry } from './store.ts';

/** What a connector is and can do; checked when it is loaded. */
export interface ConnectorManifest {
  readonly id: string;
  readonly apiVersion: 1;
  readonly name: { readonly maxLength: number; readonly charset: RegExp };
  readonly caps: {
    /** `enforced`: the target ends access by itself; `login-only`: it refuses new logins; `none`: only we do. */
    readonly nativeExpiry: 'enforced' | 'login-only' | 'none';
    readonly killSessions: boolean;
    readonly extend: boolean;
    readonly list: 'tag' | 'prefix' | 'none';
    readonly loginProbe: boolean;
  };
}

/** Who the credential is for and until when. `person` is a label the target may keep; never free text. */
export interface Order {
  readonly handle: Handle;
  readonly request: string;
  readonly subject: string;
  readonly generation: number;
  readonly expiresAt: number;
}

export interface Provisioned {
  readonly secret: Secret;
  /** The part of the secret that a keyed fingerprint is taken from. */
  readonly material: string;
}

export interface Removed {
  readonly outcome: 'revoked' | 'absent';
  readonly killed: number;
  /** What could not be cleaned and someone should look at, in the target's terms. */
  readonly leftovers: readonly string[];
}

export interface HealthFinding {
  readonly level: 'ok' | 'warning' | 'error';
  readonly what: string;
  readonly remedy?: string;
}

export interface Owned {
  readonly name: string;
  readonly expiresAt: number | null;
}

/**
 * A target's adapter. Every call is idempotent, bounded by `signal`, and throws only ConnectorFault.
 *
 * - `provision` creates or converges: called again it leaves one credential with a new secret and the order's expiry.
 *   The target's own expiry is armed in the same step, where it has one.
 * - `verifyActive` is the positive control: the right secret works and a wrong one is refused.
 * - `revoke` climbs the ladder: fence, kill sessions, clean, drop, kill again. Absent is success.
 * - `verifyRevoked` uses a fresh connection; a network failure throws `unreachable` and proves nothing.
 * - `listOwned` names only what this installation made (its own prefix).
 */
export interface Connector {
  readonly manifest: ConnectorManifest;
  /** `scopes`: those the catalogue uses with this connector, so that what each needs is looked at too. */
  checkHealth(
    signal: AbortSignal,
    scopes?: readonly Readonly<Record<string, Json>>[],
  ): Promise<readonly HealthFinding[]>;
  /** What the scope gives, in words for an approver: "role shop_ro on shop at 127.0.0.1:5432". */
  describeScope(scope: Readonly<Record<string, Json>>): string;
  /**
   * `stillWanted` is asked once while the target's lock is held and before anything is made: false when a revocation
   * of this credential is on record. Without it a provision that was paused can outlive its own revocation.
   */
  provision(order: Order, signal: AbortSignal, stillWanted?: () => Promise<boolean>): Promise<Provisioned>;
  /** Ms since the epoch at which both halves of the control were seen; null where the target cannot be tried. */
  verifyActive(order: Order, provisioned: Provisioned, signal: AbortSignal): Promise<number | null>;
  extend(order: Order, signal: AbortSignal): Promise<void>;
  revoke(handle: Handle, signal: AbortSignal): Promise<Removed>;
  verifyRevoked(handle: Handle, positiveControlAt: number | null, signal: AbortSignal): Promise<AbsenceProof>;
  listOwned(signal: AbortSignal): Promise<readonly Owned[]>;
  close(): Promise<void>;
}

/** What a connector may use of us; nothing else reaches it. */
export interface ConnectorContext {
  readonly clock: Clock;
  /** Resolves `env:NAME` and `file:PATH`; other strings are refused with ConnectorFault `invalid`. */
  readonly secretOf: (reference: string) => string;
  /** Prefix of every name this installation makes: `jit_` + 4 characters + `_`. */
  readonly prefix: string;
  readonly random: (bytes: number) => Uint8Array;
  readonly tokens: TokenRegistry;
  readonly exceptions: ExceptionRegistry;
  /** Another connector, for one that is made of others. It stays the registry's to close. */
  readonly open: (snapshot: Handle['connector']) => Promise<Connector>;
  /** Private JWK (Ed25519) that signs tokens, and the public issuer address. */
  readonly issuer: { readonly url: string; readonly signingKey: () => Promise<JsonWebKey & { kid: string }> };
}

/** What a plugin's module exports as default. `configSchema` is a zod schema; its output reaches `open`. */
export interface ConnectorPlugin {
  readonly id: string;
  readonly apiVersion: 1;
  readonly configSchema: { parse(config: unknown): unknown };
  /** Checks a catalogue's scope; throws with a message that names the key. */
  readonly scopeSchema: { parse(scope: unknown): unknown };
  open(id: string, config: never, context: ConnectorContext): Connector | Promise<Connector>;
}

/** Finds or opens the connector a snapshot names, also when the catalogue no longer has it. */
export interface Connectors {
  open(snapshot: Handle['connector']): Promise<Connector>;
  /** The credential's name for a grant: HMAC of the naming key over request and generation. Pure. */
  nameFor(request: string, generation: number): string;
  /** Keyed fingerprint of secret material: 16 hex digits. */
  fingerprint(material: string): string;
}

export class ConnectorFault extends Error {
  readonly code: FaultClass;
  readonly retryAfterMs: number | undefined;
  constructor(code: FaultClass, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.name = 'ConnectorFault';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
