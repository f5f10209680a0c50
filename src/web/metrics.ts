import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { RecordedEvent } from '../domain/events.ts';
import type { Phase, RequestState } from '../domain/state.ts';
import type { RequestId } from '../domain/values.ts';
import type { Lane } from '../ports/store.ts';

/** What one event adds to the figures. Durations in seconds, as Prometheus wants them. */
export type Observation =
  | { readonly kind: 'entered'; readonly phase: Phase }
  | { readonly kind: 'time'; readonly of: Timing; readonly seconds: number }
  | { readonly kind: 'connector-failure'; readonly fault: string };

export type Timing = 'approve' | 'issue' | 'revoke' | 'expiry-lateness';

/** `state` is that of the event's stream after the event, or later. Pure. */
export function observationsOf(event: RecordedEvent, state: RequestState): readonly Observation[] {
  const at = event.meta.at;
  switch (event.type) {
    case 'RequestSubmitted':
      return [entered('requested')];
    case 'RequestApproved':
      return [entered('approved'), time('approve', state.submittedAt, at)];
    case 'RequestDenied':
      return [entered('denied')];
    case 'RequestWithdrawn':
      return [entered('withdrawn')];
    case 'RequestLapsed':
      return [entered('lapsed')];
    case 'ActivationRefused':
      return [entered('failed')];
    case 'ProvisioningStarted':
      return [entered('provisioning')];
    case 'CredentialIssued': {
      // A scheduled request waits for its window, which is nobody's slowness.
      const from = Math.max(state.approvedAt ?? at, state.startAt ?? 0);
      return [entered('active'), time('issue', from, at)];
    }
    case 'RevocationStarted':
      return [entered('revoking')];
    case 'CredentialRemoved':
      return state.revocation?.trigger === 'expired' && state.grant !== null
        ? [time('expiry-lateness', state.grant.expiresAt, at)]
        : [];
    case 'RevocationVerified':
      return verified(state, at);
    case 'ProvisioningFailed':
    case 'ExtensionFailed':
    case 'RevocationFailed':
      return [{ kind: 'connector-failure', fault: event.data.fault }];
    case 'ApprovalRecorded':
    case 'ApproversReminded':
    case 'ApprovalsVoided':
    case 'StageEscalated':
    case 'SecretRevealed':
    case 'SecretShredded':
    case 'ExpiryWarned':
    case 'ExtensionRequested':
    case 'ExtensionApproved':
    case 'ExtensionDenied':
    case 'ExtensionLapsed':
    case 'GrantExtended':
    case 'GrantFlagged':
    case 'AttemptRefused':
      return [];
  }
}

/** From the end of the window, or from when someone asked for the end, to the proof. */
function verified({ revocation, grant }: RequestState, at: number): readonly Observation[] {
  if (revocation === null) return [];
  const from = revocation.trigger === 'expired' && grant !== null ? grant.expiresAt : revocation.startedAt;
  const end = revocation.trigger === 'provisioning-failed' ? 'failed' : 'revoked';
  return [entered(end), time('revoke', from, at)];
}

const entered = (phase: Phase): Observation => ({ kind: 'entered', phase });

const time = (of: Timing, from: number, to: number): Observation => {
  return { kind: 'time', of, seconds: Math.max(0, to - from) / 1_000 };
};

export type Depth = Readonly<Record<Lane, { readonly waiting: number; readonly overdue: number }>>;

export interface Metrics {
  /** Every event once, as it is stored. */
  recordEvent(event: RecordedEvent, state: RequestState): void;
  /** At start: what is open, as the gauges of grants count on from there. */
  restore(open: readonly RequestState[]): void;
  /** Someone was told no. Counted where the answer leaves, as most refusals leave no event. */
  refused(code: string): void;
  chatFailed(code: string): void;
  /** A head was taken by an anchor or not, a batch by a follower or not. */
  outside(name: string, outcome: 'taken' | 'failed'): void;
}

export interface MetricsSources {
  /** Asked at each scrape. */
  readonly depth?: () => Promise<Depth>;
  /** Whether only ending access is done. */
  readonly revokeOnly?: () => boolean;
  /** Which rules are in force, and whether the folder has others that cannot be used. */
  readonly rules?: () => { readonly digest: string; readonly refused: boolean };
  /** Ms since the epoch. */
  readonly now?: () => number;
}

