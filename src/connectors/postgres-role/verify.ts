import type { AbsenceProof, Handle } from '../../domain/values.ts';
import { ConnectorFault, type Order, type Provisioned } from '../../ports/connector.ts';
import type { Room } from './room.ts';
import { parseScope } from './schema.ts';
import { checkName, literal } from './sql.ts';
import type { LoginOutcome } from './target.ts';

const wrongSecret = (room: Room): string => Buffer.from(room.context.random(24)).toString('base64url');

/** The positive control: the right secret gets in as the group role, a wrong one is refused. Both on fresh connections. */
export async function verifyActive(
  room: Room,
  order: Order,
  provisioned: Provisioned,
  signal: AbortSignal,
): Promise<number> {
  const user = order.handle.name;
  const { role, database } = parseScope(order.handle.scope);
  checkName(room.context.prefix, user);
  const [right, wrong] = await Promise.all([
    room.target.login({ user, database, password: provisioned.material }, signal),
    room.target.login({ user, database, password: wrongSecret(room) }, signal),
  ]);
  if (wrong.in) throw asksForNothing(user, role, wrong.method);
  if (wrong.why === 'host-rule' || (!right.in && right.why === 'host-rule')) throw noWayIn(user, role);
  if (!right.in) {
    throw new ConnectorFault(
      'conflict',
      `login as ${user}: the new secret was refused (${right.code}); it was replaced, revoked, or has expired meanwhile`,
    );
  }
  if (right.sessionUser !== user || right.currentUser !== role) {
    throw new ConnectorFault(
      'internal',
      `login as ${user}: got in as ${right.currentUser}, expected ${role}`,
    );
  }
  return room.context.clock.now();
}

const asksForNothing = (user: string, role: string, method: string): ConnectorFault =>
  new ConnectorFault(
    'unsupported',
    `login as ${user}: a wrong secret got in (the server asked for: ${method}); members of ${role} are not asked for a password. ` +
      `Put "host all +${role} <address> scram-sha-256" first in pg_hba.conf and reload it`,
  );

const noWayIn = (user: string, role: string): ConnectorFault =>
  new ConnectorFault(
    'unsupported',
    `login as ${user}: pg_hba.conf admits nobody from here; add "host all +${role} <address> scram-sha-256" and reload it`,
  );

/**
 * Looks afresh: a login on a new connection, and the catalogue over the admin's. It says what was seen: `yes` for a
 * refusal that is about the login itself, `untestable` when the server turns everyone away before looking at it.
 * No answer is no proof: it throws.
 */
export async function verifyRevoked(
  room: Room,
  handle: Handle,
  positiveControlAt: number | null,
  signal: AbortSignal,
): Promise<AbsenceProof> {
  checkName(room.context.prefix, handle.name);
  const { database } = parseScope(handle.scope);
  const [login, seen] = await Promise.all([
    room.target.login({ user: handle.name, database, password: wrongSecret(room) }, signal),
    lookUp(room, handle.name, signal),
  ]);
  return {
    absent: seen.absent,
    loginRefused: login.in ? 'no' : login.why === 'host-rule' ? 'untestable' : 'yes',
    liveSessions: seen.liveSessions,
    positiveControlAt,
    method: methodOf(handle.name, login),
    at: room.context.clock.now(),
  };
}

function methodOf(name: string, login: LoginOutcome): string {
  const how = login.method === 'none' ? 'no password asked' : `over ${login.method}`;
  return `login as ${name}, ${how}: ${login.in ? 'admitted' : login.code}; role and sessions looked up in the catalogue`;
}

async function lookUp(
  room: Room,
  name: string,
  signal: AbortSignal,
): Promise<{ absent: boolean; liveSessions: number }> {
  const oid = room.oids.of(name) ?? 0;
  const [row] = await room.target.work(`look for ${name}`, signal, (session) =>
    session.rows(`
      select not exists (select from pg_roles where rolname = ${literal(name)}) as absent,
        (select count(*)::int from pg_stat_get_activity(null)
          where usesysid in (select oid from pg_roles where rolname = ${literal(name)})
            or (usesysid = ${oid} and ${oid} <> 0)) as live`),
  );
  return { absent: row?.['absent'] === true, liveSessions: Number(row?.['live']) };
}
