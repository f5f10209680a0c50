import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import {
  EVENTS,
  type EventData,
  type EventType,
  PERSONAL_FIELDS,
  type RecordedEvent,
  type RequestEvent,
} from '../../src/domain/events.ts';
import { decide } from '../../src/domain/decide.ts';
import { evolve, fold } from '../../src/domain/evolve.ts';
import type { Phase, RequestState } from '../../src/domain/state.ts';
import { ASKER, EXTENDING, event, HISTORY, T0 } from './facts.ts';
import { recorded } from './given.ts';
import { commandOf, step, type Step } from './life.ts';

/** The design's graph. Where a request may go from each phase, in one decision and no more. */
const GRAPH: { readonly [P in Phase | 'nothing']: readonly Phase[] } = {
  nothing: ['requested', 'approved'],
  requested: ['approved', 'denied', 'withdrawn', 'lapsed'],
  approved: ['requested', 'provisioning', 'denied', 'withdrawn', 'failed'],
  provisioning: ['active', 'revoking'],
  active: ['revoking'],
  revoking: ['revoked', 'failed'],
  revoked: [],
  denied: [],
  withdrawn: [],
  lapsed: [],
  failed: [],
};

interface Life {
  readonly events: RecordedEvent[];
  readonly seen: Set<EventType>;
}

function wellFormed(made: RequestEvent): void {
  expect(EVENTS[made.type].parse(made.data)).toEqual(made.data);
  for (const [field, text] of Object.entries(made.personal ?? {})) {
    expect(PERSONAL_FIELDS[made.type]).toContain(field);
    expect(text).not.toBe('');
    expect(text.isWellFormed()).toBe(true);
  }
}

const dataOf = <T extends EventType>(events: readonly RecordedEvent[], type: T): EventData<T>[] =>
  events.flatMap((each) => (each.type === type ? [each.data as EventData<T>] : []));

/** By counting on the record alone: who consented and was not voided since, each person once. */
function quorumOnRecord(events: readonly RecordedEvent[], shown: string): boolean {
  const asked = events.find((each) => each.meta.leaf === shown);
  if (asked?.type !== 'RequestSubmitted' && asked?.type !== 'ExtensionRequested') return false;
  const { stages, autoApprovedBy } = asked.data.consent;
  if (stages.length === 0) return autoApprovedBy !== null;
  const consenting = new Map<string, readonly number[]>();
  for (const { type, data } of events) {
    if (type === 'ApprovalRecorded' && data.shown === shown) consenting.set(data.by, data.stages);
    if (type === 'ApprovalsVoided') for (const who of data.subjects) consenting.delete(who);
  }
  consenting.delete(ASKER);
  const seats = stages.flatMap((stage, index) => Array<number>(stage.quorum).fill(index));
  const sit = (seatNo: number, free: readonly (readonly number[])[]): boolean => {
    const seat = seats[seatNo];
    return (
      seat === undefined || free.some((may, i) => may.includes(seat) && sit(seatNo + 1, free.toSpliced(i, 1)))
    );
  };
  return sit(0, [...consenting.values()]);
}

/** The latest that anyone consented to: from the start, the shortest time of each question that was answered. */
function latestExpiry(events: readonly RecordedEvent[]): number {
  const started = events.find((each) => each.type === 'ProvisioningStarted');
  const [approved] = dataOf(events, 'RequestApproved').slice(-1);
  const [submitted] = dataOf(events, 'RequestSubmitted');
  if (!started || !approved || !submitted) return Number.NEGATIVE_INFINITY;
  expect(approved.durationMs).toBeLessThanOrEqual(submitted.durationMs);
  expect(submitted.durationMs).toBeLessThanOrEqual(submitted.entitlement.longestMs);
  const asked = dataOf(events, 'ExtensionRequested').map((each) => each.extraMs);
  const granted = dataOf(events, 'GrantExtended').length;
  const { longestMs, most } = submitted.entitlement.extension;
  expect(granted).toBeLessThanOrEqual(most);
  expect(Math.max(0, ...asked)).toBeLessThanOrEqual(longestMs);
  const extra = asked.toSorted((a, b) => b - a).slice(0, granted);
  return started.meta.at + approved.durationMs + extra.reduce((sum, ms) => sum + ms, 0);
}

