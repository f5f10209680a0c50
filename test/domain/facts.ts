import type { Admission, Command, CommandKind, CommandOf } from '../../src/domain/command.ts';
import type { EventData, EventType, RequestEvent } from '../../src/domain/events.ts';
import type {
  AbsenceProof,
  Consent,
  EntitlementSnapshot,
  Handle,
  Stage,
  Subject,
} from '../../src/domain/values.ts';

export const T0 = Date.UTC(2026, 10, 20, 9);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const person = (n: number): Subject => `s:${n.toString(16).padStart(24, '0')}`;
export const ASKER = person(1);
export const ANN = person(2);
export const BEN = person(3);
export const CLEO = person(4);
export const OWNER = person(9);

export const STAMP = { ids: ['orders-db:read'], digest: 'd1' };
/** SHA-256 of the submission's leaf, in every history that `submitted` begins. */
export const SHOWN = '1'.padStart(64, '0');

export const stageOf = (group: string, quorum: number): Stage => ({ name: group, group, quorum });
/** Opened to the on-call group as well when it has waited for half an hour. */
export const escalating = (group: string, quorum: number): Stage => ({
  ...stageOf(group, quorum),
  escalation: { afterMs: 30 * MINUTE, group: 'on-call' },
});
export const parallel = (...stages: Stage[]): Consent => ({
  stages,
  order: 'parallel',
  autoApprovedBy: null,
});
export const ordered = (...stages: Stage[]): Consent => ({ ...parallel(...stages), order: 'ordered' });
export const AUTOMATIC: Consent = {
  stages: [],
  order: 'parallel',
  autoApprovedBy: 'orders-db:read/automatic',
};
/** Says neither who must consent nor what waives it: what no rule set may say. */
export const NOBODY: Consent = { ...AUTOMATIC, autoApprovedBy: null };
export const ONE = parallel(stageOf('dba', 1));
export const TWO = parallel(stageOf('dba', 2));

export const ENTITLEMENT: EntitlementSnapshot = {
  id: 'orders-db:read',
  title: 'Read',
  resource: 'orders-db',
  resourceTitle: 'Orders',
  environment: 'production',
  classification: 'confidential',
  owner: OWNER,
  channel: 'access',
  connector: 'orders',
  connectorDigest: 'c'.repeat(64),
  scope: { role: 'shop_ro' },
  longestMs: 8 * HOUR,
  warnBeforeMs: 10 * MINUTE,
  lapseAfterMs: 2 * HOUR,
  remindEveryMs: 30 * MINUTE,
  extension: { longestMs: 2 * HOUR, most: 2, automatic: false },
};

const IMPACT = { score: 3, parts: [{ factor: 'classification:confidential', points: 3 }] };
/** What the rules were asked, as it lies beside an event. */
export const FACTS = '{"v":1,"action":"request"}';

export const admits = (consent: Consent = ONE, entitlement = ENTITLEMENT): Admission => ({
  allowed: true,
  stamp: STAMP,
  entitlement,
  consent,
  impact: IMPACT,
  facts: FACTS,
});
export const FORBIDDEN: Admission = { allowed: false, stamp: STAMP, code: 'not-eligible', facts: FACTS };

export const HANDLE: Handle = {
  name: 'jit_a1b2_0123456789abcdefghjk',
  scope: { role: 'shop_ro' },
  connector: { id: 'orders', use: 'postgres-role', config: {} },
};

export const PROOF: AbsenceProof = {
  absent: true,
  loginRefused: 'yes',
  liveSessions: 0,
  positiveControlAt: T0,
  method: 'login over scram-sha-256: 28P01',
  at: T0,
};

