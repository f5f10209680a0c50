import { describe, expect, it } from 'vitest';
import { warnAt } from '../../src/domain/granting.ts';
import {
  admits,
  ANN,
  ASKER,
  AUTOMATIC,
  BEN,
  CLEO,
  command,
  ENTITLEMENT,
  event,
  FORBIDDEN,
  HANDLE,
  HISTORY,
  HOUR,
  MINUTE,
  NOBODY,
  ONE,
  parallel,
  STAMP,
  stageOf,
  T0,
  TWO,
} from './facts.ts';
import { given, later, seen } from './given.ts';

const approval = (by: typeof ANN, stages: number[] = [0]) => event('ApprovalRecorded', { by, stages });
const refusedAtStart = (code: string) => event('ActivationRefused', { code, policy: STAMP });
const NOBODY_MAY = new Map<typeof ANN, readonly number[]>();

describe('the start', () => {
  it('records the credential’s name and expiry before the target hears of either', () => {
    given(...HISTORY.approved)
      .when(command('start'))
      .thenEvents(
        event('ProvisioningStarted', { generation: 1, handle: HANDLE, expiresAt: T0 + HOUR, policy: STAMP }),
      );
  });

  it('counts the window from the start, not from the request', () => {
    given(...HISTORY.approved)
      .when(command('start', { at: T0 + 90 * MINUTE }))
      .thenEvents(event('ProvisioningStarted', { expiresAt: T0 + 150 * MINUTE }));
  });

  it('gives the time that was approved, not the time that was asked for', () => {
    given(event('RequestSubmitted'), approval(ANN), event('RequestApproved', { durationMs: 5 * MINUTE }))
      .when(command('start'))
      .thenEvents(event('ProvisioningStarted', { expiresAt: T0 + 5 * MINUTE }));
  });

  it('waits for the time it was scheduled for', () => {
    const startAt = T0 + 24 * HOUR;
    const scheduled = [event('RequestSubmitted', { startAt }), approval(ANN), event('RequestApproved')];
    given(...scheduled)
      .when(command('start', { at: startAt - 1 }))
      .thenRefused({ code: 'not-due' });
    given(...scheduled)
      .when(command('start', { at: startAt }))
      .thenEvents(event('ProvisioningStarted', { expiresAt: startAt + HOUR }));
  });

  it('needs a quorum or the rule that waives it, on the record as much as in the phase', () => {
    given(event('RequestSubmitted'), event('RequestApproved'))
      .when(command('start'))
      .thenTypes('ApprovalsVoided');
    given(event('RequestSubmitted', { consent: AUTOMATIC }), event('RequestApproved'))
      .when(command('start', { admission: admits(AUTOMATIC) }))
      .thenTypes('ProvisioningStarted');
  });
});

describe('the start, when the rules have changed', () => {
  it('is refused for good when the requester is not admitted any more', () => {
    given(...HISTORY.approved)
      .when(command('start', { admission: FORBIDDEN }))
      .thenEvents(refusedAtStart('not-eligible'));
    expect(seen(...HISTORY.failed)).toMatchObject({ phase: 'failed', failure: 'not-eligible', closedAt: T0 });
  });

  it('is refused when they want more people than consented', () => {
    given(...HISTORY.approved)
      .when(command('start', { admission: admits(TWO) }))
      .thenEvents(refusedAtStart('consent-changed'));
  });

  it('is refused when an automatic approval has become a question to people', () => {
    given(event('RequestSubmitted', { consent: AUTOMATIC }), event('RequestApproved'))
      .when(command('start'))
      .thenEvents(refusedAtStart('consent-changed'));
  });

  it('is refused when they say neither who must consent nor what waives it', () => {
    given(event('RequestSubmitted', { consent: AUTOMATIC }), event('RequestApproved'))
      .when(command('start', { admission: admits(NOBODY) }))
      .thenEvents(refusedAtStart('consent-unknown'));
  });

  it('is refused when the longest duration is now shorter than what was approved', () => {
    const shorter = { ...ENTITLEMENT, longestMs: HOUR - 1 };
    given(...HISTORY.approved)
      .when(command('start', { admission: admits(ONE, shorter) }))
      .thenEvents(refusedAtStart('duration-too-long'));
    given(...HISTORY.approved)
      .when(command('start', { admission: admits(ONE, { ...shorter, longestMs: HOUR }) }))
      .thenTypes('ProvisioningStarted');
  });

  it('goes on when those who consented satisfy the new ones too', () => {
    const twoOfDba = [
      event('RequestSubmitted', { consent: TWO }),
      approval(ANN),
      approval(BEN),
      event('RequestApproved', { approvers: [ANN, BEN] }),
    ];
    const inTwoStages = parallel(stageOf('dba', 1), stageOf('security', 1));
    const mayFillToday = new Map([
      [ANN, [0]],
      [BEN, [0, 1]],
    ]);
    const admission = admits(inTwoStages);
    given(...twoOfDba)
      .when(command('start', { admission, mayFillToday }))
      .thenTypes('ProvisioningStarted');
    given(...twoOfDba)
      .when(
        command('start', {
          admission,
          mayFillToday: new Map([
            [ANN, [0]],
            [BEN, [0]],
          ]),
        }),
      )
      .thenEvents(refusedAtStart('consent-changed'));
  });

  it('goes on when a stage was only renamed', () => {
    const renamed = parallel({ name: 'Database people', group: 'dba', quorum: 1 });
    given(...HISTORY.approved)
      .when(command('start', { admission: admits(renamed), mayFillToday: NOBODY_MAY }))
      .thenTypes('ProvisioningStarted');
  });

  it('asks another group’s members when a stage has moved to that group', () => {
    const moved = parallel({ name: 'dba', group: 'security', quorum: 1 });
    given(...HISTORY.approved)
      .when(command('start', { admission: admits(moved), mayFillToday: NOBODY_MAY }))
      .thenEvents(refusedAtStart('consent-changed'));
  });
});

