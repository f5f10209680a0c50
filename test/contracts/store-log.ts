import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disclosureDigest } from '../../src/audit/disclosure.ts';
import { decodeLeaf } from '../../src/audit/event-leaf.ts';
import type { AppendResult, NewEvent } from '../../src/ports/store.ts';
import type { Subject } from './store.ts';
import {
  approval,
  dueRow,
  event,
  following,
  now,
  opening,
  requestOf,
  streamNumber,
  submission,
  withdrawal,
} from './store-samples.ts';

const appended = (result: AppendResult) => {
  if (!result.ok) throw new Error(`not appended: ${result.reason}`);
  return result.events;
};

export function logContract(subject: Subject): void {
  appending(subject);
  refusing(subject);
  telling(subject);
}

function appending(subject: Subject): void {
  describe('the log', () => {
    it('reads back what was appended, as it was answered', async () => {
      const first = appended(await subject.store.append(opening(1)));
      const second = appended(await subject.store.append(following(1, 1)));
      expect(await subject.store.read(streamNumber(1))).toEqual([...first, ...second]);
      expect(first[0]?.data).toEqual(submission().data);
      expect(first[0]?.meta).toMatchObject({ index: 0, stream: streamNumber(1), version: 1 });
      expect(second[0]?.meta).toMatchObject({ index: 1, version: 2 });
    });

    it('has nothing to read for a stream that does not exist', async () => {
      expect(await subject.store.read(streamNumber(1))).toEqual([]);
      expect(await subject.store.size()).toBe(0);
    });

    it('keeps each event as a leaf: RFC 6962 over the very bytes', async () => {
      const [recorded] = appended(await subject.store.append(opening(1)));
      const [leaf] = await subject.store.stored(0, 10);
      const hash = createHash('sha256')
        .update('\0')
        .update(leaf?.bytes ?? '')
        .digest('hex');
      expect(leaf).toMatchObject({ index: 0, stream: streamNumber(1), version: 1 });
      expect(Buffer.from(leaf?.leaf ?? '').toString('hex')).toBe(hash);
      expect(recorded?.meta.leaf).toBe(hash);
      expect(decodeLeaf(leaf?.bytes ?? Buffer.alloc(0))).toMatchObject({
        type: 'RequestSubmitted',
        version: 1,
      });
    });

    it('gives leaves in order from an index, no more than asked for', async () => {
      for (let n = 1; n <= 5; n++) await subject.store.append(opening(n));
      const indexes = async (from: number, limit: number) =>
        (await subject.store.stored(from, limit)).map((leaf) => leaf.index);
      expect(await indexes(0, 2)).toEqual([0, 1]);
      expect(await indexes(3, 10)).toEqual([3, 4]);
      expect(await indexes(5, 10)).toEqual([]);
      expect(await indexes(0, -1)).toEqual([]);
    });

    it('stores several events of one commit side by side', async () => {
      const events = [event(submission()), event(approval()), event(withdrawal())];
      const recorded = appended(
        await subject.store.append({ stream: streamNumber(1), expectedVersion: 0, events }),
      );
      expect(recorded.map((each) => [each.meta.index, each.meta.version])).toEqual([
        [0, 1],
        [1, 2],
        [2, 3],
      ]);
    });

    it('has every acknowledged event after it is opened again', async () => {
      const recorded = appended(await subject.store.append(opening(1)));
      const store = await subject.reopen();
      expect(await store.read(streamNumber(1))).toEqual(recorded);
      expect(appended(await store.append(following(1, 1)))[0]?.meta.index).toBe(1);
    });

    it('numbers events without a gap, however commits to many streams interleave and fail', async () => {
      await fc.assert(
        fc.asyncProperty(commitPlans, async (plans) => {
          const before = await subject.store.size();
          const results = await Promise.all(
            plans.map((plan) => subject.store.append(commitOf(plan)).catch(() => null)),
          );
          const stored = results.flatMap((result) => (result?.ok ? result.events : []));
          const size = await subject.store.size();
          const leaves = await subject.store.stored(before, plans.length * 3);
          expect(leaves.map((leaf) => leaf.index)).toEqual(stored.map((_, i) => before + i));
          expect(size).toBe(before + stored.length);
          expect(stored.map((each) => each.meta.index).sort((a, b) => a - b)).toEqual(
            leaves.map((leaf) => leaf.index),
          );
        }),
        { numRuns: 25 },
      );
    });
  });
}

