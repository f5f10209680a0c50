import { EVENTS, type RecordedEvent } from '../domain/events.ts';
import type { RecordedJournalEvent } from '../domain/journal.ts';
import type { RequestId, Subject } from '../domain/values.ts';
import type { ReaderRole } from '../domain/visibility.ts';
import type { AnyRecordedEvent, Receipt, SignedCheckpoint, StoredDisclosure } from '../ports/audit-log.ts';

/** One event of the bundle: as it was read, the very bytes of its leaf, and its way to the checkpoint's root. */
export interface Entry {
  readonly event: AnyRecordedEvent;
  readonly bytes: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** A head that has left the house and covers every event of the request. */
export interface Anchored extends Receipt {
  /** The signed note that was taken, where it can be made again. */
  readonly note: string | null;
  /** From the smaller to the larger of this head and the bundle's checkpoint. */
  readonly consistency: readonly Uint8Array[];
}

/** Everything that a bundle is made of. */
export interface EvidenceSource {
  readonly request: RequestId;
  readonly reader: { readonly subject: Subject; readonly role: ReaderRole };
  /** When the bundle is made, ms since the epoch. */
  readonly at: number;
  /** Name and version of the program that makes it. */
  readonly software: string;
  /** The installation's zone, an IANA name. */
  readonly zone: string;
  /** In log order: the request's own events, and those of the installation that bear on them. */
  readonly entries: readonly Entry[];
  /** Every disclosure that still exists beside these events, whoever may read it. */
  readonly disclosures: readonly StoredDisclosure[];
  readonly checkpoint: Pick<SignedCheckpoint, 'note' | 'size' | 'root'>;
  readonly vkeys: readonly string[];
  readonly anchored: readonly Anchored[];
}

/** A bundle that would not hold: it is not made. `hint` says what the operator can do. */
export class EvidenceError extends Error {
  readonly code: 'event_not_in_tree' | 'no_checkpoint' | 'tree_differs';
  readonly hint: string;
  constructor(code: EvidenceError['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EvidenceError';
    this.code = code;
    this.hint = hint;
  }
}

type Of<T> = Extract<AnyRecordedEvent, { readonly type: T }>;

/** The events of these types, in their order. */
export function only<T extends AnyRecordedEvent['type']>(
  events: readonly AnyRecordedEvent[],
  ...types: readonly T[]
): readonly Of<T>[] {
  return events.filter((event): event is Of<T> => (types as readonly string[]).includes(event.type));
}

/** Whether an event is of a request's stream, and not one of the installation. */
export const isOwn = (event: AnyRecordedEvent): event is RecordedEvent => Object.hasOwn(EVENTS, event.type);

export const ownOf = (events: readonly AnyRecordedEvent[]): readonly RecordedEvent[] => events.filter(isOwn);

export const journalOf = (events: readonly AnyRecordedEvent[]): readonly RecordedJournalEvent[] =>
  events.filter((event): event is RecordedJournalEvent => !isOwn(event));

/** Every pseudonym in what an event says. */
export const subjectsIn = ({ data }: AnyRecordedEvent): readonly Subject[] =>
  (JSON.stringify(data).match(/(?<=")s:[0-9a-f]{24}(?=")/g) ?? []) as Subject[];
