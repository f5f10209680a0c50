import type { RequestState } from '../domain/state.ts';
import type { Subject } from '../domain/values.ts';
import type { Followed } from '../ports/follower.ts';

/** What every record says of where it comes from. */
export interface Source {
  /** The log's origin, as its checkpoints have it. */
  readonly origin: string;
  /** Of this software. */
  readonly version: string;
  /** Nothing, where the operator wants pseudonyms alone. */
  readonly names: ReadonlyMap<Subject, string>;
}

/** An event as one format has it: plain JSON; what is undefined is left out. */
export type Format = (followed: Followed, source: Source) => object;

/** The leaf exactly as it is stored: it can be hashed and proven to be in the log. Pseudonyms and digests only. */
export const leafText = ({ bytes }: Followed): string => Buffer.from(bytes).toString('utf8');

/**
 * The word of a scope that says what its holder is made: a member of a `group`, or a holder of a `role`. Where there
 * is none, the entitlement is a privilege by itself.
 */
export function scopeWord({ entitlement }: RequestState, key: 'group' | 'role'): string | null {
  const word = entitlement.scope[key];
  return typeof word === 'string' ? word : null;
}