describe('the start, when an approver has left', () => {
  const two = [
    event('RequestSubmitted', { consent: TWO }),
    approval(ANN),
    approval(BEN),
    event('RequestApproved', { approvers: [ANN, BEN] }),
  ];
  const admission = admits(TWO);
  const voided = event('ApprovalsVoided', { subjects: [BEN], policy: STAMP });

  it('does not count their consent and opens the question again', () => {
    given(...two)
      .when(command('start', { admission, mayFill: new Map([[ANN, [0]]]) }))
      .thenEvents(voided);
    given(...two)
      .when(
        command('start', {
          admission,
          mayFill: new Map([
            [ANN, [0]],
            [BEN, []],
          ]),
        }),
      )
      .thenEvents(voided);
  });

  it('keeps the consents that stand, and gives the question its full time again', () => {
    const reopened = seen(...two, later(5 * HOUR, voided));
    expect(reopened).toMatchObject({ phase: 'requested', approvedAt: null, approvers: [], grant: null });
    expect(reopened.ballot).toMatchObject({
      approvals: [{ by: ANN }],
      lapseAt: T0 + 5 * HOUR + ENTITLEMENT.lapseAfterMs,
    });
    given(...two, voided)
      .when(command('approve', { by: CLEO }))
      .thenEvents(approval(CLEO), event('RequestApproved', { approvers: [ANN, CLEO] }));
  });

  it('lets them consent again should they be back', () => {
    given(...two, voided)
      .when(command('approve', { by: BEN }))
      .thenTypes('ApprovalRecorded', 'RequestApproved');
  });

  it('voids every consent when each still stands somewhere but together they do not', () => {
    const both = parallel(stageOf('dba', 1), stageOf('security', 1));
    given(
      event('RequestSubmitted', { consent: both }),
      approval(ANN, [0, 1]),
      approval(BEN, [0]),
      event('RequestApproved', { approvers: [BEN, ANN] }),
    )
      .when(
        command('start', {
          admission: admits(both),
          mayFill: new Map([
            [ANN, [0]],
            [BEN, [0]],
          ]),
        }),
      )
      .thenEvents(event('ApprovalsVoided', { subjects: [ANN, BEN], policy: STAMP }));
  });

  it('does not count a stage they joined since: they consented for another', () => {
    const both = parallel(stageOf('dba', 1), stageOf('security', 1));
    given(
      event('RequestSubmitted', { consent: both }),
      approval(ANN, [0]),
      approval(BEN, [1]),
      event('RequestApproved', { approvers: [ANN, BEN] }),
    )
      .when(
        command('start', {
          admission: admits(both),
          mayFill: new Map([
            [ANN, [0]],
            [BEN, [0]],
          ]),
        }),
      )
      .thenEvents(event('ApprovalsVoided', { subjects: [BEN], policy: STAMP }));
  });
});

