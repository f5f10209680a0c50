import { checkReason } from '../../domain/consenting.ts';
import type { ForgettingRefusal } from '../../domain/erasure.ts';
import { redactionStream } from '../../domain/journal.ts';
import type { Deps } from '../deps.ts';
import { scrubRow } from './forget.ts';
import { firstIndex } from './journal.ts';
import { operatorOf } from '../operator.ts';

export interface RedactionWanted {
  /** The catalogue's key of an operator. */
  readonly as: string;
  readonly index: number;
  readonly field: string;
  readonly reason: string;
}

export type Redacted =
  | { readonly kind: 'redacted'; readonly index: number }
  | { readonly kind: 'refused'; readonly refusal: ForgettingRefusal };

const refused = (refusal: ForgettingRefusal): Redacted => ({ kind: 'refused', refusal });

/** Erases one text beside one event. That it was there, who had it erased, and why, stays on record. */
export async function redactText(deps: Deps, wanted: RedactionWanted): Promise<Redacted> {
  if (deps.mode() !== 'full') return refused({ code: 'log-in-doubt' });
  const by = await operatorOf(deps, wanted.as);
  if (by === null) return refused({ code: 'not-an-operator' });
  const reason = checkReason(wanted.reason);
  if (!reason.ok) return refused({ code: 'reason-unfit' });
  const { index, field } = wanted;
  const at = deps.clock.now();
  const result = await deps.store.redact({
    stream: redactionStream(deps.ids.event()),
    expectedVersion: 0,
    at,
    choice: { cause: 'field', targets: [{ index, field }] },
    by,
    approvedBy: null,
    reason: reason.text,
  });
  if (!result.ok) return refused({ code: 'no-such-text', index, field });
  await deps.store.put([scrubRow(at)]);
  return { kind: 'redacted', index: firstIndex(result.events) };
}
