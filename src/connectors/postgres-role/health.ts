import type { Json } from '../../domain/values.ts';
import { LIMITS } from '../../limits.ts';
import { ConnectorFault, type HealthFinding } from '../../ports/connector.ts';
import { provision } from './provision.ts';
import { revoke } from './revoke.ts';
import type { Room } from './room.ts';
import { parseScope, type Scope } from './schema.ts';
import { literal } from './sql.ts';
import { verifyActive } from './verify.ts';

type Facts = Readonly<Record<string, unknown>>;
const ok = (what: string): HealthFinding => ({ level: 'ok', what });
const error = (what: string, remedy: string): HealthFinding => ({ level: 'error', what, remedy });
const warning = (what: string, remedy: string): HealthFinding => ({ level: 'warning', what, remedy });

/** What would keep this target from being trusted, each finding with its remedy. A server that is down is a finding. */
export async function checkHealth(
  room: Room,
  signal: AbortSignal,
  scopes: readonly Readonly<Record<string, Json>>[],
): Promise<readonly HealthFinding[]> {
  try {
    const wanted = scopes.map(parseScope);
    const facts = await factsOf(room, signal);
    return [
      ok(`PostgreSQL ${String(facts['version'])} at ${room.target.address} answers`),
      ...account(room, facts),
      ...clock(room, facts),
      ...wire(room, facts),
      ...(await groups(room, wanted, signal)),
      ...(await door(room, wanted, Number(facts['now']), signal)),
    ];
  } catch (cause) {
    if (!(cause instanceof ConnectorFault)) throw cause;
    return [
      error(cause.message, `check that ${room.target.address} is up and that the admin reference is right`),
    ];
  }
}

async function factsOf(room: Room, signal: AbortSignal): Promise<Facts> {
  const [facts] = await room.target.work('check health', signal, (session) =>
    session.rows(`
      select current_setting('server_version') as version, r.rolname as admin, r.rolsuper as super,
        r.rolcreaterole as creates, pg_has_role('pg_signal_backend', 'usage') as signals,
        current_setting('password_encryption') as encryption,
        coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
        extract(epoch from clock_timestamp())::float8 * 1000 as now
      from pg_roles r where r.rolname = current_user`),
  );
  return facts ?? {};
}

function account(room: Room, facts: Facts): HealthFinding[] {
  const admin = String(facts['admin']);
  if (facts['super'] === true) {
    const what = `the admin account ${admin} is a superuser`;
    const remedy = `make an account with CREATEROLE only: create role jit_admin login createrole; grant pg_signal_backend to jit_admin`;
    return [
      room.config.allowSuperuser
        ? warning(what, remedy)
        : error(what, `${remedy}; or set allowSuperuser: true`),
    ];
  }
  return [
    facts['creates'] === true
      ? ok(`${admin} may create roles and is no superuser`)
      : error(`${admin} may not create roles`, `alter role ${admin} createrole`),
    facts['signals'] === true
      ? ok(`${admin} may end sessions`)
      : error(`${admin} may not end other sessions`, `grant pg_signal_backend to ${admin}`),
    facts['encryption'] === 'scram-sha-256'
      ? ok('password_encryption is scram-sha-256')
      : warning(
          `password_encryption is ${String(facts['encryption'])}`,
          `set password_encryption = 'scram-sha-256'`,
        ),
  ];
}

function clock(room: Room, facts: Facts): HealthFinding[] {
  const skewMs = Math.round(Number(facts['now']) - room.context.clock.now());
  const size = Math.abs(skewMs);
  if (size <= LIMITS.clockSkewWarnMs) return [ok(`the clocks agree to ${size} ms`)];
  const what = `the server's clock is ${size} ms ${skewMs > 0 ? 'ahead of' : 'behind'} ours`;
  return [(size > LIMITS.clockSkewErrorMs ? error : warning)(what, 'synchronise both clocks (NTP)')];
}

function wire(room: Room, facts: Facts): HealthFinding[] {
  if (facts['tls'] === true || /^(localhost|127\.|\[::1\])/.test(room.target.host)) return [];
  return [
    warning(
      `the connection to ${room.target.address} is not encrypted`,
      'add ?sslmode=verify-full to the admin URL',
    ),
  ];
}

async function groups(room: Room, scopes: readonly Scope[], signal: AbortSignal): Promise<HealthFinding[]> {
  const names = [...new Set(scopes.map((scope) => scope.role))];
  if (names.length === 0) return [];
  const rows = await room.target.work('check group roles', signal, (session) =>
    session.rows(`
      select w.name, r.oid is not null as there, coalesce(r.rolsuper or r.rolcreaterole, false) as mighty,
        current_user as admin, case when r.oid is null then false
          else pg_has_role(r.oid, 'member with admin option') end as grantable
      from unnest(array[${names.map(literal).join(', ')}]) as w(name) left join pg_roles r on r.rolname = w.name`),
  );
  return rows.map((row) => group(String(row['name']), String(row['admin']), row));
}

function group(name: string, admin: string, row: Facts): HealthFinding {
  if (row['there'] !== true)
    return error(`the group role ${name} does not exist`, `create role ${name} nologin`);
  if (row['mighty'] === true) {
    return error(
      `the group role ${name} may create roles or is a superuser`,
      'give out a role that is neither',
    );
  }
  if (row['grantable'] === true) return ok(`${admin} may give out ${name}`);
  return error(`${admin} may not give out ${name}`, `grant ${name} to ${admin} with admin option`);
}

/** Does the server ask for a password? A name that does not exist must fail by password, not for being unknown. */
async function door(
  room: Room,
  scopes: readonly Scope[],
  serverNowMs: number,
  signal: AbortSignal,
): Promise<HealthFinding[]> {
  const [first] = scopes;
  const user = `${room.context.prefix}${randomName(room)}`;
  const database = first?.database ?? 'postgres';
  const answer = await room.target.login({ user, password: randomName(room), database }, signal);
  if (!answer.in && answer.why === 'password')
    return [ok(`logins are asked for a password (${answer.method})`)];
  if (first === undefined) {
    return [
      warning(
        'an unknown role is not asked for a password',
        'put "host all +GROUP <address> scram-sha-256" first in pg_hba.conf',
      ),
    ];
  }
  // pg_hba.conf may hold a rule for the group's members alone, which only a member can try.
  return Promise.all(
    [...new Map(scopes.map((s) => [s.role, s])).values()].map((scope) =>
      drill(room, scope, serverNowMs, signal),
    ),
  );
}

const DRILL_MS = 60_000;
async function drill(
  room: Room,
  scope: Scope,
  serverNowMs: number,
  signal: AbortSignal,
): Promise<HealthFinding> {
  const order = {
    handle: {
      name: `${room.context.prefix}${randomName(room)}`,
      scope: { ...scope },
      connector: { id: 'drill', use: 'postgres-role', config: {} },
    },
    request: 'drill',
    subject: 'drill',
    generation: 1,
    expiresAt: Math.round(serverNowMs) + DRILL_MS,
  };
  try {
    const made = await provision(room, order, signal, async () => true);
    await verifyActive(room, order, made, signal);
    return ok(`members of ${scope.role} are asked for a password`);
  } catch (cause) {
    if (!(cause instanceof ConnectorFault)) throw cause;
    return error(cause.message, `see pg_hba.conf of ${room.target.address}`);
  } finally {
    await revoke(room, order.handle.name, signal).catch(() => {});
  }
}

const randomName = (room: Room): string =>
  Array.from(room.context.random(20), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(byte & 31)).join(
    '',
  );
