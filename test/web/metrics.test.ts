import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../src/domain/events.ts';
import type { EventData, EventType, RecordedEvent } from '../../src/domain/events.ts';
import type { RequestState } from '../../src/domain/state.ts';
import type { Trigger } from '../../src/domain/values.ts';
import { createMetrics, observationsOf } from '../../src/web/metrics.ts';

const START = 1_000_000;
const handle = { name: 'jit_ab12_x', scope: {}, connector: { id: 'db', use: 'postgres-role', config: {} } };
const policy = { ids: [], digest: 'd' };
const subject = `s:${'0'.repeat(24)}` as const;

/** A request submitted at START, approved 60 s later, with a grant that ends at START + 600 s. */
function state(over: Partial<RequestState> = {}): RequestState {
  const consent = { stages: [], order: 'ordered' as const, autoApprovedBy: 'rule' };
  return {
    id: 'req_000000000001',
    version: 1,
    phase: 'active',
    requester: subject,
    entitlement: {
      id: 'orders-db:read',
      title: 'Orders',
      resource: 'orders-db',
      resourceTitle: 'Orders',
      environment: 'production',
      classification: 'internal',
      owner: subject,
      channel: 'c',
      connector: 'db',
      connectorDigest: 'c'.repeat(64),
      scope: {},
      longestMs: 1,
      warnBeforeMs: 1,
      lapseAfterMs: 1,
      remindEveryMs: null,
      extension: { longestMs: 1, most: 0, automatic: false },
    },
    submittedAt: START,
    durationMs: 1,
    startAt: null,
    policy,
    impact: null,
    ballot: { shown: 'x', consent, approvals: [], lapseAt: 0, openSince: [], opened: [], stuck: [] },
    approvedAt: START + 60_000,
    approvers: [],
    deniedBy: null,
    failure: null,
    reminders: 0,
    grant: {
      generation: 1,
      handle,
      expiresAt: START + 600_000,
      startedAt: START,
      issuedAt: null,
      fingerprint: null,
      positiveControlAt: null,
      secret: 'none',
      warnedAt: null,
      extensions: 0,
      provisionAttempts: 0,
    },
    extension: null,
    revocation: null,
    closedAt: null,
    flagged: null,
    refused: [],
    ...over,
  };
}

const revocation = (trigger: Trigger, startedAt: number): RequestState['revocation'] => ({
  trigger,
  by: null,
  startedAt,
  removedAt: null,
  killed: 0,
  leftovers: [],
  attempts: 1,
  escalated: false,
  nextAttemptAt: null,
  proof: null,
});

/** An event of `type`, `afterMs` after START. */
function event<T extends EventType>(
  type: T,
  afterMs: number,
  data: Partial<EventData<T>> = {},
): RecordedEvent {
  const meta = {
    id: 'e',
    index: 0,
    stream: 'request/req_000000000001',
    version: 1,
    at: START + afterMs,
    leaf: 'x',
  };
  return { type, data, meta } as unknown as RecordedEvent;
}

const entered = (phase: string) => ({ kind: 'entered', phase });
const time = (of: string, seconds: number) => ({ kind: 'time', of, seconds });

