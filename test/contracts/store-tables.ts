import { describe, expect, it } from 'vitest';
import type { PostedMessage } from '../../src/ports/store.ts';
import type { Subject } from './store.ts';
import { following, now, opening, requestOf, streamNumber, subjectOf } from './store-samples.ts';

export function tablesContract(subject: Subject): void {
  secrets(subject);
  mailroom(subject);
  subjects(subject);
  tokens(subject);

  it('checks itself by a durable write, and leaves the log as it was', async () => {
    await subject.store.append(opening(1));
    await subject.store.check();
    expect(await subject.store.size()).toBe(1);
  });
}

function secrets(subject: Subject): void {
  describe('a sealed secret', () => {
    const seal = (generation: number, text: string) => ({
      seal: { request: requestOf(1), generation, sealed: new Uint8Array(Buffer.from(text)) },
    });
    const sealed = async () => {
      const found = await subject.store.sealed(requestOf(1));
      return found === null ? null : [found.generation, Buffer.from(found.sealed).toString()];
    };

    it('waits for its owner, is replaced by the next generation, and is gone once shredded', async () => {
      await subject.store.append(opening(1, { secrets: [seal(1, 'one')] }));
      expect(await sealed()).toEqual([1, 'one']);
      await subject.store.append(following(1, 1, { secrets: [seal(2, 'two')] }));
      expect(await sealed()).toEqual([2, 'two']);
      await subject.store.append(following(1, 2, { secrets: [{ shred: { request: requestOf(1) } }] }));
      expect(await sealed()).toBeNull();
    });

    it('is not kept by a commit that was refused', async () => {
      await subject.store.append(following(1, 3, { secrets: [seal(1, 'one')] }));
      expect(await sealed()).toBeNull();
    });
  });
}

function mailroom(subject: Subject): void {
  describe('the mailroom', () => {
    const message: PostedMessage = {
      stream: streamNumber(1),
      slot: 'card:C1',
      platform: 'slack',
      conversation: 'C1',
      ts: null,
      digest: 'one',
    };

    it('knows each message by stream and slot, from the intent to the last that was shown', async () => {
      const { store } = subject;
      await store.record(message);
      await store.record({ ...message, slot: 'dm:2', conversation: 'D1', ts: '2.0' });
      await store.record({ ...message, stream: streamNumber(2) });
      await store.record({ ...message, ts: '1.0', digest: 'two' });
      expect(await store.posted(streamNumber(1))).toEqual([
        { ...message, ts: '1.0', digest: 'two' },
        { ...message, slot: 'dm:2', conversation: 'D1', ts: '2.0' },
      ]);
      await store.forget(streamNumber(1), 'card:C1');
      expect((await store.posted(streamNumber(1))).map((each) => each.slot)).toEqual(['dm:2']);
      expect(await store.posted(streamNumber(2))).toHaveLength(1);
      await store.record({ ...message, slot: 'ask:S1' });
      await store.record({ ...message, stream: streamNumber(2), slot: 'ask:S1' });
      expect(await store.streamsWith('ask:S1')).toEqual([streamNumber(1), streamNumber(2)]);
      expect(await store.streamsWith('ask:S')).toEqual([]);
    });

    it('knows whose home tabs are open, one subject an account', async () => {
      const { store } = subject;
      await store.homeOpened('slack', 'T1/U1', subjectOf(1));
      await store.homeOpened('slack', 'T1/U1', subjectOf(1));
      await store.homeOpened('slack', 'T1/U2', subjectOf(2));
      expect(await store.homesOf([subjectOf(1), subjectOf(3)])).toEqual([
        { platform: 'slack', account: 'T1/U1', subject: subjectOf(1) },
      ]);
      expect(await store.homesOf([])).toEqual([]);
    });
  });
}

function subjects(subject: Subject): void {
  describe('a pseudonym', () => {
    it('is minted once for a person, and leads back to them', async () => {
      const { store } = subject;
      expect(await store.known('ana')).toBeNull();
      expect(await store.subjectOf('ana', () => subjectOf(1))).toBe(subjectOf(1));
      expect(await store.subjectOf('ana', () => subjectOf(2))).toBe(subjectOf(1));
      expect(await store.known('ana')).toBe(subjectOf(1));
      expect(await store.personOf(subjectOf(1))).toBe('ana');
      expect(await store.personOf(subjectOf(2))).toBeNull();
    });

    it('is one, even when asked for twice at once', async () => {
      let minted = 0;
      const mint = () => subjectOf(++minted);
      const both = await Promise.all([
        subject.store.subjectOf('ana', mint),
        subject.store.subjectOf('ana', mint),
      ]);
      expect(both[0]).toBe(both[1]);
    });

    it('is never shared by two people', async () => {
      await subject.store.subjectOf('ana', () => subjectOf(1));
      await expect(subject.store.subjectOf('bo', () => subjectOf(1))).rejects.toThrow();
      expect(await subject.store.known('bo')).toBeNull();
    });
  });
}

function tokens(subject: Subject): void {
  describe('a token', () => {
    it('is alive until it is revoked, once', async () => {
      const { tokens } = subject.store;
      await tokens.put({ name: 'jit_a', expiresAt: now });
      expect(await tokens.get('jit_a')).toEqual({ name: 'jit_a', expiresAt: now, revokedAt: null });
      await tokens.put({ name: 'jit_a', expiresAt: now + 1 });
      expect(await tokens.revoke('jit_a', now + 5)).toBe('revoked');
      expect(await tokens.revoke('jit_a', now + 6)).toBe('absent');
      expect(await tokens.get('jit_a')).toEqual({ name: 'jit_a', expiresAt: now + 1, revokedAt: now + 5 });
      expect(await tokens.get('jit_b')).toBeNull();
    });

    it('is not resurrected by a put that comes after its revocation', async () => {
      const { tokens } = subject.store;
      await tokens.put({ name: 'jit_a', expiresAt: now });
      await tokens.revoke('jit_a', now);
      await tokens.put({ name: 'jit_a', expiresAt: now + 9 });
      expect(await tokens.get('jit_a')).toMatchObject({ revokedAt: now });
      expect(await tokens.revoke('jit_late', now)).toBe('absent');
      await tokens.put({ name: 'jit_late', expiresAt: now + 9 });
      expect(await tokens.get('jit_late')).toMatchObject({ revokedAt: now });
    });

    it('is listed by its prefix to the letter, while it is good for anything', async () => {
      const { tokens } = subject.store;
      const later = now + 1;
      for (const name of ['jit_a', 'jit_b', 'jitXc', 'jis', 'k', 'jit_gone'])
        await tokens.put({ name, expiresAt: later });
      await tokens.put({ name: 'jit_out', expiresAt: now });
      await tokens.revoke('jit_gone', now);
      const names = async (prefix: string, limit = 10) =>
        (await tokens.living(prefix, now, limit)).map((record) => record.name);
      expect(await names('jit_')).toEqual(['jit_a', 'jit_b']);
      expect(await names('jit_', 1)).toEqual(['jit_a']);
      expect(await names('')).toHaveLength(5);
    });
  });
}
