import fc from 'fast-check';
import type { Admission, Command, CommandKind } from '../../src/domain/command.ts';
import type { Phase, RequestState } from '../../src/domain/state.ts';
import type { Consent, Subject } from '../../src/domain/values.ts';
import {
  admits,
  ANN,
  ASKER,
  AUTOMATIC,
  BEN,
  CLEO,
  command,
  ENTITLEMENT,
  escalating,
  FORBIDDEN,
  HOUR,
  KINDS,
  MINUTE,
  NOBODY,
  ONE,
  ordered,
  OWNER,
  PROOF,
  stageOf,
  TWO,
} from './facts.ts';
import { leafOf } from './given.ts';

/** Choices that become a command only when it is known which state they meet. */
export interface Step {
  readonly kind: CommandKind | 'what comes next';
  readonly passedMs: number;
  readonly who: Subject;
  readonly shows: 'open' | 'ballot' | 'stale';
  readonly mayFill: readonly number[];
  readonly admission: Admission;
  readonly ms: number;
  readonly yes: boolean;
  readonly text: string;
  /** In whose place a vote is given. */
  readonly insteadOf: Subject | null;
}

const consents: readonly Consent[] = [
  ONE,
  TWO,
  ordered(stageOf('dba', 1), stageOf('security', 1)),
  ordered(escalating('dba', 1), escalating('security', 1)),
  AUTOMATIC,
  NOBODY,
];
const shorter = { ...ENTITLEMENT, longestMs: 30 * MINUTE };
const admission = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...consents).map((consent) => admits(consent)) },
  { weight: 1, arbitrary: fc.constant(admits(ONE, shorter)) },
  { weight: 1, arbitrary: fc.constant(FORBIDDEN) },
);
const text = fc.oneof(
  { weight: 5, arbitrary: fc.constant('INC-1: orders stuck') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', 'x'.repeat(2_000), 'a\u202Eb', 'a\uD800') },
);

export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('what comes next' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...KINDS) },
  ),
  passedMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 * MINUTE }) },
    { weight: 1, arbitrary: fc.integer({ min: -MINUTE, max: 3 * HOUR }) },
  ),
  who: fc.constantFrom(ANN, BEN, CLEO, OWNER, ASKER),
  shows: fc.constantFrom('open', 'open', 'open', 'ballot', 'stale'),
  mayFill: fc.constantFrom([0], [0], [0, 1], [1], [], [7, -1]),
  admission,
  ms: fc.oneof(
    fc.integer({ min: -1, max: 9 * HOUR }),
    fc.integer({ min: 1, max: 2 * HOUR }),
    fc.constantFrom(0.5, Number.NaN, Number.MAX_SAFE_INTEGER),
  ),
  yes: fc.boolean(),
  text,
  insteadOf: fc.constantFrom(null, null, null, null, CLEO, OWNER, ASKER),
});

/** What moves a request on from each phase, so that a random life gets somewhere. */
const NEXT: { readonly [P in Phase]: readonly CommandKind[] } = {
  requested: ['approve', 'approve', 'approve', 'approve', 'remind', 'escalate', 'deny', 'lapse'],
  approved: ['start'],
  provisioning: ['record-issued', 'record-issued', 'record-provision-failure'],
  active: ['extend', 'extend', 'extend', 'reveal', 'warn', 'flag', 'expire'],
  revoking: ['record-removed', 'record-revocation-failure', 'record-verified', 'record-verified'],
  revoked: ['reveal'],
  denied: ['approve'],
  withdrawn: ['approve'],
  lapsed: ['approve'],
  failed: ['start'],
};

const NEXT_OF_EXTENSION = {
  asked: ['approve', 'approve', 'approve', 'escalate', 'deny', 'lapse-extension'],
  approved: ['record-extended', 'record-extended', 'record-extension-failure', 'expire'],
} as const;

function nextKind(state: RequestState | null, chosen: Step): CommandKind {
  if (chosen.kind !== 'what comes next') return chosen.kind;
  if (state === null) return 'submit';
  const kinds = state.extension ? NEXT_OF_EXTENSION[state.extension.phase] : NEXT[state.phase];
  return kinds[Math.abs(chosen.passedMs) % kinds.length] ?? 'submit';
}

/** The same command for any kind: each takes of these facts what it carries. */
export function commandOf(state: RequestState | null, chosen: Step, at: number): Command {
  const { who: by, mayFill, ms, yes } = chosen;
  const shown = {
    ballot: state?.ballot.shown ?? leafOf(1),
    open: state?.extension?.shown ?? state?.ballot.shown ?? leafOf(1),
    stale: leafOf(999),
  }[chosen.shows];
  const kind = nextKind(state, chosen);
  const owned = kind === 'approve' || kind === 'deny' || kind === 'revoke' || yes;
  const admitted =
    chosen.shows === 'open' && state !== null ? admits(state.ballot.consent) : chosen.admission;
  const everyone = new Map([ANN, BEN, CLEO, OWNER].map((who) => [who, yes ? [0, 1] : mayFill]));
  const facts = {
    at,
    by: owned && kind !== 'done' && !['reveal', 'extend', 'withdraw'].includes(kind) ? by : yes ? ASKER : by,
    shown,
    mayFill: kind === 'start' ? everyone : mayFill,
    insteadOf: chosen.insteadOf,
    stage: mayFill[0] ?? 0,
    to: yes ? 'on-call' : null,
    cause: chosen.shows === 'open' ? 'nobody-left' : 'waited',
    mayFillToday: everyone,
    admission: admitted,
    durationMs: ms,
    shortenToMs: yes ? null : ms,
    extraMs: yes ? null : ms,
    startAt: yes ? null : at + 10 * MINUTE,
    justification: chosen.text,
    reason: chosen.text,
    comment: chosen.text,
    ticket: yes ? null : chosen.text,
    retryAt: yes ? at + MINUTE : null,
    nextAttemptAt: at + MINUTE,
    tries: chosen.passedMs % 3,
    may: yes,
    proof: {
      ...PROOF,
      absent: yes || chosen.shows !== 'stale',
      liveSessions: chosen.shows === 'open' ? 0 : 1,
    },
  };
  const template = command(kind);
  const carried = Object.entries(facts).filter(([name]) => name in template);
  return { ...template, ...Object.fromEntries(carried) } as Command;
}
