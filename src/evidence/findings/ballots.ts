import type { RecordedEvent } from '../../domain/events.ts';
import type { Approval } from '../../domain/state.ts';
import type { Consent } from '../../domain/values.ts';
import { only } from '../source.ts';
import { before, indexOf } from './finding.ts';

type Of<T extends RecordedEvent['type']> = Extract<RecordedEvent, { readonly type: T }>;
export type Asking = Of<'RequestSubmitted'> | Of<'ExtensionRequested'>;
export type Granting = Of<'RequestApproved'> | Of<'ExtensionApproved'>;
export type Voice = Of<'ApprovalRecorded'>;

/** A question to the approvers that was answered with yes: who asked, who consented until then, and the answer. */
export interface Answered {
  readonly asking: Asking;
  readonly consent: Consent;
  /** Those that counted when the answer was given. */
  readonly voices: readonly Voice[];
  readonly granting: Granting;
}

const ASKED_BY = { RequestApproved: 'RequestSubmitted', ExtensionApproved: 'ExtensionRequested' } as const;

/** Every yes on record with the question it answers: the last of its kind before it. Null where nobody had asked. */
export function answersIn(own: readonly RecordedEvent[]): readonly (Answered | Granting)[] {
  return only(own, 'RequestApproved', 'ExtensionApproved').map((granting) => {
    const earlier = before(own, granting);
    const asking = only(earlier, ASKED_BY[granting.type]).at(-1);
    if (asking === undefined) return granting;
    return { asking, consent: asking.data.consent, voices: voicesFor(asking, earlier), granting };
  });
}

/** Consents to this very question, among these events, that were not voided after they were given. */
export function voicesFor(asking: Asking, events: readonly RecordedEvent[]): readonly Voice[] {
  const voided = only(events, 'ApprovalsVoided');
  return only(events, 'ApprovalRecorded').filter(
    (voice) =>
      voice.data.shown === asking.meta.leaf &&
      !voided.some((v) => indexOf(v) > indexOf(voice) && v.data.subjects.includes(voice.data.by)),
  );
}

export const approvalOf = ({ data, meta }: Voice): Approval => ({
  by: data.by,
  insteadOf: data.insteadOf ?? null,
  stages: data.stages,
  shortenToMs: data.shortenToMs,
  at: meta.at,
});
