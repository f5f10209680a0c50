import type { Asking } from '../domain/command.ts';
import { parseDuration } from '../domain/duration.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Phase } from '../domain/state.ts';
import { checkDuration, checkJustification, checkStart, checkTicket } from '../domain/submission.ts';
import type { EntitlementSnapshot, Subject } from '../domain/values.ts';
import type { Draft, DraftField, FieldRefusal, Preview, PreviewLine, Reply } from '../ports/intent.ts';
import type { AskingTerms, BallotQuestion, PolicyAnswer, PolicyReason } from '../ports/policy.ts';
import { LIMITS } from '../limits.ts';
import { approversOf } from './ballot.ts';
import type { Deps } from './deps.ts';
import { handleSubmission } from './handle-command.ts';
import { LIVE } from './lists.ts';
import { recordRefused } from './refusals.ts';
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
  const durationMs = draft.duration === null ? null : readDuration(draft.duration);
  const answer = await ask(deps, caller, draft, draft.entitlement, durationMs);
  if (!answer.allowed) return refusedPreview(deps, draft.entitlement, answer.reason);
  const terms = await deps.policy.terms(draft.entitlement);
  if (terms === null) return { terms, refusal: unknown(draft.entitlement), lines: [] };
  const question = {
    entitlement: answer.entitlement,
    consent: answer.consent,
    opened: [],
    requester: caller.person.key,
    durationMs: durationMs ?? 1,
    at: deps.clock.now(),
  };
  const lines = await previewLines(deps, question, answer, draft, durationMs);
  return { terms: termsNow(terms, answer), refusal: null, lines };
}

/** What a rule refuses now it may allow at another time: the form keeps what it takes to ask for that. */
async function refusedPreview(deps: Deps, id: string, refusal: PolicyReason): Promise<Preview> {
  const mayPass = refusal.code === 'forbidden' || refusal.code === 'step-up-needed';
  return { terms: mayPass ? await deps.policy.terms(id) : null, refusal, lines: [] };
}

type Allowed = Extract<PolicyAnswer, { allowed: true }>;

/** What the form offers, no more than the rules give now. */
function termsNow(terms: AskingTerms, { entitlement, ticketRequired }: Allowed): AskingTerms {
  const { longestMs } = entitlement;
  const fitting = terms.durationsMs.filter((each) => each <= longestMs);
  const durationsMs = fitting.length > 0 ? fitting : [longestMs];
  const ticket = ticketRequired ? 'required' : terms.ticket;
  return { ...terms, entitlement, durationsMs, ticket };
}

/** What the rules say of a draft; of one without a duration, of the shortest. */
const ask = (
  deps: Deps,
  { person }: Caller,
  { startAt, ticket }: Draft,
  entitlement: string,
  durationMs: number | null,
): Promise<PolicyAnswer> =>
  deps.policy.answer({
    action: 'request',
    person: person.key,
    entitlement,
    durationMs: durationMs ?? 1,
    at: deps.clock.now(),
    startAt,
    ticket,
  });

async function previewLines(
  deps: Deps,
  question: BallotQuestion,
  { impact }: Allowed,
  draft: Draft,
  durationMs: number | null,
): Promise<readonly PreviewLine[]> {
  const { entitlement, consent } = question;
  const asks = await approversOf(deps, question);
  const snapshot = deps.connectorSnapshot(entitlement.connector);
  const gives = snapshot && (await deps.connectors.open(snapshot)).describeScope(entitlement.scope);
  const lines: PreviewLine[] = gives ? [{ kind: 'gives', text: gives }] : [];
  lines.push(...(await propertiesOf(deps, entitlement)));
  if (impact.score > 0 && durationMs !== null) lines.push({ kind: 'impact', impact });
  lines.push(...asks.map((ask) => ({ kind: 'asks', ...ask }) as const));
  if (consent.autoApprovedBy !== null) lines.push({ kind: 'automatic', rule: consent.autoApprovedBy });
  lines.push({ kind: 'starts', at: draft.startAt });
  if (durationMs !== null) lines.push({ kind: 'ends-after', durationMs });
  if (consent.stages.length > 0) lines.push({ kind: 'lapses-after', ms: entitlement.lapseAfterMs });
  return lines;
}

/** What it takes to know of an entitlement before asking for it. */
async function propertiesOf(deps: Deps, entitlement: EntitlementSnapshot): Promise<readonly PreviewLine[]> {
  const { parts = [], consequences = [], privilege, dataOwner } = entitlement;
  const lines: PreviewLine[] = [];
  if (parts.length > 0) lines.push({ kind: 'includes', titles: parts.map(({ title }) => title) });
  if (privilege === 'build-time') lines.push({ kind: 'build-time' });
  if (consequences.length > 0) lines.push({ kind: 'follows', texts: consequences });
  if (dataOwner !== undefined) lines.push({ kind: 'data-owner', person: await peopleOf(deps)(dataOwner) });
  return lines;
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
  const answer = await ask(deps, caller, draft, draft.entitlement, durationMs);
  if (!answer.allowed) {
    const asked = { entitlement: draft.entitlement, durationMs: durationMs ?? 1, at };
    if (durationMs !== null) await recordRefused(deps, caller, asked, answer);
    return fieldErrors(deps, { entitlement: answer.reason });
  }
  const terms = await deps.policy.terms(draft.entitlement);
  if (terms === null) return fieldErrors(deps, { entitlement: unknown(draft.entitlement) });
  const asking = askingOf(terms, answer.ticketRequired);
  const errors = draftErrors(draft, durationMs, asking, answer.entitlement.longestMs, at);
  if (Object.keys(errors).length > 0 || durationMs === null) return fieldErrors(deps, errors);
  const handled = await handleSubmission(deps, deps.ids.request(), {
    kind: 'submit',
    at,
    requester: caller.subject,
    admission: answer,
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

const askingOf = (terms: AskingTerms, ticketRequired: boolean): Asking => ({
  template: terms.justification.template,
  minimumLength: terms.justification.minimumLength,
  ticket: ticketRequired ? 'required' : terms.ticket,
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
