import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import plugin from '../../src/connectors/exception/index.ts';
import type { Json } from '../../src/domain/values.ts';
import type { Connector, Order } from '../../src/ports/connector.ts';
import { contextWith } from './context.ts';
import { type OwnStores, openOwnStores } from './own-stores.ts';

const NAME = 'jit_test_aaaaaaaaaaaaaaaaaaaa';
const PERSON = 's:0123456789abcdef01234567';
const signal = AbortSignal.timeout(60_000);
const start = Date.parse('2026-12-24T08:00Z');
const HOUR_MS = 3_600_000;

let stores: OwnStores & { close(): Promise<void> };
let now: number;
let connector: Connector;
beforeEach(async () => {
  stores = await openOwnStores();
  now = start;
  const clock = { now: () => now, wait: async () => {} };
  connector = plugin.open('rules', {}, contextWith({ ...stores, clock }));
});
afterEach(() => stores.close());

const orderWith = (
  scope: Record<string, Json> = { overrides: 'freeze', entitlement: 'orders-db:write' },
  over: Partial<Order> = {},
): Order => ({
  handle: { name: NAME, scope, connector: { id: 'rules', use: 'exception', config: {} } },
  request: 'req_0123456789ab',
  subject: PERSON,
  generation: 1,
  expiresAt: start + 2 * HOUR_MS,
  ...over,
});
const inForce = (at = now, person = PERSON) => stores.exceptions.inForce(person, at);

describe('an exception', () => {
  it('is in force for its person, rule and entitlement, until it runs out', async () => {
    await connector.provision(orderWith(), signal);
    expect(await inForce()).toEqual([
      {
        name: NAME,
        subject: PERSON,
        overrides: 'freeze',
        entitlement: 'orders-db:write',
        expiresAt: start + 2 * HOUR_MS,
      },
    ]);
    expect(await inForce(now, 's:ffffffffffffffffffffffff')).toEqual([]);
    expect(await inForce(start + 2 * HOUR_MS)).toEqual([]);
  });

  it('may be for every entitlement, and says so', async () => {
    await connector.provision(orderWith({ overrides: 'forbid.office-hours' }), signal);
    expect(await inForce()).toMatchObject([{ overrides: 'forbid.office-hours', entitlement: null }]);
    expect(connector.describeScope({ overrides: 'forbid.office-hours' })).toBe(
      'override of forbid.office-hours for every entitlement',
    );
    expect(connector.describeScope({ overrides: 'freeze', entitlement: 'orders-db:write' })).toBe(
      'override of freeze for orders-db:write',
    );
  });

  it('hands over a receipt and nothing to copy', async () => {
    const { secret } = await connector.provision(orderWith(), signal);
    expect(secret.expose()).toEqual([
      {
        label: 'Exception',
        value:
          'override of freeze for orders-db:write, in force until 2026-12-24 10:00 UTC. There is nothing to copy: ask for what you need it for.',
      },
    ]);
  });

  it('is seen in force, and is not once it has ended', async () => {
    const order = orderWith();
    const made = await connector.provision(order, signal);
    expect(await connector.verifyActive(order, made, signal)).toBe(start);
    await connector.revoke(order.handle, signal);
    expect(await inForce()).toEqual([]);
    await expect(connector.verifyActive(order, made, signal)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('does not take a registry that lists everything for one that lists it', async () => {
    const order = orderWith();
    const made = await connector.provision(order, signal);
    const exceptions = {
      ...stores.exceptions,
      get: async (name: string) => ({ ...order, ...(await stores.exceptions.get(NAME)), name }) as never,
    };
    const gullible = plugin.open(
      'rules',
      {},
      contextWith({ exceptions, clock: { now: () => now, wait: async () => {} } }),
    );
    await expect(gullible.verifyActive(order, made, signal)).rejects.toMatchObject({ code: 'internal' });
  });

  it('is not made under a name that was ended before, nor under one that stands for something else', async () => {
    await connector.revoke(orderWith().handle, signal);
    await expect(connector.provision(orderWith(), signal)).rejects.toMatchObject({
      code: 'conflict',
      message: `provision ${NAME}: it was ended meanwhile; no rule is overridden`,
    });
    expect(await inForce()).toEqual([]);
    const name = 'jit_test_bbbbbbbbbbbbbbbbbbbb';
    const handle = { ...orderWith().handle, name };
    await connector.provision(orderWith(undefined, { handle }), signal);
    const other = { ...handle, scope: { overrides: 'forbid.office-hours' } };
    await expect(connector.provision(orderWith(undefined, { handle: other }), signal)).rejects.toMatchObject({
      code: 'conflict',
      message: `provision ${name}: the name stands for another exception`,
    });
    expect(await inForce()).toMatchObject([{ overrides: 'freeze' }]);
  });

  it('is lengthened while it is in force, and not after', async () => {
    await connector.provision(orderWith(), signal);
    const longer = orderWith(undefined, { expiresAt: start + 3 * HOUR_MS });
    await connector.extend(longer, signal);
    expect(await inForce(start + 2.5 * HOUR_MS)).toHaveLength(1);
    now = start + 3 * HOUR_MS;
    const later = orderWith(undefined, { expiresAt: start + 4 * HOUR_MS });
    await expect(connector.extend(later, signal)).rejects.toMatchObject({ code: 'conflict' });
    expect(await inForce()).toEqual([]);
  });
});

describe('the proof', () => {
  it('is not satisfied by an exception that has merely run out', async () => {
    await connector.provision(orderWith(), signal);
    now = start + 3 * HOUR_MS;
    expect(await connector.verifyRevoked(orderWith().handle, start, signal)).toMatchObject({
      absent: false,
      loginRefused: 'no',
    });
    await connector.revoke(orderWith().handle, signal);
    expect(await connector.verifyRevoked(orderWith().handle, start, signal)).toEqual({
      absent: true,
      loginRefused: 'yes',
      liveSessions: 0,
      positiveControlAt: start,
      method: `exceptions in force read back: ${NAME} is not among them`,
      at: now,
    });
  });
});
