import type { RecordedEvent, RequestEvent } from '../domain/events.ts';
import type { Phase, RequestState } from '../domain/state.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import type { Journal, LogTree, SealShelf } from './audit-log.ts';
import type { ExceptionRegistry, GroupShelf, ScimShelf } from './identity.ts';

/** An event about to be stored. `at` is ms since the epoch, taken from the command that caused it. */
export type NewEvent = RequestEvent & { readonly id: string; readonly at: number };

/** `log`: sealing, anchoring, forgetting. `follow`: whoever follows the log; not even a log in doubt holds that up. */
export type Lane = 'revocation' | 'access' | 'chat' | 'log' | 'follow';

/**
 * Something that must happen later, as a row. `key` is unique: putting the same key again replaces the row, also
 * while it is claimed (the holder's settling then changes nothing and the new row stands).
 */
export interface DueRow {
  readonly key: string;
  readonly lane: Lane;
  readonly kind: string;
  /** The stream it is about. */
  readonly stream: string;
  /** What its handler needs beyond the stream, small JSON. */
  readonly detail?: Readonly<Record<string, string | number>>;
  readonly dueAt: number;
}
export type DueChange = { readonly put: DueRow } | { readonly drop: string };

/** A row held by this process until `claimedUntil`; `fence` rises with each claim and each put, never to be reused. */
export interface Claim extends DueRow {
  readonly fence: number;
  /** How often the row has been claimed since it was put, this time included. */
  readonly attempts: number;
  readonly claimedUntil: number;
}

/** A sealed secret (ciphertext only) kept for its owner until revealed or shredded. */
export type SecretChange =
  | {
      readonly seal: {
        readonly request: RequestId;
        readonly generation: number;
        readonly sealed: Uint8Array;
      };
    }
  | { readonly shred: { readonly request: RequestId } };

export interface Commit {
  readonly stream: string;
  /** Version of the stream's last event that the decision was made on; 0 for a new stream. */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
  readonly due?: readonly DueChange[];
  readonly secrets?: readonly SecretChange[];
  /** The claim this commit completes: its row is deleted in the same transaction, by key and fence. */
  readonly completes?: Claim;
}

export type AppendResult =
  | { readonly ok: true; readonly events: readonly RecordedEvent[] }
  /** Someone else appended first; read again and decide again. Nothing was stored. */
  | { readonly ok: false; readonly reason: 'version-conflict'; readonly actualVersion: number }
  /** The claim was lost or replaced meanwhile. Nothing was stored. */
  | { readonly ok: false; readonly reason: 'claim-lost' };

/** One disclosed field of an event. */
export interface Disclosed {
  readonly index: number;
  readonly field: string;
  readonly value: string;
}

/**
 * The log. `append` is one durable transaction: events with gapless log index, their canonical bytes and leaf
 * hash, their disclosures, due work, secrets, the completed claim and the projections; all of it or nothing.
 * Throws StoreError (`store_busy`, `store_full`, `store_corrupt`, `event_too_large`) when it could not be done.
 */
export interface EventStore {
  append(commit: Commit): Promise<AppendResult>;
  read(stream: string): Promise<readonly RecordedEvent[]>;
  disclosures(stream: string): Promise<readonly Disclosed[]>;
  size(): Promise<number>;
}

export interface DueQueue {
  /** Claims up to `limit` rows due at `now`, oldest first, each held for `holdMs`. Never more than one holder a row. */
  claim(lane: Lane, now: number, limit: number, holdMs: number): Promise<readonly Claim[]>;
  /** Work done that changed no stream: deletes the row, unless it was replaced meanwhile. */
  complete(claim: Claim): Promise<void>;
  /** Back to the queue for `dueAt`, its attempts kept, unless it was replaced meanwhile. */
  retry(claim: Claim, dueAt: number): Promise<void>;
  /** Puts rows that no event causes. */
  put(rows: readonly DueRow[]): Promise<void>;
  /** The earliest time at which a row of the lane can be claimed: due, and held by nobody; null for none. */
  nextAt(lane: Lane): Promise<number | null>;
  /** `waiting`: rows of the lane, held or not; `overdue`: those of them due by `now`. */
  depth(now: number): Promise<Readonly<Record<Lane, { waiting: number; overdue: number }>>>;
}

