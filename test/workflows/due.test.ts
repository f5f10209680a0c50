import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestId } from '../../src/domain/values.ts';
import { LIMITS } from '../../src/limits.ts';
import type { DueRow } from '../../src/ports/store.ts';
import { perform } from '../../src/workflows/due.ts';
import { HOUR, MINUTE, SECOND, T0, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const strange: DueRow = {
  key: 'strange',
  lane: 'access',
  kind: 'dance',
  stream: 'request/req_000000000001',
  dueAt: T0,
};
const logged = (message: string): readonly string[] =>
  world.logLines.filter((line) => line.includes(message));

describe('the worker', () => {
  it('tries work that throws again and again, ever later up to the cap, and says so', async () => {
    await world.deps.store.put([strange]);
    await world.clock.moveBy(10 * MINUTE);
    const [row] = world.due();
    // 0.5, 1, 2, 4, 8, 16 s and then the cap, three quarters of each with this jitter, and up to one poll late.
    expect(row?.attempts).toBeGreaterThanOrEqual(28);
    expect(row?.attempts).toBeLessThanOrEqual(32);
    expect((row?.dueAt ?? 0) - world.clock.now()).toBeLessThanOrEqual(30 * SECOND);
    expect(logged('due work failed').length).toBe(row?.attempts);
    expect(logged('no such due work: dance').length).toBeGreaterThan(0);
  });

  it('does other work of the lane while one piece fails', async () => {
    await world.deps.store.put([strange]);
    const id = await world.granted();
    expect((await world.state(id)).phase).toBe('active');
  });

  it('looks at once when it is woken, and within a second when it is not', async () => {
    const id = await world.submit();
    await world.deps.store.put([{ ...strange, key: 'unannounced' }]);
    await world.clock.settle();
    expect(logged('unannounced')).toEqual([]);
    await world.clock.moveBy(SECOND);
    expect(logged('unannounced').length).toBe(1);
    await world.approve('cleo', id);
    await world.approve('dev', id);
    expect((await world.state(id)).phase).toBe('active');
  });

  it('expires a grant at its time and not a poll later', async () => {
    const id = await world.granted();
    await world.clock.moveBy(30 * SECOND - 1);
    expect((await world.state(id)).phase).toBe('active');
    await world.clock.moveBy(1);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.clock.now()).toBe(T0 + 30 * SECOND);
  });

  it('does not let a hanging chat hold up a revocation', async () => {
    world.chat.hanging.add('*');
    const ids: RequestId[] = [];
    for (const person of ['ana', 'ben']) ids.push(await world.granted(person));
    await world.clock.moveBy(30 * SECOND);
    for (const id of ids) expect((await world.state(id)).phase).toBe('revoked');
    expect(world.chat.messages).toEqual([]);
  });

  it('does not let a target that hangs hold up the chat, or what waits for other targets', async () => {
    world.target.fail('provision', 'hang', { times: 20 });
    const hanging = await world.granted();
    const other = await world.submit('ben', { entitlement: 'reports-api:read', duration: '30m' });
    expect((await world.state(hanging)).phase).toBe('provisioning');
    expect((await world.state(other)).phase).toBe('active');
    expect(world.chat.messages.filter((m) => m.key.includes(`${other}/dm:`)).length).toBeGreaterThan(0);
  });

  it('lets a burst of revocations go before the chat, for two seconds at the most', async () => {
    const startAt = T0 + 5 * MINUTE;
    const end = startAt + 30 * SECOND;
    const ids: RequestId[] = [];
    for (let n = 0; n < LIMITS.revocationConcurrency; n += 1) {
      ids.push(await world.granted('ana', { startAt }));
      await world.clock.moveBy(10 * SECOND);
    }
    world.target.fail('revoke', 'hang', { times: ids.length });
    await world.clock.moveTo(end - 1);
    const told = world.chat.messages.length;
    await world.clock.moveTo(end + 2 * SECOND - 1);
    for (const id of ids) expect((await world.state(id)).phase).toBe('revoking');
    expect(world.chat.messages.length).toBe(told);
    await world.clock.moveTo(end + 3 * SECOND);
    expect(world.chat.messages.length).toBeGreaterThan(told);
  });

  it('finishes what it has begun when it is drained, and begins nothing more', async () => {
    world.target.fail('provision', 'late');
    const id = await world.granted();
    let drained = false;
    const draining = world.worker?.drain().then(() => {
      drained = true;
    });
    await world.clock.settle();
    expect(drained).toBe(false);
    world.target.finishLate();
    await draining;
    expect((await world.state(id)).phase).toBe('active');
    await world.clock.moveBy(HOUR);
    expect((await world.state(id)).phase).toBe('active');
    expect(world.dueKinds()).toContain('expire');
  });

  it('goes on when the queue cannot be read for a while', async () => {
    const { store } = world.deps;
    let broken = true;
    await world.restart({
      deps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          claim: (...args) =>
            broken ? Promise.reject(new Error('disk I/O error')) : deps.store.claim(...args),
        },
      }),
    });
    expect(store).not.toBe(world.deps.store);
    const id = await world.granted();
    await world.clock.moveBy(5 * SECOND);
    expect((await world.state(id)).phase).toBe('approved');
    expect(logged('due work could not be claimed').length).toBeGreaterThanOrEqual(15);
    broken = false;
    await world.clock.moveBy(SECOND);
    expect((await world.state(id)).phase).toBe('active');
  });

  it('never does one piece twice at a time, though its row was put anew while it ran', async () => {
    world.chat.hanging.add('*');
    const id = await world.submit();
    await world.approve('cleo', id);
    await world.approve('dev', id);
    await world.clock.moveBy(10 * SECOND);
    expect(world.chat.tried).toHaveLength(1);
  });
});

