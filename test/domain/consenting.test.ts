import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import {
  ANN,
  ASKER,
  BEN,
  CLEO,
  command,
  event,
  HISTORY,
  HOUR,
  MINUTE,
  ordered,
  parallel,
  person,
  SHOWN,
  stageOf,
  T0,
  TWO,
} from './facts.ts';
import { given, leafOf, seen } from './given.ts';

const asked = (differing = {}) => event('RequestSubmitted', differing);
const approval = (by: typeof ANN, stages: number[] = [0], shortenToMs: number | null = null) =>
  event('ApprovalRecorded', { by, stages, shortenToMs });
const refusedAttempt = (by: typeof ANN, action: string, code: string) =>
  event('AttemptRefused', { by, action, code });

describe('an approval', () => {
  it('is recorded with what was seen, and completes a quorum of one', () => {
    given(asked())
      .when(command('approve', { comment: ' ok until noon ' }))
      .thenEvents(
        event('ApprovalRecorded', { by: ANN, shown: SHOWN }, { comment: 'ok until noon' }),
        event('RequestApproved', { durationMs: HOUR, approvers: [ANN] }),
      );
  });

  it('is recorded without a comment when there is none', () => {
    expect(
      given(asked()).when(command('approve', { comment: '  ' })).decision.events[0]?.personal,
    ).toBeUndefined();
  });

  it('is one of two where two are wanted', () => {
    given(asked({ consent: TWO }))
      .when(command('approve'))
      .thenEvents(approval(ANN));
    given(asked({ consent: TWO }), approval(ANN))
      .when(command('approve', { by: BEN }))
      .thenEvents(approval(BEN), event('RequestApproved', { approvers: [ANN, BEN] }));
  });

  it('does not count a second time by the same person', () => {
    given(asked({ consent: TWO }), approval(ANN))
      .when(command('approve'))
      .thenRefused({ code: 'already-decided', by: 'you' });
  });

  it('does not count towards the requester’s own request, and the attempt is on record', () => {
    given(asked())
      .when(command('approve', { by: ASKER }))
      .thenRefused({ code: 'own-request' }, refusedAttempt(ASKER, 'approve', 'own-request'));
  });

  it('is refused from someone in no group that is asked, and the attempt is on record', () => {
    given(asked())
      .when(command('approve', { mayFill: [] }))
      .thenRefused(
        { code: 'not-an-approver', groups: ['dba'] },
        refusedAttempt(ANN, 'approve', 'not-an-approver'),
      );
  });

  it.each(['approve', 'deny'] as const)(
    '(%s) is refused from someone whose stage the request does not have',
    (kind) => {
      given(asked())
        .when(command(kind, { mayFill: [1, -1, 0.5] }))
        .thenRefused(
          { code: 'not-an-approver', groups: ['dba'] },
          refusedAttempt(ANN, kind, 'not-an-approver'),
        );
    },
  );

  it.each(['approve', 'deny'] as const)('(%s) is refused when something else was shown', (kind) => {
    given(asked())
      .when(command(kind, { shown: leafOf(9) }))
      .thenRefused({ code: 'shown-is-stale' });
  });

  it.each(['approve', 'deny'] as const)(
    '(%s) is refused from the lapse on, before the lapse is recorded',
    (kind) => {
      const at = T0 + 2 * HOUR;
      given(asked()).when(command(kind, { at })).thenRefused({ code: 'lapsed', at });
      expect(given(asked()).when(command(kind, { at: at - 1 })).decision.ok).toBe(true);
    },
  );

  it.each(['approved', 'denied', 'withdrawn', 'lapsed', 'active', 'revoked'] as const)(
    'is refused when the request is %s',
    (phase) => {
      given(...HISTORY[phase])
        .when(command('approve', { by: BEN }))
        .thenRefused({ code: 'wrong-phase', action: 'approve', phase });
    },
  );

  it('with a hostile comment is refused', () => {
    given(asked())
      .when(command('approve', { comment: 'ok\u202E' }))
      .thenRefused({
        code: 'text-unsafe',
        field: 'comment',
        what: 'invisible or direction-changing characters',
      });
  });
});

