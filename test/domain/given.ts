import { expect } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { RecordedEvent, RequestEvent } from '../../src/domain/events.ts';
import { evolve, fold } from '../../src/domain/evolve.ts';
import type { Refusal } from '../../src/domain/refusal.ts';
import type { RequestState } from '../../src/domain/state.ts';
import { T0 } from './facts.ts';

/** An event with the time it happened, ms after T0; a bare event happened at T0. */
export type Past = RequestEvent | { readonly afterMs: number; readonly event: RequestEvent };
export const later = (afterMs: number, event: RequestEvent): Past => ({ afterMs, event });

/** Leaf hash of the stream's n-th event, made up: what a vote on that event must show. */
export const leafOf = (version: number): string => version.toString(16).padStart(64, '0');

export function recorded(event: RequestEvent, version: number, at: number): RecordedEvent {
  const meta = {
    id: `e${version}`,
    index: 100 + version,
    stream: 'request/req_000000000001',
    version,
    at,
    leaf: leafOf(version),
    sd: {},
  };
  return { type: event.type, data: event.data, meta } as RecordedEvent;
}

export function stateAfter(...past: readonly Past[]): RequestState | null {
  return fold(
    past.map((item, i) => {
      const { event, afterMs } = 'event' in item ? item : { event: item, afterMs: 0 };
      return recorded(event, i + 1, T0 + afterMs);
    }),
  );
}

/** A state that there is: for tests that look into it. */
export function seen(...past: readonly Past[]): RequestState {
  const state = stateAfter(...past);
  if (state === null) throw new Error('no events were given');
  return state;
}

export function given(...past: readonly Past[]) {
  const state = stateAfter(...past);
  return {
    state,
    when(command: Command) {
      const decision = decide(state, command);
      return {
        decision,
        thenEvents: (...events: readonly RequestEvent[]) => expect(decision).toEqual({ ok: true, events }),
        thenTypes: (...types: readonly RequestEvent['type'][]) =>
          expect([decision.ok, decision.events.map((e) => e.type)]).toEqual([true, types]),
        thenRefused: (refusal: Refusal, ...onRecord: readonly RequestEvent[]) =>
          expect(decision).toEqual({ ok: false, refusal, events: onRecord }),
      };
    },
  };
}

/** Carries a command out as the shell would: the state after its events, and the decision itself. */
export function carryOut(
  state: RequestState | null,
  command: Command,
): { readonly decision: Decision; readonly state: RequestState | null } {
  const decision = decide(state, command);
  const after = decision.events.reduce<RequestState | null>(
    (now, event) => evolve(now, recorded(event, (now?.version ?? 0) + 1, command.at)),
    state,
  );
  return { decision, state: after };
}
