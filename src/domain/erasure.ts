import { LIMITS } from '../limits.ts';
import type { EventMeta } from './events.ts';
import type { RecordedJournalEvent } from './journal.ts';
import type { RequestId, Subject } from './values.ts';

/** That a whole person is to be forgotten: one stream, folded. Times in ms since the epoch. */
export interface Erasure {
  readonly id: string;
  readonly subject: Subject;
  readonly by: Subject;
  readonly proposed: EventMeta;
  readonly newest: EventMeta;
  /** Set when it was done: who agreed, when, and how many texts went. */
  readonly done: { readonly approvedBy: Subject | null; readonly at: number; readonly texts: number } | null;
}

export type ErasurePhase = 'proposed' | 'erased' | 'lapsed';

/** Null when nothing of the kind was proposed in this stream. */
export function erasureOf(id: string, events: readonly RecordedJournalEvent[]): Erasure | null {
  let erasure: Erasure | null = null;
  for (const { type, data, meta } of events) {
    if (type === 'ErasureProposed')
      erasure = { id, subject: data.subject, by: data.by, proposed: meta, newest: meta, done: null };
    if (type !== 'DisclosuresRedacted' || erasure === null) continue;
    const texts = (erasure.done?.texts ?? 0) + data.targets.length;
    erasure = { ...erasure, newest: meta, done: { approvedBy: data.approvedBy, at: meta.at, texts } };
  }
  return erasure;
}

export const erasureLapsesAt = ({ proposed }: Erasure): number => proposed.at + LIMITS.erasureAgreedWithinMs;

export function erasurePhase(erasure: Erasure, at: number): ErasurePhase {
  if (erasure.done !== null) return 'erased';
  return at < erasureLapsesAt(erasure) ? 'proposed' : 'lapsed';
}

/** Why nothing was forgotten. */
export type ForgettingRefusal =
  | { readonly code: 'not-an-operator' }
  /** What was given as the reason is missing, too long, or holds what nobody sees. */
  | { readonly code: 'reason-unfit' }
  | { readonly code: 'nobody-to-forget' }
  | { readonly code: 'no-such-text'; readonly index: number; readonly field: string }
  | { readonly code: 'no-such-erasure' }
  | { readonly code: 'already-erased' }
  | { readonly code: 'erasure-lapsed'; readonly days: number }
  | { readonly code: 'own-erasure' }
  | { readonly code: 'own-proposal' }
  | { readonly code: 'proposer-no-operator' }
  | { readonly code: 'open-requests'; readonly requests: readonly RequestId[] }
  | { readonly code: 'agree-in-chat'; readonly channel: string }
  | { readonly code: 'log-in-doubt' };

/** What is true, looked up for this very proposal. `subject` null: nobody of that key is on record. */
interface Proposing {
  readonly isOperator: boolean;
  readonly subject: Subject | null;
  /** Requests of the person to be forgotten that have not ended. */
  readonly open: readonly RequestId[];
}

export function checkProposal({ isOperator, subject, open }: Proposing): ForgettingRefusal | null {
  if (!isOperator) return { code: 'not-an-operator' };
  if (subject === null) return { code: 'nobody-to-forget' };
  return checkOpen(open);
}

/** What is true, looked up for this very click. */
interface Agreeing {
  readonly at: number;
  readonly by: Subject;
  readonly isOperator: boolean;
  readonly proposerIsOperator: boolean;
  readonly open: readonly RequestId[];
}

/** It takes two people with the right to it now, neither of them the one it is about; who has none learns nothing. */
export function checkAgreement(erasure: Erasure | null, facts: Agreeing): ForgettingRefusal | null {
  if (!facts.isOperator) return { code: 'not-an-operator' };
  if (erasure === null) return { code: 'no-such-erasure' };
  const phase = erasurePhase(erasure, facts.at);
  if (phase === 'erased') return { code: 'already-erased' };
  if (phase === 'lapsed') return { code: 'erasure-lapsed', days: LIMITS.erasureAgreedWithinMs / DAY_MS };
  if (facts.by === erasure.subject) return { code: 'own-erasure' };
  if (facts.by === erasure.by) return { code: 'own-proposal' };
  if (!facts.proposerIsOperator) return { code: 'proposer-no-operator' };
  return checkOpen(facts.open);
}

const DAY_MS = 24 * 3_600_000;

const checkOpen = (requests: readonly RequestId[]): ForgettingRefusal | null =>
  requests.length === 0 ? null : { code: 'open-requests', requests };

interface Words {
  readonly text: string;
  readonly remedy: string;
}

/** Public wording of each refusal, the same in chat and at the command line: the rule, then what can be done. */
export function forgettingWords(refusal: ForgettingRefusal): Words {
  switch (refusal.code) {
    case 'not-an-operator':
      return {
        text: 'Having something forgotten is for operators.',
        remedy: 'Ask one of those whom the catalogue names.',
      };
    case 'reason-unfit':
      return {
        text: 'It takes a reason, in words that everyone sees alike.',
        remedy: `Say why in plain text, at most ${LIMITS.reasonMaxChars} characters.`,
      };
    case 'nobody-to-forget':
      return {
        text: 'Nobody of that key is on record.',
        remedy: 'Name the person by the key they have, or had, in the catalogue.',
      };
    case 'no-such-text':
      return {
        text: `Event #${refusal.index} has no text "${refusal.field}" to redact: it never had one, or it is gone already.`,
        remedy: 'countersign log search shows the texts of each event.',
      };
    case 'no-such-erasure':
      return { text: 'There is no such proposal.', remedy: 'Check its id, or propose it anew.' };
    case 'already-erased':
      return { text: 'That has been done already.', remedy: 'Nothing is left to agree to.' };
    case 'erasure-lapsed':
      return {
        text: `That proposal is older than ${refusal.days} days and no longer stands.`,
        remedy: 'Propose it anew.',
      };
    case 'own-erasure':
      return {
        text: 'It is you who would be forgotten, so you cannot agree to it.',
        remedy: 'Another operator has to agree.',
      };
    case 'own-proposal':
      return {
        text: 'It takes two people, and you have proposed it.',
        remedy: 'Another operator has to agree.',
      };
    case 'proposer-no-operator':
      return {
        text: 'Whoever proposed it is no operator any more.',
        remedy: 'An operator has to propose it anew.',
      };
    case 'open-requests':
      return {
        text: `They have requests that have not ended: ${listed(refusal.requests)}.`,
        remedy: 'Have these withdrawn, denied or revoked first.',
      };
    case 'agree-in-chat':
      return {
        text: 'Two names typed at one keyboard are not two people.',
        remedy: `Agree with the button in #${refusal.channel}.`,
      };
    case 'log-in-doubt':
      return {
        text: 'The log is not the one whose heads left the house, so nothing is erased from beside it.',
        remedy: 'First settle which log is right; countersign doctor says how.',
      };
  }
}

const LISTED_MAX = 5;

function listed(requests: readonly RequestId[]): string {
  const more = requests.length - LISTED_MAX;
  return requests.slice(0, LISTED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
