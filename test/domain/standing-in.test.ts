import { describe, expect, it } from 'vitest';
import {
  ANN,
  ASKER,
  BEN,
  CLEO,
  command,
  event,
  EXTENDING,
  HISTORY,
  parallel,
  person,
  SHOWN_EXTENSION,
  stageOf,
  T0,
  TWO,
} from './facts.ts';
import { given } from './given.ts';

const ASKED = event('RequestSubmitted', { consent: TWO });
const DEV = person(5);
const forCleo = (by = BEN) => command('approve', { by, insteadOf: CLEO });
const GIVEN_FOR_CLEO = event('ApprovalRecorded', { by: BEN, insteadOf: CLEO });

describe('who stands in for someone', () => {
  it('approves in their own name, and on record in whose place', () => {
    given(ASKED).when(forCleo()).thenEvents(GIVEN_FOR_CLEO);
    given(ASKED, event('ApprovalRecorded')).when(forCleo()).thenTypes('ApprovalRecorded', 'RequestApproved');
  });

  it('fills one slot, as everyone', () => {
    given(ASKED, GIVEN_FOR_CLEO)
      .when(command('approve', { by: BEN }))
      .thenRefused({ code: 'already-decided', by: 'you' });
  });

  it('adds nothing where the one who is away has approved', () => {
    given(ASKED, event('ApprovalRecorded', { by: CLEO }))
      .when(forCleo())
      .thenRefused({ code: 'already-decided', by: 'seat' });
  });

  it('leaves nothing to add for the one who is back', () => {
    given(ASKED, GIVEN_FOR_CLEO)
      .when(command('approve', { by: CLEO }))
      .thenRefused({ code: 'already-decided', by: 'seat' });
  });

  it('leaves nothing to add for another who stands in for the same', () => {
    given(ASKED, GIVEN_FOR_CLEO).when(forCleo(DEV)).thenRefused({ code: 'already-decided', by: 'seat' });
  });

  it.each(['approve', 'deny'] as const)('may not %s for the one who asks', (action) => {
    given(ASKED)
      .when(command(action, { by: BEN, insteadOf: ASKER }))
      .thenRefused(
        { code: 'own-request' },
        event('AttemptRefused', { by: BEN, action, code: 'own-request' }),
      );
  });

  it('may not approve more time for the one who asks', () => {
    given(...EXTENDING)
      .when(command('approve', { by: BEN, insteadOf: ASKER, shown: SHOWN_EXTENSION }))
      .thenRefused(
        { code: 'own-request' },
        event('AttemptRefused', { by: BEN, action: 'approve', code: 'own-request' }),
      );
  });

  it('may deny, and that is final', () => {
    given(ASKED)
      .when(command('deny', { by: BEN, insteadOf: CLEO }))
      .thenTypes('RequestDenied');
  });

  it('does not hold up others in the same group', () => {
    const three = event('RequestSubmitted', { consent: parallel(stageOf('dba', 3)) });
    given(three, GIVEN_FOR_CLEO, event('ApprovalRecorded'))
      .when(command('approve', { by: DEV }))
      .thenTypes('ApprovalRecorded', 'RequestApproved');
  });

  it('consents no more where they stand in for nobody when it starts', () => {
    const past = [event('RequestSubmitted'), GIVEN_FOR_CLEO, event('RequestApproved', { approvers: [BEN] })];
    given(...past)
      .when(command('start', { mayFill: new Map() }))
      .thenEvents(event('ApprovalsVoided', { subjects: [BEN] }));
    const { state } = given(...past, event('ApprovalsVoided', { subjects: [BEN] }));
    expect(state?.ballot.approvals).toEqual([]);
    given(...past, event('ApprovalsVoided', { subjects: [BEN] }))
      .when(command('approve', { by: CLEO }))
      .thenTypes('ApprovalRecorded', 'RequestApproved');
  });
});

describe('a grant that today’s rules would not give', () => {
  it('is flagged once for each reason, and goes on', () => {
    const flagged = event('GrantFlagged');
    given(...HISTORY.active)
      .when(command('flag'))
      .thenEvents(flagged);
    given(...HISTORY.active, flagged)
      .when(command('flag'))
      .thenRefused({ code: 'already-on-record' });
    given(...HISTORY.active, flagged)
      .when(command('flag', { code: 'forbidden' }))
      .thenTypes('GrantFlagged');
    const { state } = given(...HISTORY.active, flagged);
    expect([state?.phase, state?.flagged]).toEqual(['active', { code: 'not-eligible', at: T0 }]);
  });

  it('is not, where there is none', () => {
    for (const phase of ['requested', 'approved', 'provisioning', 'revoking', 'revoked'] as const)
      given(...HISTORY[phase])
        .when(command('flag'))
        .thenRefused({ code: 'wrong-phase', action: 'flag', phase });
  });
});

it('an approver who is nobody’s stand-in is seated as before', () => {
  given(ASKED, event('ApprovalRecorded', { by: ANN }))
    .when(command('approve', { by: BEN }))
    .thenTypes('ApprovalRecorded', 'RequestApproved');
});