interface Plan {
  readonly stream: number;
  readonly expectedVersion: number;
  readonly events: number;
  readonly broken: boolean;
}
const commitPlans = fc.array(
  fc.record<Plan>({
    stream: fc.integer({ min: 1, max: 4 }),
    expectedVersion: fc.integer({ min: 0, max: 4 }),
    events: fc.integer({ min: 1, max: 3 }),
    broken: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

function commitOf({ stream, expectedVersion, events, broken }: Plan) {
  const made: NewEvent[] = Array.from({ length: events }, (_, i) =>
    event(expectedVersion + i === 0 ? submission() : approval()),
  );
  // Good in itself, and refused by the fold only after rows have been written.
  if (broken && expectedVersion === 0) made[0] = event(approval());
  return {
    stream: streamNumber(stream),
    expectedVersion,
    events: made,
    due: [{ put: dueRow(`k${stream}`) }],
  };
}

function refusing(subject: Subject): void {
  describe('a commit that cannot be', () => {
    it('loses to one that came first at the same version, and leaves nothing', async () => {
      await subject.store.append(opening(1));
      const attempt = (key: string) => subject.store.append(following(1, 1, { due: [{ put: dueRow(key) }] }));
      const results = await Promise.all([attempt('a'), attempt('b')]);
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      expect(results.find((result) => !result.ok)).toEqual({
        ok: false,
        reason: 'version-conflict',
        actualVersion: 2,
      });
      expect(await subject.store.size()).toBe(2);
      expect(await subject.store.claim('access', now, 10, 1_000)).toHaveLength(1);
    });

    it('does not start a stream twice, nor go on with one that is not there', async () => {
      await subject.store.append(opening(1));
      expect(await subject.store.append(opening(1))).toMatchObject({ ok: false, actualVersion: 1 });
      expect(await subject.store.append(following(2, 1))).toMatchObject({ ok: false, actualVersion: 0 });
    });

    it.each([
      ['data its schema does not know', { ...approval(), data: { ...approval().data, note: 'x' } }],
      ['a personal field its type does not have', { ...approval(), personal: { reason: 'because' } }],
      ['a personal field of a type that has none', { ...withdrawal(), personal: { comment: 'hm' } }],
      ['a personal field that is no text', { ...approval(), personal: { comment: 7 } }],
    ])('is refused for %s, and stores nothing', async (_name, bad) => {
      await subject.store.append(opening(1));
      const events = [event(approval()), event(bad as unknown as NewEvent)];
      await expect(
        subject.store.append({ stream: streamNumber(1), expectedVersion: 1, events }),
      ).rejects.toMatchObject({ code: 'event_invalid' });
      expect(await subject.store.size()).toBe(1);
    });

    it('does not quote a value that its schema refused', async () => {
      const events = [event({ ...withdrawal('secret-in-the-wrong-place' as never) })];
      const refused = subject.store.append({ stream: streamNumber(1), expectedVersion: 0, events });
      await expect(refused).rejects.toThrow(
        `event RequestWithdrawn of ${streamNumber(1)} does not fit its schema: by: expected s: and 24 hex digits`,
      );
    });

    it('is refused above the size of a leaf', async () => {
      const { data } = submission();
      const entitlement = { ...data.entitlement, scope: { pad: 'x'.repeat(65_535) } };
      const events = [event({ type: 'RequestSubmitted', data: { ...data, entitlement } })];
      await expect(
        subject.store.append({ stream: streamNumber(1), expectedVersion: 0, events }),
      ).rejects.toMatchObject({ code: 'event_too_large' });
      expect(await subject.store.size()).toBe(0);
    });

    it('is refused with more events than a commit takes', async () => {
      const events = Array.from({ length: 33 }, () => event(approval()));
      await expect(
        subject.store.append({ stream: streamNumber(1), expectedVersion: 0, events }),
      ).rejects.toMatchObject({ code: 'event_invalid' });
    });

    it('undoes all of it when the fold refuses an event', async () => {
      await subject.store.append(opening(1, { due: [{ put: dueRow('kept') }] }));
      const seal = { request: requestOf(2), generation: 1, sealed: Buffer.from('sealed') };
      const orphan = following(2, 0, {
        due: [{ put: dueRow('lost') }, { drop: 'kept' }],
        secrets: [{ seal }],
      });
      await expect(subject.store.append(orphan)).rejects.toThrow('does not begin with a submission');
      expect(await subject.store.size()).toBe(1);
      expect(await subject.store.read(streamNumber(2))).toEqual([]);
      expect(await subject.store.sealed(requestOf(2))).toBeNull();
      const claims = await subject.store.claim('access', now, 10, 1_000);
      expect(claims.map((claim) => claim.key)).toEqual(['kept']);
    });
  });
}

function telling(subject: Subject): void {
  describe('free text', () => {
    it('is disclosed beside its event, which holds its salted digest alone', async () => {
      const events = [
        event({ ...submission(), personal: { justification: 'orders are stuck', ticket: 'INC-1' } }),
        event({ ...approval(), personal: { comment: 'go on' } }),
      ];
      await subject.store.append({ stream: streamNumber(1), expectedVersion: 0, events });
      await subject.store.append(opening(2));
      expect(await subject.store.disclosures(streamNumber(1))).toEqual([
        { index: 0, field: 'justification', value: 'orders are stuck' },
        { index: 0, field: 'ticket', value: 'INC-1' },
        { index: 1, field: 'comment', value: 'go on' },
      ]);
      const leaf = (await subject.store.stored(0, 1))[0];
      const { sd } = decodeLeaf(leaf?.bytes ?? Buffer.alloc(0));
      expect(Object.keys(sd)).toEqual(['justification', 'ticket']);
      expect(sd.ticket).toHaveLength(disclosureDigest('').length);
      expect(Buffer.from(leaf?.bytes ?? '').toString()).not.toContain('INC-1');
    });

    it('has another digest each time, so that equal texts cannot be told', async () => {
      for (const n of [1, 2])
        await subject.store.append(
          opening(n, { events: [event({ ...submission(), personal: { ticket: 'INC-1' } })] }),
        );
      const digests = (await subject.store.stored(0, 2)).map((leaf) => decodeLeaf(leaf.bytes).sd.ticket);
      expect(new Set(digests).size).toBe(2);
    });
  });
}
