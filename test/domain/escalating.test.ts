import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSatisfied } from '../../src/domain/approval.ts';
import { nextEscalation, openBallot } from '../../src/domain/escalating.ts';
import type { Consent } from '../../src/domain/values.ts';
import {
  ANN,
  BEN,
  CLEO,
  command,
  escalating,
  event,
  EXTENDING,
  HISTORY,
  HOUR,
  MINUTE,
  ordered,
  parallel,
  SHOWN,
  SHOWN_EXTENSION,
  stageOf,
  T0,
} from './facts.ts';
import { carryOut, given, later, type Past, seen } from './given.ts';

const asked = (consent: Consent): Past => event('RequestSubmitted', { consent });
const WAITING = asked(parallel(escalating('dba', 2)));
const waited = (afterMs: number, stage = 0) =>
  command('escalate', { at: T0 + afterMs, stage, to: 'on-call', cause: 'waited' });
const nobodyLeft = (to: string | null, stage = 0) => command('escalate', { stage, to, cause: 'nobody-left' });
const opened = event('StageEscalated');

const next = (...past: readonly Past[]) => {
  const ballot = openBallot(seen(...past));
  return ballot && nextEscalation(ballot);
};

describe('a stage that has waited for as long as it names', () => {
  it('is opened to the group it names, and waits for as many people as before', () => {
    const { state } = carryOut(given(WAITING).state, waited(30 * MINUTE));
    expect(state?.ballot.opened).toEqual([{ stage: 0, group: 'on-call' }]);
    expect(state?.ballot.consent.stages).toEqual([escalating('dba', 2)]);
    given(WAITING, opened).when(command('approve')).thenTypes('ApprovalRecorded');
    given(WAITING, opened, event('ApprovalRecorded'))
      .when(command('approve', { by: BEN }))
      .thenTypes('ApprovalRecorded', 'RequestApproved');
  });

  it('is not opened a moment sooner', () => {
    given(WAITING)
      .when(waited(30 * MINUTE - 1))
      .thenRefused({ code: 'not-due' });
  });

  it('is opened once', () => {
    given(WAITING, opened).when(waited(HOUR)).thenRefused({ code: 'already-on-record' });
  });

  it('is not opened when it is full, when it is decided or when it has lapsed', () => {
    const two = asked(parallel(escalating('dba', 1), stageOf('security', 1)));
    given(two, event('ApprovalRecorded'))
      .when(waited(HOUR))
      .thenRefused({ code: 'stage-full', waitingFor: [] });
    given(...HISTORY.approved)
      .when(waited(HOUR))
      .thenRefused({ code: 'wrong-phase', action: 'escalate', phase: 'approved' });
    given(WAITING)
      .when(waited(2 * HOUR))
      .thenRefused({ code: 'lapsed', at: T0 + 2 * HOUR });
  });

  it('is opened to no other group than the one it names', () => {
    for (const to of ['friends', 'dba', ''])
      given(WAITING)
        .when(command('escalate', { at: T0 + HOUR, to, cause: 'waited' }))
        .thenRefused({ code: 'not-an-approver', groups: [to] });
    given(asked(parallel(stageOf('dba', 1))))
      .when(waited(HOUR))
      .thenRefused({ code: 'not-an-approver', groups: ['on-call'] });
    given(WAITING)
      .when(command('escalate', { at: T0 + HOUR, to: null, cause: 'waited' }))
      .thenRefused({ code: 'not-due' });
  });

  it('is not opened for a question that is not the open one', () => {
    given(WAITING)
      .when(command('escalate', { at: T0 + HOUR, shown: SHOWN_EXTENSION, to: 'on-call', cause: 'waited' }))
      .thenRefused({ code: 'shown-is-stale' });
  });
});

