import { describe, expect, it } from 'vitest';
import type { JournalCommit } from '../../src/ports/audit-log.ts';
import type { NewEvent } from '../../src/ports/store.ts';
import type { Subject } from './store.ts';
import {
  approval,
  dueRow,
  event,
  following,
  introduction,
  journalEvent,
  now,
  opening,
  reading,
  requestOf,
  streamNumber,
  subjectOf,
} from './store-samples.ts';

export function journalContract(subject: Subject): void {
  describe('events of the installation', () => {
    entering(subject);
    refusing(subject);
  });
  introducing(subject);
}

const toLog = (more: Partial<JournalCommit> = {}): JournalCommit => ({
  stream: 'log',
  expectedVersion: null,
  events: [reading()],
  ...more,
});

function entering(subject: Subject): void {
  it('stand in the same log as those of requests, and are read back as they were answered', async () => {
    const { store } = subject;
    await store.append(opening(1));
    const first = await store.enter(toLog());
    await store.append(following(1, 1));
    const second = await store.enter(toLog());
    if (!first.ok || !second.ok) throw new Error('not entered');
    expect(first.events[0]?.meta).toMatchObject({ index: 1, stream: 'log', version: 1 });
    expect(second.events[0]?.meta).toMatchObject({ index: 3, stream: 'log', version: 2 });
    expect(await store.journal('log')).toEqual([...first.events, ...second.events]);
    expect(await store.journal('redaction/none')).toEqual([]);
  });

  it('are no events of a request, nor the other way round', async () => {
    const { store } = subject;
    await store.append(opening(1));
    await store.enter(toLog());
    expect(await store.read('log')).toEqual([]);
    expect(await store.journal(streamNumber(1))).toEqual([]);
  });

  it('have texts beside them', async () => {
    const { store } = subject;
    await store.enter(introduction(1));
    expect(await store.disclosures(introduction(1).stream)).toEqual([
      { index: 0, field: 'name', value: 'Person 1' },
      { index: 0, field: 'person', value: 'person-1' },
    ]);
  });

  it('put due work and complete a claim, in the same transaction', async () => {
    const { store } = subject;
    await store.put([dueRow('seal', { lane: 'log' })]);
    const [completes] = await store.claim('log', now, 1, 1_000);
    if (completes === undefined) throw new Error('nothing to claim');
    const due = [{ put: dueRow('anchor', { lane: 'log' }) }];
    expect(await store.enter(toLog({ completes, due }))).toMatchObject({ ok: true });
    expect((await store.claim('log', now + 5_000, 9, 1_000)).map((claim) => claim.key)).toEqual(['anchor']);
  });

  it('change no request, also when the projections are rebuilt', async () => {
    const { store } = subject;
    await store.append(opening(1));
    await store.enter(toLog());
    await store.enter(introduction(1));
    const before = await store.requests({ limit: 10 });
    expect(await store.rebuild(() => undefined)).toEqual({ events: 3, requests: 1 });
    expect(await store.requests({ limit: 10 })).toEqual(before);
    expect(await store.request(requestOf(1))).toMatchObject({ version: 1 });
  });
}

