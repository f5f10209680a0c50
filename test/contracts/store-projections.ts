import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import type { RequestQuery } from '../../src/ports/store.ts';
import type { Subject } from './store.ts';
import {
  event,
  foldSample,
  following,
  opening,
  provisioning,
  requestOf,
  streamNumber,
  subjectOf,
  submission,
  withdrawal,
} from './store-samples.ts';

export function projectionsContract(subject: Subject): void {
  const found = async (query: Partial<RequestQuery>) =>
    (await subject.store.requests({ limit: 10, ...query })).map((state) => state.id);

  describe('projections', () => {
    it('hold each stream folded, up to its last event', async () => {
      await subject.store.append(opening(1));
      await subject.store.append(following(1, 1));
      const events = await subject.store.read(streamNumber(1));
      const state = events.reduce<ReturnType<typeof foldSample> | null>(foldSample, null);
      expect(await subject.store.request(requestOf(1))).toEqual(state);
      expect(state?.version).toBe(2);
      expect(await subject.store.request(requestOf(2))).toBeNull();
    });

    it('find requests by requester, phase and entitlement, newest first', async () => {
      await fill(subject);
      expect(await found({})).toEqual([requestOf(3), requestOf(2), requestOf(1)]);
      expect(await found({ requester: subjectOf(1) })).toEqual([requestOf(3), requestOf(1)]);
      expect(await found({ requester: subjectOf(1), phases: ['withdrawn'] })).toEqual([requestOf(1)]);
      expect(await found({ phases: ['requested', 'withdrawn'], entitlement: 'b' })).toEqual([requestOf(2)]);
      expect(await found({ limit: 1 })).toEqual([requestOf(3)]);
    });

    it('find nothing for no phases at all, and no more than asked for', async () => {
      await fill(subject);
      expect(await found({ phases: [] })).toEqual([]);
      expect(await found({ limit: 0 })).toEqual([]);
      expect(await found({ limit: -1 })).toEqual([]);
    });

    it('never list more than the limit of the house', async () => {
      for (let n = 1; n <= LIMITS.listMax + 1; n++) await subject.store.append(opening(n));
      expect(await found({ limit: 1_000 })).toHaveLength(LIMITS.listMax);
    });

    it('lead from a credential’s name to its request, of every generation, also after a rebuild', async () => {
      const { store } = subject;
      await fill(subject);
      const started = (generation: number) => [event(provisioning(`jit_a_${generation}`, generation))];
      await store.append(following(2, 1, { events: started(1) }));
      await store.append(following(2, 2, { events: started(2) }));
      const owner = async (name: string) => (await store.requestOfCredential(name))?.id ?? null;
      const owners = async () => [await owner('jit_a_1'), await owner('jit_a_2'), await owner('jit_a')];
      expect(await owners()).toEqual([requestOf(2), requestOf(2), null]);
      await store.rebuild(() => undefined);
      expect(await owners()).toEqual([requestOf(2), requestOf(2), null]);
    });

    it('are the same after they were rebuilt from the log', async () => {
      await fill(subject);
      const before = await subject.store.requests({ limit: 10 });
      const told: [number, number][] = [];
      const counts = await subject.store.rebuild((done, total) => told.push([done, total]));
      expect(counts).toEqual({ events: 4, requests: 3 });
      expect(told.at(-1)).toEqual([4, 4]);
      expect(await subject.store.requests({ limit: 10 })).toEqual(before);
      expect(await found({ phases: ['withdrawn'] })).toEqual([requestOf(1)]);
    });
  });
}

async function fill({ store }: Subject): Promise<void> {
  const asked = (n: number, requester: number, entitlement: string) =>
    opening(n, { events: [event(submission({ requester: subjectOf(requester), entitlement }))] });
  await store.append(asked(1, 1, 'a'));
  await store.append(asked(2, 2, 'b'));
  await store.append(asked(3, 1, 'a'));
  await store.append(following(1, 1, { events: [event(withdrawal())] }));
}
