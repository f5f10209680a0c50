import type { Consent } from '../../domain/values.ts';
import { stagesKey } from './grid.ts';
import { answerText, changeOf } from './grid-summary.ts';
import { type PolicyInput, policyInput } from '../input.ts';
import { type Judgement, judge } from '../cases/judgement.ts';
import type { Rules } from '../rules.ts';

/** One decision of the past. `facts`: JSON of what the rules were asked; null: there never was any, or it is erased. */
export interface PastDecision {
  readonly facts: string | null;
  /** Whether the event says that there were facts once. */
  readonly hadFacts: boolean;
  readonly answer: { readonly consent: Consent } | { readonly refused: string };
}

export type Replay =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'allow→deny' | 'deny→allow' | 'approvals changed';
      readonly from: string;
      readonly to: string;
      /** Ids of the rules that decided, on either side. */
      readonly ids: { readonly from: readonly string[]; readonly to: readonly string[] };
    }
  | { readonly kind: 'not replayed'; readonly why: WhyNot; readonly from?: string; readonly to?: string };

export type WhyNot =
  | 'no facts then'
  | 'facts erased'
  | 'facts unreadable'
  | 'hung on groups'
  | 'not reproduced';

export const WHY_NOT: Readonly<Record<WhyNot, string>> = {
  'no facts then': 'recorded before facts were kept',
  'facts erased': 'their facts have been erased',
  'facts unreadable': 'their facts cannot be read',
  'hung on groups': 'refused for who was in the groups of approvers then, which is not kept',
  'not reproduced': 'the rules in force do not give what was recorded then',
};

/** Refusals that depend on who could consent when it was asked. */
const BY_GROUPS: ReadonlySet<string> = new Set(['nobody-can-approve', 'stale-groups']);

/** What the rules in force (`before`) and the others (`after`) say to what was asked then. */
export function replay(past: PastDecision, before: Rules, after: Rules): Replay {
  const input = inputOf(past);
  if (typeof input === 'string') return { kind: 'not replayed', why: input };
  const old = judge(before, input);
  const told = reproduces(past.answer, old);
  if (told !== null) return { kind: 'not replayed', ...told };
  const now = judge(after, input);
  if (old.outcome === now.outcome && stagesKey(old) === stagesKey(now)) return { kind: 'unchanged' };
  const said = { from: answerText(old), to: answerText(now), ids: { from: old.ids, to: now.ids } };
  switch (changeOf({ before: old, after: now })) {
    case 'newly-allowed':
      return { kind: 'deny→allow', ...said };
    case 'newly-denied':
      return { kind: 'allow→deny', ...said };
    case 'fewer-approvals':
    case 'approvals-changed':
      return { kind: 'approvals changed', ...said };
  }
}

function inputOf({ facts, hadFacts }: PastDecision): PolicyInput | WhyNot {
  if (facts === null) return hadFacts ? 'facts erased' : 'no facts then';
  const parsed = policyInput.safeParse(jsonOf(facts));
  return parsed.success ? parsed.data : 'facts unreadable';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Null: they say what was recorded; otherwise why it cannot be compared. */
function reproduces(
  answer: PastDecision['answer'],
  now: Judgement,
): { readonly why: WhyNot; readonly from?: string; readonly to?: string } | null {
  if ('refused' in answer) {
    if (now.outcome === 'no-access') return null;
    if (BY_GROUPS.has(answer.refused)) return { why: 'hung on groups' };
    return { why: 'not reproduced', from: `no (${answer.refused})`, to: answerText(now) };
  }
  const { stages, autoApprovedBy } = answer.consent;
  const same = stagesKey({ stages }) === stagesKey(now) && now.outcome !== 'no-access';
  if (same) return null;
  const from = autoApprovedBy === null ? stagesKey({ stages }) : 'automatic';
  return { why: 'not reproduced', from, to: answerText(now) };
}
