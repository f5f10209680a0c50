import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import plugin, { introspect, readToken } from '../../src/connectors/signed-jwt/index.ts';
import type { Json } from '../../src/domain/values.ts';
import type { Connector, ConnectorContext, Order } from '../../src/ports/connector.ts';
import type { TokenRecord, TokenRegistry } from '../../src/ports/store.ts';
import { contextWith } from './context.ts';

const NAME = 'jit_test_aaaaaaaaaaaaaaaaaaaa';
const signal = AbortSignal.timeout(60_000);
const start = 1_795_000_000_000;
const HOUR_MS = 3_600_000;

/** A registry by its contract: put moves the expiry and revives nothing; revoke of the unknown is remembered. */
function registry(): TokenRegistry {
  const records = new Map<string, TokenRecord>();
  return {
    put: async ({ name, expiresAt }) =>
      void records.set(name, { name, expiresAt, revokedAt: records.get(name)?.revokedAt ?? null }),
    revoke: async (name, at) => {
      const record = records.get(name);
      if (record?.revokedAt === null) {
        records.set(name, { ...record, revokedAt: at });
        return 'revoked';
      }
      records.set(name, record ?? { name, expiresAt: at, revokedAt: at });
      return 'absent';
    },
    get: async (name) => records.get(name) ?? null,
    living: async (prefix, now, limit) =>
      [...records.values()]
        .filter((r) => r.name.startsWith(prefix) && r.revokedAt === null && r.expiresAt > now)
        .slice(0, limit),
  };
}

function office(config = {}): {
  context: ConnectorContext;
  connector: Connector;
  move: (ms: number) => void;
} {
  let now = start;
  const context = contextWith({ tokens: registry(), clock: { now: () => now, wait: async () => {} } });
  const connector = plugin.open('api', plugin.configSchema.parse(config) as never, context);
  return { context, connector, move: (ms) => (now += ms) };
}

const orderWith = (scope: Record<string, Json> = {}, expiresAt = start + HOUR_MS): Order => ({
  handle: {
    name: NAME,
    scope: { audience: 'https://orders.example.com', scope: 'orders:read orders:list', ...scope },
    connector: { id: 'api', use: 'signed-jwt', config: {} },
  },
  request: 'req_0123456789ab',
  subject: 's:0123456789abcdef01234567',
  generation: 1,
  expiresAt,
});

describe('the token', () => {
  it('is bound to person, audience, scope and request, and to nothing that names the person', async () => {
    const { connector } = office();
    const { material } = await connector.provision(orderWith(), signal);
    expect(decodeProtectedHeader(material)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'key-1' });
    expect(decodeJwt(material)).toEqual({
      iss: 'https://countersign.test',
      sub: 's:0123456789abcdef01234567',
      aud: 'https://orders.example.com',
      scope: 'orders:read orders:list',
      iat: start / 1_000,
      nbf: start / 1_000,
      exp: start / 1_000 + 3_600,
      jti: NAME,
      grant: 'req_0123456789ab',
    });
  });

  it('is the same when it is signed again at the same moment', async () => {
    const { connector } = office();
    const [one, two] = [
      await connector.provision(orderWith(), signal),
      await connector.provision(orderWith(), signal),
    ];
    expect(one.material).toBe(two.material);
  });

  it('never outlives the grant by the rounding of its seconds', async () => {
    const { connector } = office();
    const { material } = await connector.provision(orderWith({}, start + 10_999), signal);
    expect(decodeJwt(material).exp).toBe(start / 1_000 + 10);
  });

  it('carries the key it is bound to', async () => {
    const { context, connector } = office();
    const cnf = { jkt: 'A'.repeat(43) };
    const { material } = await connector.provision(orderWith({ cnf }), signal);
    expect(decodeJwt(material)['cnf']).toEqual(cnf);
    expect(await introspect(context, material)).toMatchObject({ active: true, token_type: 'DPoP', cnf });
  });

  it('is not signed for a name that was revoked before it came to be', async () => {
    const { connector } = office();
    await connector.revoke(orderWith().handle, signal);
    await expect(connector.provision(orderWith(), signal)).rejects.toMatchObject({
      code: 'conflict',
      message: `provision ${NAME}: it was revoked meanwhile; nothing was signed`,
    });
  });

  it('is not made for longer than the configuration allows', async () => {
    const { connector } = office({ lifetimeMaxMs: HOUR_MS });
    await expect(connector.provision(orderWith({}, start + HOUR_MS + 1), signal)).rejects.toMatchObject({
      code: 'invalid',
      message: `provision ${NAME}: a token may live 3600000 ms at most; ask for less`,
    });
  });
});

