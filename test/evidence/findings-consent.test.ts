import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/domain/events.ts';
import { ANN, ASKER, HOUR, ordered, stageOf } from '../domain/facts.ts';
import { at, caseOf, FULL, judged, told, without } from './judging.ts';

describe('separation of duties', () => {
  const id = 'separation-of-duties';

  it('holds with the voices and the answer that prove it', async () => {
    const about = await caseOf(FULL);
    expect(judged(about, id)).toMatchObject({
      verdict: 'holds',
      why: '2 people approved, and none of them is the requester',
      events: at(about, 'RequestSubmitted', 'ApprovalRecorded', 'RequestApproved'),
    });
  });

  it('does not hold where the requester approved', async () => {
    const about = told(await caseOf(FULL), 'ApprovalRecorded', { by: ASKER }, 1);
    const [, second] = at(about, 'ApprovalRecorded');
    expect(judged(about, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: `the requester stands among the approvers in #${second}`,
    });
  });

  it('does not hold where someone stood in for the requester', async () => {
    const about = told(await caseOf(FULL), 'ApprovalRecorded', { insteadOf: ASKER }, 1);
    expect(judged(about, id).verdict).toBe('does-not-hold');
  });

  it('does not hold where the requester is named among the approvers of more time', async () => {
    const about = told(await caseOf('an extended one'), 'ExtensionApproved', { approvers: [ANN, ASKER] });
    expect(judged(about, id).verdict).toBe('does-not-hold');
  });

  it.each(['one approved by rule', 'a denied one', 'one that waits'])(
    'does not apply to %s',
    async (name) => {
      expect(judged(await caseOf(name), id).verdict).toBe('does-not-apply');
    },
  );
});

