import { describe, expect, it } from 'vitest';
import {
  checkAgreement,
  checkProposal,
  type Erasure,
  erasureLapsesAt,
  erasureOf,
  erasurePhase,
  type ForgettingRefusal,
  forgettingWords,
} from '../../src/domain/erasure.ts';
import type { EventMeta } from '../../src/domain/events.ts';
import type { RecordedJournalEvent } from '../../src/domain/journal.ts';
import { LIMITS } from '../../src/limits.ts';
import { ANN, ASKER, BEN, CLEO, HOUR, T0 } from './facts.ts';

const ID = '6c84fb90-12c4-41e1-840d-725a7b3b8f6f';
const DAY = 24 * HOUR;
const OPEN = 'req_000000000001';

const meta = (version: number, at: number): EventMeta => ({
  id: `e${version}`,
  index: 40 + version,
  stream: `redaction/${ID}`,
  version,
  at,
  leaf: version.toString(16).padStart(64, '0'),
  sd: {},
});

/** Ann has proposed that the asker be forgotten. */
const proposed: RecordedJournalEvent = {
  type: 'ErasureProposed',
  data: { subject: ASKER, by: ANN },
  meta: meta(1, T0),
};
const erased = (version: number, texts: number): RecordedJournalEvent => ({
  type: 'DisclosuresRedacted',
  data: {
    cause: 'person',
    targets: Array.from({ length: texts }, (_, index) => ({ index, field: 'reason', digest: 'd' })),
    subject: ASKER,
    by: ANN,
    approvedBy: BEN,
    retention: null,
  },
  meta: meta(version, T0 + HOUR),
});
const given = (...events: readonly RecordedJournalEvent[]): Erasure | null => erasureOf(ID, events);
const waiting = given(proposed);

describe('a proposal to forget someone', () => {
  it('waits for seven days, and lapses with the last of them', () => {
    const erasure = waiting!;
    expect(erasureLapsesAt(erasure)).toBe(T0 + 7 * DAY);
    expect(erasurePhase(erasure, T0 + 7 * DAY - 1)).toBe('proposed');
    expect(erasurePhase(erasure, T0 + 7 * DAY)).toBe('lapsed');
  });

  it('is done when the texts are gone, however many events tell of it, and stays so', () => {
    const erasure = given(proposed, erased(2, 3), erased(3, 2))!;
    expect(erasure.done).toEqual({ approvedBy: BEN, at: T0 + HOUR, texts: 5 });
    expect(erasure.newest.version).toBe(3);
    expect(erasurePhase(erasure, T0 + 30 * DAY)).toBe('erased');
  });

  it('is none where a single text was redacted, or nothing happened', () => {
    expect(given(erased(1, 1))).toBeNull();
    expect(given()).toBeNull();
  });
});

describe('who may propose it', () => {
  const facts = { isOperator: true, subject: ASKER, open: [] };

  it.each<[string, Partial<Parameters<typeof checkProposal>[0]>, ForgettingRefusal | null]>([
    ['an operator', {}, null],
    ['nobody else', { isOperator: false }, { code: 'not-an-operator' }],
    ['of nobody on record', { subject: null }, { code: 'nobody-to-forget' }],
    ['not while something is open', { open: [OPEN] }, { code: 'open-requests', requests: [OPEN] }],
  ])('%s', (_, change, expected) => {
    expect(checkProposal({ ...facts, ...change })).toEqual(expected);
  });
});

describe('who may agree to it', () => {
  const facts = { at: T0 + HOUR, by: BEN, isOperator: true, proposerIsOperator: true, open: [] };

  it.each<
    [string, Erasure | null, Partial<typeof facts & { open: readonly string[] }>, ForgettingRefusal | null]
  >([
    ['another operator', waiting, {}, null],
    ['nobody else', waiting, { isOperator: false }, { code: 'not-an-operator' }],
    ['not the one who proposed it', waiting, { by: ANN }, { code: 'own-proposal' }],
    ['not the one to be forgotten', waiting, { by: ASKER }, { code: 'own-erasure' }],
    ['not once it has lapsed', waiting, { at: T0 + 7 * DAY }, { code: 'erasure-lapsed', days: 7 }],
    ['not twice', given(proposed, erased(2, 1)), {}, { code: 'already-erased' }],
    ['not where nothing was proposed', null, {}, { code: 'no-such-erasure' }],
    [
      'not after a proposer who may not propose any more',
      waiting,
      { proposerIsOperator: false },
      { code: 'proposer-no-operator' },
    ],
  ])('%s', (_, erasure, change, expected) => {
    expect(checkAgreement(erasure, { ...facts, ...change, open: [] })).toEqual(expected);
  });

  it('nobody, while the person has requests that have not ended', () => {
    expect(checkAgreement(waiting, { ...facts, open: [OPEN] })).toEqual({
      code: 'open-requests',
      requests: [OPEN],
    });
  });

  it('tells those who have no right to it nothing, not even whether there is such a proposal', () => {
    for (const erasure of [waiting, null, given(proposed, erased(2, 1))])
      expect(checkAgreement(erasure, { ...facts, by: CLEO, isOperator: false })).toEqual({
        code: 'not-an-operator',
      });
  });

  it('the proposer is told of what has become of it before of their own part in it', () => {
    expect(checkAgreement(given(proposed, erased(2, 1)), { ...facts, by: ANN })?.code).toBe('already-erased');
  });
});

describe('a refusal', () => {
  it('names the open requests, and counts those it has no room for', () => {
    const requests = Array.from({ length: 7 }, (_, i) => `req_00000000000${i}` as const);
    expect(forgettingWords({ code: 'open-requests', requests }).text).toBe(
      `They have requests that have not ended: ${requests.slice(0, 5).join(', ')} and 2 more.`,
    );
  });

  it('says the rule and what can be done', () => {
    expect(forgettingWords({ code: 'agree-in-chat', channel: 'access-log' })).toEqual({
      text: 'Two names typed at one keyboard are not two people.',
      remedy: 'Agree with the button in #access-log.',
    });
    expect(forgettingWords({ code: 'no-such-text', index: 12, field: 'comment' }).text).toContain(
      'Event #12 has no text "comment"',
    );
    expect(forgettingWords({ code: 'reason-unfit' }).remedy).toContain(String(LIMITS.reasonMaxChars));
  });
});
