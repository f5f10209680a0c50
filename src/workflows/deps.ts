import type { RecordedEvent } from '../domain/events.ts';
import type { RequestState } from '../domain/state.ts';
import type { Anchor, HeadSigner } from '../ports/anchor.ts';
import type { AuditTerms } from '../ports/catalogue.ts';
import type { Chat } from '../ports/chat.ts';
import type { Clock, Ids } from '../ports/clock.ts';
import type { Connectors } from '../ports/connector.ts';
import type { Channel, Directory } from '../ports/directory.ts';
import type { EvidenceLinks } from '../ports/evidence.ts';
import type { Follower } from '../ports/follower.ts';
import type { Logger } from '../ports/logger.ts';
import type { PolicyEngine } from '../ports/policy.ts';
import type { RulesInForce } from '../ports/rules.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { ConnectorSnapshot } from '../domain/values.ts';
import type { Store } from '../ports/store.ts';

/**
 * `checking`: whether the log is the one whose heads left the house is not known yet. `revoke-only`: it is not. In
 * either what ends access is done, and nothing else.
 */
export type Mode = 'checking' | 'full' | 'revoke-only';

/** Everything a workflow may reach: the ports, handed in by `main`. */
export interface Deps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Uniform in [0, 1): jitter only, never a secret. */
  readonly jitter: () => number;
  /** A signal that aborts after `ms`. */
  readonly deadline: (ms: number) => AbortSignal;
  readonly policy: PolicyEngine;
  readonly directory: Directory;
  readonly connectors: Connectors;
  /** How a connector of the catalogue is reached, as a request will carry it; null when there is none. */
  readonly connectorSnapshot: (id: string) => ConnectorSnapshot | null;
  readonly chats: readonly Chat[];
  readonly sealer: Sealer;
  /** Where signed heads of the log go, and what signs them. */
  readonly anchors: readonly Anchor[];
  readonly signer: HeadSigner;
  /** Who follows the log, event by event. */
  readonly followers: readonly Follower[];
  readonly evidence: EvidenceLinks;
  /** By the rules in force at the moment, as whatever else is asked of them. */
  readonly retentionMs: () => AuditTerms['retentionMs'];
  /** The catalogue's channel for the log; null: there is none. */
  readonly auditChannel: () => Channel | null;
  readonly rules: RulesInForce;
  readonly mode: () => Mode;
  readonly logger: Logger;
  /** Told after each durable append: metrics, and waking whoever waits for due work. Must not throw. */
  readonly onAppended: (events: readonly RecordedEvent[], state: RequestState) => void;
  /** Told of a refusal given to a person, for the figures. */
  readonly onRefused: (code: string) => void;
  /** Told of a call to a chat platform that failed, for the figures. */
  readonly onChatFault: (code: string) => void;
  /** Told of each head taken or not taken by an anchor, and each batch by a follower, for the figures. */
  readonly onOutside: (name: string, outcome: 'taken' | 'failed') => void;
}