describe('what an event adds to the figures', () => {
  it('is the time to approve, from submission', () => {
    expect(observationsOf(event('RequestApproved', 60_000), state())).toEqual([
      entered('approved'),
      time('approve', 60),
    ]);
  });

  it('is the time to issue, from approval, or from the start that was asked for', () => {
    const issued = event('CredentialIssued', 60_250);
    expect(observationsOf(issued, state())).toEqual([entered('active'), time('issue', 0.25)]);
    const later = state({ startAt: START + 60_200 });
    expect(observationsOf(issued, later)).toEqual([entered('active'), time('issue', 0.05)]);
  });

  it('is the lateness of an expiry, from the end of the window to the removal', () => {
    const expired = state({ revocation: revocation('expired', START + 600_010) });
    expect(observationsOf(event('CredentialRemoved', 600_080), expired)).toEqual([
      time('expiry-lateness', 0.08),
    ]);
    expect(observationsOf(event('RevocationVerified', 600_120), expired)).toEqual([
      entered('revoked'),
      time('revoke', 0.12),
    ]);
  });

  it('is the time to revoke, from the wish to end, when it did not expire', () => {
    const done = state({ revocation: revocation('done-early', START + 100_000) });
    expect(observationsOf(event('CredentialRemoved', 100_050), done)).toEqual([]);
    expect(observationsOf(event('RevocationVerified', 100_500), done)).toEqual([
      entered('revoked'),
      time('revoke', 0.5),
    ]);
  });

  it('counts what was undone as failed, not as revoked', () => {
    const undone = state({ revocation: revocation('provisioning-failed', START) });
    expect(observationsOf(event('RevocationVerified', 10), undone)[0]).toEqual(entered('failed'));
  });

  it('is never a negative time, whatever the clock did', () => {
    expect(observationsOf(event('RequestApproved', -5_000), state())).toContainEqual(time('approve', 0));
  });

  it.each(['ProvisioningFailed', 'ExtensionFailed', 'RevocationFailed'] as const)(
    'is the fault of %s',
    (type) => {
      expect(observationsOf(event(type, 0, { fault: 'unreachable' }), state())).toEqual([
        { kind: 'connector-failure', fault: 'unreachable' },
      ]);
    },
  );

  it('is known for every type of event there is', () => {
    for (const type of Object.keys(EVENTS) as EventType[]) {
      expect(observationsOf(event(type, 0), state()), type).toBeInstanceOf(Array);
    }
  });
});