/** Registers our figures. No label names a person, a request or free text. */
export function createMetrics(registry: Registry, sources: MetricsSources = {}): Metrics {
  const { depth, rules, revokeOnly = () => false, now = () => 0 } = sources;
  const times = createTimings(registry);
  const counter = <L extends string>(name: string, help: string, label: L) =>
    new Counter({ name: `countersign_${name}`, help, labelNames: [label], registers: [registry] });
  const requests = counter('requests_total', 'Requests that entered a phase', 'phase');
  const refusals = counter('refusals_total', 'Answers that said no, by their reason', 'code');
  const chatFailures = counter('chat_failures_total', 'Calls to a chat platform that failed', 'code');
  const connectorFailures = counter('connector_failures_total', 'Calls to a target that failed', 'class');
  const openGrants = createGrantGauges(registry);
  if (depth !== undefined) createDepthGauges(registry, depth);
  createModeGauge(registry, revokeOnly);
  if (rules !== undefined) createRulesGauges(registry, rules);
  const outside = createOutsideFigures(registry, now);

  return {
    recordEvent(event, state) {
      for (const observed of observationsOf(event, state)) {
        if (observed.kind === 'time') times[observed.of].observe(observed.seconds);
        else if (observed.kind === 'entered') requests.inc({ phase: observed.phase });
        else connectorFailures.inc({ class: observed.fault });
        if (observed.kind === 'entered') openGrants.enter(state.id, observed.phase);
      }
    },
    restore(open) {
      for (const { id, phase } of open) openGrants.enter(id, phase);
    },
    refused: (code) => refusals.inc({ code: label(code) }),
    chatFailed: (code) => chatFailures.inc({ code: label(code) }),
    outside,
  };
}

/** Codes come from closed lists; should free text ever arrive here, it does not become a series. */
const label = (code: string): string => (/^[a-z][a-z_-]{0,39}$/.test(code) ? code : 'other');

function createTimings(registry: Registry): Record<Timing, Histogram> {
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `countersign_${name}_seconds`, help, buckets, registers: [registry] });
  const people = [10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
  const machine = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
  return {
    approve: histogram('time_to_approve', 'From submission to the last consent needed', people),
    issue: histogram('time_to_issue', 'From approval, or the start asked for, to the credential', machine),
    revoke: histogram('time_to_revoke', 'From the window’s end, or the wish to end, to the proof', machine),
    'expiry-lateness': histogram('expiry_lateness', 'From expiry to removal on the target', machine),
  };
}

/** Sets, not counters: an event told twice moves nothing. As large as the number of open grants. */
function createGrantGauges(registry: Registry) {
  const active = new Set<RequestId>();
  const revoking = new Set<RequestId>();
  const gauge = (name: string, help: string, members: ReadonlySet<RequestId>) =>
    new Gauge({
      name: `countersign_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(members.size);
      },
    });
  gauge('active_grants', 'Grants whose credential works', active);
  gauge('revocations_pending', 'Revocations begun and not yet proven', revoking);
  return {
    enter(id: RequestId, phase: Phase): void {
      active.delete(id);
      revoking.delete(id);
      if (phase === 'active') active.add(id);
      if (phase === 'revoking') revoking.add(id);
    },
  };
}

function createModeGauge(registry: Registry, revokeOnly: () => boolean): void {
  new Gauge({
    name: 'countersign_revoke_only',
    help: '1 while nothing but ending access is done, as the log is not known to be what was signed',
    registers: [registry],
    collect() {
      this.set(revokeOnly() ? 1 : 0);
    },
  });
}

function createRulesGauges(registry: Registry, rules: NonNullable<MetricsSources['rules']>): void {
  new Gauge({
    name: 'countersign_rules_refused',
    help: '1 while the folder of rules cannot be used, and those before stay in force',
    registers: [registry],
    collect() {
      this.set(rules().refused ? 1 : 0);
    },
  });
  new Gauge({
    name: 'countersign_rules_info',
    help: 'Which rules are in force, by the first digits of their digest',
    labelNames: ['digest'],
    registers: [registry],
    collect() {
      this.reset();
      this.set({ digest: rules().digest.slice(0, 12) }, 1);
    },
  });
}

/** The gauge is 0 while all goes well: an alert needs no more than a threshold. */
function createOutsideFigures(registry: Registry, now: () => number): Metrics['outside'] {
  const failingSince = new Map<string, number | null>();
  const outcomes = new Counter({
    name: 'countersign_outside_total',
    help: 'Heads taken by an anchor and batches by a follower, and those that were not',
    labelNames: ['name', 'outcome'],
    registers: [registry],
  });
  new Gauge({
    name: 'countersign_outside_failing_seconds',
    help: 'For how long an anchor or follower has taken nothing of what was sent to it',
    labelNames: ['name'],
    registers: [registry],
    collect() {
      for (const [name, since] of failingSince)
        this.set({ name }, since === null ? 0 : Math.max(0, now() - since) / 1_000);
    },
  });
  return (name, outcome) => {
    outcomes.inc({ name, outcome });
    failingSince.set(name, outcome === 'taken' ? null : (failingSince.get(name) ?? now()));
  };
}

function createDepthGauges(registry: Registry, depth: () => Promise<Depth>): void {
  const gauge = (part: 'waiting' | 'overdue', help: string) =>
    new Gauge({
      name: `countersign_due_work_${part}`,
      help,
      labelNames: ['lane'],
      registers: [registry],
      async collect() {
        // A store that does not answer leaves a gap, not the last figure, and no scrape without the rest.
        this.reset();
        const lanes = await depth().catch(() => ({}));
        for (const [lane, figures] of Object.entries(lanes)) this.set({ lane }, figures[part]);
      },
    });
  gauge('waiting', 'Due work that is stored, by lane');
  gauge('overdue', 'Due work whose time has come, by lane');
}
