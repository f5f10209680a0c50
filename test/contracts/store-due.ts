import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim, Lane } from '../../src/ports/store.ts';
import type { Subject } from './store.ts';
import { dueRow, following, now, opening, streamNumber } from './store-samples.ts';

const holdMs = 1_000;

export function dueContract(subject: Subject): void {
  const keys = async (at: number, lane: Lane = 'access', limit = 10) =>
    (await subject.store.claim(lane, at, limit, holdMs)).map((claim) => claim.key);
  const claimOne = async (at: number): Promise<Claim> => {
    const [claim] = await subject.store.claim('access', at, 1, holdMs);
    if (claim === undefined) throw new Error('nothing to claim');
    return claim;
  };
  claiming(subject, keys, claimOne);
  settling(subject, keys, claimOne);
  completing(subject, keys, claimOne);
  neverTwoHolders(subject);
}

type Keys = (at: number, lane?: Lane, limit?: number) => Promise<string[]>;
type ClaimOne = (at: number) => Promise<Claim>;

function claiming(subject: Subject, keys: Keys, claimOne: ClaimOne): void {
  describe('due work', () => {
    it('is given out when it is due and not before, oldest first, by lane, up to the limit', async () => {
      await subject.store.put([
        dueRow('late', { dueAt: now + 2 }),
        dueRow('early', { dueAt: now }),
        dueRow('middle', { dueAt: now + 1 }),
        dueRow('other', { lane: 'chat' }),
      ]);
      expect(await keys(now - 1)).toEqual([]);
      expect(await keys(now + 1)).toEqual(['early', 'middle']);
      expect(await keys(now + 9, 'access', 0)).toEqual([]);
      expect(await keys(now + 9)).toEqual(['late']);
      expect(await keys(now, 'chat')).toEqual(['other']);
    });

    it('carries what its handler needs', async () => {
      const row = dueRow('a', { kind: 'post', detail: { slot: 'card:C1', round: 2 } });
      await subject.store.put([row]);
      expect(await claimOne(now)).toEqual({
        ...row,
        fence: expect.any(Number) as number,
        attempts: 1,
        claimedUntil: now + holdMs,
      });
    });

    it('is held until its time is over, then another may take it, under a higher fence', async () => {
      await subject.store.put([dueRow('a')]);
      const first = await claimOne(now);
      expect(await keys(now + holdMs - 1)).toEqual([]);
      const second = await claimOne(now + holdMs);
      expect(second).toMatchObject({ key: 'a', attempts: 2, claimedUntil: now + 2 * holdMs });
      expect(second.fence).toBeGreaterThan(first.fence);
    });

    it('is free again when the store is opened again: whoever held it is gone', async () => {
      await subject.store.put([dueRow('a')]);
      const before = await claimOne(now);
      const store = await subject.reopen();
      const [after] = await store.claim('access', now, 1, holdMs);
      expect(after).toMatchObject({ key: 'a', attempts: 2 });
      expect(after?.fence).toBeGreaterThan(before.fence);
    });

    it('says when the lane next has work', async () => {
      const { store } = subject;
      expect(await store.nextAt('access')).toBeNull();
      await store.put([dueRow('a', { dueAt: now }), dueRow('b', { dueAt: now + 5_000 })]);
      await store.put([dueRow('c', { lane: 'chat', dueAt: now - 9 })]);
      expect(await store.nextAt('access')).toBe(now);
      await claimOne(now + 10);
      expect(await store.nextAt('access')).toBe(now + 10 + holdMs);
      await store.put([dueRow('d', { dueAt: now + 20 })]);
      expect(await store.nextAt('access')).toBe(now + 20);
    });

    it('counts what waits and what is overdue', async () => {
      await subject.store.put([dueRow('a'), dueRow('b', { dueAt: now + 1 }), dueRow('c', { lane: 'chat' })]);
      await claimOne(now);
      expect(await subject.store.depth(now)).toEqual({
        revocation: { waiting: 0, overdue: 0 },
        access: { waiting: 2, overdue: 1 },
        chat: { waiting: 1, overdue: 1 },
        log: { waiting: 0, overdue: 0 },
        follow: { waiting: 0, overdue: 0 },
      });
    });
  });
}