export interface RequestQuery {
  readonly requester?: Subject;
  readonly phases?: readonly Phase[];
  readonly entitlement?: string;
  /** Only those that were asked for before this one. */
  readonly before?: RequestId;
  /** At most 200. Newest first. */
  readonly limit: number;
}

/** Lists that can be thrown away and rebuilt from the log. */
export interface Projections {
  request(id: RequestId): Promise<RequestState | null>;
  requests(query: RequestQuery): Promise<readonly RequestState[]>;
  /** The request whose grant has a credential of this name, however long ago it was. */
  requestOfCredential(name: string): Promise<RequestState | null>;
  /** Drops and rebuilds all of it from the log, telling how far it is. */
  rebuild(progress: (done: number, total: number) => void): Promise<{ events: number; requests: number }>;
}

/** Where each message of a request is on a platform. `slot` says which: `card:C1`, `thread:slack:7`, `dm:7`. */
export interface PostedMessage {
  readonly stream: string;
  readonly slot: string;
  readonly platform: string;
  readonly conversation: string;
  /** Null between the intent to post and the platform's answer. */
  readonly ts: string | null;
  /** Digest of what was last shown there. */
  readonly digest: string;
}

export interface Mailroom {
  posted(stream: string): Promise<readonly PostedMessage[]>;
  /** Streams that have a message in this slot. */
  streamsWith(slot: string): Promise<readonly string[]>;
  record(message: PostedMessage): Promise<void>;
  forget(stream: string, slot: string): Promise<void>;
  /** People whose home tab has been opened on a platform, so that it is kept fresh. */
  homeOpened(platform: string, account: string, subject: Subject): Promise<void>;
  homesOf(
    subjects: readonly Subject[],
  ): Promise<readonly { platform: string; account: string; subject: Subject }[]>;
}

export interface SecretShelf {
  sealed(request: RequestId): Promise<{ generation: number; sealed: Uint8Array } | null>;
}

/** People ↔ pseudonyms; the person's key is the catalogue's, and never enters the log. */
export interface Subjects {
  subjectOf(person: string, mint: () => Subject): Promise<Subject>;
  /** The subject a person has had so far, or null. */
  known(person: string): Promise<Subject | null>;
  personOf(subject: Subject): Promise<string | null>;
}

/** Issued bearer tokens, as the introspection endpoint sees them. */
export interface TokenRecord {
  readonly name: string;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}
export interface TokenRegistry {
  /** Again for the same name: moves its expiry. Never brings a revoked name back to life. */
  put(record: { name: string; expiresAt: number }): Promise<void>;
  /**
   * `revoked` when this call ended it; `absent` when nothing was left to end. A name that was never put is
   * remembered as revoked, so that a put that comes late cannot resurrect it.
   */
  revoke(name: string, at: number): Promise<'revoked' | 'absent'>;
  get(name: string): Promise<TokenRecord | null>;
  /** Those that are good at `now`: neither revoked nor run out. At most `limit`, by name. */
  living(prefix: string, now: number, limit: number): Promise<readonly TokenRecord[]>;
}

export interface Store
  extends EventStore,
    LogTree,
    Journal,
    SealShelf,
    DueQueue,
    Projections,
    Mailroom,
    SecretShelf,
    Subjects {
  readonly tokens: TokenRegistry;
  readonly groups: GroupShelf;
  readonly scim: ScimShelf;
  readonly exceptions: ExceptionRegistry;
  /** A trivial durable read and write; throws what `append` would. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export type StoreErrorCode =
  | 'store_busy'
  | 'store_full'
  | 'store_corrupt'
  | 'store_locked'
  /** There is none yet. */
  | 'store_missing'
  /** The file belongs to another program, or was written by a newer version of this one. */
  | 'store_foreign'
  /** This user may not read or write it. */
  | 'store_unwritable'
  | 'event_too_large'
  /** An event that its schema or PERSONAL_FIELDS refuses: a mistake of ours. */
  | 'event_invalid';
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What the operator can do about it. */
  readonly hint: string;
  constructor(code: StoreErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    this.hint = hint;
  }
}
