import { describe, expect, it } from 'vitest';
import { plain } from '../../src/chat/card.ts';
import { clip, explain, explainBriefly, explainPlain } from '../../src/chat/wording.ts';
import type { AnyRefusal } from '../../src/ports/intent.ts';
import type { PolicyReason } from '../../src/ports/policy.ts';
import { aBallot, aView, HOUR, ID, NOW } from './samples.ts';

const EVERY: readonly AnyRefusal[] = [
  { code: 'duration-not-positive', durationMs: 0 },
  { code: 'duration-too-long', durationMs: 9 * HOUR, longestMs: 8 * HOUR },
  { code: 'duration-unreadable', text: '45' },
  { code: 'start-in-past', startAt: NOW },
  { code: 'start-too-far', startAt: NOW, latestAt: NOW },
  { code: 'justification-too-short', minimumLength: 20, length: 4 },
  { code: 'justification-untouched' },
  { code: 'text-too-long', field: 'justification', maximumLength: 1_500, length: 1_501 },
  { code: 'text-unsafe', field: 'justification', what: 'control characters' },
  { code: 'field-missing', field: 'duration' },
  { code: 'ticket-missing' },
  { code: 'reason-missing' },
  { code: 'already-asked', request: ID },
  { code: 'too-many-open', most: 40 },
  { code: 'too-many-lately', most: 60 },
  { code: 'no-such-request' },
  { code: 'wrong-phase', action: 'approve', phase: 'lapsed' },
  { code: 'own-request' },
  { code: 'not-an-approver', groups: ['dba'] },
  { code: 'rules-forbid' },
  { code: 'already-decided', by: 'you' },
  { code: 'already-decided', by: 'seat' },
  { code: 'already-on-record' },
  { code: 'not-your-turn', waitingFor: ['dba'] },
  { code: 'stage-full', waitingFor: ['dba'] },
  { code: 'shown-is-stale' },
  { code: 'not-yours' },
  { code: 'may-not-revoke' },
  { code: 'lapsed', at: NOW },
  { code: 'not-admissible', reason: 'not-eligible' },
  { code: 'no-more-extensions', most: 2 },
  { code: 'extension-pending' },
  { code: 'secret-gone', secret: 'none' },
  { code: 'secret-gone', secret: 'revealed' },
  { code: 'secret-gone', secret: 'shredded' },
  { code: 'not-due' },
  { code: 'unknown-entitlement', entitlement: 'orders-db:raed' },
  { code: 'not-eligible', entitlement: 'payroll:admin', groups: ['finance-leads'] },
  { code: 'nobody-can-approve', stage: 'owner', group: 'Orders owners' },
  { code: 'unknown-person' },
  { code: 'stale-groups', group: 'DBA', ageMs: 1 },
  { code: 'stale-groups', group: 'DBA', ageMs: null },
  { code: 'step-up-needed', withinMs: 15 * 60_000, rule: 'demand.mfa' },
  { code: 'forbidden', rule: 'no-friday' },
  { code: 'forbidden', rule: 'no-friday', says: 'Production is frozen until 7 January.' },
  { code: 'forbidden', rule: '' },
  { code: 'account-refused', why: 'guest' },
  { code: 'account-refused', why: 'deleted' },
  { code: 'account-refused', why: 'bot' },
  { code: 'account-refused', why: 'stranger' },
  { code: 'account-refused', why: 'unlinked' },
  { code: 'account-unchecked' },
  { code: 'revoke-only', mode: 'checking' },
  { code: 'revoke-only', mode: 'revoke-only' },
  { code: 'none-of-yours', what: 'extend' },
  { code: 'not-an-operator' },
  { code: 'reason-unfit' },
  { code: 'nobody-to-forget' },
  { code: 'no-such-text', index: 12, field: 'comment' },
  { code: 'no-such-erasure' },
  { code: 'already-erased' },
  { code: 'erasure-lapsed', days: 7 },
  { code: 'own-erasure' },
  { code: 'own-proposal' },
  { code: 'proposer-no-operator' },
  { code: 'open-requests', requests: [ID] },
  { code: 'agree-in-chat', channel: 'access-log' },
  { code: 'log-in-doubt' },
  { code: 'several-of-yours', what: 'done', requests: [{ id: ID, title: 'Read orders' }] },
];

