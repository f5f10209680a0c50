import type { Asking } from '../domain/command.ts';
import { parseDuration } from '../domain/duration.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Phase } from '../domain/state.ts';
import { checkDuration, checkJustification, checkStart, checkTicket } from '../domain/submission.ts';
import type { Consent, Subject } from '../domain/values.ts';
import type { Draft, DraftField, FieldRefusal, Preview, PreviewLine, Reply } from '../ports/intent.ts';
import type { AskingTerms, PolicyReason } from '../ports/policy.ts';
import type { PersonRef } from '../ports/view.ts';
import { LIMITS } from '../limits.ts';
import type { Deps } from './deps.ts';
import { admit } from './facts.ts';
import { handleSubmission } from './handle-command.ts';
import { LIVE } from './lists.ts';
import { peopleOf, viewOf } from './view.ts';
import type { Caller } from './who.ts';

type Errors = Partial<Record<DraftField, FieldRefusal>>;

/** Reads a typed or chosen duration; the form's choices are ms in decimal. */
function readDuration(text: string): number | null {
  return /^(0|\d{3,15})$/.test(text) ? Number(text) : parseDuration(text);
}

/** What will happen if this is sent: shown while it is being written, and decided anew when it is sent. */
export async function preview(deps: Deps, caller: Caller, draft: Draft): Promise<Preview> {
  if (draft.entitlement === null) return { terms: null, refusal: null, lines: [] };
  const answer = await deps.policy.answer({
    action: 'request',
    person: caller.person.key,
    entitlement: draft.entitlement,
    durationMs: 1,
    at: deps.clock.now(),
  });
  if (!answer.allowed) return { terms: null, refusal: answer.reason, lines: [] };
  const terms = await deps.policy.terms(draft.entitlement);
  if (terms === null)
    return { terms, refusal: { code: 'unknown-entitlement', entitlement: draft.entitlement }, lines: [] };
  const durationMs = draft.duration === null ? null : readDuration(draft.duration);
  return { terms, refusal: null, lines: await previewLines(deps, terms, answer.consent, draft, durationMs) };
}

async function previewLines(
  deps: Deps,
  terms: AskingTerms,
  consent: Consent,
  draft: Draft,
  durationMs: number | null,
): Promise<readonly PreviewLine[]> {
  const { entitlement } = terms;
  const asks = await approversOf(deps, consent);
  const snapshot = deps.connectorSnapshot(entitlement.connector);
  const gives = snapshot && (await deps.connectors.open(snapshot)).describeScope(entitlement.scope);
  const lines: PreviewLine[] = gives ? [{ kind: 'gives', text: gives }] : [];
  lines.push(...asks.map((ask) => ({ kind: 'asks', ...ask }) as const));
  if (consent.autoApprovedBy !== null) lines.push({ kind: 'automatic', rule: consent.autoApprovedBy });
  lines.push({ kind: 'starts', at: draft.startAt });
  if (durationMs !== null) lines.push({ kind: 'ends-after', durationMs });
  if (consent.stages.length > 0) lines.push({ kind: 'lapses-after', ms: entitlement.lapseAfterMs });
  return lines;
}

export interface Approvers {
  readonly stage: string;
  readonly group: string;
  readonly quorum: number;
  readonly people: readonly PersonRef[];
}

export async function approversOf(deps: Deps, consent: Consent): Promise<readonly Approvers[]> {
  const people = peopleOf(deps);
  return Promise.all(
    consent.stages.map(async (stage) => {
      const members = (await deps.directory.members(stage.group)) ?? [];
      const subjects = await Promise.all(
        members.map((key) => deps.store.subjectOf(key, () => deps.ids.subject())),
      );
      const refs = await Promise.all(subjects.map(people));
      const group = deps.directory.groupTitle(stage.group);
      return { stage: stage.name, group, quorum: stage.quorum, people: refs };
    }),
  );
}

export type Submit = (caller: Caller, draft: Draft) => Promise<Reply>;

/** A person's double click: one submission at a time each, so that the second sees the first. */
export function createSubmit(deps: Deps): Submit {
  const submitting = new Map<Subject, Promise<unknown>>();
  return (caller, draft) => {
    const before = submitting.get(caller.subject) ?? Promise.resolve();
    const mine = before.then(() => submitNow(deps, caller, draft));
    const settled = mine
      .catch(() => undefined)
      .finally(() => {
        if (submitting.get(caller.subject) === settled) submitting.delete(caller.subject);
      });
    submitting.set(caller.subject, settled);
    return mine;
  };
}