describe('how long a stage has waited', () => {
  const TWO = asked(ordered(escalating('dba', 1), escalating('security', 1)));
  const filled = later(20 * MINUTE, event('ApprovalRecorded'));

  it('counts from when it was asked, or from when its turn came', () => {
    expect(next(TWO)).toEqual({ stage: 0, to: 'on-call', at: T0 + 30 * MINUTE });
    expect(next(TWO, filled)).toEqual({ stage: 1, to: 'on-call', at: T0 + 50 * MINUTE });
    given(TWO, filled)
      .when(waited(50 * MINUTE - 1, 1))
      .thenRefused({ code: 'not-due' });
    given(TWO, filled)
      .when(waited(50 * MINUTE, 1))
      .thenTypes('StageEscalated');
  });

  it('does not begin before its turn has come', () => {
    given(TWO)
      .when(waited(110 * MINUTE, 1))
      .thenRefused({ code: 'not-due' });
  });

  it('begins anew when consents have fallen away', () => {
    const voided = later(40 * MINUTE, event('ApprovalsVoided'));
    const approved = asked(parallel(escalating('dba', 1)));
    const past = [approved, event('ApprovalRecorded'), event('RequestApproved'), voided];
    expect(next(...past)).toEqual({ stage: 0, to: 'on-call', at: T0 + 70 * MINUTE });
  });

  it('is of no matter where nothing is open, or nothing is left to open it to', () => {
    expect(next(WAITING, opened)).toBeNull();
    expect(next(asked(parallel(stageOf('dba', 1))))).toBeNull();
    expect(next(...HISTORY.active)).toBeNull();
    expect(next(...HISTORY.denied)).toBeNull();
  });
});

describe('a stage that nobody is left to fill', () => {
  it('is opened at once to the group it names, whether or not its turn has come', () => {
    given(WAITING).when(nobodyLeft('on-call')).thenTypes('StageEscalated');
    given(asked(ordered(stageOf('dba', 1), escalating('security', 1))))
      .when(nobodyLeft('on-call', 1))
      .thenTypes('StageEscalated');
  });

  it('is reported where it names none, once', () => {
    const past = asked(parallel(stageOf('dba', 1)));
    given(past)
      .when(nobodyLeft(null))
      .thenEvents(event('StageEscalated', { to: null, cause: 'nobody-left' }));
    const reported = event('StageEscalated', { to: null, cause: 'nobody-left' });
    given(past, reported).when(nobodyLeft(null)).thenRefused({ code: 'already-on-record' });
  });

  it('is never skipped: the request lapses as any other', () => {
    const reported = event('StageEscalated', { to: null, cause: 'nobody-left' });
    given(WAITING, reported).when(command('lapse')).thenTypes('RequestLapsed');
    given(WAITING, reported)
      .when(command('start'))
      .thenRefused({ code: 'wrong-phase', action: 'start', phase: 'requested' });
  });

  it('may be of an extension, and is then its own question’s', () => {
    const shown = SHOWN_EXTENSION;
    const { state } = carryOut(given(...EXTENDING).state, command('escalate', { shown }));
    expect(state?.extension?.stuck).toEqual([0]);
    expect(state?.ballot.stuck).toEqual([]);
  });
});

it('opening stages never makes a consent of what is none', () => {
  const past = [asked(parallel(escalating('dba', 2), escalating('security', 1)))];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(0, 1, null)),
      fc.array(fc.tuple(fc.constantFrom(ANN, BEN, CLEO), fc.subarray([0, 1], { minLength: 1 })), {
        maxLength: 4,
      }),
      (openings, votes) => {
        let state = given(...past).state;
        for (const stage of openings) state = carryOut(state, waited(HOUR, stage ?? 0)).state;
        for (const [by, mayFill] of votes) state = carryOut(state, command('approve', { by, mayFill })).state;
        const people = new Set(state?.ballot.approvals.map((each) => each.by)).size;
        expect(state?.phase === 'approved').toBe(
          state !== null && isSatisfied(state.ballot.consent, state.ballot.approvals),
        );
        if (people < 3) expect(state?.phase).toBe('requested');
        expect(new Set(state?.ballot.opened.map(({ stage }) => stage)).size).toBe(
          state?.ballot.opened.length,
        );
      },
    ),
    { numRuns: 300 },
  );
});

it('the first submission of every history shows what its votes must show', () => {
  expect(seen(WAITING).ballot.shown).toBe(SHOWN);
});