describe('the registry', () => {
  const lines = async (registry: Registry, ...names: string[]) =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => names.some((name) => line.startsWith(`countersign_${name}`)));

  it('shows a request from submission to proof', async () => {
    const registry = new Registry();
    const metrics = createMetrics(registry);
    metrics.recordEvent(event('RequestSubmitted', 0), state());
    metrics.recordEvent(event('RequestApproved', 60_000), state());
    metrics.recordEvent(event('CredentialIssued', 60_250), state());
    expect(await lines(registry, 'active_grants', 'revocations_pending')).toEqual([
      'countersign_active_grants 1',
      'countersign_revocations_pending 0',
    ]);
    const expired = state({ revocation: revocation('expired', START + 600_000) });
    metrics.recordEvent(event('RevocationStarted', 600_000), expired);
    metrics.recordEvent(event('RevocationFailed', 600_100, { fault: 'unreachable' }), expired);
    metrics.recordEvent(event('CredentialRemoved', 601_000), expired);
    expect(await lines(registry, 'active_grants', 'revocations_pending')).toEqual([
      'countersign_active_grants 0',
      'countersign_revocations_pending 1',
    ]);
    metrics.recordEvent(event('RevocationVerified', 602_000), expired);
    expect(await lines(registry, 'requests_total', 'connector', 'revocations_pending')).toEqual([
      'countersign_requests_total{phase="requested"} 1',
      'countersign_requests_total{phase="approved"} 1',
      'countersign_requests_total{phase="active"} 1',
      'countersign_requests_total{phase="revoking"} 1',
      'countersign_requests_total{phase="revoked"} 1',
      'countersign_connector_failures_total{class="unreachable"} 1',
      'countersign_revocations_pending 0',
    ]);
    const sums = (await lines(registry, 'time_', 'expiry_')).filter((line) => /_(sum|count) /.test(line));
    expect(sums).toEqual([
      'countersign_time_to_approve_seconds_sum 60',
      'countersign_time_to_approve_seconds_count 1',
      'countersign_time_to_issue_seconds_sum 0.25',
      'countersign_time_to_issue_seconds_count 1',
      'countersign_time_to_revoke_seconds_sum 2',
      'countersign_time_to_revoke_seconds_count 1',
      'countersign_expiry_lateness_seconds_sum 1',
      'countersign_expiry_lateness_seconds_count 1',
    ]);
  });

  it('counts what was open at start, once', async () => {
    const registry = new Registry();
    const metrics = createMetrics(registry);
    metrics.restore([state(), state(), state({ id: 'req_000000000002', phase: 'revoking' })]);
    expect(await lines(registry, 'active_grants', 'revocations_pending')).toEqual([
      'countersign_active_grants 1',
      'countersign_revocations_pending 1',
    ]);
  });

  it('asks for the depth of the queue at each scrape', async () => {
    const registry = new Registry();
    let waiting = 3;
    let broken = false;
    const none = { waiting: 0, overdue: 0 };
    createMetrics(registry, {
      depth: async () => {
        if (broken) throw new Error('store');
        return { revocation: { waiting, overdue: 2 }, access: none, chat: none, log: none, follow: none };
      },
    });
    const ofRevocation = () => lines(registry, 'due_work_waiting{lane="rev', 'due_work_overdue{lane="rev');
    expect(await ofRevocation()).toEqual([
      'countersign_due_work_waiting{lane="revocation"} 3',
      'countersign_due_work_overdue{lane="revocation"} 2',
    ]);
    waiting = 4;
    expect(await ofRevocation()).toContain('countersign_due_work_waiting{lane="revocation"} 4');
    broken = true;
    expect(await ofRevocation()).toEqual([]);
    expect(await lines(registry, 'active_grants')).toEqual(['countersign_active_grants 0']);
  });

  it('says whether only ending access is done', async () => {
    const registry = new Registry();
    let revokeOnly = true;
    createMetrics(registry, { revokeOnly: () => revokeOnly });
    expect(await lines(registry, 'revoke_only')).toEqual(['countersign_revoke_only 1']);
    revokeOnly = false;
    expect(await lines(registry, 'revoke_only')).toEqual(['countersign_revoke_only 0']);
  });

  it('counts heads taken and not taken, and for how long an anchor has taken none', async () => {
    const registry = new Registry();
    let now = 10_000;
    const metrics = createMetrics(registry, { now: () => now });
    const failing = () => lines(registry, 'outside_failing');
    expect(await failing()).toEqual([]);
    metrics.outside('folder', 'taken');
    metrics.outside('witness:w.test', 'failed');
    now += 4_000;
    metrics.outside('witness:w.test', 'failed');
    now += 3_000;
    expect(await failing()).toEqual([
      'countersign_outside_failing_seconds{name="folder"} 0',
      'countersign_outside_failing_seconds{name="witness:w.test"} 7',
    ]);
    metrics.outside('witness:w.test', 'taken');
    expect(await failing()).toContain('countersign_outside_failing_seconds{name="witness:w.test"} 0');
    metrics.outside('witness:w.test', 'failed');
    now += 1_000;
    expect(await failing()).toContain('countersign_outside_failing_seconds{name="witness:w.test"} 1');
    expect(await lines(registry, 'outside_total')).toEqual([
      'countersign_outside_total{name="folder",outcome="taken"} 1',
      'countersign_outside_total{name="witness:w.test",outcome="failed"} 3',
      'countersign_outside_total{name="witness:w.test",outcome="taken"} 1',
    ]);
  });

  it('has a label for each code, and none for free text', async () => {
    const registry = new Registry();
    const metrics = createMetrics(registry);
    metrics.refused('own-request');
    metrics.refused('s:000000000000000000000000');
    metrics.refused('please let me in');
    metrics.chatFailed('throttled');
    expect(await lines(registry, 'refusals', 'chat')).toEqual([
      'countersign_refusals_total{code="own-request"} 1',
      'countersign_refusals_total{code="other"} 2',
      'countersign_chat_failures_total{code="throttled"} 1',
    ]);
  });
});
