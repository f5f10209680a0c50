import { LIMITS } from '../../limits.ts';
import { ConnectorFault, type Order, type Provisioned } from '../../ports/connector.ts';
import { Secret } from '../../ports/secret.ts';
import { parseScope } from './schema.ts';
import type { Room } from './room.ts';
import { scramVerifier } from './scram.ts';
import { checkName, ident, instant, literal, lockKey } from './sql.ts';
import type { Session } from './target.ts';

/**
 * Makes the role, or gives the one that is there a new password and the order's expiry: one transaction under the
 * lock that revocation takes too. While the lock is held it is asked once more whether the credential is wanted:
 * who withdraws it records that first and revokes after, so the revocation either was seen here or waits for us.
 */
export async function provision(
  room: Room,
  order: Order,
  signal: AbortSignal,
  stillWanted: () => Promise<boolean>,
): Promise<Provisioned> {
  const { name } = order.handle;
  checkOrder(room, order);
  const scope = parseScope(order.handle.scope);
  const startedAt = performance.now();
  const password = Buffer.from(room.context.random(24)).toString('base64url');
  const verifier = scramVerifier(password, room.context.random(16));
  // It is awaited inside the work below; an earlier failure there must not leave it unhandled.
  verifier.catch(() => {});
  await room.target.work(`provision ${name}`, signal, async (session) => {
    const found = await lockAndLook(session, name);
    if (found.superuser && !room.config.allowSuperuser) {
      throw new ConnectorFault(
        'unsupported',
        `provision ${name}: the admin account is a superuser; give the connector one with CREATEROLE only, or set allowSuperuser: true`,
      );
    }
    if (order.expiresAt <= found.nowMs) {
      throw new ConnectorFault('invalid', `provision ${name}: its expiry has passed by the server's clock`);
    }
    if (
      !(await stillWanted()) ||
      signal.aborted ||
      performance.now() - startedAt > LIMITS.connectorCallTimeoutMs
    ) {
      throw new ConnectorFault(
        'conflict',
        `provision ${name}: no longer wanted, or too late; nothing was made`,
      );
    }
    const [made] = await session.rows(
      creation(order, scope.role, found.exists, await verifier, room.config.connectionLimit),
    );
    room.oids.learn(name, Number(made?.['oid']));
  });
  return { secret: secretOf(room, name, scope.database, password), material: password };
}

/** Moves the expiry of a credential that can still log in; `conflict` when there is none. */
export async function extend(room: Room, order: Order, signal: AbortSignal): Promise<void> {
  const { name } = order.handle;
  checkOrder(room, order);
  await room.target.work(`extend ${name}`, signal, async (session) => {
    const found = await lockAndLook(session, name);
    if (!found.canLogin) {
      throw new ConnectorFault(
        'conflict',
        `extend ${name}: the role is gone or fenced; ask for access again`,
      );
    }
    await session.rows(
      `alter role ${ident(name)} valid until ${instant(order.expiresAt)}; ${comment(order)}; commit`,
    );
  });
}

function checkOrder(room: Room, order: Order): void {
  checkName(room.context.prefix, order.handle.name);
  for (const [key, value] of [
    ['request', order.request],
    ['subject', order.subject],
  ] as const) {
    if (/^[\w:-]{1,64}$/.test(value)) continue;
    throw new ConnectorFault(
      'invalid',
      `${order.handle.name}: ${key} must be 1 to 64 of letters, digits, _ : -`,
    );
  }
  if (!Number.isSafeInteger(order.expiresAt) || order.expiresAt > 8.64e15) {
    throw new ConnectorFault('invalid', `${order.handle.name}: expiry must be ms since the epoch`);
  }
}

async function lockAndLook(
  session: Session,
  name: string,
): Promise<{ exists: boolean; canLogin: boolean; superuser: boolean; nowMs: number }> {
  const [row] = await session.rows(`begin;
    select pg_advisory_xact_lock(${lockKey(name)});
    select (select rolcanlogin from pg_roles where rolname = ${literal(name)}) as login,
      current_setting('is_superuser') <> 'off' as super,
      extract(epoch from clock_timestamp())::float8 * 1000 as now`);
  const login = row?.['login'];
  return {
    exists: typeof login === 'boolean',
    canLogin: login === true,
    superuser: row?.['super'] !== false,
    nowMs: Number(row?.['now']),
  };
}

/** Only identifiers from configuration and our own naming stand in it, quoted; the password only as its verifier. */
function creation(
  order: Order,
  group: string,
  exists: boolean,
  verifier: string,
  connections: number,
): string {
  const role = ident(order.handle.name);
  return [
    `${exists ? 'alter' : 'create'} role ${role} login noinherit connection limit ${connections}
      password ${literal(verifier)} valid until ${instant(order.expiresAt)}`,
    `grant ${ident(group)} to ${role}`,
    `alter role ${role} set role ${ident(group)}`,
    comment(order),
    'commit',
    `select oid from pg_roles where rolname = ${literal(order.handle.name)}`,
  ].join('; ');
}

function comment(order: Order): string {
  const { request, subject, generation, expiresAt } = order;
  const text = JSON.stringify({ jit: { request, subject, generation, expiresAt } });
  return `comment on role ${ident(order.handle.name)} is ${literal(text)}`;
}

function secretOf(room: Room, name: string, database: string, password: string): Secret {
  const at = room.config.displayHost ?? room.target.address;
  return new Secret([
    { label: 'Server', value: at },
    { label: 'Database', value: database },
    { label: 'User', value: name },
    { label: 'Password', value: password },
    { label: 'Connection string', value: `postgres://${name}:${password}@${at}/${database}` },
  ]);
}