async function submitNow(deps: Deps, caller: Caller, draft: Draft): Promise<Reply> {
  const at = deps.clock.now();
  if (draft.entitlement === null)
    return fieldErrors(deps, { entitlement: { code: 'field-missing', field: 'entitlement' } });
  const durationMs = draft.duration === null ? null : readDuration(draft.duration);
  const question = {
    person: caller.person.key,
    entitlement: draft.entitlement,
    durationMs: durationMs ?? 1,
    at,
  };
  const answer = await deps.policy.answer({ action: 'request', ...question });
  if (!answer.allowed) return fieldErrors(deps, { entitlement: answer.reason });
  const terms = await deps.policy.terms(draft.entitlement);
  if (terms === null) return fieldErrors(deps, { entitlement: unknown(draft.entitlement) });
  const asking = askingOf(terms);
  const errors = draftErrors(draft, durationMs, asking, answer.entitlement.longestMs, at);
  if (Object.keys(errors).length > 0 || durationMs === null) return fieldErrors(deps, errors);
  const admission = await admit(deps, 'request', caller.subject, draft.entitlement, durationMs, at);
  const handled = await handleSubmission(deps, deps.ids.request(), {
    kind: 'submit',
    at,
    requester: caller.subject,
    admission,
    asking,
    durationMs,
    startAt: draft.startAt,
    justification: draft.justification ?? '',
    ticket: draft.ticket,
    waiting: await alreadyAsked(deps, caller, draft.entitlement, at),
    ...(await amountOf(deps, caller, at)),
  });
  if (handled.outcome === 'stored')
    return { kind: 'done', what: 'submit', view: await viewOf(deps, handled.state, peopleOf(deps)) };
  if (handled.outcome === 'claim-lost') throw new Error('a submission holds no claim');
  return { kind: 'field-errors', errors: {}, general: handled.refusal };
}

const unknown = (entitlement: string): PolicyReason => ({ code: 'unknown-entitlement', entitlement });

function fieldErrors(deps: Deps, errors: Errors): Reply {
  for (const refusal of Object.values(errors)) deps.onRefused(refusal.code);
  return { kind: 'field-errors', errors, general: null };
}

const askingOf = (terms: AskingTerms): Asking => ({
  template: terms.justification.template,
  minimumLength: terms.justification.minimumLength,
  ticket: terms.ticket,
});

/** What was approved by rule waits for nobody; its second click comes within this time. */
const DOUBLE_CLICK_MS = 5_000;
const UNDER_WAY: readonly Phase[] = ['approved', 'provisioning', 'active'];

/** The person's request for the same that still waits, or that this would be the double click of. */
async function alreadyAsked(deps: Deps, caller: Caller, entitlement: string, at: number) {
  const query = { requester: caller.subject, entitlement, limit: 1 } as const;
  const [waiting] = await deps.store.requests({ ...query, phases: ['requested'] });
  if (waiting) return waiting.id;
  const [latest] = await deps.store.requests({ ...query, phases: UNDER_WAY });
  return latest && at - latest.submittedAt < DOUBLE_CLICK_MS ? latest.id : null;
}

const HOUR_MS = 3_600_000;

/** How much this person has going, counted no further than the rule looks. */
async function amountOf(deps: Deps, caller: Caller, at: number): Promise<{ open: number; lately: number }> {
  const { store } = deps;
  const mine = { requester: caller.subject };
  const open = await store.requests({ ...mine, phases: LIVE, limit: LIMITS.openRequestsPerPersonMax });
  const newest = await store.requests({ ...mine, limit: LIMITS.requestsPerPersonHourMax });
  const lately = newest.filter((request) => at - request.submittedAt < HOUR_MS);
  return { open: open.length, lately: lately.length };
}

/** Every field's first problem at once, so that nobody has to send a form three times. */
function draftErrors(
  draft: Draft,
  durationMs: number | null,
  asking: Asking,
  longestMs: number,
  at: number,
): Errors {
  const justification = checkJustification(draft.justification ?? '', asking);
  const ticket = checkTicket(draft.ticket, asking.ticket);
  const found: Record<string, Refusal | FieldRefusal | null> = {
    duration: durationError(draft.duration, durationMs, longestMs),
    startAt: checkStart(draft.startAt, at),
    justification: justification.ok ? null : justification.refusal,
    ticket: ticket.ok ? null : ticket.refusal,
  };
  return Object.fromEntries(Object.entries(found).filter(([, refusal]) => refusal !== null)) as Errors;
}

function durationError(
  text: string | null,
  durationMs: number | null,
  longestMs: number,
): FieldRefusal | null {
  if (text === null) return { code: 'field-missing', field: 'duration' };
  if (durationMs === null) return { code: 'duration-unreadable', text: text.slice(0, 40) };
  return checkDuration(durationMs, longestMs);
}
