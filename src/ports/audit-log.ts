import type { RecordedEvent } from '../domain/events.ts';
import type { JournalEvent, RecordedJournalEvent, RedactionTarget } from '../domain/journal.ts';
import type { Classification, RequestId, Subject } from '../domain/values.ts';
import type { Claim, DueChange } from './store.ts';

/** An event about to be stored in a stream that is no request's. */
export type NewJournalEvent = JournalEvent & { readonly id: string; readonly at: number };

export interface JournalCommit {
  readonly stream: string;
  /** Null: wherever the stream is; 0: it must be new. */
  readonly expectedVersion: number | null;
  readonly events: readonly NewJournalEvent[];
  readonly due?: readonly DueChange[];
  readonly completes?: Claim;
}

export type EnterResult =
  | { readonly ok: true; readonly events: readonly RecordedJournalEvent[] }
  | { readonly ok: false; readonly reason: 'version-conflict' | 'claim-lost' };

export type AnyRecordedEvent = RecordedEvent | RecordedJournalEvent;

/** The log at a size; `root` in hex. */
export interface TreeHead {
  readonly size: number;
  readonly root: string;
}

/** A complete subtree of 2^level leaves, the index-th of its level. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** One leaf as it is stored: `leaf` its stored hash, 32 bytes; `stream` and `version` what its row says. */
export interface StoredLeaf {
  readonly index: number;
  readonly stream: string;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
}

/** A disclosure that still exists: `disclosure` as the leaf's digest covers it (RFC 9901), opened for the reader. */
export interface StoredDisclosure {
  readonly index: number;
  readonly field: string;
  readonly subject: Subject;
  readonly disclosure: string;
}

/** What to look for in the log; all that is given must hold. Times in ms since the epoch, `to` not included. */
export interface LogQuery {
  readonly subject?: Subject;
  readonly types?: readonly string[];
  readonly stream?: string;
  readonly entitlement?: string;
  readonly from?: number;
  readonly to?: number;
  /** Only what comes after this index. */
  readonly after?: number;
  readonly limit: number;
}

export interface SignedCheckpoint extends TreeHead {
  /** The C2SP note. */
  readonly note: string;
  readonly at: number;
}

/** That an anchor has taken a head; `receipt` in the anchor's own terms (a path, a message, a token in base64). */
export interface Receipt extends TreeHead {
  readonly anchor: string;
  readonly at: number;
  readonly receipt: string;
}

/**
 * The log as a Merkle tree (RFC 6962), kept in each append's own transaction. Reading is consistent within a call,
 * not between calls: whoever needs both a head and its hashes takes the head first, for the log only grows.
 */
export interface LogTree {
  head(): Promise<TreeHead>;
  /** Hashes of complete subtrees within the log, in the order asked; at most `treeNodesMax`. Throws on others. */
  hashes(nodes: readonly TreeNode[]): Promise<readonly Uint8Array[]>;
  /** Leaves in log order from `index`, at most `limit`. */
  stored(index: number, limit: number): Promise<readonly StoredLeaf[]>;
  /** Disclosures of the leaves from `index` up to `end` (not included), by index and field. */
  storedDisclosures(index: number, end: number): Promise<readonly StoredDisclosure[]>;
  /** Events in log order that the query finds, at most `limit` (and `logSearchMax`). */
  search(query: LogQuery): Promise<readonly AnyRecordedEvent[]>;
}

/** Beside the log: what was signed, what has left the house, how far each reader has come. Never part of the tree. */
export interface SealShelf {
  saveCheckpoint(checkpoint: SignedCheckpoint): Promise<void>;
  newestCheckpoint(): Promise<SignedCheckpoint | null>;
  saveReceipt(receipt: Receipt): Promise<void>;
  newestReceipt(anchor: string): Promise<Receipt | null>;
  /** Newest first. */
  receipts(limit: number): Promise<readonly Receipt[]>;
  /** The next index a follower of the log wants; 0 at first. */
  cursor(name: string): Promise<number>;
  moveCursor(name: string, next: number): Promise<void>;
}

/** What is to be forgotten. `closedBefore`: of requests that ended before then. */
export type RedactionChoice =
  | { readonly cause: 'field'; readonly targets: readonly Pick<RedactionTarget, 'index' | 'field'>[] }
  /** All that stands under the person's key, all that stands beside their requests, the key, and who they are. */
  | { readonly cause: 'person'; readonly subject: Subject }
  | {
      readonly cause: 'retention';
      readonly classification: Classification;
      readonly afterMs: number;
      readonly closedBefore: number;
    };

export interface Redaction {
  readonly stream: string;
  readonly expectedVersion: number;
  readonly at: number;
  readonly choice: RedactionChoice;
  readonly by: Subject | null;
  readonly approvedBy: Subject | null;
  readonly reason: string | null;
}

export type RedactionResult =
  | {
      readonly ok: true;
      readonly events: readonly RecordedJournalEvent[];
      readonly targets: readonly RedactionTarget[];
      /** Requests whose texts went: what chat shows of them must be shown anew. */
      readonly requests: readonly RequestId[];
    }
  | { readonly ok: false; readonly reason: 'version-conflict' }
  /** There is no such disclosure: it never was, or is redacted already. Nothing was changed. */
  | {
      readonly ok: false;
      readonly reason: 'no-such-disclosure';
      readonly index: number;
      readonly field: string;
    }
  /** The person has requests that have not ended: their decisions need to know who they are. */
  | { readonly ok: false; readonly reason: 'open-requests'; readonly requests: readonly RequestId[] }
  /** Nothing is left to forget. Nothing was changed, nothing recorded. */
  | { readonly ok: false; readonly reason: 'nothing' };

/**
 * The events of the installation, and forgetting. `redact` is one transaction: the event that tells of it, and the
 * deletion. The bytes are gone from the files once `scrub` has answered true.
 */
export interface Journal {
  enter(commit: JournalCommit): Promise<EnterResult>;
  /** Events of a stream that is no request's. */
  journal(stream: string): Promise<readonly RecordedJournalEvent[]>;
  redact(redaction: Redaction): Promise<RedactionResult>;
  /** Empties the write-ahead log. False when a reader is in the way: try again. */
  scrub(): Promise<boolean>;
}
