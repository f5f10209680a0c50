import { describe, expect, it } from 'vitest';
import { whyNotExtended } from '../../src/domain/granting.ts';
import {
  admits,
  ANN,
  AUTOMATIC,
  BEN,
  CLEO,
  command,
  ENTITLEMENT,
  EXTENDING,
  event,
  FORBIDDEN,
  HISTORY,
  HOUR,
  ONE,
  SHOWN_EXTENSION,
  STAMP,
  T0,
  TWO,
} from './facts.ts';
import { given, seen } from './given.ts';

const refusedAtStart = (code: string) => event('ActivationRefused', { code, policy: STAMP });

describe('the start, when it would give something else than was approved', () => {
  it.each([
    ['another scope', { scope: { role: 'shop_rw' } }],
    ['one key more in the scope', { scope: { role: 'shop_ro', database: 'payroll' } }],
    ['another connector', { connector: 'payroll' }],
    ['a connector that leads elsewhere', { connectorDigest: 'd'.repeat(64) }],
    ['another resource', { resource: 'payroll-db' }],
    ['another environment', { environment: 'staging' }],
    ['another classification', { classification: 'restricted' as const }],
  ])('is refused: %s', (_, differing) => {
    given(...HISTORY.approved)
      .when(command('start', { admission: admits(ONE, { ...ENTITLEMENT, ...differing }) }))
      .thenEvents(refusedAtStart('entitlement-changed'));
  });

  it('does not mind other words, nor another order of the keys', () => {
    const scope = { database: 'shop', role: 'shop_ro' };
    const turned = { role: 'shop_ro', database: 'shop' };
    given(
      event('RequestSubmitted', { entitlement: { ...ENTITLEMENT, scope } }),
      event('ApprovalRecorded'),
      event('RequestApproved'),
    )
      .when(command('start', { admission: admits(ONE, { ...ENTITLEMENT, scope: turned, title: 'Reading' }) }))
      .thenTypes('ProvisioningStarted');
  });
});

describe('the start, when nobody started it in time', () => {
  it('is refused later than a request may wait, so that nothing opens days after it was expected', () => {
    given(...HISTORY.approved)
      .when(command('start', { at: T0 + 2 * HOUR }))
      .thenTypes('ProvisioningStarted');
    given(...HISTORY.approved)
      .when(command('start', { at: T0 + 2 * HOUR + 1 }))
      .thenEvents(refusedAtStart('start-missed'));
  });

  it('counts from the time it was scheduled for', () => {
    const startAt = T0 + 24 * HOUR;
    given(event('RequestSubmitted', { startAt }), event('ApprovalRecorded'), event('RequestApproved'))
      .when(command('start', { at: startAt + HOUR }))
      .thenTypes('ProvisioningStarted');
  });
});

describe('an extension that was approved', () => {
  const extension = seen(
    ...EXTENDING,
    event('ApprovalRecorded', { shown: SHOWN_EXTENSION }),
    event('ExtensionApproved'),
  ).extension;
  if (extension === null) throw new Error('no extension');
  const may = new Map([ANN, BEN, CLEO].map((who) => [who, [0]]));
  const nobody = new Map<typeof ANN, readonly number[]>();

  it('goes ahead where everything is as it was', () => {
    expect(whyNotExtended(extension, admits(), may, may)).toBeNull();
  });
  it('does not for a person who may not ask any more', () => {
    expect(whyNotExtended(extension, FORBIDDEN, may, may)).toBe('not-eligible');
  });
  it('does not when those who consented may not any more', () => {
    expect(whyNotExtended(extension, admits(), nobody, nobody)).toBe('approvals-voided');
  });
  it('does not when the rules want more people than consented', () => {
    expect(whyNotExtended(extension, admits(TWO), may, may)).toBe('consent-changed');
  });
  it('by rule does not when people must be asked now', () => {
    const byRule = { ...extension, consent: AUTOMATIC, approvals: [] };
    expect(whyNotExtended(byRule, admits(AUTOMATIC), nobody, nobody)).toBeNull();
    expect(whyNotExtended(byRule, admits(), nobody, nobody)).toBe('consent-changed');
  });
});
