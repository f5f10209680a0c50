import type { Command, CommandOf } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import type { RecordedEvent, RequestEvent } from '../domain/events.ts';
import { evolve, fold } from '../domain/evolve.ts';
import type { Refusal } from '../domain/refusal.ts';
import { type RequestState, streamOf } from '../domain/state.ts';
import type { RequestId } from '../domain/values.ts';
import type { Claim, SecretChange } from '../ports/store.ts';
import type { Deps } from './deps.ts';
import { react } from './react.ts';

export type Handled =
  | { readonly outcome: 'stored'; readonly state: RequestState; readonly events: readonly RecordedEvent[] }
  | { readonly outcome: 'refused'; readonly refusal: Refusal; readonly state: RequestState | null }
  /** The claim this was done under has gone to someone else: whatever is to be done, they do it. */
  | { readonly outcome: 'claim-lost' };

export interface Beside {
  readonly secrets?: readonly SecretChange[];
  readonly completes?: Claim;
  /** The state as it was read a moment ago: decided on first, and read anew where it does not do any more. */
  readonly from?: RequestState;
}

/** A conflict means someone else's event came first: the command is made anew from what is true then. */
const CONFLICTS_MAX = 10;

/**
 * The only writer of events: read, decide, append, and again when someone else appended first. `command` is asked
 * for each time with the state it will be decided on, so that looked-up facts are as fresh as the state.
 */
export async function handleCommand(
  deps: Deps,
  id: RequestId,
  command: (state: RequestState) => Command | Promise<Command>,
  beside: Beside = {},
): Promise<Handled> {
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts += 1) {
    const given = conflicts === 0 ? beside.from : undefined;
    const state = given ?? fold(await deps.store.read(streamOf(id)));
    if (state === null) return { outcome: 'refused', refusal: { code: 'no-such-request' }, state };
    const made = await command(state);
    const decision = decide(state, made);
    if (!decision.ok && given !== undefined) continue;
    const appended = await append(deps, id, state, decision.events, made.at, decision.ok ? beside : {});
    if (appended === 'conflict') continue;
    if (appended === 'claim-lost') return { outcome: 'claim-lost' };
    if (!decision.ok) {
      deps.onRefused(decision.refusal.code);
      return { outcome: 'refused', refusal: decision.refusal, state: appended.state };
    }
    if (appended.state === null) throw new Error(`${id}: a decision without an event`);
    return { outcome: 'stored', state: appended.state, events: appended.events };
  }
  throw new Error(`${id}: ${CONFLICTS_MAX} conflicts in a row; is another writer stuck in a loop?`);
}

/** The first command of a stream: there is no state to decide it on. */
export async function handleSubmission(
  deps: Deps,
  id: RequestId,
  command: CommandOf<'submit'>,
): Promise<Handled> {
  const decision = decide(null, command);
  if (!decision.ok) {
    deps.onRefused(decision.refusal.code);
    return { outcome: 'refused', refusal: decision.refusal, state: null };
  }
  const appended = await append(deps, id, null, decision.events, command.at, {});
  if (typeof appended === 'string' || appended.state === null)
    throw new Error(`${id}: the id of a new request is taken`);
  return { outcome: 'stored', state: appended.state, events: appended.events };
}

type Appended = { state: RequestState | null; events: readonly RecordedEvent[] };

async function append(
  deps: Deps,
  id: RequestId,
  before: RequestState | null,
  made: readonly RequestEvent[],
  at: number,
  beside: Beside,
): Promise<Appended | 'conflict' | 'claim-lost'> {
  if (made.length === 0) return { state: before, events: [] };
  const stream = streamOf(id);
  const expectedVersion = before?.version ?? 0;
  const result = await deps.store.append({
    stream,
    expectedVersion,
    events: made.map((event) => ({ ...event, id: deps.ids.event(), at })),
    due: react(made, foresee(stream, before, made, at), at),
    secrets: [...(beside.secrets ?? []), ...shredded(id, made)],
    ...(beside.completes && { completes: beside.completes }),
  });
  if (!result.ok) return result.reason === 'claim-lost' ? 'claim-lost' : 'conflict';
  const state = result.events.reduce<RequestState | null>(evolve, before);
  if (state !== null) deps.onAppended(result.events, state);
  return { state, events: result.events };
}

/** The state these events will lead to; their place in the log is not known yet, and no due work needs it. */
function foresee(
  stream: string,
  before: RequestState | null,
  made: readonly RequestEvent[],
  at: number,
): RequestState {
  const leaf = '0'.repeat(64);
  let version = before?.version ?? 0;
  const after = made.reduce<RequestState | null>((state, event) => {
    version += 1;
    const meta = { id: '', index: -1, stream, version, at, leaf, sd: {} };
    return evolve(state, { type: event.type, data: event.data, meta } as RecordedEvent);
  }, before);
  if (after === null) throw new Error(`${stream}: no event to foresee from`);
  return after;
}

/** A secret that was revealed or shredded by an event is gone in that event's own transaction. */
const shredded = (id: RequestId, made: readonly RequestEvent[]): readonly SecretChange[] =>
  made.some((event) => event.type === 'SecretRevealed' || event.type === 'SecretShredded')
    ? [{ shred: { request: id } }]
    : [];