describe('the quorum', () => {
  const id = 'quorum';

  it('is counted for each stage of each question', async () => {
    const { verdict, why } = judged(await caseOf('an extended one'), id);
    expect([verdict, why]).toEqual([
      'holds',
      expect.stringMatching(/^stage dba: 2 of 2; more time \(#\d+\): stage dba: 2 of 2$/),
    ]);
  });

  it('holds by the rule that waives it', async () => {
    expect(judged(await caseOf('one approved by rule'), id)).toMatchObject({
      verdict: 'holds',
      why: 'rule orders-db:read/automatic waives consent',
    });
  });

  it('does not hold where one person spoke twice', async () => {
    const about = told(await caseOf(FULL), 'ApprovalRecorded', { by: ANN }, 1);
    expect(judged(told(about, 'RequestApproved', { approvers: [ANN] }), id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('came with 1 of 2 for stage dba'),
    });
  });

  it('does not hold where someone who was away and who stood in for them both count', async () => {
    const about = told(await caseOf(FULL), 'ApprovalRecorded', { insteadOf: ANN }, 1);
    expect(judged(about, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('counts someone who was away and who stood in for them'),
    });
  });

  it('does not hold where an approver named has not spoken, or is named twice', async () => {
    const about = await caseOf(FULL);
    for (const approvers of [
      [ANN, ASKER],
      [ANN, ANN],
    ] as const)
      expect(judged(told(about, 'RequestApproved', { approvers: [...approvers] }), id)).toMatchObject({
        verdict: 'does-not-hold',
        why: expect.stringContaining('names approvers whose consent is not on record, or one twice'),
      });
  });

  it('does not count a consent that was voided before the answer', async () => {
    const about = await caseOf(FULL);
    const [first, answer] = [at(about, 'ApprovalRecorded')[0] ?? 0, at(about, 'RequestApproved')[0] ?? 0];
    const voided = {
      type: 'ApprovalsVoided',
      data: { subjects: [ANN], policy: { ids: [], digest: '' } },
      meta: { ...about.own[0]!.meta, index: (first + answer) / 2 },
    } as unknown as RecordedEvent;
    const own = [...about.own, voided].toSorted((a, b) => a.meta.index - b.meta.index);
    expect(judged({ ...about, own }, id).verdict).toBe('does-not-hold');
  });

  it('counts for more time only what was said to that question', async () => {
    const about = await caseOf('an extended one');
    const shown = about.own[0]!.meta.leaf;
    expect(judged(told(about, 'ApprovalRecorded', { shown }, 3), id).verdict).toBe('does-not-hold');
  });

  it('does not hold where something was made, or lengthened, with nobody asked', async () => {
    const made = without(await caseOf(FULL), 'RequestApproved', 'ApprovalRecorded');
    expect(judged(made, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('came without an approval'),
    });
    const longer = without(await caseOf('an extended one'), 'ExtensionApproved');
    expect(judged(longer, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('came without an approval'),
    });
  });

  it('does not hold where the answer is to a question that nobody asked', async () => {
    const about = without(await caseOf(FULL), 'RequestSubmitted');
    expect(judged(about, id).why).toContain('answers a question that nobody asked');
  });

  it('does not hold where a later stage was filled before its turn', async () => {
    const consent = ordered(stageOf('dba', 1), stageOf('security', 1));
    const about = told(await caseOf(FULL), 'RequestSubmitted', { consent });
    const first = told(
      told(about, 'ApprovalRecorded', { stages: [0] }, 0),
      'ApprovalRecorded',
      { stages: [1] },
      1,
    );
    expect(judged(first, id)).toMatchObject({
      verdict: 'holds',
      why: 'stage dba: 1 of 1; stage security: 1 of 1',
    });
    const turned = told(
      told(about, 'ApprovalRecorded', { stages: [1] }, 0),
      'ApprovalRecorded',
      { stages: [0] },
      1,
    );
    expect(judged(turned, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('before its turn'),
    });
  });

  it.each(['a denied one', 'a withdrawn one', 'a lapsed one'])('does not apply to %s', async (name) => {
    expect(judged(await caseOf(name), id).verdict).toBe('does-not-apply');
  });
});

describe('consent on what was shown', () => {
  const id = 'consent-on-what-was-shown';

  it('holds of approvals, of denials and of votes on more time', async () => {
    for (const name of [FULL, 'a denied one', 'an extended one'])
      expect(judged(await caseOf(name), id).verdict).toBe('holds');
  });

  it('does not hold where a decision names another hash', async () => {
    const about = told(await caseOf(FULL), 'ApprovalRecorded', { shown: 'e'.repeat(64) });
    const [first] = at(about, 'ApprovalRecorded');
    expect(judged(about, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: `#${first} names a leaf hash of no question asked before`,
    });
  });

  it('does not hold where the question came after the decision', async () => {
    const about = await caseOf('an extended one');
    const later = about.own.find(({ type }) => type === 'ExtensionRequested')!.meta.leaf;
    expect(judged(told(about, 'ApprovalRecorded', { shown: later }), id).verdict).toBe('does-not-hold');
  });

  it('does not hold where the question was another than the one on record', async () => {
    const about = await caseOf(FULL);
    const own = about.own.map((event) =>
      event.type === 'RequestSubmitted' ? { ...event, meta: { ...event.meta, leaf: 'f'.repeat(64) } } : event,
    );
    expect(judged({ ...about, own }, id).verdict).toBe('does-not-hold');
  });
});

describe('the window', () => {
  const id = 'no-longer-than-agreed';

  it('holds of the first end and of a later one', async () => {
    expect(judged(await caseOf(FULL), id)).toMatchObject({
      verdict: 'holds',
      why: expect.stringMatching(/^1 h from #\d+/),
    });
    expect(judged(await caseOf('an extended one'), id)).toMatchObject({
      why: expect.stringMatching(/^2 h from #\d+/),
    });
  });

  it('does not hold of an end beyond what was asked, or what an approver shortened it to', async () => {
    const about = await caseOf(FULL);
    const started = about.own.find((event) => event.type === 'ProvisioningStarted')!.meta.at;
    const late = told(about, 'ProvisioningStarted', { expiresAt: started + HOUR + 1 });
    expect(judged(late, id)).toMatchObject({
      verdict: 'does-not-hold',
      why: expect.stringContaining('set a later end'),
    });
    const shortened = told(about, 'ApprovalRecorded', { shortenToMs: HOUR - 1 });
    expect(judged(shortened, id).verdict).toBe('does-not-hold');
  });

  it('does not hold of more time than was asked for, or than was approved', async () => {
    const about = await caseOf('an extended one');
    const asked = told(about, 'ExtensionRequested', { extraMs: HOUR - 1 });
    expect(judged(asked, id).verdict).toBe('does-not-hold');
    const approved = told(about, 'ExtensionApproved', { expiresAt: 1 });
    expect(judged(approved, id).verdict).toBe('does-not-hold');
  });
});
