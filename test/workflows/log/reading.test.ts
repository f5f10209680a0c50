import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestId } from '../../../src/domain/values.ts';
import { StoreError } from '../../../src/ports/store.ts';
import { sweepAll } from '../../../src/workflows/reconcile.ts';
import { redactText } from '../../../src/workflows/log/redact-text.ts';
import { SECOND, World } from '../world.ts';

const WHY = 'INC-7: the orders of a customer';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const show = (who: string, request: RequestId, toAct = false) =>
  world.as(who, { kind: 'show', request, ...(toAct && { toAct }) });
const reads = () => world.eventsOnDisk().filter(({ type }) => type === 'LogRead');

describe('a request that is shown in chat', () => {
  it.each([
    ['its requester', 'ana', { kind: 'clear', value: WHY }],
    ['its owner', 'cleo', { kind: 'clear', value: WHY }],
    ['an approver of it', 'dev', { kind: 'clear', value: WHY }],
    ['an operator who has nothing else to do with it', 'finn', { kind: 'masked' }],
  ])('to %s', async (_, who, justification) => {
    const id = await world.submit('ana');
    expect(await show(who, id)).toMatchObject({ kind: 'shown', view: { id, justification } });
    expect(reads()).toEqual([]);
  });

  it('to an auditor is on record before they see it', async () => {
    const id = await world.submit('ana');
    expect(await show('hana', id)).toMatchObject({ view: { justification: { kind: 'clear', value: WHY } } });
    const by = await world.deps.store.known('hana');
    expect(reads()).toMatchObject([{ data: { by, what: 'search', as: 'auditor', query: {}, request: id } }]);
  });

  it('does not exist for anyone else', async () => {
    const id = await world.submit('ana');
    for (const who of ['ben', 'gus'])
      expect(await show(who, id)).toEqual({
        kind: 'refused',
        refusal: { code: 'no-such-request' },
        view: null,
      });
  });

  it('is no dialog for an auditor who wants to act on it, and no reading either', async () => {
    const id = await world.submit('ana');
    expect(await show('hana', id, true)).toMatchObject({ refusal: { code: 'no-such-request' } });
    expect(await show('cleo', id, true)).toMatchObject({ kind: 'shown' });
    expect(reads()).toEqual([]);
  });

  it('is not shown to an auditor whose reading cannot be put on record', async () => {
    const id = await world.submit('ana');
    await world.restart({
      deps: (deps) => ({
        ...deps,
        store: new Proxy(deps.store, {
          get: (store, name) =>
            name === 'enter'
              ? async () => Promise.reject(new StoreError('store_full', 'the disk is full', 'make room'))
              : Reflect.get(store, name, store),
        }),
      }),
    });
    expect(await show('hana', id)).toMatchObject({ kind: 'trouble' });
    expect(await show('cleo', id)).toMatchObject({ kind: 'shown' });
  });

  it('keeps a place for what was redacted, for the requester too', async () => {
    const id = await world.submit('ana', { entitlement: 'orders-db:read', duration: '15m', ticket: 'INC-7' });
    const [{ meta }] = (await world.events(id)) as [Awaited<ReturnType<World['events']>>[number]];
    for (const field of ['justification', 'ticket'])
      await redactText(world.deps, { as: 'finn', index: meta.index, field, reason: 'wrong place' });
    const gone = { kind: 'redacted', redactedAt: null };
    for (const who of ['ana', 'cleo', 'finn'])
      expect(await show(who, id)).toMatchObject({ view: { justification: gone, ticket: gone } });
  });
});

describe('what the installation puts on record of itself', () => {
  it('is what a sweep found on a target, once for as long as it stays the same', async () => {
    const shop = world.deps.connectorSnapshot('shop-postgres')!;
    const sweep = async () => {
      await sweepAll(world.deps, [shop]);
      await world.clock.moveBy(SECOND);
    };
    const told = () =>
      world.eventsOnDisk().flatMap(({ type, data }) => (type === 'DriftFound' ? [data] : []));
    await sweep();
    expect(told()).toEqual([]);
    const name = 'jit_test_nobody';
    world.target.credentials.set(name, { name, secret: '', expiresAt: 0, sessions: 0 });
    await sweep();
    await sweep();
    expect(told()).toEqual([{ connector: 'shop-postgres', late: [], unknown: [name] }]);
    world.target.credentials.delete(name);
    await sweep();
    await sweep();
    expect(told().slice(1)).toEqual([{ connector: 'shop-postgres', late: [], unknown: [] }]);
  });
});
