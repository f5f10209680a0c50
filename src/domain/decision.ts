import type { RequestEvent } from './events.ts';
import type { Refusal } from './refusal.ts';
import type { RequestState } from './state.ts';
import { attemptKey } from './evolve.ts';
import { LIMITS } from '../limits.ts';
import type { Subject } from './values.ts';

/** What comes of a command: events to store, or a refusal with at most the record of the attempt. */
export type Decision =
  | { readonly ok: true; readonly events: readonly RequestEvent[] }
  | { readonly ok: false; readonly refusal: Refusal; readonly events: readonly RequestEvent[] };

export const happened = (...events: readonly RequestEvent[]): Decision => ({ ok: true, events });
export const refused = (refusal: Refusal): Decision => ({ ok: false, refusal, events: [] });

/** A refusal that an auditor will ask about: on record once for each person, action and reason, and bounded. */
export function refusedOnRecord(
  state: RequestState,
  by: Subject,
  action: string,
  refusal: Refusal,
): Decision {
  const attempt = { by, action, code: refusal.code };
  const known = state.refused.includes(attemptKey(attempt));
  const full = state.refused.length >= LIMITS.refusedAttemptsPerRequestMax;
  return { ok: false, refusal, events: known || full ? [] : [{ type: 'AttemptRefused', data: attempt }] };
}
