import type { AbsenceProof, Handle } from '../../domain/values.ts';
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
import type { ExceptionRecord } from '../../ports/identity.ts';
import { Secret } from '../../ports/secret.ts';
import { checkName, checkOrder, ownStore } from '../own-store.ts';
import { configSchema, parseScope, scopeSchema, wordsOf } from './schema.ts';

const manifest: ConnectorManifest = {
  id: 'exception',
  apiVersion: 1,
  name: { maxLength: 64, charset: /^[a-z0-9_]+$/ },
  // Whoever asks what is in force is told of none that has run out.
  caps: { nativeExpiry: 'enforced', killSessions: false, extend: true, list: 'prefix', loginProbe: true },
};

const guarded = <T>(signal: AbortSignal, what: string, work: () => Promise<T>): Promise<T> =>
  ownStore(signal, what, 'the registry of exceptions', work);

/**
 * A rule that does not bind one person for a while. We are the target: what is in our registry is what the rules are
 * told. There is nothing to hand over, so its secret is a receipt.
 */
const plugin = {
  id: manifest.id,
  apiVersion: 1,
  configSchema,
  scopeSchema,
  open: (_id, _config: Record<string, never>, context): Connector => ({
    manifest,
    checkHealth: (signal) => guarded(signal, 'check health', () => checkHealth(context)),
    describeScope: (scope) => wordsOf(parseScope(scope)),
    provision: (order, signal, stillWanted = async () => true) =>
      guarded(signal, `provision ${order.handle.name}`, () => provision(context, order, stillWanted)),
    verifyActive: (order, _made, signal) =>
      guarded(signal, `look for ${order.handle.name}`, () => verifyActive(context, order)),
    extend: (order, signal) => guarded(signal, `extend ${order.handle.name}`, () => extend(context, order)),
    revoke: ({ name }, signal) => guarded(signal, `revoke ${name}`, () => revoke(context, name)),
    verifyRevoked: (handle, controlAt, signal) =>
      guarded(signal, `look for ${handle.name}`, () => verifyRevoked(context, handle, controlAt)),
    listOwned: (signal) => guarded(signal, 'list exceptions', () => listOwned(context)),
    close: async () => {},
  }),
} satisfies ConnectorPlugin;
export default plugin;

function recordOf({ handle: { name, scope }, subject, expiresAt }: Order): ExceptionRecord {
  const { overrides, entitlement = null } = parseScope(scope);
  return { name, subject, overrides, entitlement, expiresAt };
}

const isSame = (a: ExceptionRecord, b: ExceptionRecord): boolean =>
  a.name === b.name &&
  a.subject === b.subject &&
  a.overrides === b.overrides &&
  a.entitlement === b.entitlement;

async function provision(
  context: ConnectorContext,
  order: Order,
  stillWanted: () => Promise<boolean>,
): Promise<Provisioned> {
  const { name } = order.handle;
  checkName(context.prefix, name);
  checkOrder(order);
  const record = recordOf(order);
  if (order.expiresAt <= context.clock.now())
    throw new ConnectorFault('invalid', `provision ${name}: its expiry has passed`);
  if (!(await stillWanted())) throw gone('provision', name);
  await context.exceptions.put(record);
  // A name that was ended stays so, whoever comes late; and one that stands for something else is not ours to use.
  const kept = await context.exceptions.get(name);
  if (kept === null || kept.endedAt !== null) throw gone('provision', name);
  if (!isSame(kept, record))
    throw new ConnectorFault('conflict', `provision ${name}: the name stands for another exception`);
  return receiptOf(order);
}

const gone = (what: string, name: string): ConnectorFault =>
  new ConnectorFault('conflict', `${what} ${name}: it was ended meanwhile; no rule is overridden`);

function receiptOf({ handle, expiresAt }: Order): Provisioned {
  const until = `${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const receipt = `${wordsOf(parseScope(handle.scope))}, in force until ${until}. There is nothing to copy: ask for what you need it for.`;
  return { secret: new Secret([{ label: 'Exception', value: receipt }]), material: receipt };
}

const NEVER_PUT_CHARS = 20;
/** A name that nobody was ever given, so that "in force" is seen to be no answer to everything. */
const neverPut = ({ prefix, random }: ConnectorContext): string =>
  prefix +
  Array.from(random(NEVER_PUT_CHARS), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('');

async function verifyActive(context: ConnectorContext, order: Order): Promise<number> {
  const at = context.clock.now();
  const found = await context.exceptions.inForce(order.subject, at);
  const other = neverPut(context);
  if (found.some(({ name }) => name === other) || (await context.exceptions.get(other)) !== null)
    throw new ConnectorFault('internal', 'the registry of exceptions knows a name that nobody was given');
  if (!found.some((record) => isSame(record, recordOf(order))))
    throw new ConnectorFault('conflict', 'the new exception is not in force: it was ended meanwhile');
  return at;
}

async function extend(context: ConnectorContext, order: Order): Promise<void> {
  const { name } = order.handle;
  checkName(context.prefix, name);
  const now = context.clock.now();
  if (order.expiresAt <= now) throw new ConnectorFault('invalid', `extend ${name}: its expiry has passed`);
  const inForce = await context.exceptions.inForce(order.subject, now);
  if (!inForce.some((record) => isSame(record, recordOf(order)))) throw gone('extend', name);
  await context.exceptions.put(recordOf(order));
  if ((await context.exceptions.get(name))?.endedAt !== null) throw gone('extend', name);
}

async function revoke(context: ConnectorContext, name: string): Promise<Removed> {
  checkName(context.prefix, name);
  const outcome = await context.exceptions.end(name, context.clock.now());
  return { outcome, killed: 0, leftovers: [] };
}

/** Asks what is in force at a moment at which it would be, had it only run out and not been ended. */
async function verifyRevoked(
  context: ConnectorContext,
  { name }: Handle,
  positiveControlAt: number | null,
): Promise<AbsenceProof> {
  checkName(context.prefix, name);
  const at = context.clock.now();
  const record = await context.exceptions.get(name);
  const asked = record === null ? at : Math.min(at, record.expiresAt - 1);
  const found = record === null ? [] : await context.exceptions.inForce(record.subject, asked);
  const listed = found.some((each) => each.name === name);
  return {
    absent: record === null || record.endedAt !== null,
    loginRefused: listed ? 'no' : 'yes',
    liveSessions: 0,
    positiveControlAt,
    method: `exceptions in force read back: ${name} is ${listed ? 'among them' : 'not among them'}`,
    at,
  };
}

async function listOwned({ exceptions, clock, prefix }: ConnectorContext): Promise<readonly Owned[]> {
  const now = clock.now();
  return (await exceptions.open())
    .filter(({ name, expiresAt }) => name.startsWith(prefix) && expiresAt > now)
    .slice(0, LIMITS.ownedListMax)
    .map(({ name, expiresAt }) => ({ name, expiresAt }));
}

async function checkHealth({ exceptions, prefix }: ConnectorContext): Promise<readonly HealthFinding[]> {
  await exceptions.get(`${prefix}health`);
  return [{ level: 'ok', what: 'exceptions are kept in our own store' }];
}
