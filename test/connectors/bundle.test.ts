import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import bundle from '../../src/connectors/bundle/index.ts';
import exception from '../../src/connectors/exception/index.ts';
import { openConnectors } from '../../src/connectors/registry.ts';
import signedJwt from '../../src/connectors/signed-jwt/index.ts';
import type { Json } from '../../src/domain/values.ts';
import {
  type Connector,
  type ConnectorContext,
  ConnectorFault,
  type Order,
} from '../../src/ports/connector.ts';
import { freshName } from '../contracts/connector-harness.ts';
import { API, bundleOver, CONFIG, RULES, scopeWith } from './bundle-parts.ts';
import { contextWith } from './context.ts';
import { type OwnStores, openOwnStores } from './own-stores.ts';

const HOUR_MS = 3_600_000;
const PERSON = 's:0123456789abcdef01234567';
const signal = AbortSignal.timeout(60_000);

let stores: OwnStores & { close(): Promise<void> };
beforeEach(async () => {
  stores = await openOwnStores();
});
afterEach(() => stores.close());

const orderOf = (name = freshName('jit_test_'), scope: Record<string, Json> = scopeWith()): Order => ({
  handle: { name, scope, connector: { id: 'both', use: 'bundle', config: CONFIG } },
  request: 'req_0123456789ab',
  subject: PERSON,
  generation: 1,
  expiresAt: Date.now() + HOUR_MS,
});

type Broken = Partial<Connector>;
/** The part on the connector `id` does what `broken` says; the others are as they are. */
const withPart = (id: string, broken: (part: Connector) => Broken): Promise<Connector> =>
  bundleOver(stores, (open) => async (snapshot) => {
    const part = await open(snapshot);
    return snapshot.id === id ? { ...part, ...broken(part) } : part;
  });
const down = async (): Promise<never> => {
  throw new ConnectorFault('unreachable', 'the target is down');
};

const tokenOf = async ({ handle }: Order) => (await stores.tokens.get(handle.name))?.revokedAt;
const exceptionsNow = () => stores.exceptions.inForce(PERSON, Date.now());

describe('a bundle', () => {
  it('makes every part under one name, and hands over what each gave, told apart', async () => {
    const connector = await bundleOver(stores);
    const order = orderOf();
    const made = await connector.provision(order, signal);
    expect(made.secret.expose().map(({ label }) => label)).toEqual([
      'orders-api:read · Token',
      'no-freeze · Exception',
    ]);
    expect(await tokenOf(order)).toBeNull();
    expect(await exceptionsNow()).toMatchObject([{ name: order.handle.name }]);
    expect(await connector.verifyActive(order, made, signal)).toBeGreaterThan(0);
  });

  it('says all that it gives', async () => {
    expect((await bundleOver(stores)).describeScope(scopeWith())).toBe(
      'orders-api:read: token for https://orders.example.com with scope "orders:read"; no-freeze: override of freeze for orders-db:write',
    );
  });

  it('can do no more than the weakest of its parts', async () => {
    const { manifest } = await bundleOver(stores);
    expect(manifest.caps).toEqual({
      nativeExpiry: 'enforced',
      killSessions: false,
      extend: false,
      list: 'none',
      loginProbe: true,
    });
    const unopened = await bundleOver(
      stores,
      (open) => (part) => (part.id === 'rules' ? down() : open(part)),
    );
    expect(unopened.manifest.caps).toMatchObject({ nativeExpiry: 'none', loginProbe: false });
  });

  it('proves nothing of a part that cannot be tried', async () => {
    const connector = await withPart('rules', () => ({ verifyActive: async () => null }));
    const order = orderOf();
    expect(await connector.verifyActive(order, await connector.provision(order, signal), signal)).toBeNull();
  });

  it('tells the health of each part', async () => {
    const connector = await bundleOver(stores);
    const found = await connector.checkHealth(signal, [scopeWith()]);
    expect(found.map(({ what }) => what)).toContain('no-freeze: exceptions are kept in our own store');
    expect(found.some(({ what }) => what.startsWith('orders-api:read: tokens are signed'))).toBe(true);
  });

  it('lengthens all of its parts or none, as far as it can tell beforehand', async () => {
    const rules = await bundleOver(stores);
    const order = orderOf();
    await rules.provision(order, signal);
    const longer = { ...order, expiresAt: order.expiresAt + HOUR_MS };
    await expect(rules.extend(longer, signal)).rejects.toMatchObject({
      code: 'unsupported',
      message: `orders-api:read: extend ${order.handle.name}: signed-jwt cannot; ask again`,
    });
    expect(await exceptionsNow()).toMatchObject([{ expiresAt: order.expiresAt }]);
  });
});