describe('due work', () => {
  beforeEach(() => world.restart({ working: false }));

  it('keeps an expiry that the clock, set back, says is not due yet', async () => {
    await world.restart({ working: true });
    const id = await world.granted();
    await world.restart({ working: false });
    world.clock.set(T0 + 30 * SECOND);
    const claim = await world.claim('revocation', 'expire');
    world.clock.set(T0 - HOUR);
    expect(await perform(world.deps, claim)).toEqual({ kind: 'retry', at: T0 + 30 * SECOND });
    expect((await world.state(id)).phase).toBe('active');
  });

  it('is complete when the state no longer wants it', async () => {
    const id = await world.submit();
    await world.as('ana', { kind: 'withdraw', request: id });
    await world.deps.store.put([
      { key: `remind:${id}`, lane: 'access', kind: 'remind', stream: `request/${id}`, dueAt: T0 },
    ]);
    expect(await perform(world.deps, await world.claim('access', 'remind'))).toEqual({ kind: 'complete' });
    expect(await world.types(id)).toEqual(['RequestSubmitted', 'RequestWithdrawn']);
  });

  it('stores nothing under a claim that has gone to another', async () => {
    const id = await world.submit();
    world.clock.set(T0 + MINUTE);
    const lost = await world.claim('access', 'remind', SECOND);
    world.clock.set(T0 + 2 * MINUTE);
    const held = await world.claim('access', 'remind');
    expect(await perform(world.deps, lost)).toEqual({ kind: 'done' });
    expect(await world.types(id)).toEqual(['RequestSubmitted']);
    await perform(world.deps, held);
    expect(await world.types(id)).toEqual(['RequestSubmitted', 'ApproversReminded']);
  });

  it.each(['provision', 'extend', 'revoke', 'verify', 'undo'])(
    'does not begin to %s when too little is left of its claim for the call, and keeps the row',
    async (kind) => {
      const id = await inPhaseFor(kind);
      const lane = kind === 'provision' || kind === 'extend' ? 'access' : 'revocation';
      const calls = world.target.calls.length;
      const claim = await world.claim(lane, kind, 25 * SECOND);
      expect(await perform(world.deps, claim)).toEqual({ kind: 'retry', at: world.clock.now() });
      expect(world.target.calls.length).toBe(calls);
      expect(world.dueKinds()).toContain(kind);
      expect(world.due().some((row) => row.key === `${kind}:${id}`)).toBe(true);
    },
  );
});

/** A request whose row of this kind is due, and nobody at work. */
async function inPhaseFor(kind: string): Promise<string> {
  const id = await world.granted('ana', { duration: '5m' });
  const step = async (lane: 'access' | 'revocation', done: string): Promise<void> => {
    const result = await perform(world.deps, await world.claim(lane, done));
    expect(result).toEqual({ kind: 'done' });
  };
  await step('access', 'start');
  if (kind === 'provision') return id;
  await step('access', 'provision');
  if (kind === 'extend') await world.as('ana', { kind: 'extend', request: id, extraMs: MINUTE });
  if (kind === 'extend') return id;
  await world.as('ana', { kind: 'done', request: id });
  if (kind === 'revoke') return id;
  await step('revocation', 'revoke');
  if (kind === 'undo')
    await world.deps.store.put([
      {
        key: `undo:${id}`,
        lane: 'revocation',
        kind: 'undo',
        stream: `request/${id}`,
        dueAt: world.clock.now(),
      },
    ]);
  return id;
}
