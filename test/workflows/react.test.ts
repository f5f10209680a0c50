import { describe, expect, it } from 'vitest';
import type { RequestEvent } from '../../src/domain/events.ts';
import type { DueChange } from '../../src/ports/store.ts';
import { LIMITS } from '../../src/limits.ts';
import { react, row, WORK } from '../../src/workflows/react.ts';
import { sealRow } from '../../src/workflows/log/seal-row.ts';
import {
  AUTOMATIC,
  ENTITLEMENT,
  escalating,
  event,
  EXTENDING,
  HISTORY,
  HOUR,
  MINUTE,
  ordered,
  T0,
} from '../domain/facts.ts';
import { seen } from '../domain/given.ts';

/** "kind +minutes from T0" for what is put, "-kind" for what is dropped, in order; seals have a test of their own. */
function told(changes: readonly DueChange[]): string[] {
  const requests = changes.filter((change) => !('put' in change && change.put.kind === 'seal'));
  return requests.map((change) =>
    'put' in change
      ? `${change.put.kind} +${(change.put.dueAt - T0) / MINUTE}`
      : `-${change.drop.replace(/:.*$/, '')}`,
  );
}

/** What the last of these events puts and drops, happening at T0. */
function after(...events: readonly RequestEvent[]): string[] {
  const last = events.slice(-1);
  return told(react(last, seen(...events), T0));
}

const { requested, approved, provisioning, active, revoking } = HISTORY;
const removed = [...revoking, event('CredentialRemoved')];
const approvedExtension = [...EXTENDING, event('ExtensionApproved', { expiresAt: T0 + 2 * HOUR })];

const ESCALATES = ordered(escalating('dba', 1), escalating('security', 1));
const ESCALATING = event('RequestSubmitted', { consent: ESCALATES });
const ESCALATING_EXTENSION = [...active, event('ExtensionRequested', { consent: ESCALATES })];

const table: [string, readonly RequestEvent[], string[]][] = [
  ['RequestSubmitted', requested, ['-start', 'lapse +120', 'remind +30']],
  ['ApprovalRecorded', [...requested, event('ApprovalRecorded')], []],
  ['RequestSubmitted, to be escalated', [ESCALATING], ['-start', 'lapse +120', 'remind +30', 'escalate +30']],
  [
    'ApprovalRecorded, and the next stage is to be escalated',
    [ESCALATING, event('ApprovalRecorded')],
    ['escalate +30'],
  ],
  ['StageEscalated, with nothing left to escalate', [ESCALATING, event('StageEscalated')], ['-escalate']],
  ['ExtensionRequested, to be escalated', ESCALATING_EXTENSION, ['lapse-extension +60', 'escalate +30']],
  ['GrantFlagged', [...active, event('GrantFlagged')], []],
  ['ApproversReminded', [...requested, event('ApproversReminded')], ['remind +30']],
  ['RequestApproved', approved, ['-lapse', '-remind', '-escalate', 'start +0']],
  ['RequestDenied', [...requested, event('RequestDenied')], ['-lapse', '-remind', '-escalate', '-start']],
  [
    'RequestWithdrawn',
    [...requested, event('RequestWithdrawn')],
    ['-lapse', '-remind', '-escalate', '-start'],
  ],
  ['RequestLapsed', [...requested, event('RequestLapsed')], ['-lapse', '-remind', '-escalate', '-start']],
  ['ApprovalsVoided', [...approved, event('ApprovalsVoided')], ['-start', 'lapse +120', 'remind +30']],
  [
    'ActivationRefused',
    [...approved, event('ActivationRefused')],
    ['-lapse', '-remind', '-escalate', '-start'],
  ],
  ['ProvisioningStarted', provisioning, ['expire +60', 'provision +0']],
  [
    'ProvisioningFailed, to be tried again',
    [...provisioning, event('ProvisioningFailed', { retryAt: T0 + MINUTE })],
    ['provision +1'],
  ],
  ['ProvisioningFailed, given up', [...provisioning, event('ProvisioningFailed')], []],
  ['CredentialIssued', active, ['warn +50']],
  ['SecretRevealed', [...active, event('SecretRevealed')], []],
  ['ExpiryWarned', [...active, event('ExpiryWarned')], []],
  ['ExtensionRequested', EXTENDING, ['lapse-extension +60']],
  ['ExtensionApproved', approvedExtension, ['-lapse-extension', '-escalate', 'extend +0']],
  ['ExtensionDenied', [...EXTENDING, event('ExtensionDenied')], ['-lapse-extension', '-escalate']],
  ['ExtensionLapsed', [...EXTENDING, event('ExtensionLapsed')], ['-lapse-extension', '-escalate']],
  [
    'ExtensionFailed, to be tried again',
    [...approvedExtension, event('ExtensionFailed', { retryAt: T0 + MINUTE })],
    ['extend +1'],
  ],
  ['ExtensionFailed, given up', [...approvedExtension, event('ExtensionFailed')], []],
  ['GrantExtended', [...approvedExtension, event('GrantExtended')], ['expire +120', 'warn +110']],
  [
    'RevocationStarted',
    [...active, event('RevocationStarted')],
    ['-expire', '-warn', '-provision', '-extend', '-lapse-extension', '-escalate', 'revoke +0'],
  ],
  ['SecretShredded', revoking, []],
  ['CredentialRemoved', removed, ['verify +0']],
  ['RevocationFailed at the removal', [...revoking, event('RevocationFailed')], ['revoke +60']],
  [
    'RevocationFailed, target not seen',
    [...removed, event('RevocationFailed', { step: 'verify' })],
    ['verify +60'],
  ],
  [
    'RevocationFailed, still lets in',
    [...removed, event('RevocationFailed', { step: 'verify', fault: 'conflict' })],
    ['revoke +60'],
  ],
  ['RevocationVerified', [...removed, event('RevocationVerified')], ['undo +1.5']],
  ['AttemptRefused', [...active, event('AttemptRefused')], []],
];