describe('a part that fails while a bundle is made', () => {
  for (const [how, happens] of [
    ['failed and nothing happened', false],
    ['failed but it happened', true],
  ] as const)
    it(`is told of, made good by a second try, and revoked with the others: it ${how}`, async () => {
      let broken = true;
      const connector = await withPart('rules', (part) => ({
        provision: async (...args) => {
          const made = broken && !happens ? null : await part.provision(...args);
          if (broken || made === null) return down();
          return made;
        },
      }));
      const [kept, undone] = [orderOf(), orderOf()];
      for (const order of [kept, undone]) {
        await expect(connector.provision(order, signal)).rejects.toMatchObject({
          code: 'unreachable',
          message: 'no-freeze: the target is down',
        });
        // The part before it is there, and waits for the second try or the revocation.
        expect(await tokenOf(order)).toBeNull();
      }
      expect(await exceptionsNow()).toHaveLength(happens ? 2 : 0);
      broken = false;
      const made = await connector.provision(kept, signal);
      expect(await connector.verifyActive(kept, made, signal)).toBeGreaterThan(0);
      expect(await connector.revoke(undone.handle, signal)).toMatchObject({ outcome: 'revoked' });
      expect(await connector.verifyRevoked(undone.handle, 1, signal)).toMatchObject({
        absent: true,
        loginRefused: 'yes',
      });
      expect((await exceptionsNow()).map(({ name }) => name)).toEqual([kept.handle.name]);
    });

  it('is refused before anything is made when its scope is wrong', async () => {
    const connector = await bundleOver(stores);
    const order = orderOf(undefined, scopeWith(undefined, { overrides: '*' }));
    await expect(connector.provision(order, signal)).rejects.toMatchObject({ code: 'invalid' });
    expect(await tokenOf(order)).toBeUndefined();
  });

  it('does not come to be when the whole is not wanted any more', async () => {
    const answers = [true, false];
    const connector = await bundleOver(stores);
    const order = orderOf();
    const wanted = async () => answers.shift() ?? false;
    await expect(connector.provision(order, signal, wanted)).rejects.toMatchObject({ code: 'conflict' });
    expect(await exceptionsNow()).toEqual([]);
  });
});

describe('a part that fails while a bundle is revoked', () => {
  for (const id of ['api', 'rules'] as const)
    it(`keeps nothing from the others, and the whole from being gone: ${id}`, async () => {
      const order = orderOf();
      await (await bundleOver(stores)).provision(order, signal);
      const halfDown = await withPart(id, () => ({ revoke: down, verifyRevoked: down }));
      await expect(halfDown.revoke(order.handle, signal)).rejects.toMatchObject({ code: 'unreachable' });
      await expect(halfDown.verifyRevoked(order.handle, 1, signal)).rejects.toMatchObject({
        code: 'unreachable',
      });
      expect([await tokenOf(order), await exceptionsNow()]).toEqual(
        id === 'api' ? [null, []] : [expect.any(Number), [expect.anything()]],
      );
      const back = await bundleOver(stores);
      expect(await back.verifyRevoked(order.handle, 1, signal)).toMatchObject({
        absent: false,
        loginRefused: 'no',
      });
      expect(await back.revoke(order.handle, signal)).toMatchObject({ outcome: 'revoked' });
      expect(await back.verifyRevoked(order.handle, 1, signal)).toMatchObject({
        absent: true,
        loginRefused: 'yes',
        positiveControlAt: 1,
      });
    });

  it('keeps nothing from the others when it cannot even be opened', async () => {
    const order = orderOf();
    await (await bundleOver(stores)).provision(order, signal);
    const halfOpen = await bundleOver(
      stores,
      (open) => (part) => (part.id === 'rules' ? down() : open(part)),
    );
    await expect(halfOpen.revoke(order.handle, signal)).rejects.toMatchObject({
      code: 'unreachable',
      message: 'no-freeze: the target is down',
    });
    expect(await tokenOf(order)).toEqual(expect.any(Number));
    expect(() => halfOpen.describeScope(scopeWith())).toThrow('no-freeze: the target is down');
  });

  it('is told with the others’ failures, the worst first, and with the longest wait', async () => {
    const context = contextWith(stores);
    const connector = await bundle.open('both', bundle.configSchema.parse(CONFIG), {
      ...context,
      open: async ({ id }) => {
        throw id === 'api'
          ? new ConnectorFault('throttled', 'too many calls', { retryAfterMs: 5_000 })
          : new ConnectorFault('auth', 'the admin was refused');
      },
    });
    await expect(connector.revoke(orderOf().handle, signal)).rejects.toMatchObject({
      code: 'auth',
      message: 'orders-api:read: too many calls; no-freeze: the admin was refused',
      retryAfterMs: 5_000,
    });
  });

  it('is a defect of its connector when it throws anything else, and no success', async () => {
    const connector = await withPart('api', () => ({
      revoke: () => Promise.reject(new TypeError('undefined is not a function')),
    }));
    await expect(connector.revoke(orderOf().handle, signal)).rejects.toMatchObject({
      code: 'internal',
      message: 'orders-api:read: undefined is not a function',
    });
  });

  it('adds up what was killed and left behind', async () => {
    const connector = await withPart('api', () => ({
      revoke: async () => ({ outcome: 'absent', killed: 2, leftovers: ['a table'] }),
    }));
    expect(await connector.revoke(orderOf().handle, signal)).toEqual({
      outcome: 'absent',
      killed: 2,
      leftovers: ['orders-api:read: a table'],
    });
  });
});