describe('provisioning', () => {
  it('becomes a grant with the expiry that was on record, whenever the target answered', () => {
    given(...HISTORY.provisioning)
      .when(command('record-issued', { at: T0 + 30 * MINUTE }))
      .thenEvents(event('CredentialIssued', { expiresAt: T0 + HOUR }));
    expect(seen(...HISTORY.active)).toMatchObject({ phase: 'active', grant: { secret: 'sealed' } });
  });

  it('refuses an outcome of another generation', () => {
    given(...HISTORY.provisioning)
      .when(command('record-issued', { generation: 2 }))
      .thenRefused({ code: 'wrong-phase', action: 'record-issued', phase: 'provisioning' });
  });

  it('refuses an outcome that comes after its revocation began', () => {
    given(...HISTORY.provisioning, event('RevocationStarted'))
      .when(command('record-issued'))
      .thenRefused({ code: 'wrong-phase', action: 'record-issued', phase: 'revoking' });
  });

  it('that failed is tried again, and the attempts are counted', () => {
    const retryAt = T0 + MINUTE;
    const failedOnce = event('ProvisioningFailed', { attempt: 1, retryAt });
    given(...HISTORY.provisioning)
      .when(command('record-provision-failure', { retryAt }))
      .thenEvents(event('ProvisioningFailed', { attempt: 1, retryAt }, { detail: 'connect ECONNREFUSED' }));
    given(...HISTORY.provisioning, failedOnce)
      .when(command('record-provision-failure', { retryAt }))
      .thenEvents(event('ProvisioningFailed', { attempt: 2, retryAt }, { detail: 'connect ECONNREFUSED' }));
    given(...HISTORY.provisioning, failedOnce)
      .when(command('record-issued'))
      .thenTypes('CredentialIssued');
  });

  it('that is given up is undone on the target, and only then failed', () => {
    given(...HISTORY.provisioning)
      .when(command('record-provision-failure', { retryAt: null }))
      .thenEvents(
        event('ProvisioningFailed', { retryAt: null }, { detail: 'connect ECONNREFUSED' }),
        event('RevocationStarted', { trigger: 'provisioning-failed', by: null }),
      );
    const undoing = [
      ...HISTORY.provisioning,
      event('ProvisioningFailed'),
      event('RevocationStarted', { trigger: 'provisioning-failed' }),
    ];
    expect(seen(...undoing)).toMatchObject({ phase: 'revoking', closedAt: null });
    const undone = seen(
      ...undoing,
      event('CredentialRemoved', { outcome: 'absent' }),
      event('RevocationVerified'),
    );
    expect(undone).toMatchObject({ phase: 'failed', failure: 'provisioning-failed', closedAt: T0 });
  });
});

describe('the secret', () => {
  const active = HISTORY.active;

  it('is revealed once, to its owner', () => {
    given(...active)
      .when(command('reveal'))
      .thenEvents(event('SecretRevealed', { by: ASKER, generation: 1 }));
    given(...active, event('SecretRevealed'))
      .when(command('reveal'))
      .thenRefused({ code: 'secret-gone', secret: 'revealed' });
  });

  it('is revealed to no approver, and the attempt is on record', () => {
    given(...active)
      .when(command('reveal', { by: ANN }))
      .thenRefused(
        { code: 'not-yours' },
        event('AttemptRefused', { by: ANN, action: 'reveal', code: 'not-yours' }),
      );
  });

  it('is not revealed from its expiry on, before the expiry is recorded', () => {
    given(...active)
      .when(command('reveal', { at: T0 + HOUR }))
      .thenRefused({ code: 'wrong-phase', action: 'reveal', phase: 'active' });
    given(...active)
      .when(command('reveal', { at: T0 + HOUR - 1 }))
      .thenTypes('SecretRevealed');
  });

  it('is shredded when access ends before anyone saw it, and not when it was seen', () => {
    given(...active)
      .when(command('done'))
      .thenEvents(event('RevocationStarted', { trigger: 'done-early', by: ASKER }), event('SecretShredded'));
    given(...active, event('SecretRevealed'))
      .when(command('done'))
      .thenEvents(event('RevocationStarted', { trigger: 'done-early', by: ASKER }));
    expect(seen(...HISTORY.revoking).grant?.secret).toBe('shredded');
  });
});

describe('the warning before expiry', () => {
  it('is given once for each expiry', () => {
    given(...HISTORY.active)
      .when(command('warn'))
      .thenEvents(event('ExpiryWarned', { expiresAt: T0 + HOUR }));
    const warned = [...HISTORY.active, event('ExpiryWarned')];
    given(...warned)
      .when(command('warn'))
      .thenRefused({ code: 'wrong-phase', action: 'warn', phase: 'active' });
    given(...warned, event('ExtensionRequested'), event('ExtensionApproved'), event('GrantExtended'))
      .when(command('warn'))
      .thenEvents(event('ExpiryWarned', { expiresAt: T0 + 2 * HOUR }));
  });

  it('is not given from the expiry on', () => {
    given(...HISTORY.active)
      .when(command('warn', { at: T0 + HOUR }))
      .thenRefused({ code: 'wrong-phase', action: 'warn', phase: 'active' });
  });

  it('leaves at least half of a window that is shorter than the warning', () => {
    const state = seen(...HISTORY.active);
    if (state.grant === null) throw new Error('a grant was given');
    expect(warnAt(state, state.grant, T0)).toBe(T0 + 50 * MINUTE);
    expect(warnAt(state, state.grant, T0 + 52 * MINUTE)).toBe(T0 + 56 * MINUTE);
  });
});
