import type { RequestId, Subject } from '../domain/values.ts';

/** Whose reading of which request a link is for. */
export interface EvidenceOrder {
  readonly request: RequestId;
  /** The catalogue's key, to be asked for their right again when the link is used. */
  readonly person: string;
  readonly subject: Subject;
}

/** Gives out links under which evidence can be taken once. Nothing of the order can be read from a link. */
export interface EvidenceLinks {
  /** `until` in ms since the epoch. An earlier link of the same person for the same request ends. */
  issue(order: EvidenceOrder): { readonly url: string; readonly until: number };
}
