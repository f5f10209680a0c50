import { describe, expect, it } from 'vitest';
import { decodeLeaf } from '../../src/audit/event-leaf.ts';
import { redactionStream } from '../../src/domain/journal.ts';
import { LIMITS } from '../../src/limits.ts';
import type { RedactionResult } from '../../src/ports/audit-log.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Subject } from './store.ts';
import {
  approval,
  event,
  expectSoundTree,
  foldSample,
  following,
  introduction,
  journalEvent,
  now,
  opening,
  redactionOf,
  requestOf,
  streamNumber,
  subjectOf,
  submission,
  withdrawal,
} from './store-samples.ts';

export function redactionContract(subject: Subject): void {
  describe('forgetting a text', () => fields(subject));
  describe('forgetting that cannot be', () => refusals(subject));
  describe('forgetting a person', () => people(subject));
  describe('forgetting by age', () => retention(subject));
}

/** Ana (1) asks and is approved by Bo (2), who says why; Bo asks and is approved by Ana. Both requests end. */
async function fill({ store }: Subject): Promise<void> {
  for (const [n, asker, approver] of [
    [1, 1, 2],
    [2, 2, 1],
  ] as const) {
    const asked = submission({ requester: subjectOf(asker) });
    const consent = approval(subjectOf(approver));
    await store.append(
      opening(n, {
        events: [
          event({ ...asked, personal: { justification: `because of ${n}`, ticket: `INC-${n}` } }),
          event({ ...consent, personal: { comment: `yes to ${n}` } }),
          event({ ...failure, personal: { detail: `target of ${n} is down` } }),
          event(withdrawal(subjectOf(asker))),
        ],
      }),
    );
  }
}
const failure = {
  type: 'ProvisioningFailed',
  data: { generation: 1, attempt: 1, fault: 'unreachable', retryAt: null },
} as const;
const JUSTIFICATION = { index: 0, field: 'justification' };
const COMMENT = { index: 1, field: 'comment' };

const done = (result: RedactionResult) => {
  if (!result.ok) throw new Error(`not redacted: ${result.reason}`);
  return result;
};
const forget = async (store: Store, ...targets: { index: number; field: string }[]) =>
  done(await store.redact(redactionOf({ cause: 'field', targets })));
const person = (n: number) => ({ cause: 'person', subject: subjectOf(n) }) as const;

const texts = async (store: Store, n: number) =>
  (await store.disclosures(streamNumber(n))).map(({ value }) => value);

function fields(subject: Subject): void {
  it('takes that text and no other, and says what went, by whom and from where', async () => {
    const { store } = subject;
    await fill(subject);
    const leaf = (await store.stored(1, 1))[0]?.bytes ?? Buffer.alloc(0);
    const targets = [{ ...COMMENT, digest: decodeLeaf(leaf).sd['comment'] }];
    const redacted = await forget(store, COMMENT);
    expect(redacted).toMatchObject({ targets, requests: [requestOf(1)] });
    const [told] = redacted.events;
    const by = subjectOf(8);
    const data = { cause: 'field', targets, subject: null, by, approvedBy: null, retention: null };
    expect(told).toMatchObject({
      type: 'DisclosuresRedacted',
      data,
      meta: { index: 8, version: 1, at: now },
    });
    expect(await store.journal(told?.meta.stream ?? '')).toEqual(redacted.events);
    expect(await texts(store, 1)).toEqual(['because of 1', 'INC-1', 'target of 1 is down']);
    expect(await texts(store, 2)).toHaveLength(4);
    expect((await store.storedDisclosures(0, 4)).map(({ field }) => field)).not.toContain('comment');
  });

  it('changes neither the events nor what follows from them', async () => {
    const { store } = subject;
    await fill(subject);
    const [events, state, leaves] = [
      await store.read(streamNumber(1)),
      await store.request(requestOf(1)),
      await store.stored(0, 8),
    ];
    await forget(store, COMMENT, JUSTIFICATION);
    expect(await store.read(streamNumber(1))).toEqual(events);
    expect(await store.stored(0, 8)).toEqual(leaves);
    expect(await store.request(requestOf(1))).toEqual(state);
    expect(events.reduce<ReturnType<typeof foldSample> | null>(foldSample, null)).toEqual(state);
    await store.rebuild(() => undefined);
    expect(await store.request(requestOf(1))).toEqual(state);
    await expectSoundTree(store);
  });

  it('has a reason, which lies beside the log too, and can be forgotten in turn', async () => {
    const { store } = subject;
    await fill(subject);
    const choice = { cause: 'field', targets: [COMMENT] } as const;
    const { events } = done(await store.redact(redactionOf(choice, { reason: 'it named a customer' })));
    const { index, stream } = events[0]?.meta ?? { index: 0, stream: '' };
    expect(await store.disclosures(stream)).toEqual([
      { index, field: 'reason', value: 'it named a customer' },
    ]);
    expect((await store.storedDisclosures(index, index + 1))[0]?.subject).toBe(subjectOf(8));
    await forget(store, { index, field: 'reason' });
    expect(await store.disclosures(stream)).toEqual([]);
  });

  it('tells of a text that is named twice once', async () => {
    await fill(subject);
    expect((await forget(subject.store, COMMENT, COMMENT)).targets).toHaveLength(1);
  });

  it('stays gone when the store is opened again', async () => {
    await fill(subject);
    await forget(subject.store, COMMENT);
    expect(await texts(await subject.reopen(), 1)).not.toContain('yes to 1');
  });
}