describe('what a bundle is made of', () => {
  const messagesOf = (
    schema: { safeParse(value: unknown): { error?: { issues: { message: string }[] } } },
    value: unknown,
  ) => schema.safeParse(value).error?.issues.map(({ message }) => message);
  const part = (id: string, connector: string) => ({ id, connector, scope: {} });

  it('is no two scopes on one connector, whose one credential would have to hold both', () => {
    expect(messagesOf(bundle.scopeSchema, { parts: [part('a', 'shop'), part('b', 'shop')] })).toEqual([
      'a and b: both are on shop, where one credential holds one scope; make one entitlement of the two, or ask for them apart',
    ]);
    expect(
      messagesOf(bundle.configSchema, {
        parts: [
          {
            id: 'a',
            connector: { id: 'shop', use: 'postgres-role', config: { admin: 'env:A', connectionLimit: 2 } },
          },
          {
            id: 'b',
            connector: { id: 'till', use: 'postgres-role', config: { connectionLimit: 2, admin: 'env:A' } },
          },
        ],
      }),
    ).toEqual([
      'a and b: till and shop are one target, where one credential holds one scope; make one entitlement of the two, or ask for them apart',
    ]);
  });

  it('is no bundle, and no part twice', () => {
    const nested = { id: 'a', connector: { id: 'both', use: 'bundle', config: CONFIG } };
    expect(messagesOf(bundle.configSchema, { parts: [nested] })).toEqual([
      'a is a bundle itself; name its parts',
    ]);
    expect(messagesOf(bundle.configSchema, { parts: [CONFIG.parts[0], CONFIG.parts[0]] })).toEqual([
      'orders-api:read stands twice',
    ]);
    expect(messagesOf(bundle.scopeSchema, { parts: [part('a', 'x'), part('a', 'y')] })).toEqual([
      'a stands twice',
    ]);
  });

  it('is opened by the registry, each part once, also for who opens it again', async () => {
    const opened: string[] = [];
    const counting: typeof signedJwt = {
      ...signedJwt,
      open(id, config, context) {
        opened.push(id);
        return signedJwt.open(id, config, context);
      },
    };
    const registry = openConnectors({
      context: contextWith(stores) satisfies ConnectorContext,
      builtIns: [counting, exception, bundle],
      load: async () => ({}),
      namingKey: new Uint8Array(32),
      fingerprintKey: new Uint8Array(32),
    });
    const snapshot = { id: 'bundle:both', use: 'bundle', config: CONFIG };
    const connector = await registry.open(snapshot);
    const order = orderOf(registry.nameFor('req_0123456789ab', 1));
    await connector.provision(order, signal);
    expect(await (await registry.open(API)).listOwned(signal)).toMatchObject([{ name: order.handle.name }]);
    expect(await (await registry.open(RULES)).listOwned(signal)).toMatchObject([{ name: order.handle.name }]);
    expect(await (await registry.open(snapshot)).revoke(order.handle, signal)).toMatchObject({
      outcome: 'revoked',
    });
    expect(opened).toEqual(['api']);
    await registry.close();
    await expect(connector.revoke(order.handle, signal)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