function settling(subject: Subject, keys: Keys, claimOne: ClaimOne): void {
  describe('a claim', () => {
    it('is done for ever once completed', async () => {
      await subject.store.put([dueRow('a')]);
      await subject.store.complete(await claimOne(now));
      expect(await keys(now + 10 * holdMs)).toEqual([]);
    });

    it('goes back for later with its attempts kept', async () => {
      await subject.store.put([dueRow('a')]);
      await subject.store.retry(await claimOne(now), now + 50);
      expect(await keys(now + 49)).toEqual([]);
      expect(await claimOne(now + 50)).toMatchObject({ key: 'a', attempts: 2, dueAt: now + 50 });
    });

    it('changes nothing once given back: it is nobody’s', async () => {
      await subject.store.put([dueRow('a')]);
      const claim = await claimOne(now);
      await subject.store.retry(claim, now + 50);
      await subject.store.complete(claim);
      expect(await keys(now + 50)).toEqual(['a']);
    });

    it('changes nothing once another has it', async () => {
      await subject.store.put([dueRow('a')]);
      const stale = await claimOne(now);
      const held = await claimOne(now + holdMs);
      await subject.store.complete(stale);
      await subject.store.retry(stale, now);
      expect(await keys(now + holdMs)).toEqual([]);
      await subject.store.complete(held);
      expect(await keys(now + 9 * holdMs)).toEqual([]);
    });

    it('changes nothing once its row was replaced: the new row stands, with no attempt yet', async () => {
      await subject.store.put([dueRow('a')]);
      const stale = await claimOne(now);
      await subject.store.put([dueRow('a', { kind: 'expire', dueAt: now + 1 })]);
      await subject.store.complete(stale);
      await subject.store.retry(stale, now + 99);
      expect(await claimOne(now + 1)).toMatchObject({ kind: 'expire', attempts: 1, dueAt: now + 1 });
    });

    it('does not fit a row that was dropped and put again, though its fence began anew', async () => {
      await subject.store.put([dueRow('a')]);
      const stale = await claimOne(now);
      await subject.store.append(opening(1, { due: [{ drop: 'a' }] }));
      await subject.store.put([dueRow('a')]);
      const held = await claimOne(now);
      expect(held.fence).toBeGreaterThan(stale.fence);
      await subject.store.complete(stale);
      expect(await subject.store.depth(now)).toMatchObject({ access: { waiting: 1 } });
    });
  });
}

function completing(subject: Subject, keys: Keys, claimOne: ClaimOne): void {
  describe('a commit that completes a claim', () => {
    it('removes the row in the same transaction', async () => {
      await subject.store.append(opening(1, { due: [{ put: dueRow('a') }] }));
      const completes = await claimOne(now);
      expect(await subject.store.append(following(1, 1, { completes }))).toMatchObject({ ok: true });
      expect(await keys(now + 9 * holdMs)).toEqual([]);
    });

    it('may put the same key again', async () => {
      await subject.store.append(opening(1, { due: [{ put: dueRow('a') }] }));
      const again = { put: dueRow('a', { dueAt: now + 7 }) };
      await subject.store.append(following(1, 1, { completes: await claimOne(now), due: [again] }));
      expect(await claimOne(now + 7)).toMatchObject({ key: 'a', attempts: 1 });
    });

    it('stores nothing when the claim was lost, even if the version was lost as well', async () => {
      await subject.store.append(opening(1, { due: [{ put: dueRow('a') }] }));
      const completes = await claimOne(now);
      await claimOne(now + holdMs);
      for (const version of [1, 5])
        expect(await subject.store.append(following(1, version, { completes }))).toEqual({
          ok: false,
          reason: 'claim-lost',
        });
      expect(await subject.store.read(streamNumber(1))).toHaveLength(1);
    });

    it('keeps the claim when the version was lost, so that one can decide again', async () => {
      await subject.store.append(opening(1, { due: [{ put: dueRow('a') }] }));
      const completes = await claimOne(now);
      await subject.store.append(following(1, 1));
      expect(await subject.store.append(following(1, 1, { completes }))).toMatchObject({ actualVersion: 2 });
      expect(await subject.store.append(following(1, 2, { completes }))).toMatchObject({ ok: true });
    });

    it('may change no stream and still be fenced', async () => {
      await subject.store.append(opening(1, { due: [{ put: dueRow('a') }] }));
      const completes = await claimOne(now);
      const commit = { stream: streamNumber(1), expectedVersion: 1, events: [], completes };
      expect(await subject.store.append(commit)).toEqual({ ok: true, events: [] });
      expect(await subject.store.append(commit)).toMatchObject({ reason: 'claim-lost' });
    });
  });
}

type Step = { readonly do: 'claim' | 'complete' | 'retry' | 'put' | 'wait'; readonly pick: number };
const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('claim', 'complete', 'retry', 'put', 'wait'),
    pick: fc.nat({ max: 9 }),
  }),
  { minLength: 5, maxLength: 40 },
);

function neverTwoHolders(subject: Subject): void {
  it('never has two holders for one row, whatever is put, claimed, settled and waited for', async () => {
    let clock = now;
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const claims: Claim[] = [];
        const replacedAt = new Map<string, number>();
        let fences = 0;
        clock += 100 * holdMs;
        for (const { do: step, pick } of plan) {
          const claim = claims[pick % Math.max(1, claims.length)];
          if (step === 'wait') clock += pick * 200;
          else if (step === 'put') {
            const key = `k${pick % 3}`;
            await subject.store.put([dueRow(key, { dueAt: clock })]);
            replacedAt.set(key, claims.length);
          } else if (step === 'claim') {
            const taken = await subject.store.claim('access', clock, 1 + (pick % 3), holdMs);
            for (const each of taken) {
              const others = claims
                .slice(replacedAt.get(each.key) ?? 0)
                .filter((one) => one.key === each.key);
              const live = others.filter((one) => one.claimedUntil > clock && !settled.has(one));
              expect(live).toEqual([]);
              expect(each.fence).toBeGreaterThan(fences);
            }
            fences = Math.max(fences, ...taken.map((each) => each.fence));
            claims.push(...taken);
          } else if (claim !== undefined) {
            settled.add(claim);
            if (step === 'complete') await subject.store.complete(claim);
            else await subject.store.retry(claim, clock + pick);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
}
const settled = new WeakSet<Claim>();
