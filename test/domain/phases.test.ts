import { describe, expect, it } from 'vitest';
import type { CommandKind } from '../../src/domain/command.ts';
import type { EventType } from '../../src/domain/events.ts';
import type { RefusalCode } from '../../src/domain/refusal.ts';
import type { Phase } from '../../src/domain/state.ts';
import { command, EXTENDING, event, HISTORY, KINDS, SHOWN_EXTENSION } from './facts.ts';
import { given, type Past } from './given.ts';

type Situation = Phase | 'nothing' | 'extension asked' | 'extension approved';
type Outcome = readonly EventType[] | RefusalCode;

const SITUATIONS: { readonly [S in Situation]: readonly Past[] } = {
  nothing: [],
  ...HISTORY,
  'extension asked': EXTENDING,
  'extension approved': [...EXTENDING, event('ExtensionApproved')],
};

const revoked = ['RevocationStarted', 'SecretShredded'] as const;
const revokedUnsealed = ['RevocationStarted'] as const;
const live = { active: revoked, 'extension asked': revoked, 'extension approved': revoked };

/** Where each command does something or is refused for a reason of its own; everywhere else the phase is wrong. */
const TABLE: { readonly [K in CommandKind]: { readonly [S in Situation]?: Outcome } } = {
  submit: { nothing: ['RequestSubmitted'] },
  approve: { requested: ['ApprovalRecorded', 'RequestApproved'] },
  deny: { requested: ['RequestDenied'] },
  withdraw: { requested: ['RequestWithdrawn'], approved: ['RequestWithdrawn'] },
  lapse: { requested: ['RequestLapsed'] },
  'lapse-extension': { 'extension asked': ['ExtensionLapsed'] },
  remind: { requested: ['ApproversReminded'] },
  escalate: { requested: ['StageEscalated'], 'extension asked': 'shown-is-stale' },
  start: { approved: ['ProvisioningStarted'] },
  'record-issued': { provisioning: ['CredentialIssued'] },
  'record-provision-failure': { provisioning: ['ProvisioningFailed', 'RevocationStarted'] },
  reveal: {
    active: ['SecretRevealed'],
    'extension asked': ['SecretRevealed'],
    'extension approved': ['SecretRevealed'],
  },
  warn: {
    active: ['ExpiryWarned'],
    'extension asked': ['ExpiryWarned'],
    'extension approved': ['ExpiryWarned'],
  },
  extend: {
    active: ['ExtensionRequested'],
    'extension asked': 'extension-pending',
    'extension approved': 'extension-pending',
  },
  flag: {
    active: ['GrantFlagged'],
    'extension asked': ['GrantFlagged'],
    'extension approved': ['GrantFlagged'],
  },
  'record-extended': { 'extension approved': ['GrantExtended'] },
  'record-extension-failure': { 'extension approved': ['ExtensionFailed'] },
  expire: { provisioning: revokedUnsealed, ...live },
  done: { provisioning: revokedUnsealed, ...live },
  revoke: { approved: ['RequestDenied'], provisioning: revokedUnsealed, ...live },
  'record-removed': { revoking: ['CredentialRemoved'] },
  'record-revocation-failure': { revoking: ['RevocationFailed'] },
  'record-verified': { revoking: 'not-due' },
};

describe.each(Object.entries(SITUATIONS))('when the request is at: %s', (name, past) => {
  const situation = name as Situation;
  it.each(KINDS)('%s', (kind) => {
    const otherwise: RefusalCode = situation === 'nothing' ? 'no-such-request' : 'wrong-phase';
    const expected = TABLE[kind][situation] ?? otherwise;
    const { decision } = given(...past).when(command(kind));
    if (typeof expected === 'string') {
      expect(decision).toMatchObject({ ok: false, refusal: { code: expected }, events: [] });
      if (!decision.ok && decision.refusal.code === 'wrong-phase')
        expect(decision.refusal).toEqual({
          code: 'wrong-phase',
          action: kind,
          phase: given(...past).state?.phase,
        });
    } else expect([decision.ok, decision.events.map((e) => e.type)]).toEqual([true, expected]);
  });
});

describe('votes on an extension', () => {
  const shown = SHOWN_EXTENSION;
  it('are taken while it is asked', () => {
    given(...EXTENDING)
      .when(command('approve', { shown }))
      .thenTypes('ApprovalRecorded', 'ExtensionApproved');
    given(...EXTENDING)
      .when(command('deny', { shown }))
      .thenTypes('ExtensionDenied');
  });

  it.each(['approve', 'deny'] as const)('%s is refused once it is decided', (action) => {
    given(...SITUATIONS['extension approved'])
      .when(command(action, { shown }))
      .thenRefused({ code: 'wrong-phase', action, phase: 'active' });
  });

  it.each(['approve', 'deny'] as const)('%s is refused once its grant is ending', (action) => {
    given(...EXTENDING, event('RevocationStarted'))
      .when(command(action, { shown }))
      .thenRefused({ code: 'shown-is-stale' });
  });
});