describe('react', () => {
  it.each(table)('%s: what must happen later', (_, events, expected) => {
    expect(after(...events)).toEqual([...expected, 'show +0']);
  });

  it('starts a scheduled request when its window opens', () => {
    const submitted = event('RequestSubmitted', { startAt: T0 + 3 * HOUR });
    expect(after(submitted, event('RequestApproved'))).toContain('start +180');
  });

  it('waits for nobody when a rule has approved', () => {
    const events = [
      event('RequestSubmitted', { consent: AUTOMATIC }),
      event('RequestApproved', { approvers: [] }),
    ];
    const changes = told(react(events, seen(...events), T0));
    expect(changes).toEqual(['-start', '-lapse', '-remind', '-escalate', 'start +0', 'show +0']);
  });

  it('reminds nobody where the entitlement says never, or when the request lapses first', () => {
    const never = { ...ENTITLEMENT, remindEveryMs: null };
    expect(after(event('RequestSubmitted', { entitlement: never }))).not.toContain('remind +30');
    const soon = event('RequestSubmitted', { lapseAt: T0 + 30 * MINUTE });
    expect(after(soon)).toEqual(['-start', 'lapse +30', 'show +0']);
  });

  it('warns of a short window when half of it is left', () => {
    const short = event('ProvisioningStarted', { expiresAt: T0 + 4 * MINUTE });
    expect(after(...approved, short, event('CredentialIssued'))).toContain('warn +2');
  });

  it('looks once more after the proof where a provision may still end, and not where none can', () => {
    const gone = [event('RevocationStarted'), event('CredentialRemoved'), event('RevocationVerified')];
    expect(after(...provisioning, ...gone)).toContain('undo +1.5');
    const old = seen(...active, ...gone);
    expect(told(react(gone.slice(-1), old, T0 + 90_000))).toEqual(['show +1.5']);
    expect(told(react(gone.slice(-1), old, T0 + 89_999))).toHaveLength(2);
  });

  it('lets the later of two events win, so that what begins a revocation is not undone by what preceded it', () => {
    const events = [event('ProvisioningFailed'), event('RevocationStarted')];
    const changes = react(events, seen(...provisioning, ...events), T0);
    expect(told(changes).slice(-2)).toEqual(['revoke +0', 'show +0']);
  });

  it('has the head signed that has a grant, an approval or a revocation, and no other', () => {
    const sealed = table.flatMap(([name, events]) => {
      const seals = react(events.slice(-1), seen(...events), T0).filter(
        (c) => 'put' in c && c.put.kind === 'seal',
      );
      return seals.length === 0 ? [] : [name];
    });
    expect(sealed).toEqual([
      'ApprovalRecorded',
      'ApprovalRecorded, and the next stage is to be escalated',
      'RequestApproved',
      'CredentialIssued',
      'ExtensionApproved',
      'GrantExtended',
      'RevocationStarted',
      'RevocationVerified',
    ]);
  });

  it('shares a seal among all of one window, due at its end', () => {
    expect(sealRow(T0)).toEqual({
      key: `seal:${T0 / LIMITS.sealWindowMs}`,
      lane: 'log',
      kind: 'seal',
      stream: 'log',
      dueAt: T0 + LIMITS.sealWindowMs,
    });
    expect(sealRow(T0 + LIMITS.sealWindowMs - 1)).toEqual(sealRow(T0));
    expect(sealRow(T0 + LIMITS.sealWindowMs).dueAt).toBe(T0 + 2 * LIMITS.sealWindowMs);
  });

  it('gives each kind of work of a request one row, in the lane of its kind', () => {
    expect(row({ id: 'req_000000000001', entitlement: ENTITLEMENT }, 'revoke', T0)).toEqual({
      key: 'revoke:req_000000000001',
      lane: 'revocation',
      kind: 'revoke',
      stream: 'request/req_000000000001',
      dueAt: T0,
      detail: { target: 'orders' },
    });
    const inLane = Object.entries(WORK).filter(([, lane]) => lane === 'revocation');
    expect(inLane.map(([kind]) => kind)).toEqual(['expire', 'revoke', 'verify', 'undo', 'rules-check']);
  });
});
