import { EVENTS, type EventData, type EventType } from '../../src/domain/events.ts';
import type { EntitlementSnapshot, Subject } from '../../src/domain/values.ts';
import type { ShownText } from '../../src/domain/visibility.ts';
import type { Draft, Preview } from '../../src/ports/intent.ts';
import type { AskingTerms } from '../../src/ports/policy.ts';
import type {
  BallotView,
  ErasureView,
  HomeView,
  PersonRef,
  RequestView,
  StageView,
  Told,
} from '../../src/ports/view.ts';

/** 20 November 2026, 18:00 UTC. */
export const NOW = Date.UTC(2026, 10, 20, 18, 0);
export const MIN = 60_000;
export const HOUR = 3_600_000;
export const TEAM = 'T0WORKSPACE';
export const SHOWN = 'a'.repeat(64);
export const EXTENSION_SHOWN = 'b'.repeat(64);
export const ID = 'req_7k3m9q2x5vtb';

const subjectOf = (seed: string): Subject => `s:${seed.repeat(24).slice(0, 24)}`;
const someone = (seed: string, name: string, user: string): PersonRef => ({
  subject: subjectOf(seed),
  name,
  account: { platform: 'slack', team: TEAM, user },
});
export const ada = someone('a', 'Ada Lovelace', 'U0ADA');
export const bo = someone('b', 'Bo Diddley', 'U0BO');
export const cleo = someone('c', 'Cleo Chen', 'U0CLEO');
export const dan = someone('d', 'Dan Okafor', 'U0DAN');

export const clear = (value: string): ShownText => ({ kind: 'clear', value });
export const MASKED: ShownText = { kind: 'masked' };
export const REDACTED: ShownText = { kind: 'redacted', redactedAt: 57 };
export const WHY = 'INC-123: orders are stuck since 17:40, I have to see which ones.';

export const aStage = (change: Partial<StageView> = {}): StageView => ({
  name: 'dba',
  groupTitle: 'Database admins',
  quorum: 1,
  approvedBy: [],
  open: true,
  openedTo: {},
  stuck: false,
  ...change,
});

export function aBallot(change: Partial<BallotView> = {}): BallotView {
  return {
    shown: SHOWN,
    stages: [
      aStage({ name: 'owner', groupTitle: 'Orders owners', approvedBy: [bo], open: false }),
      aStage({ quorum: 2, approvedBy: [cleo] }),
    ],
    order: 'ordered',
    autoApprovedBy: null,
    lapseAt: NOW + 4 * HOUR,
    standIns: {},
    ...change,
  };
}

export function aView(change: Partial<RequestView> = {}): RequestView {
  return {
    id: ID,
    phase: 'requested',
    requester: ada,
    owner: dan,
    dataOwner: null,
    entitlement: {
      id: 'orders-db:read',
      title: 'Read orders',
      resourceTitle: 'Orders database',
      environment: 'production',
      classification: 'confidential',
      gives: 'SELECT on every table of schema orders',
      privilege: 'run-time',
      consequences: [],
      parts: [],
    },
    impact: null,
    flagged: null,
    submittedAt: NOW,
    durationMs: HOUR,
    startAt: null,
    approvedAt: null,
    closedAt: null,
    justification: clear(WHY),
    ticket: clear('INC-123'),
    policy: { ids: ['orders-db:read/stages'], digest: 'f'.repeat(64) },
    ballot: aBallot(),
    deniedBy: null,
    denialReason: null,
    failure: null,
    grant: null,
    extension: null,
    revocation: null,
    ...change,
  };
}

const consented: BallotView = aBallot({
  stages: aBallot().stages.map((stage) => ({
    ...stage,
    open: false,
    approvedBy: stage.quorum === 2 ? [cleo, dan] : [bo],
  })),
});

export const anActive = (change: Partial<RequestView> = {}): RequestView =>
  aView({
    phase: 'active',
    approvedAt: NOW + 5 * MIN,
    ballot: consented,
    grant: {
      credential: 'cs_ada_7k3m9q2x5vtb_1',
      expiresAt: NOW + 65 * MIN,
      issuedAt: NOW + 5 * MIN,
      secret: 'sealed',
      extendableMs: HOUR,
    },
    ...change,
  });

export const anExtending = (): RequestView =>
  anActive({
    extension: {
      ...aBallot({ shown: EXTENSION_SHOWN, lapseAt: NOW + 65 * MIN }),
      order: 'parallel',
      extraMs: 30 * MIN,
      by: ada,
    },
  });

