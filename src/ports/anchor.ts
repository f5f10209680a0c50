import type { TreeHead } from './audit-log.ts';

/** A signed head on its way out. */
export interface AnchoredHead extends TreeHead {
  /** The C2SP note. */
  readonly note: string;
  /** The consistency proof from an older size to this one, hashes in base64; for witnesses. */
  proofFrom(size: number): Promise<readonly string[]>;
}

/** What an anchor holds: a whole signed head, or only how far it has seen. */
export type Held =
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'size'; readonly size: number };

/**
 * A place outside the database that keeps a signed head. `publish` may be repeated with the same head and then changes
 * nothing. Every call is bounded by `signal` and throws only AnchorFault.
 */
export interface Anchor {
  /** Unique: `folder`, `time-stamp`, `witness:NAME`, `channel:KEY`. */
  readonly name: string;
  /** Answers the receipt, in the anchor's own terms. */
  publish(head: AnchoredHead, signal: AbortSignal): Promise<string>;
  /** All heads it can be asked for, newest last, at most `anchorHeldMax`; empty where it keeps none, or cannot be asked. */
  held(signal: AbortSignal): Promise<readonly Held[]>;
}

export class AnchorFault extends Error {
  /** `conflict`: it holds another head of the same size, or a larger one. */
  readonly code: 'unreachable' | 'refused' | 'conflict';
  readonly hint: string;
  constructor(code: AnchorFault['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AnchorFault';
    this.code = code;
    this.hint = hint;
  }
}

/** Signs heads of this installation's log; the keys are outside the database, and may be more than one. */
export interface HeadSigner {
  readonly origin: string;
  /** As C2SP writes them, those that sign now first, then those that signed before. */
  vkeys(): readonly string[];
  /** Those of them that sign now. */
  signing(): readonly string[];
  sign(head: TreeHead): string;
  /** Signature lines under a text that is no checkpoint, as C2SP writes them. */
  signText(text: string): string;
}
