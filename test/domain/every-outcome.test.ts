import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import { EVENTS, type EventType, PERSONAL_FIELDS } from '../../src/domain/events.ts';
import type { RefusalCode } from '../../src/domain/refusal.ts';
import { LIMITS } from '../../src/limits.ts';
import {
  admits,
  ANN,
  ASKER,
  AUTOMATIC,
  BEN,
  command,
  EXTENDING,
  event,
  FORBIDDEN,
  HISTORY,
  HOUR,
  ordered,
  SHOWN_EXTENSION,
  stageOf,
  T0,
} from './facts.ts';
import { given, type Past } from './given.ts';

type Case = readonly [past: readonly Past[], when: Command];
const { requested, approved, provisioning, active, revoking } = HISTORY;
const asking = { template: 'Why: ', minimumLength: 10, ticket: 'required' } as const;
const extensionApproved = [...EXTENDING, event('ExtensionApproved')];
const extended = [event('ExtensionRequested'), event('ExtensionApproved'), event('GrantExtended')];

/** One way to each refusal: a new code does not compile without one. Durations are read by chat, not here. */
const REFUSALS: { readonly [C in Exclude<RefusalCode, 'duration-unreadable'>]: Case } = {
  'duration-not-positive': [[], command('submit', { durationMs: 0 })],
  'duration-too-long': [[], command('submit', { durationMs: 9 * HOUR })],
  'start-in-past': [[], command('submit', { startAt: T0 - 1 })],
  'start-too-far': [[], command('submit', { startAt: T0 + LIMITS.startAheadMaxMs + 1 })],
  'justification-too-short': [[], command('submit', { justification: 'x' })],
  'justification-untouched': [[], command('submit', { justification: 'Why:', asking })],
  'text-too-long': [[], command('submit', { justification: 'x'.repeat(LIMITS.justificationMaxChars + 1) })],
  'text-unsafe': [[], command('submit', { justification: 'read only \u202Etirw' })],
  'ticket-missing': [[], command('submit', { asking })],
  'reason-missing': [requested, command('deny', { reason: '' })],
  'already-asked': [[], command('submit', { waiting: 'req_00000000000z' })],
  'too-many-open': [[], command('submit', { open: LIMITS.openRequestsPerPersonMax })],
  'too-many-lately': [[], command('submit', { lately: LIMITS.requestsPerPersonHourMax })],
  'no-such-request': [[], command('approve')],
  'wrong-phase': [requested, command('start')],
  'own-request': [requested, command('approve', { by: ASKER })],
  'not-an-approver': [requested, command('approve', { mayFill: [] })],
  'rules-forbid': [requested, command('approve', { mayFill: [], isApprover: true })],
  'already-decided': [[...requested, event('ApprovalRecorded')], command('approve')],
  'not-your-turn': [
    [event('RequestSubmitted', { consent: ordered(stageOf('dba', 1), stageOf('security', 1)) })],
    command('approve', { mayFill: [1] }),
  ],
  'stage-full': [[...requested, event('ApprovalRecorded', { by: BEN })], command('approve')],
  'shown-is-stale': [requested, command('approve', { shown: 'f'.repeat(64) })],
  'not-yours': [active, command('reveal', { by: ANN })],
  'may-not-revoke': [active, command('revoke', { may: false })],
  lapsed: [requested, command('approve', { at: T0 + 2 * HOUR })],
  'not-admissible': [[], command('submit', { admission: FORBIDDEN })],
  'no-more-extensions': [[...active, ...extended, ...extended], command('extend')],
  'extension-pending': [EXTENDING, command('extend')],
  'secret-gone': [[...active, event('SecretRevealed')], command('reveal')],
  'already-on-record': [[...active, event('GrantFlagged')], command('flag')],
  'not-due': [active, command('expire', { at: T0 })],
};

/** One way to each event: a new type does not compile without one. */
const OUTCOMES: { readonly [T in EventType]: Case } = {
  RequestSubmitted: [[], command('submit', { ticket: 'INC-1' })],
  ApprovalRecorded: [requested, command('approve', { comment: 'ok' })],
  RequestApproved: [[], command('submit', { admission: admits(AUTOMATIC) })],
  RequestDenied: [requested, command('deny')],
  RequestWithdrawn: [requested, command('withdraw')],
  RequestLapsed: [requested, command('lapse')],
  ApproversReminded: [requested, command('remind')],
  StageEscalated: [requested, command('escalate')],
  ApprovalsVoided: [approved, command('start', { mayFill: new Map() })],
  ActivationRefused: [approved, command('start', { admission: FORBIDDEN })],
  ProvisioningStarted: [approved, command('start')],
  ProvisioningFailed: [provisioning, command('record-provision-failure')],
  CredentialIssued: [provisioning, command('record-issued')],
  SecretRevealed: [active, command('reveal')],
  SecretShredded: [active, command('done')],
  ExpiryWarned: [active, command('warn')],
  ExtensionRequested: [active, command('extend')],
  ExtensionApproved: [EXTENDING, command('approve', { shown: SHOWN_EXTENSION })],
  ExtensionDenied: [EXTENDING, command('deny', { shown: SHOWN_EXTENSION })],
  ExtensionLapsed: [EXTENDING, command('lapse-extension')],
  ExtensionFailed: [extensionApproved, command('record-extension-failure')],
  GrantExtended: [extensionApproved, command('record-extended')],
  GrantFlagged: [active, command('flag')],
  RevocationStarted: [active, command('revoke')],
  CredentialRemoved: [revoking, command('record-removed')],
  RevocationFailed: [revoking, command('record-revocation-failure')],
  RevocationVerified: [[...revoking, event('CredentialRemoved')], command('record-verified')],
  AttemptRefused: [active, command('reveal', { by: ANN })],
};

it.each(Object.entries(REFUSALS))('refuses with %s', (code, [past, when]) => {
  expect(given(...past).when(when).decision).toMatchObject({ ok: false, refusal: { code } });
});

describe.each(Object.entries(OUTCOMES))('%s', (name, [past, when]) => {
  const type = name as EventType;
  const made = given(...past)
    .when(when)
    .decision.events.find((each) => each.type === type);

  it('comes of a command and has the shape that is stored', () => {
    expect(made && EVENTS[type].parse(made.data)).toEqual(made?.data);
    expect(made).toBeDefined();
  });

  it('keeps a person’s words beside it, in the fields that may be there', () => {
    // One click extends: nobody is asked for words then, though the event has room for them.
    const expected = type === 'ExtensionRequested' ? [] : (PERSONAL_FIELDS[type] ?? []);
    expect(Object.keys(made?.personal ?? {})).toEqual(expected);
  });
});