const PROOF = {
  absent: true,
  loginRefused: 'yes',
  liveSessions: 0,
  positiveControlAt: NOW + 5 * MIN,
  method: 'login as cs_ada_7k3m9q2x5vtb_1 over scram-sha-256: 28P01',
  at: NOW + 66 * MIN,
} as const;

export const aRevoked = (change: Partial<RequestView> = {}): RequestView =>
  anActive({
    phase: 'revoked',
    closedAt: NOW + 66 * MIN,
    revocation: {
      trigger: 'expired',
      by: null,
      reason: null,
      startedAt: NOW + 65 * MIN,
      killed: 1,
      leftovers: [],
      attempts: 0,
      escalated: false,
      nextAttemptAt: null,
      proof: PROOF,
    },
    ...change,
  });

/** One event as it is told; its data is checked, so that a sample cannot drift from the schema. */
export function aTold<T extends EventType>(
  type: T,
  data: EventData<T>,
  personal: Readonly<Record<string, string>> = {},
): Told {
  return {
    type,
    data: EVENTS[type].parse(data) as Readonly<Record<string, unknown>>,
    personal: Object.fromEntries(Object.entries(personal).map(([field, text]) => [field, clear(text)])),
    people: Object.fromEntries([ada, bo, cleo, dan].map((each) => [each.subject, each])),
    index: 12,
    leaf8: '3fa9c1d2',
    at: NOW,
  };
}

const aSnapshot = (change: Partial<EntitlementSnapshot> = {}): EntitlementSnapshot => ({
  id: 'orders-db:read',
  title: 'Read orders',
  resource: 'orders-db',
  resourceTitle: 'Orders database',
  environment: 'production',
  classification: 'confidential',
  owner: dan.subject,
  channel: 'orders',
  connector: 'orders-postgres',
  connectorDigest: 'c'.repeat(64),
  scope: { schema: 'orders' },
  longestMs: 8 * HOUR,
  warnBeforeMs: 10 * MIN,
  lapseAfterMs: 4 * HOUR,
  remindEveryMs: HOUR,
  extension: { longestMs: HOUR, most: 2, automatic: false },
  ...change,
});

const POLICY = { ids: ['orders-db:read/stages'], digest: 'f'.repeat(64) };
const CONSENT = {
  stages: [{ name: 'dba', group: 'dba', quorum: 2 }],
  order: 'ordered',
  autoApprovedBy: null,
} as const;

/** One of each event, in the order of a long life. */
export function everyTold(): readonly Told[] {
  const consent = { ...CONSENT, stages: [...CONSENT.stages] };
  const handle = {
    name: 'cs_ada_7k3m9q2x5vtb_1',
    scope: { schema: 'orders' },
    connector: { id: 'orders-postgres', use: 'postgres-role', config: {} },
  };
  const again = { generation: 1, attempt: 2, fault: 'unreachable' } as const;
  return [
    aTold('RequestSubmitted', {
      requester: ada.subject,
      entitlement: aSnapshot(),
      durationMs: HOUR,
      startAt: null,
      lapseAt: NOW + 4 * HOUR,
      consent,
      policy: POLICY,
    }),
    aTold('ApproversReminded', { round: 1 }),
    aTold('AttemptRefused', { by: ada.subject, action: 'approve', code: 'own-request' }),
    aTold(
      'ApprovalRecorded',
      { by: cleo.subject, stages: [1], shown: SHOWN, shortenToMs: 30 * MIN, policy: POLICY },
      { comment: 'Please look at shard 4 only.' },
    ),
    aTold('RequestApproved', { durationMs: HOUR, approvers: [bo.subject, cleo.subject] }),
    aTold(
      'RequestDenied',
      { by: cleo.subject, shown: SHOWN, policy: POLICY },
      { reason: 'Use the replica.' },
    ),
    aTold('RequestWithdrawn', { by: ada.subject }),
    aTold('RequestLapsed', {}),
    aTold('StageEscalated', { shown: SHOWN, stage: 1, to: 'on-call', cause: 'waited' }),
    aTold('StageEscalated', { shown: SHOWN, stage: 1, to: 'on-call', cause: 'nobody-left' }),
    aTold('StageEscalated', { shown: SHOWN, stage: 1, to: null, cause: 'nobody-left' }),
    aTold('ApprovalsVoided', { subjects: [bo.subject], policy: POLICY }),
    aTold('ActivationRefused', { code: 'not-eligible', policy: POLICY }),
    aTold('ProvisioningStarted', { generation: 1, handle, expiresAt: NOW + HOUR, policy: POLICY }),
    aTold('ProvisioningFailed', { ...again, retryAt: NOW + MIN }, { detail: 'connect ECONNREFUSED' }),
    aTold('CredentialIssued', {
      generation: 1,
      fingerprint: '0123456789abcdef',
      expiresAt: NOW + HOUR,
      positiveControlAt: NOW,
    }),
    aTold('SecretRevealed', { by: ada.subject, generation: 1 }),
    aTold('SecretShredded', { generation: 1 }),
    aTold('ExpiryWarned', { expiresAt: NOW + HOUR }),
    aTold('ExtensionRequested', {
      by: ada.subject,
      extraMs: 30 * MIN,
      lapseAt: NOW + HOUR,
      consent,
      policy: POLICY,
    }),
    aTold('ExtensionApproved', { expiresAt: NOW + 2 * HOUR, approvers: [cleo.subject] }),
    aTold(
      'ExtensionDenied',
      { by: cleo.subject, shown: EXTENSION_SHOWN, policy: POLICY },
      { reason: 'Enough.' },
    ),
    aTold('ExtensionLapsed', {}),
    aTold('ExtensionFailed', { attempt: 1, fault: 'throttled', retryAt: null }, { detail: 'slow down' }),
    aTold('GrantExtended', { expiresAt: NOW + 2 * HOUR }),
    aTold('GrantFlagged', { code: 'not-eligible', policy: POLICY }),
    aTold('RevocationStarted', { trigger: 'revoked', by: dan.subject }, { reason: 'Incident is over.' }),
    aTold('CredentialRemoved', {
      generation: 1,
      attempt: 1,
      outcome: 'revoked',
      killed: 2,
      leftovers: ['table orders.scratch'],
    }),
    aTold('RevocationFailed', { ...again, step: 'verify', nextAttemptAt: NOW + MIN, escalated: true }),
    aTold('RevocationVerified', { generation: 1, proof: PROOF }),
  ];
}

