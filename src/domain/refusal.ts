import type { Phase } from './state.ts';

/** Why a command was not carried out: expected, and no fault of ours. Data only; wording is in `explain`. */
export type Refusal =
  | { readonly code: 'duration-not-positive'; readonly durationMs: number }
  | { readonly code: 'duration-too-long'; readonly durationMs: number; readonly longestMs: number }
  | { readonly code: 'duration-unreadable'; readonly text: string }
  | { readonly code: 'start-in-past'; readonly startAt: number }
  | { readonly code: 'start-too-far'; readonly startAt: number; readonly latestAt: number }
  | { readonly code: 'justification-too-short'; readonly minimumLength: number; readonly length: number }
  | { readonly code: 'justification-untouched' }
  | {
      readonly code: 'text-too-long';
      readonly field: string;
      readonly maximumLength: number;
      readonly length: number;
    }
  | { readonly code: 'text-unsafe'; readonly field: string; readonly what: string }
  | { readonly code: 'ticket-missing' }
  | { readonly code: 'reason-missing' }
  | { readonly code: 'already-asked'; readonly request: string }
  | { readonly code: 'too-many-open'; readonly most: number }
  | { readonly code: 'too-many-lately'; readonly most: number }
  | { readonly code: 'no-such-request' }
  | { readonly code: 'wrong-phase'; readonly action: string; readonly phase: Phase }
  | { readonly code: 'own-request' }
  | { readonly code: 'not-an-approver'; readonly groups: readonly string[] }
  /** One of the approvers, whom a rule keeps from consenting to this, or no rule lets. */
  | { readonly code: 'rules-forbid' }
  /** `seat`: whoever is away has decided themselves, or someone else stood in for them before. */
  | { readonly code: 'already-decided'; readonly by: 'you' | 'seat' }
  /** Stages are ordered, and the voter's comes after one that is still open. */
  | { readonly code: 'not-your-turn'; readonly waitingFor: readonly string[] }
  | { readonly code: 'stage-full'; readonly waitingFor: readonly string[] }
  | { readonly code: 'shown-is-stale' }
  | { readonly code: 'not-yours' }
  | { readonly code: 'may-not-revoke' }
  | { readonly code: 'lapsed'; readonly at: number }
  | { readonly code: 'not-admissible'; readonly reason: string }
  | { readonly code: 'no-more-extensions'; readonly most: number }
  | { readonly code: 'extension-pending' }
  | { readonly code: 'secret-gone'; readonly secret: 'none' | 'revealed' | 'shredded' }
  | { readonly code: 'not-due' }
  /** What it would put on record is there. */
  | { readonly code: 'already-on-record' };

export type RefusalCode = Refusal['code'];