function refusals(subject: Subject): void {
  it.each([
    ['that never was', { index: 3, field: 'comment' }],
    ['of an event that is not there', { index: 99, field: 'comment' }],
    ['that was forgotten before', JUSTIFICATION],
  ])('says so for a text %s, and changes nothing', async (_name, missing) => {
    const { store } = subject;
    await fill(subject);
    await forget(store, JUSTIFICATION);
    const before = await store.head();
    const targets = [COMMENT, missing];
    expect(await store.redact(redactionOf({ cause: 'field', targets }))).toEqual({
      ok: false,
      reason: 'no-such-disclosure',
      ...missing,
    });
    expect(await store.head()).toEqual(before);
    expect(await texts(store, 1)).toContain('yes to 1');
  });

  it('is nothing when nothing is named', async () => {
    await fill(subject);
    const result = await subject.store.redact(redactionOf({ cause: 'field', targets: [] }));
    expect(result).toEqual({ ok: false, reason: 'nothing' });
    expect(await subject.store.size()).toBe(8);
  });

  it('loses to what came first in its stream', async () => {
    const { store } = subject;
    await fill(subject);
    const redaction = redactionOf({ cause: 'field', targets: [COMMENT] }, { expectedVersion: 1 });
    expect(await store.redact(redaction)).toEqual({ ok: false, reason: 'version-conflict' });
    const other = { ...redaction, expectedVersion: 0 };
    const results = await Promise.all([store.redact(other), store.redact(other)]);
    expect(results).toMatchObject([{ ok: true }, { ok: false, reason: 'version-conflict' }]);
  });

  it('happens once when it is asked for twice at once', async () => {
    const { store } = subject;
    await fill(subject);
    const redaction = () => redactionOf({ cause: 'field', targets: [COMMENT] });
    const results = await Promise.all([store.redact(redaction()), store.redact(redaction())]);
    expect(results).toMatchObject([{ ok: true }, { ok: false, reason: 'no-such-disclosure', ...COMMENT }]);
    expect(await store.size()).toBe(9);
  });

  it('leaves a person whose requests have not ended, and says which', async () => {
    const { store } = subject;
    await fill(subject);
    await store.append(opening(3));
    await store.append(opening(4));
    await store.append(following(4, 1, { events: [event(withdrawal())] }));
    await store.subjectOf('ana', () => subjectOf(1));
    const before = await store.head();
    const result = await store.redact(redactionOf(person(1)));
    expect(result).toEqual({ ok: false, reason: 'open-requests', requests: [requestOf(3)] });
    expect(await store.head()).toEqual(before);
    expect(await store.personOf(subjectOf(1))).toBe('ana');
    expect(await texts(store, 1)).toHaveLength(4);
  });

  it('is nothing for someone of whom nothing is known', async () => {
    await fill(subject);
    const result = await subject.store.redact(redactionOf(person(77)));
    expect(result).toEqual({ ok: false, reason: 'nothing' });
    expect(await subject.store.size()).toBe(8);
  });
}

