import { expect } from 'vitest';
import type { EventData, RecordedEvent } from '../../src/domain/events.ts';
import { personStream, redactionStream } from '../../src/domain/journal.ts';
import { type Phase, type RequestState, streamOf } from '../../src/domain/state.ts';
import type { RequestId, Subject } from '../../src/domain/values.ts';
import type {
  JournalCommit,
  LogTree,
  NewJournalEvent,
  Redaction,
  RedactionChoice,
} from '../../src/ports/audit-log.ts';
import type { Commit, DueRow, NewEvent } from '../../src/ports/store.ts';
import { NaiveTree } from '../audit/naive-tree.ts';

/** What any store is tested with: small commits, and a fold that owes nothing to the domain's rules. */

export const now = 1_795_000_000_000;

export const requestOf = (n: number): RequestId => `req_${String(n).padStart(12, '0')}`;
export const subjectOf = (n: number): Subject => `s:${String(n).padStart(24, '0')}`;
export const streamNumber = (n: number): string => streamOf(requestOf(n));

const policy = { ids: ['catalogue'], digest: 'd'.repeat(16) };

export function submission(asked: { requester?: Subject; entitlement?: string } = {}) {
  const data: EventData<'RequestSubmitted'> = {
    requester: asked.requester ?? subjectOf(1),
    entitlement: {
      id: asked.entitlement ?? 'orders-db:read',
      title: 'Read the orders database',
      resource: 'orders-db',
      resourceTitle: 'Orders database',
      environment: 'production',
      classification: 'confidential',
      owner: subjectOf(9),
      channel: 'access',
      connector: 'orders-db',
      connectorDigest: 'c'.repeat(64),
      scope: { roles: ['orders_ro'], connections: 5 },
      longestMs: 4 * 3_600_000,
      warnBeforeMs: 600_000,
      lapseAfterMs: 24 * 3_600_000,
      remindEveryMs: null,
      extension: { longestMs: 3_600_000, most: 2, automatic: true },
    },
    durationMs: 3_600_000,
    startAt: null,
    lapseAt: now + 24 * 3_600_000,
    consent: {
      stages: [{ name: 'Owners', group: 'orders-owners', quorum: 2 }],
      order: 'ordered',
      autoApprovedBy: null,
    },
    policy,
  };
  return { type: 'RequestSubmitted', data } as const;
}

export const approval = (by: Subject = subjectOf(2)) =>
  ({
    type: 'ApprovalRecorded',
    data: { by, stages: [0], shown: 'a'.repeat(64), shortenToMs: null, policy },
  }) as const;

const reminder = (round: number) => ({ type: 'ApproversReminded', data: { round } }) as const;

export const provisioning = (name: string, generation = 1) =>
  ({
    type: 'ProvisioningStarted',
    data: {
      generation,
      handle: { name, scope: {}, connector: { id: 'orders-db', use: 'postgres-role', config: {} } },
      expiresAt: now + 3_600_000,
      policy,
    },
  }) as const;

export const withdrawal = (by: Subject = subjectOf(1)) =>
  ({ type: 'RequestWithdrawn', data: { by } }) as const;

let lastEvent = 0;
/** The event as the store is given it: with an id and a time. */
export const event = (made: Omit<NewEvent, 'id' | 'at'>): NewEvent => {
  lastEvent += 1;
  return { id: `evt_${lastEvent}`, at: now + lastEvent, ...made } as NewEvent;
};

/** A commit that opens stream `n` with a submission and its free text. */
export const opening = (n: number, more: Partial<Commit> = {}): Commit => ({
  stream: streamNumber(n),
  expectedVersion: 0,
  events: [event({ ...submission(), personal: { justification: `because of ${n}` } })],
  ...more,
});

export const following = (n: number, expectedVersion: number, more: Partial<Commit> = {}): Commit => ({
  stream: streamNumber(n),
  expectedVersion,
  events: [event(reminder(expectedVersion + 1))],
  ...more,
});

/** The same for an event of the installation. */
export const journalEvent = (made: Omit<NewJournalEvent, 'id' | 'at'>): NewJournalEvent => {
  lastEvent += 1;
  return { id: `evt_${lastEvent}`, at: now + lastEvent, ...made } as NewJournalEvent;
};

/** Someone reads the log. */
export const reading = (by: Subject = subjectOf(5), query: Readonly<Record<string, string>> = {}) =>
  journalEvent({
    type: 'LogRead',
    data: { by, what: 'search', as: 'auditor', query: { ...query }, request: null },
  });

/** A commit that introduces person `n` as the store would. */
export const introduction = (n: number): JournalCommit => ({
  stream: personStream(subjectOf(n)),
  expectedVersion: 0,
  events: [
    journalEvent({
      type: 'PersonIntroduced',
      data: { subject: subjectOf(n) },
      personal: { person: `person-${n}`, name: `Person ${n}` },
    }),
  ],
});

let lastRedaction = 0;
/** A redaction in a stream of its own. */
export const redactionOf = (choice: RedactionChoice, more: Partial<Redaction> = {}): Redaction => {
  lastRedaction += 1;
  return {
    stream: redactionStream(`r${lastRedaction}`),
    expectedVersion: 0,
    at: now,
    choice,
    by: subjectOf(8),
    approvedBy: null,
    reason: null,
    ...more,
  };
};

export const dueRow = (key: string, more: Partial<DueRow> = {}): DueRow => ({
  key,
  lane: 'access',
  kind: 'lapse',
  stream: streamNumber(1),
  dueAt: now,
  ...more,
});

/** The head is the root over the stored bytes, each of which gives its hash. For logs of up to 1,000 events. */
export async function expectSoundTree(log: Pick<LogTree, 'head' | 'stored'>): Promise<void> {
  const leaves = await log.stored(0, 1_000);
  const tree = new NaiveTree(leaves.map(({ bytes }) => Buffer.from(bytes)));
  const root = tree.hash(0, leaves.length).toString('hex');
  expect(await log.head()).toEqual({ size: leaves.length, root });
  for (const [i, { index, leaf }] of leaves.entries()) {
    expect(index).toBe(i);
    expect(Buffer.from(leaf)).toEqual(tree.hash(i, i + 1));
  }
}

/** A fold of three lines: who asked for what, how far the stream is, and whether it was withdrawn. */
export function foldSample(state: RequestState | null, recorded: RecordedEvent): RequestState {
  const { stream, version, at, leaf } = recorded.meta;
  if (recorded.type === 'RequestSubmitted') return asked(stream, recorded.data, at, leaf);
  if (state === null) throw new Error(`${stream} does not begin with a submission`);
  const phase: Phase = recorded.type === 'RequestWithdrawn' ? 'withdrawn' : state.phase;
  const closedAt = phase === 'withdrawn' ? at : state.closedAt;
  return { ...state, version, phase, closedAt };
}

function asked(stream: string, data: EventData<'RequestSubmitted'>, at: number, leaf: string): RequestState {
  const { requester, entitlement, durationMs, startAt, consent, lapseAt } = data;
  return {
    id: stream.replace('request/', '') as RequestId,
    version: 1,
    phase: 'requested',
    requester,
    entitlement,
    submittedAt: at,
    durationMs,
    startAt,
    policy: data.policy,
    impact: null,
    ballot: { shown: leaf, consent, approvals: [], lapseAt, openSince: [at], opened: [], stuck: [] },
    approvedAt: null,
    approvers: [],
    deniedBy: null,
    failure: null,
    reminders: 0,
    grant: null,
    extension: null,
    revocation: null,
    closedAt: null,
    flagged: null,
    refused: [],
  };
}
