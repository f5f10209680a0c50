import { logStream } from '../../domain/journal.ts';
import type { RequestState } from '../../domain/state.ts';
import type { RequestId } from '../../domain/values.ts';
import { mayRead, type ReaderRole } from '../../domain/visibility.ts';
import { ballotQuestion } from '../ballot.ts';
import type { Deps } from '../deps.ts';
import { record } from './journal.ts';
import { type Sees, seesAll, seesNone } from '../texts.ts';
import type { Caller } from '../who.ts';

/** That someone is about to read the record, and in which role. */
export interface ReadingWanted {
  /** The catalogue's key. */
  readonly as: string;
  readonly role: ReaderRole;
  readonly what: 'search' | 'export' | 'evidence' | 'report';
  /** Ids and times only, never text that someone typed. */
  readonly query: Readonly<Record<string, string>>;
  readonly request: RequestId | null;
}

export type ReadingRecorded =
  | { readonly kind: 'recorded'; readonly index: number }
  | { readonly kind: 'refused'; readonly code: 'unknown-person' };

/** Puts a reading on record before it happens: what cannot be recorded is not read. */
export async function recordReading(deps: Deps, wanted: ReadingWanted): Promise<ReadingRecorded> {
  const { as, role, what, query, request } = wanted;
  if ((await deps.directory.person(as)) === null) return { kind: 'refused', code: 'unknown-person' };
  const by = await deps.store.subjectOf(as, () => deps.ids.subject());
  const data = { by, what, as: role, query: { ...query }, request };
  const { meta } = await record(deps, logStream, { type: 'LogRead', data });
  return { kind: 'recorded', index: meta.index };
}

/**
 * Which texts of a request someone may see who asks for it in chat; null: it is not for them at all. Whoever reads it
 * as an auditor alone is on record before they do; `toAct`: they want to do something about it, which auditors do not.
 */
export async function sightOf(
  deps: Deps,
  { person, subject }: Caller,
  state: RequestState,
  toAct: boolean,
): Promise<Sees | null> {
  const { id, requester, ballot } = state;
  if (requester === subject) return seesAll;
  const question = await ballotQuestion(deps, state, ballot);
  const capacity = await deps.policy.capacityIn(person.key, question);
  if (capacity !== null) return (field) => mayRead(capacity, field);
  if (person.auditor && !toAct) {
    const wanted = { as: person.key, role: 'auditor', what: 'search', query: {}, request: id } as const;
    return (await recordReading(deps, wanted)).kind === 'recorded'
      ? (field) => mayRead('auditor', field)
      : null;
  }
  return (await deps.policy.mayRevoke(person.key, question)).may ? seesNone : null;
}
