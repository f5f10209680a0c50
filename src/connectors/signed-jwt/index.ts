import type { AbsenceProof, Handle, Json } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import {
  type Connector,
  type ConnectorContext,
  ConnectorFault,
  type ConnectorManifest,
  type ConnectorPlugin,
  type HealthFinding,
  type Order,
  type Owned,
  type Provisioned,
  type Removed,
} from '../../ports/connector.ts';
import { Secret } from '../../ports/secret.ts';
import { checkName, checkOrder, ownStore } from '../own-store.ts';
import { type Config, configSchema, parseScope, scopeSchema } from './schema.ts';
import { introspect, sign } from './token.ts';

export { introspect, readToken, type TokenOffice } from './token.ts';

const manifest: ConnectorManifest = {
  id: 'signed-jwt',
  apiVersion: 1,
  name: { maxLength: 64, charset: /^[a-z0-9_]+$/ },
  // The expiry is inside the signature: nobody can move it, so an extension is a fresh grant.
  caps: { nativeExpiry: 'enforced', killSessions: false, extend: false, list: 'prefix', loginProbe: true },
};

/** A short-lived token for each grant, bound to person, audience, scope and request. We are the target: its registry. */
const plugin = {
  id: manifest.id,
  apiVersion: 1,
  configSchema,
  scopeSchema,
  open: (_id, config: Config, context): Connector => ({
    manifest,
    checkHealth: (signal) => guarded(signal, 'check health', () => checkHealth(context)),
    describeScope,
    provision: (order, signal, stillWanted = async () => true) =>
      guarded(signal, `provision ${order.handle.name}`, () => provision(context, config, order, stillWanted)),
    verifyActive: (order, { material }, signal) =>
      guarded(signal, `introspect ${order.handle.name}`, () => verifyActive(context, material)),
    extend: async (order) => {
      throw new ConnectorFault(
        'unsupported',
        `extend ${order.handle.name}: a signed token keeps its expiry; ask again`,
      );
    },
    revoke: ({ name }, signal) => guarded(signal, `revoke ${name}`, () => revoke(context, name)),
    verifyRevoked: (handle, controlAt, signal) =>
      guarded(signal, `introspect ${handle.name}`, () => verifyRevoked(context, handle, controlAt)),
    listOwned: (signal) => guarded(signal, 'list tokens', () => listOwned(context)),
    close: async () => {},
  }),
} satisfies ConnectorPlugin;
export default plugin;

/** The registry is the installation's own store: when it does not answer, the target is down. */
const guarded = <T>(signal: AbortSignal, what: string, work: () => Promise<T>): Promise<T> =>
  ownStore(signal, what, 'the token registry or the signing key', work);

function describeScope(scope: Readonly<Record<string, Json>>): string {
  const { audience, scope: words, cnf } = parseScope(scope);
  return `token for ${audience} with scope "${words}"${cnf === undefined ? '' : ', of use only with its key'}`;
}

async function provision(
  context: ConnectorContext,
  config: Config,
  order: Order,
  stillWanted: () => Promise<boolean>,
): Promise<Provisioned> {
  const { name } = order.handle;
  checkName(context.prefix, name);
  checkOrder(order);
  const scope = parseScope(order.handle.scope);
  const now = context.clock.now();
  const [iat, exp] = [Math.floor(now / 1_000), Math.floor(order.expiresAt / 1_000)];
  if (exp <= iat) throw new ConnectorFault('invalid', `provision ${name}: its expiry has passed`);
  if (order.expiresAt - now > config.lifetimeMaxMs) {
    throw new ConnectorFault(
      'invalid',
      `provision ${name}: a token may live ${config.lifetimeMaxMs} ms at most; ask for less`,
    );
  }
  if (!(await stillWanted())) throw noLongerWanted(name);
  // On record before it exists; a name that was revoked stays so, whoever comes late.
  await context.tokens.put({ name, expiresAt: order.expiresAt });
  if ((await context.tokens.get(name))?.revokedAt !== null) throw noLongerWanted(name);
  const token = await sign(context, {
    iss: context.issuer.url,
    sub: order.subject,
    aud: scope.audience,
    scope: scope.scope,
    iat,
    nbf: iat,
    exp,
    jti: name,
    grant: order.request,
    ...(scope.cnf === undefined ? {} : { cnf: scope.cnf }),
  });
  return { secret: new Secret([{ label: 'Token', value: token }]), material: token };
}

