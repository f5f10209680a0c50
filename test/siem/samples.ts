import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { encodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import {
  type EventData,
  type EventMeta,
  type EventType,
  PERSONAL_FIELDS,
  type RecordedEvent,
  type RequestEvent,
} from '../../src/domain/events.ts';
import { fold } from '../../src/domain/evolve.ts';
import {
  JOURNAL_PERSONAL_FIELDS,
  type JournalData,
  type JournalType,
  type RecordedJournalEvent,
} from '../../src/domain/journal.ts';
import type { Followed } from '../../src/ports/follower.ts';
import type { Message } from '../../src/siem/transport.ts';
import { ANN, ASKER, BEN, CLEO, ENTITLEMENT, EXTENDING, event, HISTORY, T0 } from '../domain/facts.ts';

/** In every text beside every event. */
export const CANARY = 'canary-91d0';
const INDEX = 40;
const salt = new Uint8Array(16).fill(7);

type Made = { readonly type: string; readonly data: unknown };

/** An event as it would be stored, its texts beside it. */
function stored(made: Made, stream: string, version: number, fields: readonly string[]) {
  const { type, data } = made;
  const sd = Object.fromEntries(
    fields.map((field) => [field, disclosureDigest(disclose(salt, field, CANARY))]),
  );
  const at = T0 + version * 1_000;
  const id = `event-${version}`;
  const leaf = { id, type, v: 1, at, stream, version, data: data as Record<string, unknown>, sd };
  const bytes = encodeLeaf(leaf);
  const meta: EventMeta = {
    id,
    index: INDEX + version,
    stream,
    version,
    at,
    leaf: leafHash(bytes).toString('hex'),
    sd,
  };
  return { bytes, event: { type, data, meta } };
}

/** The last event of a request's history, as a follower gets it. */
function followed(...past: readonly RequestEvent[]): Followed {
  const all = past.map((made, i) =>
    stored(made, 'request/req_000000000001', i + 1, PERSONAL_FIELDS[made.type] ?? []),
  );
  const events = all.map(({ event: one }) => one as RecordedEvent);
  const [last, state] = [all.at(-1), fold(events)];
  if (last === undefined || state === null) throw new Error('no events were given');
  const justificationDigest = events[0]?.meta.sd['justification'] ?? null;
  return { bytes: last.bytes, event: last.event as RecordedEvent, state, justificationDigest };
}

function journaled<T extends JournalType>(type: T, data: JournalData<T>, stream = 'log'): Followed {
  const { bytes, event: made } = stored({ type, data }, stream, 1, JOURNAL_PERSONAL_FIELDS[type] ?? []);
  return { bytes, event: made as RecordedJournalEvent, state: null };
}

const { requested, approved, provisioning, active, revoking } = HISTORY;
const extending = [...EXTENDING, event('ExtensionApproved')];
const after = <T extends EventType>(
  past: readonly RequestEvent[],
  type: T,
  differing: Partial<EventData<T>> = {},
): Followed => followed(...past, event(type, differing));

/** One of each: a new type does not compile without one. */
const REQUEST: { readonly [T in EventType]: Followed } = {
  RequestSubmitted: after([], 'RequestSubmitted'),
  ApprovalRecorded: after(requested, 'ApprovalRecorded'),
  RequestApproved: followed(...approved),
  RequestDenied: after(requested, 'RequestDenied'),
  RequestWithdrawn: after(requested, 'RequestWithdrawn'),
  RequestLapsed: after(requested, 'RequestLapsed'),
  ApproversReminded: after(requested, 'ApproversReminded'),
  StageEscalated: after(requested, 'StageEscalated'),
  ApprovalsVoided: after(approved, 'ApprovalsVoided'),
  ActivationRefused: after(approved, 'ActivationRefused'),
  ProvisioningStarted: followed(...provisioning),
  ProvisioningFailed: after(provisioning, 'ProvisioningFailed'),
  CredentialIssued: followed(...active),
  SecretRevealed: after(active, 'SecretRevealed'),
  SecretShredded: after(revoking, 'SecretShredded'),
  ExpiryWarned: after(active, 'ExpiryWarned'),
  ExtensionRequested: followed(...EXTENDING),
  ExtensionApproved: followed(...extending),
  ExtensionDenied: after(EXTENDING, 'ExtensionDenied'),
  ExtensionLapsed: after(EXTENDING, 'ExtensionLapsed'),
  ExtensionFailed: after(extending, 'ExtensionFailed'),
  GrantExtended: after(extending, 'GrantExtended'),
  GrantFlagged: after(active, 'GrantFlagged'),
  RevocationStarted: after(active, 'RevocationStarted', { trigger: 'revoked', by: CLEO }),
  CredentialRemoved: after(revoking, 'CredentialRemoved'),
  RevocationFailed: after(revoking, 'RevocationFailed'),
  RevocationVerified: followed(...HISTORY.revoked),
  AttemptRefused: after(active, 'AttemptRefused'),
};

const head = { size: 9, root: 'a'.repeat(64) };
const JOURNALED: { readonly [T in JournalType]: Followed } = {
  PersonIntroduced: journaled('PersonIntroduced', { subject: BEN }, `person/${BEN}`),
  LogRead: journaled('LogRead', { by: ANN, what: 'export', as: 'auditor', query: {}, request: null }),
  SigningKeyChanged: journaled('SigningKeyChanged', { change: 'added', vkey: 'log.test+0badc0de+AbCd' }),
  TreeAccepted: journaled('TreeAccepted', {
    tree: head,
    anchors: [{ anchor: 'folder', head }],
    by: ANN,
    approvedBy: BEN,
    signatures: '— log.test AbCd\n',
  }),
  CatalogueLoaded: journaled('CatalogueLoaded', { digest: 'b'.repeat(64), previous: 'c'.repeat(64) }),
  RulesLoaded: journaled('RulesLoaded', {
    digest: 'b'.repeat(64),
    previous: 'c'.repeat(64),
    cause: 'changed',
    by: null,
    commit: null,
    changes: { added: ['policy/forbid.freeze'], removed: [], changed: [], more: 0 },
  }),
  RulesRefused: journaled('RulesRefused', { digest: 'b'.repeat(64), problems: 2, keeping: 'c'.repeat(64) }),
  AccessRefused: journaled('AccessRefused', {
    by: ANN,
    entitlement: 'orders-db:read',
    durationMs: 60_000,
    code: 'forbidden',
    policy: { ids: ['forbid.freeze'], digest: 'b'.repeat(64) },
  }),
  DriftFound: journaled('DriftFound', { connector: 'orders', late: ['jit_x'], unknown: [] }),
  ErasureProposed: journaled('ErasureProposed', { subject: ASKER, by: ANN }, 'redaction/1'),
  DisclosuresRedacted: journaled(
    'DisclosuresRedacted',
    {
      cause: 'person',
      targets: [{ index: 3, field: 'justification', digest: 'd' }],
      subject: ASKER,
      by: ANN,
      approvedBy: BEN,
      retention: null,
    },
    'redaction/1',
  ),
};

const groupScope = { ...ENTITLEMENT, scope: { group: 'db-readers' } };
const withEntitlement = (past: readonly RequestEvent[], entitlement: typeof ENTITLEMENT): Followed =>
  followed(event('RequestSubmitted', { entitlement }), ...past.slice(1));
const plainScope = { ...ENTITLEMENT, scope: { audience: 'reports', scope: 'read' } };

/** What an event may also say. */
const MORE: Readonly<Record<string, Followed>> = {
  'membership given': withEntitlement(active, groupScope),
  'membership taken': withEntitlement(HISTORY.revoked, groupScope),
  'a privilege given': withEntitlement(active, plainScope),
  'a privilege taken': withEntitlement(HISTORY.revoked, plainScope),
  'a role taken': withEntitlement(HISTORY.revoked, { ...ENTITLEMENT, scope: { role: 'shop_ro' } }),
  'a rule consented': followed(
    event('RequestSubmitted', { consent: { stages: [], order: 'parallel', autoApprovedBy: 'rule-1' } }),
    event('RequestApproved', { approvers: [] }),
    event('ProvisioningStarted'),
    event('CredentialIssued'),
  ),
  'an escalated failure': after(revoking, 'RevocationFailed', { escalated: true }),
  'nobody left to ask': after(requested, 'StageEscalated', { to: null, cause: 'nobody-left' }),
  'a retired key': journaled('SigningKeyChanged', { change: 'retired', vkey: 'log.test+0badc0de+AbCd' }),
  'a first catalogue': journaled('CatalogueLoaded', { digest: 'b'.repeat(64), previous: null }),
  'drift that is gone': journaled('DriftFound', { connector: 'orders', late: [], unknown: [] }),
  'texts that grew old': journaled('DisclosuresRedacted', {
    cause: 'retention',
    targets: [],
    subject: null,
    by: null,
    approvedBy: null,
    retention: { classification: 'internal', afterMs: 1 },
  }),
};

export const SAMPLES = { ...REQUEST, ...JOURNALED, ...MORE } as const;
export const sample = (name: string): Followed => {
  const found = (SAMPLES as Readonly<Record<string, Followed>>)[name];
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found;
};

/** A batch as a transport gets it: event `from` and those that follow. */
export const messages = (from: number, count: number): readonly Message[] =>
  Array.from({ length: count }, (_, i) => ({
    index: from + i,
    leaf: (from + i).toString(16).padStart(64, '0'),
    type: 'CredentialIssued',
    at: T0 + i,
    severity: 'informational',
    json: JSON.stringify({ sequence: from + i, message: 'Zugang für Ünal 🔑' }),
  }));
