import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import {
  ANN,
  ASKER,
  command,
  event,
  HISTORY,
  HOUR,
  MINUTE,
  OWNER,
  PROOF,
  STAMP,
  SHOWN,
  T0,
} from './facts.ts';
import { given, later, seen } from './given.ts';

const { active, approved, provisioning, revoking } = HISTORY;
const attempted = (by: typeof ANN, action: string, code: string) =>
  event('AttemptRefused', { by, action, code });
const removed = event('CredentialRemoved');

describe('expiry', () => {
  it('ends the grant at its time and not before', () => {
    given(...active)
      .when(command('expire', { at: T0 + HOUR - 1 }))
      .thenRefused({ code: 'not-due' });
    given(...active)
      .when(command('expire'))
      .thenEvents(event('RevocationStarted', { trigger: 'expired', by: null }), event('SecretShredded'));
  });

  it('ends a grant whose credential was never confirmed', () => {
    given(...provisioning)
      .when(command('expire'))
      .thenEvents(event('RevocationStarted', { trigger: 'expired', by: null }));
  });
});

describe('being done', () => {
  it('ends the grant early, also before the credential has come', () => {
    for (const past of [active, provisioning])
      expect(given(...past).when(command('done')).decision.events[0]).toEqual(
        event('RevocationStarted', { trigger: 'done-early', by: ASKER }),
      );
  });

  it('is for the requester to say, and another’s attempt is on record', () => {
    given(...active)
      .when(command('done', { by: ANN }))
      .thenRefused({ code: 'not-yours' }, attempted(ANN, 'done', 'not-yours'));
  });
});

describe('revoking', () => {
  it('names who did it and why', () => {
    given(...active)
      .when(command('revoke', { reason: ' incident over ' }))
      .thenEvents(
        event('RevocationStarted', { trigger: 'revoked', by: OWNER }, { reason: 'incident over' }),
        event('SecretShredded'),
      );
  });

  it('is refused to those who may not, and the attempt is on record', () => {
    given(...active)
      .when(command('revoke', { by: ANN, may: false }))
      .thenRefused({ code: 'may-not-revoke' }, attempted(ANN, 'revoke', 'may-not-revoke'));
    given(...active)
      .when(command('revoke', { by: null, may: false }))
      .thenRefused({ code: 'may-not-revoke' });
  });

  it('wants a reason from a person, one that reads as what it is', () => {
    for (const reason of [null, '', ' '])
      given(...active)
        .when(command('revoke', { reason }))
        .thenRefused({ code: 'reason-missing' });
    given(...active)
      .when(command('revoke', { reason: 'ok\u200B' }))
      .thenRefused({
        code: 'text-unsafe',
        field: 'reason',
        what: 'invisible or direction-changing characters',
      });
  });

  it('by a signal carries its trigger and is never held up by its words', () => {
    given(...active, event('SecretRevealed'))
      .when(command('revoke', { by: null, trigger: 'person-left', reason: null }))
      .thenEvents(event('RevocationStarted', { trigger: 'person-left', by: null }));
    const reason = `${'x'.repeat(LIMITS.reasonMaxChars - 1)}😀\u202E`;
    const { decision } = given(...active).when(
      command('revoke', { by: null, trigger: 'signal-received', reason }),
    );
    expect(decision.events[0]?.personal).toEqual({
      reason: `${'x'.repeat(LIMITS.reasonMaxChars - 1)}\uFFFD`,
    });
  });

  it('by the requester is being done, whatever they may and whatever they say', () => {
    given(...provisioning)
      .when(command('revoke', { by: ASKER, may: false, reason: null }))
      .thenEvents(event('RevocationStarted', { trigger: 'done-early', by: ASKER }));
  });

  it('denies what is approved and has not started', () => {
    given(...approved)
      .when(command('revoke'))
      .thenEvents(
        event('RequestDenied', { by: OWNER, shown: SHOWN, policy: STAMP }, { reason: 'incident over' }),
      );
    expect(seen(...approved, event('RequestDenied'))).toMatchObject({ phase: 'denied', closedAt: T0 });
  });
});