const noLongerWanted = (name: string): ConnectorFault =>
  new ConnectorFault('conflict', `provision ${name}: it was revoked meanwhile; nothing was signed`);

async function verifyActive(context: ConnectorContext, token: string): Promise<number> {
  const tampered = `${token.slice(0, -12)}${token.endsWith('A'.repeat(12)) ? 'B'.repeat(12) : 'A'.repeat(12)}`;
  if ((await introspect(context, tampered)).active) {
    throw new ConnectorFault('internal', 'introspection took a tampered token for an active one');
  }
  if (!(await introspect(context, token)).active) {
    throw new ConnectorFault(
      'conflict',
      'the new token is not active: it was revoked or has expired meanwhile',
    );
  }
  return context.clock.now();
}

async function revoke(context: ConnectorContext, name: string): Promise<Removed> {
  checkName(context.prefix, name);
  const outcome = await context.tokens.revoke(name, context.clock.now());
  return { outcome, killed: 0, leftovers: [] };
}

const PROBE_S = 60;
/**
 * Asks introspection about a token of this name, freshly signed and not yet run out: had the credential not been
 * revoked it would be active, since introspection goes by signature, issuer, times and the name alone.
 */
async function verifyRevoked(
  context: ConnectorContext,
  handle: Handle,
  positiveControlAt: number | null,
): Promise<AbsenceProof> {
  checkName(context.prefix, handle.name);
  const { audience, scope } = parseScope(handle.scope);
  const at = context.clock.now();
  const iat = Math.floor(at / 1_000);
  const probe = await sign(context, {
    iss: context.issuer.url,
    sub: 's:probe',
    aud: audience,
    scope,
    iat,
    nbf: iat,
    exp: iat + PROBE_S,
    jti: handle.name,
    grant: 'probe',
  });
  const { active } = await introspect(context, probe);
  const record = await context.tokens.get(handle.name);
  return {
    absent: record === null || record.revokedAt !== null,
    loginRefused: active ? 'no' : 'yes',
    liveSessions: 0,
    positiveControlAt,
    method: `introspection of a freshly signed token with jti ${handle.name}: ${active ? 'active' : 'inactive'}`,
    at,
  };
}

async function listOwned(context: ConnectorContext): Promise<readonly Owned[]> {
  const now = context.clock.now();
  const records = await context.tokens.living(context.prefix, now, LIMITS.ownedListMax);
  return records.map(({ name, expiresAt }) => ({ name, expiresAt }));
}

async function checkHealth(context: ConnectorContext): Promise<readonly HealthFinding[]> {
  const key = await context.issuer.signingKey();
  await context.tokens.get(`${context.prefix}health`);
  const url = new URL(context.issuer.url);
  const local = /^(localhost|127\.|\[::1\])/.test(url.hostname);
  return [
    key.crv === 'Ed25519' && key.kid !== ''
      ? { level: 'ok', what: `tokens are signed with Ed25519, key ${key.kid}` }
      : {
          level: 'error',
          what: 'the signing key is not Ed25519 with a kid',
          remedy: 'countersign keys init',
        },
    url.protocol === 'https:' || local
      ? { level: 'ok', what: `the issuer is ${url.href}` }
      : {
          level: 'warning',
          what: `the issuer ${url.href} is not https`,
          remedy: 'set the public address to an https URL',
        },
  ];
}