describe('a refusal', () => {
  it.each(EVERY.map((each) => [JSON.stringify(each), each] as const))(
    'reads as a sentence: %s',
    (_, refusal) => {
      const said = explainPlain(refusal, aView());
      expect(said).toMatch(/^[A-Z9].*/s);
      expect(said).not.toMatch(/undefined|NaN|\[object|\.\.|\s\./);
      // The public words are not the code: what is machine-made would show.
      if (refusal.code.includes('-')) expect(said).not.toContain(refusal.code);
    },
  );

  it('tells the thing, then the remedy', () => {
    expect(explainPlain({ code: 'own-request' }, aView())).toBe(
      "You asked for this, so you can't decide on it. Someone else in Database admins has to.",
    );
    expect(explainPlain({ code: 'duration-too-long', durationMs: 9 * HOUR, longestMs: 8 * HOUR })).toBe(
      '9 h is more than the 8 h this allows. Ask for 8 h or less. You can extend it later.',
    );
    expect(explainPlain({ code: 'wrong-phase', action: 'approve', phase: 'lapsed' })).toBe(
      "This request lapsed: nobody decided in time, so it can't be approved now.",
    );
  });

  it('tells a rule’s own words where it has any, and its name', () => {
    const says = 'Production is frozen until 7 January.';
    expect(explainPlain({ code: 'forbidden', rule: 'forbid.freeze', says })).toBe(
      `${says} The rule's name is forbid.freeze.`,
    );
    expect(explainBriefly({ code: 'forbidden', rule: 'forbid.freeze', says })).toBe(says);
    expect(explainPlain({ code: 'forbidden', rule: 'forbid.freeze' })).toBe(
      "A rule forbids this. The rule's name is forbid.freeze.",
    );
    expect(explainPlain({ code: 'forbidden', rule: '' })).toBe(
      'No rule allows this. Ask an operator which would.',
    );
  });

  it('tells how old what is known of a group is, or that nothing ever was', () => {
    const of = (ageMs: number | null) => explainPlain({ code: 'stale-groups', group: 'DBA', ageMs });
    expect(of(26 * HOUR + 1)).toContain('what is known of it is 1 d 2 h old');
    expect(of(null)).toContain('its members have never been known');
  });

  it('names the groups whose turn it is by their titles', () => {
    const stages = aBallot().stages.map((stage) => ({ ...stage, approvedBy: [], open: true }));
    const view = aView({ ballot: aBallot({ stages }) });
    expect(explainPlain({ code: 'not-an-approver', groups: ['owners', 'dba'] }, view)).toContain(
      'It is waiting for Orders owners or Database admins.',
    );
  });

  it('does not tell outsiders who may ask', () => {
    const refusal = {
      code: 'not-eligible',
      entitlement: 'payroll:admin',
      groups: ['finance-leads'],
    } as const;
    expect(explainPlain(refusal)).not.toContain('finance');
    expect(explainBriefly(refusal)).not.toContain('finance');
  });

  it('shows each of several requests with the command that means it', () => {
    const requests = [{ id: ID, title: 'Read orders' }] as const;
    const { remedy = [] } = explain({ code: 'several-of-yours', what: 'done', requests });
    expect(plain(remedy)).toBe(`/elevate done ${ID}  Read orders`);
  });
});

it('a brief reason fits an option of a list', () => {
  const long = 'x'.repeat(200);
  const reasons: PolicyReason[] = [
    { code: 'unknown-entitlement', entitlement: long },
    { code: 'not-eligible', entitlement: long, groups: [long] },
    { code: 'nobody-can-approve', stage: long, group: long },
    { code: 'unknown-person' },
    { code: 'stale-groups', group: long, ageMs: 1 },
    { code: 'stale-groups', group: long, ageMs: null },
    { code: 'step-up-needed', withinMs: 1, rule: long },
    { code: 'forbidden', rule: long },
    { code: 'forbidden', rule: long, says: long },
    { code: 'forbidden', rule: '' },
  ];
  for (const reason of reasons) expect(explainBriefly(reason).length).toBeLessThanOrEqual(75);
});

it('a text is cut between characters', () => {
  expect(clip('ab😀cd', 4)).toBe('ab…');
  expect(clip('abcd', 4)).toBe('abcd');
});