const data: { readonly [T in EventType]: EventData<T> } = {
  RequestSubmitted: {
    requester: ASKER,
    entitlement: ENTITLEMENT,
    durationMs: HOUR,
    startAt: null,
    lapseAt: T0 + 2 * HOUR,
    consent: ONE,
    policy: STAMP,
    impact: IMPACT,
  },
  ApprovalRecorded: { by: ANN, stages: [0], shown: SHOWN, shortenToMs: null, policy: STAMP },
  RequestApproved: { durationMs: HOUR, approvers: [ANN] },
  RequestDenied: { by: ANN, shown: SHOWN, policy: STAMP },
  RequestWithdrawn: { by: ASKER },
  RequestLapsed: {},
  ApproversReminded: { round: 1 },
  StageEscalated: { shown: SHOWN, stage: 0, to: 'on-call', cause: 'waited' },
  ApprovalsVoided: { subjects: [ANN], policy: STAMP },
  ActivationRefused: { code: 'not-eligible', policy: STAMP },
  ProvisioningStarted: { generation: 1, handle: HANDLE, expiresAt: T0 + HOUR, policy: STAMP },
  ProvisioningFailed: { generation: 1, attempt: 1, fault: 'unreachable', retryAt: null },
  CredentialIssued: {
    generation: 1,
    fingerprint: 'f'.repeat(16),
    expiresAt: T0 + HOUR,
    positiveControlAt: T0,
  },
  SecretRevealed: { by: ASKER, generation: 1 },
  SecretShredded: { generation: 1 },
  ExpiryWarned: { expiresAt: T0 + HOUR },
  ExtensionRequested: { by: ASKER, extraMs: HOUR, lapseAt: T0 + HOUR, consent: ONE, policy: STAMP },
  ExtensionApproved: { expiresAt: T0 + 2 * HOUR, approvers: [ANN] },
  ExtensionDenied: { by: ANN, shown: SHOWN, policy: STAMP },
  ExtensionLapsed: {},
  ExtensionFailed: { attempt: 1, fault: 'unreachable', retryAt: null },
  GrantExtended: { expiresAt: T0 + 2 * HOUR },
  GrantFlagged: { code: 'not-eligible', policy: STAMP },
  RevocationStarted: { trigger: 'expired', by: null },
  CredentialRemoved: { generation: 1, attempt: 1, outcome: 'revoked', killed: 0, leftovers: [] },
  RevocationFailed: {
    generation: 1,
    step: 'remove',
    attempt: 1,
    fault: 'unreachable',
    nextAttemptAt: T0 + HOUR,
    escalated: false,
  },
  RevocationVerified: { generation: 1, proof: PROOF },
  AttemptRefused: { by: ANN, action: 'reveal', code: 'not-yours' },
};

/** An event that happened, with only what matters to the test spelled out. */
export const event = <T extends EventType>(
  type: T,
  differing: Partial<EventData<T>> = {},
  personal?: Readonly<Record<string, string>>,
): RequestEvent =>
  ({ type, data: { ...data[type], ...differing }, ...(personal && { personal }) }) as RequestEvent;

const everyone: ReadonlyMap<Subject, readonly number[]> = new Map([ANN, BEN, CLEO].map((who) => [who, [0]]));