describe('a revocation', () => {
  it('has one beginning: another trigger does not start it again', () => {
    for (const kind of ['expire', 'done', 'revoke'] as const)
      given(...revoking)
        .when(command(kind))
        .thenRefused({ code: 'wrong-phase', action: kind, phase: 'revoking' });
  });

  it('records what was removed, and that it is not the end', () => {
    given(...revoking)
      .when(command('record-removed', { killed: 2, leftovers: ['schema scratch'] }))
      .thenEvents(event('CredentialRemoved', { killed: 2, leftovers: ['schema scratch'] }));
    expect(seen(...revoking, later(MINUTE, removed))).toMatchObject({
      phase: 'revoking',
      closedAt: null,
      revocation: { removedAt: T0 + MINUTE },
    });
  });

  it('adds up the sessions that were killed', () => {
    const killed = (n: number, attempt: number) => event('CredentialRemoved', { killed: n, attempt });
    expect(seen(...revoking, killed(2, 1), killed(1, 2)).revocation).toMatchObject({
      killed: 3,
      attempts: 2,
    });
  });

  it('that failed names the next attempt, however many there were', () => {
    const failures = Array.from({ length: 500 }, (_, n) =>
      event('RevocationFailed', { attempt: n + 1, escalated: n >= 2 }),
    );
    const nextAttemptAt = T0 + 30_000;
    given(...revoking, ...failures)
      .when(command('record-revocation-failure', { nextAttemptAt }))
      .thenEvents(
        event(
          'RevocationFailed',
          { attempt: 501, nextAttemptAt, escalated: true },
          { detail: 'connect ECONNREFUSED' },
        ),
      );
  });

  it('counts the attempts that were not worth an event each', () => {
    given(...revoking, event('RevocationFailed', { attempt: 4 }))
      .when(command('record-revocation-failure', { tries: 4 }))
      .thenEvents(
        event('RevocationFailed', { attempt: 8, escalated: true }, { detail: 'connect ECONNREFUSED' }),
      );
    given(...revoking, event('RevocationFailed', { attempt: 4 }))
      .when(command('record-removed', { tries: 3 }))
      .thenEvents(event('CredentialRemoved', { attempt: 7 }));
    given(...revoking)
      .when(command('record-removed', { tries: 0 }))
      .thenEvents(event('CredentialRemoved', { attempt: 1 }));
    given(...revoking)
      .when(command('record-revocation-failure', { tries: 0 }))
      .thenEvents(event('RevocationFailed', { attempt: 1 }, { detail: 'connect ECONNREFUSED' }));
  });

  it('is escalated at the third failure and stays so', () => {
    const failed = (attempt: number, escalated: boolean) => event('RevocationFailed', { attempt, escalated });
    const escalation = (...past: readonly ReturnType<typeof event>[]) =>
      given(...revoking, ...past).when(command('record-revocation-failure')).decision.events[0]?.data;
    expect(escalation()).toMatchObject({ attempt: 1, escalated: false });
    expect(escalation(failed(1, false))).toMatchObject({ attempt: 2, escalated: false });
    expect(escalation(failed(1, false), failed(2, false))).toMatchObject({ attempt: 3, escalated: true });
    const { decision } = given(...revoking, failed(3, true)).when(
      command('record-revocation-failure', { escalateAfter: 100 }),
    );
    expect(decision.events[0]?.data).toMatchObject({ attempt: 4, escalated: true });
    expect(seen(...revoking, failed(3, true)).revocation).toMatchObject({
      attempts: 3,
      escalated: true,
      nextAttemptAt: T0 + HOUR,
    });
  });
});

describe('verification', () => {
  it('closes the grant with its proof', () => {
    given(...revoking, removed)
      .when(command('record-verified'))
      .thenEvents(event('RevocationVerified', { proof: PROOF }));
    const closed = seen(...revoking, removed, later(MINUTE, event('RevocationVerified')));
    expect(closed).toMatchObject({ phase: 'revoked', closedAt: T0 + MINUTE, failure: null });
    expect(closed.revocation?.proof).toEqual(PROOF);
  });

  it.each([
    ['the credential is still there', { absent: false }],
    ['a login still works', { loginRefused: 'no' as const }],
    ['a session lives', { liveSessions: 1 }],
  ])('proves nothing when %s', (_, differing) => {
    given(...revoking, removed)
      .when(command('record-verified', { proof: { ...PROOF, ...differing } }))
      .thenRefused({ code: 'not-due' });
  });

  it('takes absence and no session where a login cannot be tried', () => {
    given(...revoking, removed)
      .when(command('record-verified', { proof: { ...PROOF, loginRefused: 'untestable' } }))
      .thenTypes('RevocationVerified');
  });

  it('comes after the removal: one that is under way could still bring the credential back', () => {
    given(...revoking)
      .when(command('record-verified'))
      .thenRefused({ code: 'not-due' });
  });
});
