import { LIMITS } from '../limits.ts';
import type { Admission, CommandOf } from './command.ts';
import { type Decision, happened, refused } from './decision.ts';
import type { Refusal } from './refusal.ts';
import { checkText } from './text.ts';
import { consent as consentRule } from './values.ts';

type Submit = CommandOf<'submit'>;

/** A new request: admissible, within its entitlement's bounds, and with a reason worth reading. */
export function submit(command: Submit): Decision {
  const { at, asking } = command;
  const admission = sound(command.admission);
  if (!admission.allowed) return refused({ code: 'not-admissible', reason: admission.code });
  const { entitlement, consent, stamp, impact, facts } = admission;
  const refusal = checkDuration(command.durationMs, entitlement.longestMs) ?? checkStart(command.startAt, at);
  if (refusal) return refused(refusal);
  const justification = checkJustification(command.justification, asking);
  if (!justification.ok) return refused(justification.refusal);
  const ticket = checkTicket(command.ticket, asking.ticket);
  if (!ticket.ok) return refused(ticket.refusal);
  if (command.waiting !== null) return refused({ code: 'already-asked', request: command.waiting });
  const tooMany = checkAmount(command);
  if (tooMany) return refused(tooMany);
  const submission = {
    type: 'RequestSubmitted',
    data: {
      requester: command.requester,
      entitlement,
      durationMs: command.durationMs,
      startAt: command.startAt,
      lapseAt: at + entitlement.lapseAfterMs,
      consent,
      policy: stamp,
      impact,
    },
    personal: {
      justification: justification.text,
      ...(ticket.text && { ticket: ticket.text }),
      ...(facts && { facts }),
    },
  } as const;
  if (consent.stages.length > 0) return happened(submission);
  return happened(submission, {
    type: 'RequestApproved',
    data: { durationMs: command.durationMs, approvers: [] },
  });
}

/** An admission that says neither who must consent nor which rule waives it admits nobody. */
export function sound(admission: Admission): Admission {
  if (!admission.allowed || consentRule.safeParse(admission.consent).success) return admission;
  return { allowed: false, stamp: admission.stamp, code: 'consent-unknown', facts: admission.facts };
}

/** Each request costs the target an account and its approvers their attention. */
function checkAmount({ open, lately }: Submit): Refusal | null {
  const { openRequestsPerPersonMax: openMax, requestsPerPersonHourMax: hourMax } = LIMITS;
  if (open >= openMax) return { code: 'too-many-open', most: openMax };
  return lately >= hourMax ? { code: 'too-many-lately', most: hourMax } : null;
}

export function checkDuration(durationMs: number, longestMs: number): Refusal | null {
  if (!Number.isSafeInteger(durationMs) || durationMs <= 0)
    return { code: 'duration-not-positive', durationMs };
  return durationMs > longestMs ? { code: 'duration-too-long', durationMs, longestMs } : null;
}

export function checkStart(startAt: number | null, at: number): Refusal | null {
  if (startAt === null) return null;
  if (!Number.isSafeInteger(startAt) || startAt < at) return { code: 'start-in-past', startAt };
  const latestAt = at + LIMITS.startAheadMaxMs;
  return startAt > latestAt ? { code: 'start-too-far', startAt, latestAt } : null;
}

/** The template alone is no reason, nor is the template with its blanks left blank. */
export function checkJustification(raw: string, asking: Submit['asking']): ReturnType<typeof checkText> {
  const checked = checkText('justification', raw, LIMITS.justificationMaxChars);
  if (!checked.ok) return checked;
  const words = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim();
  if (asking.template !== '' && words(checked.text) === words(asking.template))
    return { ok: false, refusal: { code: 'justification-untouched' } };
  const { length } = words(checked.text);
  const minimumLength = Math.max(1, asking.minimumLength);
  return length < minimumLength
    ? { ok: false, refusal: { code: 'justification-too-short', minimumLength, length } }
    : checked;
}

export function checkTicket(
  raw: string | null,
  rule: Submit['asking']['ticket'],
): ReturnType<typeof checkText> {
  const checked = checkText('ticket', raw ?? '', LIMITS.ticketMaxChars);
  if (!checked.ok) return checked;
  if (/[\n\t]/.test(checked.text))
    return { ok: false, refusal: { code: 'text-unsafe', field: 'ticket', what: 'line breaks or tabs' } };
  if (rule === 'required' && checked.text === '') return { ok: false, refusal: { code: 'ticket-missing' } };
  return checked;
}