describe('a shortened approval', () => {
  it('shortens what is granted', () => {
    given(asked())
      .when(command('approve', { shortenToMs: 20 * MINUTE }))
      .thenEvents(
        approval(ANN, [0], 20 * MINUTE),
        event('RequestApproved', { durationMs: 20 * MINUTE, approvers: [ANN] }),
      );
  });

  it.each([
    ['earlier', 10 * MINUTE, 30 * MINUTE],
    ['later', 30 * MINUTE, 10 * MINUTE],
  ])('is outdone by a shorter one, given %s', (_, first, second) => {
    given(asked({ consent: TWO }), approval(ANN, [0], first))
      .when(command('approve', { by: BEN, shortenToMs: second }))
      .thenEvents(
        approval(BEN, [0], second),
        event('RequestApproved', { durationMs: 10 * MINUTE, approvers: [ANN, BEN] }),
      );
  });

  it('holds when a later approver does not shorten', () => {
    given(asked({ consent: TWO }), approval(ANN, [0], 10 * MINUTE))
      .when(command('approve', { by: BEN }))
      .thenEvents(
        approval(BEN),
        event('RequestApproved', { durationMs: 10 * MINUTE, approvers: [ANN, BEN] }),
      );
  });

  it('is refused beyond what was asked', () => {
    given(asked())
      .when(command('approve', { shortenToMs: HOUR + 1 }))
      .thenRefused({ code: 'duration-too-long', durationMs: HOUR + 1, longestMs: HOUR });
    expect(given(asked()).when(command('approve', { shortenToMs: HOUR })).decision.ok).toBe(true);
  });

  it.each([0, -1, 0.5])('is refused at %d ms', (shortenToMs) => {
    given(asked())
      .when(command('approve', { shortenToMs }))
      .thenRefused({ code: 'duration-not-positive', durationMs: shortenToMs });
  });
});

describe('side-by-side stages', () => {
  const both = parallel(stageOf('dba', 1), stageOf('security', 1));

  it('are not both filled by one person who is in both groups', () => {
    given(asked({ consent: both }))
      .when(command('approve', { mayFill: [0, 1] }))
      .thenEvents(approval(ANN, [0, 1]));
    given(asked({ consent: both }), approval(ANN, [0, 1]))
      .when(command('approve', { mayFill: [0, 1] }))
      .thenRefused({ code: 'already-decided', by: 'you' });
  });

  it('move a person of both groups to make room for one who is in the first alone', () => {
    given(asked({ consent: both }), approval(ANN, [0, 1]))
      .when(command('approve', { by: BEN, mayFill: [0] }))
      .thenEvents(approval(BEN), event('RequestApproved', { approvers: [BEN, ANN] }));
  });

  it('refuse an approval that would add nothing, and say what is waited for', () => {
    given(asked({ consent: both }), approval(ANN, [0]))
      .when(command('approve', { by: BEN, mayFill: [0] }))
      .thenRefused({ code: 'stage-full', waitingFor: ['security'] });
  });
});

describe('ordered stages', () => {
  const inOrder = ordered(stageOf('dba', 1), stageOf('security', 1));

  it('refuse an approval for a stage that is not open yet', () => {
    given(asked({ consent: inOrder }))
      .when(command('approve', { mayFill: [1] }))
      .thenRefused({ code: 'not-your-turn', waitingFor: ['dba'] });
  });

  it('open the next when the one before is full', () => {
    given(asked({ consent: inOrder }), approval(ANN))
      .when(command('approve', { by: BEN, mayFill: [1] }))
      .thenEvents(approval(BEN, [1]), event('RequestApproved', { approvers: [ANN, BEN] }));
  });

  it('count a person of both groups for the stage that was open, and not for the next as well', () => {
    given(asked({ consent: inOrder }))
      .when(command('approve', { mayFill: [0, 1] }))
      .thenEvents(approval(ANN));
    given(asked({ consent: inOrder }), approval(ANN))
      .when(command('approve', { mayFill: [0, 1] }))
      .thenRefused({ code: 'already-decided', by: 'you' });
  });

  it('may be denied by a later stage before it opens', () => {
    given(asked({ consent: inOrder }))
      .when(command('deny', { mayFill: [1] }))
      .thenTypes('RequestDenied');
  });
});