describe('introspection', () => {
  it('tells the claims of an active token', async () => {
    const { context, connector } = office();
    const { material } = await connector.provision(orderWith(), signal);
    expect(await introspect(context, material)).toEqual({
      active: true,
      token_type: 'Bearer',
      ...decodeJwt(material),
    });
  });

  it('says inactive once revoked, once expired, and before the registry knows of it', async () => {
    const { context, connector, move } = office();
    const { material } = await connector.provision(orderWith(), signal);
    expect(await introspect({ ...context, tokens: registry() }, material)).toEqual({ active: false });
    move(HOUR_MS - 1_000);
    expect((await introspect(context, material)).active).toBe(true);
    move(1_000);
    expect(await introspect(context, material)).toEqual({ active: false });
    move(-HOUR_MS);
    await connector.revoke(orderWith().handle, signal);
    expect(await introspect(context, material)).toEqual({ active: false });
  });

  it('believes no algorithm, type, issuer or key but its own', async () => {
    const { context, connector } = office();
    const { material } = await connector.provision(orderWith(), signal);
    const claims = decodeJwt(material);
    const ours = await importJWK(await context.issuer.signingKey(), 'EdDSA');
    const theirs = generateKeyPairSync('ed25519').privateKey;
    const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'key-1' };
    const publicX = String((await context.issuer.signingKey()).x);
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${material.split('.')[1]}.`;
    const forged = [
      none,
      await new SignJWT(claims).setProtectedHeader(header).sign(theirs),
      await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: 'HS256' })
        .sign(Buffer.from(publicX, 'base64url')),
      await new SignJWT(claims).setProtectedHeader({ ...header, typ: 'JWT' }).sign(ours),
      await new SignJWT(claims).setProtectedHeader({ ...header, kid: 'key-2' }).sign(ours),
      await new SignJWT({ ...claims, iss: 'https://elsewhere.example' })
        .setProtectedHeader(header)
        .sign(ours),
      await new SignJWT({ ...claims, jti: 'jit_test_bbbbbbbbbbbbbbbbbbbb' })
        .setProtectedHeader(header)
        .sign(ours),
      await new SignJWT({ ...claims, nbf: start / 1_000 + 60 }).setProtectedHeader(header).sign(ours),
      `${material}x`,
      'x'.repeat(100_000),
      '',
    ];
    for (const token of forged) expect(await introspect(context, token)).toEqual({ active: false });
    // The same claims under our own header are active: the list above fails for what it changed, and not for all.
    const genuine = await new SignJWT(claims).setProtectedHeader(header).sign(ours);
    expect((await introspect(context, genuine)).active).toBe(true);
  });
});

describe('reading a token to revoke it', () => {
  it('finds the request, also when the token has run out, and nothing in a forged one', async () => {
    const { context, connector, move } = office();
    const { material } = await connector.provision(orderWith(), signal);
    move(2 * HOUR_MS);
    expect(await readToken(context, material)).toEqual({ request: 'req_0123456789ab', name: NAME });
    expect(await readToken(context, `${material.slice(0, -8)}AAAAAAAA`)).toBeNull();
    expect(await readToken(context, 'nonsense')).toBeNull();
  });
});

describe('the proof', () => {
  it('is not satisfied by a token that has merely run out', async () => {
    const { connector, move } = office();
    await connector.provision(orderWith(), signal);
    move(2 * HOUR_MS);
    expect(await connector.verifyRevoked(orderWith().handle, start, signal)).toMatchObject({ absent: false });
  });

  it('does not take a signing key that fails for an absence', async () => {
    const { context } = office();
    const issuer = { url: context.issuer.url, signingKey: () => Promise.reject(new Error('gone')) };
    const connector = plugin.open('api', plugin.configSchema.parse({}) as never, { ...context, issuer });
    await expect(connector.verifyRevoked(orderWith().handle, start, signal)).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});
