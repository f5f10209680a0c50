import type { ForgettingRefusal } from '../domain/erasure.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Impact, RequestId } from '../domain/values.ts';
import type { AccountRef } from './directory.ts';
import type { AskingTerms, Offer, PolicyReason } from './policy.ts';
import type { Secret } from './secret.ts';
import type { HomeView, PersonRef, RequestView } from './view.ts';

/** What the form holds so far, as typed: nothing of it is trusted. `null`: not filled in. */
export interface Draft {
  readonly entitlement: string | null;
  /** As chosen (ms in decimal) or typed ("90m", "1h 30m"). */
  readonly duration: string | null;
  readonly justification: string | null;
  readonly ticket: string | null;
  /** Ms since the epoch; null: now. */
  readonly startAt: number | null;
}
export type DraftField = keyof Draft;

/** What someone wants, in nobody's wire format. `request: null` means "my only one". */
export type Intent =
  | { readonly kind: 'open-form'; readonly entitlement: string | null }
  | { readonly kind: 'search'; readonly query: string }
  | { readonly kind: 'preview'; readonly draft: Draft }
  | { readonly kind: 'submit'; readonly draft: Draft }
  | {
      readonly kind: 'approve';
      readonly request: RequestId;
      readonly shown: string;
      readonly shortenToMs: number | null;
      readonly comment: string | null;
    }
  | { readonly kind: 'deny'; readonly request: RequestId; readonly shown: string; readonly reason: string }
  | { readonly kind: 'withdraw'; readonly request: RequestId | null }
  | { readonly kind: 'extend'; readonly request: RequestId | null; readonly extraMs: number | null }
  | { readonly kind: 'done'; readonly request: RequestId | null }
  | { readonly kind: 'revoke'; readonly request: RequestId; readonly reason: string }
  | { readonly kind: 'reveal'; readonly request: RequestId }
  /** `toAct`: before a dialog, for those alone who may act on it. */
  | { readonly kind: 'show'; readonly request: RequestId; readonly toAct?: true }
  | { readonly kind: 'evidence'; readonly request: RequestId }
  | { readonly kind: 'approve-erasure'; readonly erasure: string }
  | { readonly kind: 'mine' }
  | { readonly kind: 'who'; readonly entitlement: string }
  | { readonly kind: 'home' }
  | { readonly kind: 'help' };

export interface Actor {
  readonly account: AccountRef;
  /** ISO zone name of the reader, for parsing and preview only; null when the platform did not say. */
  readonly zone: string | null;
}

/** What the form shows for a draft: who will be asked and what will happen. */
export interface Preview {
  readonly terms: AskingTerms | null;
  readonly refusal: Refusal | PolicyReason | null;
  readonly lines: readonly PreviewLine[];
}
export type PreviewLine =
  | {
      readonly kind: 'asks';
      readonly stage: string;
      readonly group: string;
      readonly quorum: number;
      readonly people: readonly PersonRef[];
    }
  | { readonly kind: 'automatic'; readonly rule: string }
  | { readonly kind: 'starts'; readonly at: number | null }
  | { readonly kind: 'ends-after'; readonly durationMs: number }
  | { readonly kind: 'lapses-after'; readonly ms: number }
  | { readonly kind: 'gives'; readonly text: string }
  /** What a bundle is made of. */
  | { readonly kind: 'includes'; readonly titles: readonly string[] }
  | { readonly kind: 'follows'; readonly texts: readonly string[] }
  /** It changes how something is made, and so reaches whatever is made with it. */
  | { readonly kind: 'build-time' }
  | { readonly kind: 'data-owner'; readonly person: PersonRef }
  | { readonly kind: 'impact'; readonly impact: Impact };

export type Reply =
  | { readonly kind: 'form'; readonly draft: Draft; readonly preview: Preview }
  | { readonly kind: 'offers'; readonly offers: readonly Offer[] }
  /** The form stays open with these refusals under their fields; `general` has no field of its own. */
  | {
      readonly kind: 'field-errors';
      readonly errors: Readonly<Partial<Record<DraftField, FieldRefusal>>>;
      readonly general: FieldRefusal | null;
    }
  /** Done and durable. `what` names the intent; the view is the state after it. */
  | { readonly kind: 'done'; readonly what: Intent['kind']; readonly view: RequestView }
  | {
      readonly kind: 'refused';
      readonly refusal: AnyRefusal;
      readonly view: RequestView | null;
    }
  | { readonly kind: 'secret'; readonly secret: Secret; readonly view: RequestView }
  /** `evidence`: its reader may take the evidence of it. */
  | { readonly kind: 'shown'; readonly view: RequestView; readonly evidence?: boolean }
  /** For one download by whoever has the link, until then (ms since the epoch). */
  | { readonly kind: 'evidence'; readonly request: RequestId; readonly url: string; readonly until: number }
  /** Done and durable: so many texts, and who they were, are gone. */
  | { readonly kind: 'erased'; readonly texts: number }
  | { readonly kind: 'mine'; readonly home: HomeView }
  | { readonly kind: 'home'; readonly home: HomeView }
  | {
      readonly kind: 'who';
      readonly entitlement: { readonly id: string; readonly title: string };
      readonly holders: readonly RequestView[];
      readonly approvers: readonly {
        readonly stage: string;
        readonly group: string;
        readonly quorum: number;
        readonly people: readonly PersonRef[];
      }[];
    }
  | { readonly kind: 'help' }
  /** Something of ours is broken; nothing was done. `incident` is in the log of the process. */
  | { readonly kind: 'trouble'; readonly incident: string };

export type FieldRefusal =
  | Refusal
  | PolicyReason
  | { readonly code: 'field-missing'; readonly field: DraftField };

/** The account itself may do nothing here. */
export type AccountRefusal =
  | {
      readonly code: 'account-refused';
      readonly why: 'deleted' | 'bot' | 'guest' | 'stranger' | 'other-workspace' | 'unknown' | 'unlinked';
    }
  | { readonly code: 'account-unchecked' };

export type AnyRefusal = FieldRefusal | AccountRefusal | RequestRefusal | ModeRefusal | ForgettingRefusal;

/** Only what ends access is done: the log is not the one whose heads left the house, or that is not known yet. */
export type ModeRefusal = { readonly code: 'revoke-only'; readonly mode: 'checking' | 'revoke-only' };

/** Which request was meant cannot be told. */
export type RequestRefusal =
  | { readonly code: 'no-such-request' }
  | { readonly code: 'none-of-yours'; readonly what: Intent['kind'] }
  | {
      readonly code: 'several-of-yours';
      readonly what: Intent['kind'];
      readonly requests: readonly { readonly id: RequestId; readonly title: string }[];
    };

/** What `main` hands to a chat adapter. Never rejects: what breaks becomes `trouble`. */
export type OnIntent = (actor: Actor, intent: Intent) => Promise<Reply>;
