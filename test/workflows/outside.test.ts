import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectorSnapshot } from '../../src/domain/values.ts';
import { revokeAsOperator } from '../../src/workflows/operator.ts';
import { sweepAll } from '../../src/workflows/reconcile.ts';
import { revokeBySignal } from '../../src/workflows/signal.ts';
import { MINUTE, SECOND, T0, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const snapshot = (id: string): ConnectorSnapshot => {
  const found = world.deps.connectorSnapshot(id);
  if (found === null) throw new Error(`no connector ${id}`);
  return found;
};

describe('a sweep', () => {
  it('has what came to life after its grant was proven gone removed again', async () => {
    const id = await world.granted('ana', { duration: '5m' });
    const name = (await world.state(id)).grant?.handle.name ?? '';
    await world.clock.moveTo(T0 + 10 * MINUTE);
    expect(world.due()).toEqual([]);
    world.target.credentials.set(name, { name, secret: 'x', expiresAt: T0, sessions: 0 });
    await sweepAll(world.deps, [snapshot('shop-postgres')]);
    expect(world.logLines.some((line) => line.includes('outlived') && line.includes(name))).toBe(true);
    await world.clock.moveBy(SECOND);
    expect(world.target.names()).toEqual([]);
    expect((await world.state(id)).phase).toBe('revoked');
  });

  it('tells of a name that no event knows, and leaves it for a person to judge', async () => {
    world.target.credentials.set('jit_test_x', {
      name: 'jit_test_x',
      secret: 'x',
      expiresAt: T0,
      sessions: 0,
    });
    await sweepAll(world.deps, [snapshot('shop-postgres')]);
    await world.clock.moveBy(MINUTE);
    expect(world.target.names()).toEqual(['jit_test_x']);
    expect(
      world.logLines.some((line) => line.includes('"level":"error"') && line.includes('jit_test_x')),
    ).toBe(true);
  });

  it('leaves living grants alone', async () => {
    await world.granted();
    await sweepAll(world.deps, [snapshot('shop-postgres')]);
    expect(world.target.calls.at(-1)?.call).toBe('listOwned');
    expect(world.dueKinds()).not.toContain('undo');
  });

  it('goes on to the next target when one cannot be reached', async () => {
    world.target.unreachableUntil = T0 + MINUTE;
    await sweepAll(world.deps, [snapshot('shop-postgres'), snapshot('tokens')]);
    expect(world.otherTarget.calls.map((call) => call.call)).toEqual(['listOwned']);
    expect(world.logLines.some((line) => line.includes('a target could not be swept'))).toBe(true);
  });
});

describe('an operator at the command line', () => {
  it('ends a grant on record as themselves, with a reason', async () => {
    const id = await world.granted();
    expect(await revokeAsOperator(world.deps, id, 'finn', '')).toMatchObject({ code: 'reason-missing' });
    expect(await revokeAsOperator(world.deps, id, 'finn', 'incident 7')).toEqual({ kind: 'revoking' });
    await world.clock.settle();
    const { phase, revocation } = await world.state(id);
    expect(phase).toBe('revoked');
    expect(revocation).toMatchObject({ trigger: 'revoked', by: await world.deps.store.known('finn') });
  });

  it('is refused when they are none, and for a request there is not', async () => {
    const id = await world.granted();
    for (const person of ['cleo', 'nobody'])
      expect(await revokeAsOperator(world.deps, id, person, 'why')).toMatchObject({
        code: 'not-an-operator',
      });
    expect(await revokeAsOperator(world.deps, 'req_000000000000', 'finn', 'why')).toMatchObject({
      code: 'no-such-request',
    });
    expect((await world.state(id)).phase).toBe('active');
  });
});

describe('a signal', () => {
  it('ends what lives, and nothing twice', async () => {
    const id = await world.granted();
    for (let delivery = 0; delivery < 3; delivery += 1) await revokeBySignal(world.deps, id);
    await world.clock.moveBy(SECOND);
    expect((await world.state(id)).revocation).toMatchObject({ trigger: 'signal-received', by: null });
    expect((await world.types(id)).filter((type) => type === 'RevocationStarted')).toHaveLength(1);
  });

  it('about nothing of ours does nothing', async () => {
    for (const request of ['req_000000000000', '../etc/passwd', ''])
      await revokeBySignal(world.deps, request);
    expect(await world.requests()).toEqual([]);
  });
});