export const aTerms = (change: Partial<AskingTerms> = {}): AskingTerms => ({
  entitlement: aSnapshot(),
  description: 'Look at orders and their history. No writing.',
  consent: { ...CONSENT, stages: [...CONSENT.stages] },
  durationsMs: [30 * MIN, HOUR, 4 * HOUR, 8 * HOUR],
  justification: { template: 'Incident: \nWhat I will do: ', minimumLength: 20 },
  ticket: 'optional',
  ...change,
});

export const EMPTY_DRAFT: Draft = {
  entitlement: null,
  duration: null,
  justification: null,
  ticket: null,
  startAt: null,
};

export function aPreview(draft: Draft, terms: AskingTerms | null = aTerms()): Preview {
  if (draft.entitlement === null || terms === null) return { terms: null, refusal: null, lines: [] };
  return {
    terms,
    refusal: null,
    lines: [
      { kind: 'gives', text: 'SELECT on every table of schema orders' },
      { kind: 'asks', stage: 'owner', group: 'Orders owners', quorum: 1, people: [bo] },
      { kind: 'asks', stage: 'dba', group: 'Database admins', quorum: 2, people: [ada, cleo, dan] },
      { kind: 'starts', at: draft.startAt },
      ...(draft.duration === null
        ? []
        : [{ kind: 'ends-after', durationMs: Number(draft.duration) } as const]),
      { kind: 'lapses-after', ms: 4 * HOUR },
    ],
  };
}

export const aHome = (change: Partial<HomeView> = {}): HomeView => ({
  person: ada,
  mine: [anActive()],
  waitingForMe: [],
  standInFor: {},
  recent: [aRevoked()],
  ...change,
});

export const ERASURE = '6c84fb90-12c4-41e1-840d-725a7b3b8f6f';
export const anErasure = (change: Partial<ErasureView> = {}): ErasureView => ({
  id: ERASURE,
  phase: 'proposed',
  person: ada,
  by: dan,
  reason: clear('She has left and asks for it.'),
  lapsesAt: NOW + 7 * 24 * HOUR,
  goes: { texts: 12, requests: 3, since: NOW - 40 * 24 * HOUR },
  erased: null,
  index: 31,
  leaf8: '9b0d11aa',
  ...change,
});

/** What people may write to disguise, ping or break out. */
export const HOSTILE = [
  '<!channel>',
  '<!here|x>',
  '<@U0BO>',
  '<!subteam^S0DBA>',
  '<https://evil.example|https://good.example>',
  '*Approved* by _everyone_ ~no~ `ok`',
  '```\nblock\n```',
  '&lt;!channel&gt;',
  '> quoted',
  '\u202Edesrever',
  ':white_check_mark:',
  'a\nb',
].join(' ');