/** What must be true for one event to have happened, told from the record up to it. */
function happensRightly(
  record: readonly RecordedEvent[],
  before: RequestState | null,
  each: RecordedEvent,
  after: RequestState,
): void {
  const earlier = record.slice(0, -1);
  const extensionAsked = record.findLast((e) => e.type === 'ExtensionRequested')?.meta.leaf ?? '';
  if (each.type === 'ProvisioningStarted') {
    expect(quorumOnRecord(record, after.ballot.shown)).toBe(true);
    expect(each.data.expiresAt).toBeGreaterThan(each.meta.at);
  }
  if (each.type === 'CredentialIssued') expect(each.data.expiresAt).toBe(before?.grant?.expiresAt);
  if (each.type === 'ApprovalRecorded') {
    expect(each.data.by).not.toBe(ASKER);
    const voided = earlier.findLastIndex((e) => e.type === 'ApprovalsVoided');
    const since = dataOf(earlier.slice(voided + 1), 'ApprovalRecorded');
    const seatOf = ({ by, insteadOf }: EventData<'ApprovalRecorded'>) => insteadOf ?? by;
    const same = since.filter((e) => e.shown === each.data.shown);
    expect(same.some((e) => e.by === each.data.by || seatOf(e) === seatOf(each.data))).toBe(false);
    expect(each.data.insteadOf).not.toBe(ASKER);
  }
  if (each.type === 'StageEscalated') {
    const ballot = [before?.ballot, before?.extension].find((one) => one?.shown === each.data.shown);
    const { stage, to } = each.data;
    if (to !== null) expect(ballot?.consent.stages[stage]?.escalation?.group).toBe(to);
    expect(after.ballot.consent).toEqual(before?.ballot.consent);
    expect(after.phase).toBe(before?.phase);
  }
  if (each.type === 'ApprovalsVoided')
    expect(after.ballot.approvals.filter((a) => each.data.subjects.includes(a.by))).toEqual([]);
  if (each.type === 'ExtensionRequested') expect(before?.extension).toBeNull();
  if (each.type === 'ExtensionApproved') expect(quorumOnRecord(record, extensionAsked)).toBe(true);
  if (each.type === 'SecretRevealed') expect(each.data.by).toBe(ASKER);
  if (each.type === 'RevocationVerified') {
    expect(each.data.proof).toMatchObject({ absent: true, liveSessions: 0 });
    expect(dataOf(earlier, 'CredentialRemoved')).not.toEqual([]);
  }
}

function holds(
  life: Life,
  before: RequestState | null,
  made: readonly RecordedEvent[],
  after: RequestState,
): void {
  const { events } = life;
  if (after.phase !== before?.phase) expect(GRAPH[before?.phase ?? 'nothing']).toContain(after.phase);
  if (before !== null && before.closedAt !== null)
    expect(made.filter((each) => each.type !== 'AttemptRefused')).toEqual([]);
  expect(after.closedAt !== null).toBe(GRAPH[after.phase].length === 0);
  expect(after.version).toBe(events.length);
  expect(after.grant?.expiresAt ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(latestExpiry(events));
  for (const each of made) happensRightly(events.slice(0, each.meta.version), before, each, after);
  for (const once of [
    'ProvisioningStarted',
    'CredentialIssued',
    'SecretRevealed',
    'RevocationStarted',
  ] as const)
    expect(dataOf(events, once).length).toBeLessThanOrEqual(1);
  expect(new Set(after.refused).size).toBe(after.refused.length);
}

function live(life: Life, steps: readonly Step[]): void {
  let state: RequestState | null = fold(life.events);
  let at = T0;
  for (const chosen of steps) {
    at += chosen.passedMs;
    const before: RequestState | null = state;
    const decision: Decision = decide(before, commandOf(before, chosen, at));
    const made: RecordedEvent[] = decision.events.map((each, i) =>
      recorded(each, (before?.version ?? 0) + 1 + i, at),
    );
    decision.events.forEach(wellFormed);
    if (!decision.ok) {
      expect(decision.events.length).toBeLessThanOrEqual(1);
      expect(decision.events.every((each) => each.type === 'AttemptRefused')).toBe(true);
    } else expect(decision.events.length).toBeGreaterThan(0);
    state = made.reduce<RequestState | null>(evolve, before);
    life.events.push(...made);
    for (const each of made) life.seen.add(each.type);
    if (state !== null) holds(life, before, made, state);
  }
  expect(state).toEqual(fold(life.events));
}

const EXTENDED = [event('ExtensionRequested'), event('ExtensionApproved'), event('GrantExtended')];
/** Half of the lives begin at the beginning, half in the middle, so that what is late in life is seen often. */
const beginning = fc.oneof(
  { weight: 1, arbitrary: fc.constant<readonly RequestEvent[]>([]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<readonly RequestEvent[]>(
      ...Object.values(HISTORY),
      HISTORY.active,
      EXTENDING,
      [...EXTENDING, event('ExtensionApproved')],
      [...HISTORY.active, ...EXTENDED, ...EXTENDED],
    ),
  },
);

it('any life of a request keeps the invariants, and every event happens in some', () => {
  const seen = new Set<EventType>();
  fc.assert(
    fc.property(beginning, fc.array(step, { maxLength: 40, size: 'max' }), (past, steps) => {
      live({ events: past.map((each, i) => recorded(each, i + 1, T0)), seen }, steps);
    }),
    { numRuns: 1_500 },
  );
  expect(Object.keys(EVENTS).filter((type) => !seen.has(type as EventType))).toEqual([]);
}, 60_000);