function people(subject: Subject): void {
  it('takes what they wrote, what stands beside their requests, and who they are', async () => {
    const { store } = subject;
    await fill(subject);
    await store.enter(introduction(1));
    await store.enter(introduction(2));
    for (const [n, key] of [
      [1, 'ana'],
      [2, 'bo'],
    ] as const) {
      await store.subjectOf(key, () => subjectOf(n));
      await store.homeOpened('slack', `T1/U${n}`, subjectOf(n));
    }
    const { events, requests } = done(
      await store.redact(redactionOf(person(1), { approvedBy: subjectOf(9), reason: 'she left' })),
    );
    expect(events).toMatchObject([
      { data: { cause: 'person', subject: subjectOf(1), approvedBy: subjectOf(9) } },
    ]);
    expect(requests).toEqual([requestOf(1), requestOf(2)]);
    expect(await texts(store, 1)).toEqual([]);
    expect(await texts(store, 2)).toEqual(['because of 2', 'INC-2', 'target of 2 is down']);
    expect(await store.disclosures(introduction(1).stream)).toEqual([]);
    expect(await store.disclosures(introduction(2).stream)).toHaveLength(2);
    expect([await store.known('ana'), await store.personOf(subjectOf(1))]).toEqual([null, null]);
    expect(await store.personOf(subjectOf(2))).toBe('bo');
    expect(await store.homesOf([subjectOf(1), subjectOf(2)])).toMatchObject([{ account: 'T1/U2' }]);
    expect(await store.request(requestOf(1))).toMatchObject({ requester: subjectOf(1), phase: 'withdrawn' });
    await expectSoundTree(store);
  });

  it('lets them come back as someone else, whose texts are their own', async () => {
    const { store } = subject;
    await fill(subject);
    await store.subjectOf('ana', () => subjectOf(1));
    done(await store.redact(redactionOf(person(1))));
    expect(await store.subjectOf('ana', () => subjectOf(3))).toBe(subjectOf(3));
    const asked = { ...submission({ requester: subjectOf(3) }), personal: { justification: 'new here' } };
    await store.append(opening(3, { events: [event(asked)] }));
    expect(await texts(store, 3)).toEqual(['new here']);
    expect(await texts(store, 1)).toEqual([]);
    expect((await store.storedDisclosures(9, 10))[0]?.subject).toBe(subjectOf(3));
  });

  it('is told of someone with nothing beside the log but a pseudonym, and is nothing the second time', async () => {
    const { store } = subject;
    await store.subjectOf('ana', () => subjectOf(1));
    const { events } = done(await store.redact(redactionOf(person(1))));
    expect(events).toMatchObject([{ data: { targets: [], subject: subjectOf(1) } }]);
    expect(await store.known('ana')).toBeNull();
    expect(await store.redact(redactionOf(person(1)))).toEqual({ ok: false, reason: 'nothing' });
  });

  it('goes on in the stream in which it was proposed, and takes the reason that they gave themselves', async () => {
    const { store } = subject;
    await fill(subject);
    const stream = redactionStream('ana');
    const proposed = journalEvent({
      type: 'ErasureProposed',
      data: { subject: subjectOf(1), by: subjectOf(1) },
      personal: { reason: 'I asked for it' },
    });
    await store.enter({ stream, expectedVersion: 0, events: [proposed] });
    const more = { stream, expectedVersion: 1, by: subjectOf(1), reason: 'as I said' };
    const { targets } = done(await store.redact(redactionOf(person(1), more)));
    expect(targets).toContainEqual(expect.objectContaining({ index: 8, field: 'reason' }));
    expect((await store.journal(stream)).map(({ type }) => type)).toEqual([
      'ErasureProposed',
      'DisclosuresRedacted',
    ]);
    expect(await store.disclosures(stream)).toEqual([]);
    const told = (await store.stored(9, 1))[0]?.bytes ?? Buffer.alloc(0);
    expect(decodeLeaf(told).sd).toEqual({});
  });

  it('leaves the reason that someone else gave for it', async () => {
    const { store } = subject;
    await fill(subject);
    const stream = redactionStream('ana');
    const data = { subject: subjectOf(1), by: subjectOf(8) };
    const personal = { reason: 'she asked for it' };
    const proposed = journalEvent({ type: 'ErasureProposed', data, personal });
    await store.enter({ stream, expectedVersion: 0, events: [proposed] });
    done(await store.redact(redactionOf(person(1), { stream, expectedVersion: 1 })));
    expect((await store.disclosures(stream)).map(({ value }) => value)).toEqual(['she asked for it']);
  });

  it('is told in as many events as it takes, all of them in one go', async () => {
    const { store } = subject;
    const most = LIMITS.redactionTargetsPerEventMax;
    for (let n = 1, left = most + 1; left > 0; n++, left -= 32) {
      const asked = { ...submission(), personal: { justification: `because of ${n}` } };
      const consents = Array.from({ length: Math.min(31, left - 1) }, (_, i) =>
        event({ ...approval(subjectOf(1)), personal: { comment: `yes ${i}` } }),
      );
      await store.append(opening(n, { events: [event(asked), ...consents] }));
      await store.append(following(n, consents.length + 1, { events: [event(withdrawal())] }));
    }
    const { targets, events } = done(await store.redact(redactionOf(person(1), { reason: 'gone' })));
    expect(targets).toHaveLength(most + 1);
    const told = events.map((each) => (each.type === 'DisclosuresRedacted' ? each.data.targets : []));
    expect(told.map((each) => each.length)).toEqual([most, 1]);
    expect(told.flat()).toEqual(targets);
    expect(events.map(({ meta }) => meta.version)).toEqual([1, 2]);
    expect(await store.disclosures(events[0]?.meta.stream ?? '')).toHaveLength(1);
  });
}

