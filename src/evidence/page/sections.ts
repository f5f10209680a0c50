import { formatDuration } from '../../domain/duration.ts';
import type { RecordedEvent } from '../../domain/events.ts';
import type { AnyRecordedEvent } from '../../ports/audit-log.ts';
import type { Dossier } from '../dossier.ts';
import { endOf } from '../findings/grant.ts';
import { isOwn, only } from '../source.ts';
import { type Html, html, join } from '../../html.ts';
import { lagOf } from './outcome.ts';
import { facts, mark, place, section, table, words } from './parts.ts';
import { type Times, utc } from './times.ts';
import { endedBecause, sentenceOf, titleOf } from './words.ts';

const timed = (at: number, times: Times): Html => html`${utc(at)} <small>${times.local(at)}</small>`;

const LABELS: Readonly<Record<string, string>> = {
  justification: 'Why',
  ticket: 'Ticket',
  comment: 'They said',
  reason: 'Reason',
  detail: 'Detail',
};
const labelOf = (field: string): string => LABELS[field] ?? field;

/** Who, what, why and how long. */
export function requestFacts({ own, nameOf, source, texts }: Dossier, times: Times): Html {
  const submitted = only(own, 'RequestSubmitted')[0];
  const id = ['Request', html`<code>${source.request}</code>`] as const;
  if (submitted === undefined) return facts([id]);
  const { entitlement, durationMs, requester, startAt } = submitted.data;
  const { resourceTitle, environment, classification, owner } = entitlement;
  const said = texts.filter(({ index }) => index === submitted.meta.index);
  return facts([
    id,
    ['Asked by', html`${nameOf(requester)} <small class="mono">${requester}</small>`],
    ['Asked at', timed(submitted.meta.at, times)],
    ['For', html`${titleOf(entitlement)} <code>${entitlement.id}</code>, ${formatDuration(durationMs)}`],
    ['Starting', startAt === null ? null : timed(startAt, times)],
    ['Resource', `${resourceTitle}, ${environment}, ${classification}; its owner is ${nameOf(owner)}`],
    ...said.map(({ field, shown }) => [labelOf(field), words(shown)] as const),
  ]);
}

/** Who people are and which rules were loaded is told where it is used. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['PersonIntroduced', 'CatalogueLoaded', 'RulesLoaded']);

/** Every event in log order; those of the installation, which bear on the request, are set apart. */
export function timeline(dossier: Dossier, times: Times): Html {
  const told = dossier.events.filter(({ type }) => !TOLD_ELSEWHERE.has(type));
  const intro = html`<p class="soft">Each is one event of the log, with its number and the first digits of its leaf hash, as
the chat thread showed them. The number leads to the event’s bytes, the hash to the proof that the log holds them.</p>`;
  const items = told.map((event) => happened(event, dossier, times));
  return section('What happened', html`${intro}<ol class="events">${items}</ol>`);
}

function happened(event: AnyRecordedEvent, { nameOf, texts }: Dossier, times: Times): Html {
  const { index, at } = event.meta;
  const beside = event.type === 'RequestSubmitted' ? [] : texts.filter((text) => text.index === index);
  const said = beside.map(
    ({ field, shown }) => html`<div><small>${labelOf(field)}:</small> ${words(shown)}</div>`,
  );
  return html`<li class="${isOwn(event) ? 'own' : 'aside'}"><div class="at">${utc(at)} <br>${times.local(at)}</div>
<div><p>${sentenceOf(event, nameOf)}</p>${said}<p class="place">${place(event)} ${event.type}</p></div></li>
`;
}

/** Each voice: whose, when, and the question that it was an answer to. */
export function consents({ own, nameOf }: Dossier, times: Times): Html {
  const voices = only(own, 'ApprovalRecorded', 'RequestDenied', 'ExtensionDenied');
  const rule = only(own, 'RequestSubmitted')[0]?.data.consent.autoApprovedBy ?? null;
  if (voices.length === 0) {
    const nobody =
      rule === null
        ? html`Nobody has decided.`
        : html`Nobody was asked: the rule <code>${rule}</code> approves it.`;
    return section('Consent', html`<p>${nobody}</p>`);
  }
  const rows = voices.map(({ type, data, meta }) => [
    nameOf(data.by),
    html`${type === 'ApprovalRecorded' ? 'approved' : 'denied'} in ${mark(meta.index)}`,
    timed(meta.at, times),
    shownTo(data.shown, own),
  ]);
  return section('Consent', table(['Who', 'Decision', 'When', 'What they were shown'], rows));
}

function shownTo(shown: string, own: readonly RecordedEvent[]): Html {
  const question = only(own, 'RequestSubmitted', 'ExtensionRequested').find(
    ({ meta }) => meta.leaf === shown,
  );
  const leaf = html`<code>${shown.slice(0, 8)}</code>`;
  return question === undefined
    ? html`${leaf} <span class="bad">is no question’s</span>`
    : html`${mark(question.meta.index)}, by its hash ${leaf}`;
}

/** How access ended, and how the target showed that nothing is left. */
export function removal({ own, nameOf }: Dossier, times: Times): Html {
  const started = only(own, 'RevocationStarted').at(-1);
  if (started === undefined) return html``;
  const removed = only(own, 'CredentialRemoved');
  const failures = only(own, 'RevocationFailed').map(({ meta }) => mark(meta.index));
  const end = endOf(own) ?? started.meta.at;
  const ending = [
    ['Why it ended', endedBecause(started.data, nameOf)],
    ['When it ended', timed(end, times)],
    ['Sessions ended', removed.reduce((sum, { data }) => sum + data.killed, 0)],
    ['Failed tries', failures.length === 0 ? null : join(failures, ' ')],
    ['Left over', removed.flatMap(({ data }) => data.leftovers).join('; ') || null],
  ] as const;
  return section('The end, and its proof', facts([...ending, ...proofFacts(own, end, times)]));
}

function proofFacts(own: readonly RecordedEvent[], end: number, times: Times) {
  const verified = only(own, 'RevocationVerified').at(-1);
  if (verified === undefined) return [['Proof', html`<span class="bad">none yet</span>`]] as const;
  const { proof } = verified.data;
  const control =
    proof.positiveControlAt === null
      ? 'none: the credential was never seen to work'
      : html`the right secret worked and a wrong one did not, ${timed(proof.positiveControlAt, times)}`;
  return [
    [
      'Proven gone',
      html`${timed(proof.at, times)}, ${lagOf(proof.at - end)} after the end (${mark(verified.meta.index)})`,
    ],
    ['How', html`<code>${proof.method}</code>`],
    ['A fresh login', LOGIN[proof.loginRefused]],
    ['Sessions left', proof.liveSessions],
    ['Positive control', control],
  ] as const;
}

const LOGIN = { yes: 'was refused', no: 'was let in', untestable: 'cannot be tried there' } as const;

/** Which rules decided each step. */
export function rules({ stamps }: Dossier): Html {
  const rows = stamps.map(({ event, policy, loaded }) => [
    html`${mark(event.meta.index)} ${event.type}`,
    policy.ids.join(', '),
    html`<code>${policy.digest.slice(0, 16)}</code>${loaded === null ? null : html`, loaded in ${mark(loaded)}`}`,
  ]);
  return section('Rules', table(['Step', 'Decided by', 'Version'], rows));
}