const commands: { readonly [K in CommandKind]: CommandOf<K> } = {
  submit: {
    kind: 'submit',
    at: T0,
    requester: ASKER,
    admission: admits(),
    asking: { template: 'Ticket: \nWhy: ', minimumLength: 10, ticket: 'optional' },
    durationMs: HOUR,
    startAt: null,
    justification: 'INC-1: orders stuck',
    ticket: null,
    waiting: null,
    open: 0,
    lately: 0,
  },
  approve: {
    kind: 'approve',
    at: T0,
    by: ANN,
    shown: SHOWN,
    mayFill: [0],
    insteadOf: null,
    isApprover: false,
    shortenToMs: null,
    comment: null,
    stamp: STAMP,
  },
  deny: {
    kind: 'deny',
    at: T0,
    by: ANN,
    shown: SHOWN,
    mayFill: [0],
    insteadOf: null,
    isApprover: false,
    reason: 'not today',
    stamp: STAMP,
  },
  withdraw: { kind: 'withdraw', at: T0, by: ASKER },
  lapse: { kind: 'lapse', at: T0 + 2 * HOUR },
  'lapse-extension': { kind: 'lapse-extension', at: T0 + HOUR },
  remind: { kind: 'remind', at: T0 },
  escalate: { kind: 'escalate', at: T0, shown: SHOWN, stage: 0, to: null, cause: 'nobody-left' },
  start: {
    kind: 'start',
    at: T0,
    admission: admits(),
    mayFill: everyone,
    mayFillToday: everyone,
    handle: HANDLE,
  },
  'record-issued': {
    kind: 'record-issued',
    at: T0,
    generation: 1,
    fingerprint: 'f'.repeat(16),
    positiveControlAt: T0,
  },
  'record-provision-failure': {
    kind: 'record-provision-failure',
    at: T0,
    fault: 'unreachable',
    detail: 'connect ECONNREFUSED',
    retryAt: null,
  },
  reveal: { kind: 'reveal', at: T0, by: ASKER },
  warn: { kind: 'warn', at: T0 },
  extend: { kind: 'extend', at: T0, by: ASKER, extraMs: HOUR, admission: admits() },
  'record-extended': { kind: 'record-extended', at: T0 },
  'record-extension-failure': {
    kind: 'record-extension-failure',
    at: T0,
    fault: 'unreachable',
    detail: 'connect ECONNREFUSED',
    retryAt: null,
  },
  flag: { kind: 'flag', at: T0, code: 'not-eligible', stamp: STAMP },
  expire: { kind: 'expire', at: T0 + HOUR },
  done: { kind: 'done', at: T0, by: ASKER },
  revoke: {
    kind: 'revoke',
    at: T0,
    by: OWNER,
    may: true,
    trigger: 'revoked',
    reason: 'incident over',
    stamp: STAMP,
  },
  'record-removed': {
    kind: 'record-removed',
    at: T0,
    tries: 1,
    outcome: 'revoked',
    killed: 0,
    leftovers: [],
  },
  'record-revocation-failure': {
    kind: 'record-revocation-failure',
    at: T0,
    tries: 1,
    step: 'remove',
    fault: 'unreachable',
    detail: 'connect ECONNREFUSED',
    nextAttemptAt: T0 + HOUR,
    escalateAfter: 3,
  },
  'record-verified': { kind: 'record-verified', at: T0, proof: PROOF },
};

/** A command that would be carried out in the right phase, with only what matters to the test spelled out. */
export const command = <K extends CommandKind>(kind: K, differing: Partial<CommandOf<K>> = {}): Command =>
  ({ ...commands[kind], ...differing }) as Command;
export const KINDS = Object.keys(commands) as readonly CommandKind[];

const SUBMITTED = event('RequestSubmitted');
const APPROVED = [SUBMITTED, event('ApprovalRecorded'), event('RequestApproved')];
const PROVISIONING = [...APPROVED, event('ProvisioningStarted')];
const ACTIVE = [...PROVISIONING, event('CredentialIssued')];
const REVOKING = [...ACTIVE, event('RevocationStarted'), event('SecretShredded')];
/** How a request came to stand in each phase, in the shortest way. */
export const HISTORY = {
  requested: [SUBMITTED],
  approved: APPROVED,
  provisioning: PROVISIONING,
  active: ACTIVE,
  revoking: REVOKING,
  revoked: [...REVOKING, event('CredentialRemoved'), event('RevocationVerified')],
  denied: [SUBMITTED, event('RequestDenied')],
  withdrawn: [SUBMITTED, event('RequestWithdrawn')],
  lapsed: [SUBMITTED, event('RequestLapsed')],
  failed: [...APPROVED, event('ActivationRefused')],
} as const;
/** An extension asked for: its event is the sixth, and its leaf is what a vote on it must show. */
export const EXTENDING = [...ACTIVE, event('ExtensionRequested')];
export const SHOWN_EXTENSION = '6'.padStart(64, '0');