function retention(subject: Subject): void {
  const old = (closedBefore: number, classification: 'confidential' | 'internal' = 'confidential') =>
    redactionOf({ cause: 'retention', classification, afterMs: 86_400_000, closedBefore }, { by: null });
  const DAY_LATER = now + 86_400_000;

  it('takes all that stands beside requests of the classification that ended before then', async () => {
    const { store } = subject;
    await fill(subject);
    await store.append(opening(3));
    await store.enter(introduction(1));
    const closedAt = (await store.request(requestOf(2)))?.closedAt ?? 0;
    const first = done(await store.redact(old(closedAt)));
    expect(first.requests).toEqual([requestOf(1)]);
    expect(first.events).toMatchObject([
      { data: { cause: 'retention', retention: { classification: 'confidential', afterMs: 86_400_000 } } },
    ]);
    expect([await texts(store, 1), (await texts(store, 2)).length]).toEqual([[], 4]);
    expect(await store.redact(old(DAY_LATER, 'internal'))).toEqual({ ok: false, reason: 'nothing' });
    expect(done(await store.redact(old(DAY_LATER))).requests).toEqual([requestOf(2)]);
    expect(await texts(store, 3)).toEqual(['because of 3']);
    expect(await store.disclosures(introduction(1).stream)).toHaveLength(2);
    expect(await store.redact(old(DAY_LATER))).toEqual({ ok: false, reason: 'nothing' });
  });

  it('takes no more at once than the limit of the house, the oldest first', async () => {
    const { store } = subject;
    const most = LIMITS.retentionBatchMax;
    const each = 30;
    for (let n = 1; n * each <= most + each; n++) {
      const asked = event({ ...submission(), personal: { justification: `because of ${n}` } });
      const consents = Array.from({ length: each - 1 }, () =>
        event({ ...approval(), personal: { comment: 'yes' } }),
      );
      await store.append(opening(n, { events: [asked, ...consents, event(withdrawal())] }));
    }
    const first = done(await store.redact(old(DAY_LATER)));
    expect(first.targets).toHaveLength(most);
    expect(first.events).toHaveLength(5);
    expect(first.targets.map(({ index }) => index)).toEqual(
      first.targets.map(({ index }) => index).toSorted((a, b) => a - b),
    );
    const rest = done(await store.redact(old(DAY_LATER)));
    expect(rest.targets.length).toBeGreaterThan(0);
    expect(rest.targets.length).toBeLessThanOrEqual(each);
    expect(await store.redact(old(DAY_LATER))).toEqual({ ok: false, reason: 'nothing' });
  });
}