it('an overshoot is approved, never pending for ever', () => {
  given(asked(), approval(ANN), approval(BEN))
    .when(command('approve', { by: CLEO }))
    .thenRefused({ code: 'stage-full', waitingFor: [] });
  const tooMany = [asked({ consent: TWO }), approval(ANN), approval(BEN), approval(person(7))];
  given(...tooMany, event('RequestApproved'))
    .when(command('start', { mayFill: new Map([ANN, BEN, person(7)].map((who) => [who, [0]])) }))
    .thenTypes('ProvisioningStarted');
});

describe('a denial', () => {
  it('is recorded with its reason and is final', () => {
    given(asked({ consent: TWO }), approval(ANN))
      .when(command('deny', { by: BEN, reason: ' use the replica ' }))
      .thenEvents(event('RequestDenied', { by: BEN }, { reason: 'use the replica' }));
    for (const action of ['approve', 'deny'] as const)
      given(asked(), event('RequestDenied'))
        .when(command(action, { by: BEN }))
        .thenRefused({ code: 'wrong-phase', action, phase: 'denied' });
  });

  it('may come from someone who approved before', () => {
    given(asked({ consent: TWO }), approval(ANN))
      .when(command('deny'))
      .thenTypes('RequestDenied');
  });

  it.each(['', '  '])('wants a reason (%j)', (reason) => {
    given(asked()).when(command('deny', { reason })).thenRefused({ code: 'reason-missing' });
  });

  it('wants a reason of bounded length', () => {
    const maximumLength = LIMITS.reasonMaxChars;
    given(asked())
      .when(command('deny', { reason: 'x'.repeat(maximumLength + 1) }))
      .thenRefused({ code: 'text-too-long', field: 'reason', maximumLength, length: maximumLength + 1 });
  });

  it('is not for the requester: to withdraw is', () => {
    given(asked())
      .when(command('deny', { by: ASKER }))
      .thenRefused({ code: 'own-request' }, refusedAttempt(ASKER, 'deny', 'own-request'));
  });
});

describe('withdrawing', () => {
  it.each(['requested', 'approved'] as const)('is for the requester, while %s', (phase) => {
    given(...HISTORY[phase])
      .when(command('withdraw'))
      .thenEvents(event('RequestWithdrawn', { by: ASKER }));
  });

  it('is for nobody else, and the attempt is on record', () => {
    given(asked())
      .when(command('withdraw', { by: ANN }))
      .thenRefused({ code: 'not-yours' }, refusedAttempt(ANN, 'withdraw', 'not-yours'));
  });
});

describe('waiting', () => {
  it('lapses at its time and not before', () => {
    given(asked())
      .when(command('lapse', { at: T0 + 2 * HOUR - 1 }))
      .thenRefused({ code: 'not-due' });
    given(asked()).when(command('lapse')).thenEvents(event('RequestLapsed'));
  });

  it('counts the reminders', () => {
    given(asked())
      .when(command('remind'))
      .thenEvents(event('ApproversReminded', { round: 1 }));
    given(asked(), event('ApproversReminded', { round: 1 }))
      .when(command('remind'))
      .thenEvents(event('ApproversReminded', { round: 2 }));
  });

  it('is not reminded of when it is too late to answer', () => {
    const at = T0 + 2 * HOUR;
    given(asked()).when(command('remind', { at })).thenRefused({ code: 'lapsed', at });
  });
});

describe('refused attempts', () => {
  const own = refusedAttempt(ASKER, 'approve', 'own-request');

  it('are on record once for each person, action and reason', () => {
    given(asked(), own)
      .when(command('approve', { by: ASKER }))
      .thenRefused({ code: 'own-request' });
    given(asked(), own)
      .when(command('deny', { by: ASKER }))
      .thenRefused({ code: 'own-request' }, refusedAttempt(ASKER, 'deny', 'own-request'));
  });

  it('change nothing else', () => {
    const before = seen(asked());
    expect(seen(asked(), own)).toEqual({ ...before, version: 2, refused: [`${ASKER}|approve|own-request`] });
  });

  it('are bounded for each request', () => {
    const many = Array.from({ length: LIMITS.refusedAttemptsPerRequestMax }, (_, n) =>
      refusedAttempt(person(100 + n), 'approve', 'not-an-approver'),
    );
    given(asked(), ...many)
      .when(command('approve', { by: ASKER }))
      .thenRefused({ code: 'own-request' });
    given(asked(), ...many.slice(1))
      .when(command('approve', { by: ASKER }))
      .thenRefused({ code: 'own-request' }, own);
  });
});
