import { LIMITS } from '../../limits.ts';
import { ConnectorFault, type Removed } from '../../ports/connector.ts';
import { cleanOwned } from './owned.ts';
import { sqlState } from './faults.ts';
import type { Room } from './room.ts';
import { checkName, ident, literal, lockKey } from './sql.ts';
import type { Session } from './target.ts';

/**
 * The ladder: fence (committed: no new login), kill sessions, clean what the role owns, drop, kill again. The lock
 * is held over all of it by the session, not by a transaction, because the fence must be committed before the kill;
 * it is the lock that provisioning takes, so nothing is made anew in between. Absent is success.
 */
export async function revoke(room: Room, name: string, signal: AbortSignal): Promise<Removed> {
  checkName(room.context.prefix, name);
  return room.target.work(`revoke ${name}`, signal, async (session) => {
    const fenced = await fenceAndKill(session, name);
    if (fenced === null) return { outcome: 'absent', ...(await sweepAbsent(room, session, name)) };
    room.oids.learn(name, fenced.oid);
    const killed = new Set(fenced.pids);
    const leftovers: string[] = [];
    for (let round = 1; round <= LIMITS.postgresRevokeRoundsMax; round += 1) {
      if (killed.size > 0) await killUntilNone(session, fenced.oid, killed);
      const obstacle = await drop(session, name, fenced.oid);
      if (obstacle === null) return { outcome: 'revoked', killed: killed.size, leftovers };
      if (obstacle === 'owns') leftovers.push(...(await cleanOwned(room, session, name, fenced.oid, signal)));
      else await killUntilNone(session, fenced.oid, killed);
    }
    throw new ConnectorFault(
      'conflict',
      `revoke ${name}: login is off and sessions are ended, but something of the role keeps coming back and it could not be dropped`,
    );
  });
}

/**
 * Null when there is no such role; the lock is held then too. `pg_terminate_backend` must never stand in a WHERE:
 * the planner may call it before the test of `usesysid`, and end everyone's session. The fence need not reach the
 * disk by itself: it binds at once, and the drop's commit, without which nothing is called revoked, takes it along.
 */
async function fenceAndKill(session: Session, name: string): Promise<{ oid: number; pids: number[] } | null> {
  const [row] = await session.rows(`
    select pg_advisory_lock(${lockKey(name)});
    begin;
    set local synchronous_commit = off;
    do $jit$ begin
      if exists (select from pg_roles where rolname = ${literal(name)}) then
        alter role ${ident(name)} nologin connection limit 0 password null valid until '-infinity';
      end if;
    end $jit$;
    commit;
    select r.oid, (
      select array_agg(a.pid) filter (where pg_terminate_backend(a.pid))
        from pg_stat_get_activity(null) a where a.usesysid = r.oid) as pids
      from pg_roles r where r.rolname = ${literal(name)}`);
  return row === undefined ? null : { oid: Number(row['oid']), pids: pidsOf(row['pids']) };
}

/**
 * The view pg_stat_activity is this function joined with every role there is, which is most of what it costs.
 * By oid: a session's `usename` is null once its role is dropped, and a SET ROLE hides nothing from the oid.
 */
const kill = (oid: number, waitMs: number): string => `
  select pg_stat_clear_snapshot();
  select pid, pg_terminate_backend(pid${waitMs > 0 ? `, ${waitMs}` : ''}) from pg_stat_get_activity(null) where usesysid = ${oid}`;

async function killUntilNone(session: Session, oid: number, killed: Set<number>): Promise<void> {
  for (let round = 1; round <= LIMITS.postgresRevokeRoundsMax; round += 1) {
    const alive = await session.rows(kill(oid, LIMITS.sessionEndWaitMs));
    if (alive.length === 0) return;
    for (const row of alive) killed.add(Number(row['pid']));
  }
  throw new ConnectorFault(
    'conflict',
    `revoke: login is off, but a session of oid ${oid} does not end; end its process by hand`,
  );
}

/** Null when dropped. A session seen inside the drop's own transaction undoes it: none may outlive its role. */
async function drop(session: Session, name: string, oid: number): Promise<'owns' | 'session' | null> {
  try {
    await session.rows(`
      begin;
      do $jit$ begin
        drop role if exists ${ident(name)};
        perform pg_stat_clear_snapshot();
        if exists (select from pg_stat_get_activity(null) where usesysid = ${oid}) then
          raise exception 'a session is alive' using errcode = '55006';
        end if;
      end $jit$;
      commit;
      ${kill(oid, 0)};
      select pg_advisory_unlock(${lockKey(name)})`);
    return null;
  } catch (error) {
    const state = sqlState(error);
    if (state !== '2BP01' && state !== '55006') throw error;
    await session.rows('rollback');
    return state === '2BP01' ? 'owns' : 'session';
  }
}

/** The role is gone already; a session of it may not be, when someone dropped it by hand. */
async function sweepAbsent(
  room: Room,
  session: Session,
  name: string,
): Promise<{ killed: number; leftovers: string[] }> {
  const oid = room.oids.of(name);
  const killed = new Set<number>();
  if (oid !== null) await killUntilNone(session, oid, killed);
  const [row] = await session.rows(`
    select pg_stat_clear_snapshot();
    select array(select pid from pg_stat_activity a where a.usesysid is not null and a.usesysid <> 0
      and not exists (select from pg_roles r where r.oid = a.usesysid) limit ${LIMITS.leftoversMax}) as pids,
      pg_advisory_unlock(${lockKey(name)})`);
  const nameless = pidsOf(row?.['pids']).map(
    (pid) => `session ${pid} belongs to a role that was dropped; whose it was cannot be told any more`,
  );
  return { killed: killed.size, leftovers: oid === null ? nameless : [] };
}

const pidsOf = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