function refusing(subject: Subject): void {
  it('go to the end of their stream, or to where they were expected, or nowhere', async () => {
    const { store } = subject;
    expect(await store.enter(toLog({ expectedVersion: 0 }))).toMatchObject({ ok: true });
    const due = [{ put: dueRow('lost', { lane: 'log' }) }];
    expect(await store.enter(toLog({ expectedVersion: 0, due }))).toMatchObject({
      ok: false,
      reason: 'version-conflict',
    });
    expect(await store.enter(toLog({ expectedVersion: 1 }))).toMatchObject({ ok: true });
    expect(await store.enter(toLog())).toMatchObject({ ok: true });
    expect(await store.size()).toBe(3);
    expect(await store.nextAt('log')).toBeNull();
  });

  it('are not entered for a claim that was lost', async () => {
    const { store } = subject;
    await store.put([dueRow('seal', { lane: 'log' })]);
    const [completes] = await store.claim('log', now, 1, 1_000);
    if (completes === undefined) throw new Error('nothing to claim');
    await store.put([dueRow('seal', { lane: 'log', dueAt: now + 9 })]);
    expect(await store.enter(toLog({ completes }))).toEqual({ ok: false, reason: 'claim-lost' });
    expect(await store.size()).toBe(0);
    expect(await store.nextAt('log')).toBe(now + 9);
  });

  it.each([
    ['in a request’s stream', toLog({ stream: streamNumber(1) }), 'event LogRead has no place in stream'],
    [
      'with data of another shape',
      toLog({ events: [journalEvent({ type: 'PersonIntroduced', data: { subject: 'ana' as never } })] }),
      'event PersonIntroduced of log does not fit its schema: subject: expected s: and 24 hex digits',
    ],
    [
      'with a text that their type does not have',
      toLog({ events: [{ ...reading(), personal: { query: 'who is ana' } }] }),
      'event LogRead of log has no personal field "query"',
    ],
    [
      'with a text that is nobody’s',
      toLog({ stream: 'redaction/r1', events: [{ ...redacted(), personal: { reason: 'asked for' } }] }),
      'event DisclosuresRedacted of redaction/r1 has a text that is nobody',
    ],
    [
      'by more than a commit takes',
      toLog({ events: Array.from({ length: 33 }, () => reading()) }),
      'a commit to log has 33 events, at most 32 fit',
    ],
  ])('are not entered %s', async (_name, commit, message) => {
    const entered = subject.store.enter(commit);
    await expect(entered).rejects.toMatchObject({ code: 'event_invalid' });
    await expect(entered).rejects.toThrow(message);
    expect(await subject.store.size()).toBe(0);
  });

  it('leave no room for an event of a request', async () => {
    const events = [event(approval())] as NewEvent[];
    const appended = subject.store.append({ stream: 'log', expectedVersion: 0, events });
    await expect(appended).rejects.toMatchObject({
      code: 'event_invalid',
      message: 'event ApprovalRecorded has no place in stream log',
    });
    expect(await subject.store.size()).toBe(0);
  });
}

const redacted = () =>
  journalEvent({
    type: 'DisclosuresRedacted',
    data: { cause: 'field', targets: [], subject: null, by: null, approvedBy: null, retention: null },
  });

function introducing(subject: Subject): void {
  describe('a person’s first part in anything', () => {
    const introduce = (person: string) => ({
      name: `${person} of the orders`,
      email: `${person}@example.test`,
    });

    it('is on record with their pseudonym, and who they are beside it', async () => {
      const store = await subject.reopen({ introduce });
      expect(await store.subjectOf('ana', () => subjectOf(1))).toBe(subjectOf(1));
      expect(await store.subjectOf('ana', () => subjectOf(2))).toBe(subjectOf(1));
      const stream = `person/${subjectOf(1)}`;
      expect(await store.journal(stream)).toMatchObject([
        { type: 'PersonIntroduced', data: { subject: subjectOf(1) }, meta: { index: 0, version: 1 } },
      ]);
      expect(await store.disclosures(stream)).toEqual([
        { index: 0, field: 'email', value: 'ana@example.test' },
        { index: 0, field: 'name', value: 'ana of the orders' },
        { index: 0, field: 'person', value: 'ana' },
      ]);
    });

    it('is on record once, even when it comes twice at once', async () => {
      const store = await subject.reopen({ introduce });
      let minted = 0;
      await Promise.all([1, 2].map(() => store.subjectOf('ana', () => subjectOf(++minted))));
      expect(await store.size()).toBe(1);
    });

    it('gives no pseudonym when it cannot be put on record', async () => {
      const store = await subject.reopen({ introduce: () => ({ nickname: 'annie' }) });
      await expect(store.subjectOf('ana', () => subjectOf(1))).rejects.toMatchObject({
        code: 'event_invalid',
      });
      expect(await store.known('ana')).toBeNull();
      expect(await store.personOf(subjectOf(1))).toBeNull();
      expect(await store.size()).toBe(0);
    });

    it('is not spoken of where nobody says what to tell', async () => {
      await subject.store.subjectOf('ana', () => subjectOf(1));
      expect(await subject.store.size()).toBe(0);
    });
  });
}
