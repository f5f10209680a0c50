import { LIMITS } from '../../limits.ts';
import { plain } from './faults.ts';
import type { Room } from './room.ts';
import { ident, literal, lockKey } from './sql.ts';
import type { Session } from './target.ts';

/**
 * Takes everything the role owns, in every database, to a role that can do nothing, and withdraws what was granted
 * to it. Not to the group: a SECURITY DEFINER function would keep the group's rights for whoever left it there.
 * Returns what was moved, for a person to look at.
 */
export async function cleanOwned(
  room: Room,
  session: Session,
  name: string,
  oid: number,
  signal: AbortSignal,
): Promise<string[]> {
  const graveyard = `${room.context.prefix}graveyard`;
  await session.rows(prepare(graveyard, name));
  const databases = await session.rows(`
    select distinct coalesce(b.datname, current_database()) as name
    from pg_shdepend d left join pg_database b on b.oid = d.dbid
    where d.refclassid = 'pg_authid'::regclass and d.refobjid = ${oid}`);
  const moved: string[] = [];
  for (const row of databases) {
    const database = String(row['name']);
    await room.target.workIn(database, `revoke ${name} in ${plain(database)}`, signal, async (there) => {
      const objects = await there.rows(owned(oid));
      await there.rows(bury(name, oid, graveyard));
      moved.push(
        ...objects.map((o) => plain(`${database}: ${String(o['what'])} now belongs to ${graveyard}`)),
      );
    });
  }
  return moved.slice(0, LIMITS.leftoversMax);
}

const prepare = (graveyard: string, name: string): string => `
  begin;
  select pg_advisory_xact_lock(${lockKey(graveyard)});
  do $jit$ begin
    if not exists (select from pg_roles where rolname = ${literal(graveyard)}) then
      create role ${ident(graveyard)} nologin noinherit connection limit 0;
      comment on role ${ident(graveyard)} is 'Owns what temporary roles left behind; may be emptied and dropped';
    end if;
  end $jit$;
  grant ${ident(name)}, ${ident(graveyard)} to current_user;
  commit`;

const owned = (oid: number): string => `
  begin;
  select pg_describe_object(classid, objid, objsubid) || case when classid = 'pg_proc'::regclass
      and (select prosecdef from pg_proc where oid = objid) then ' (SECURITY DEFINER)' else '' end as what
    from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = ${oid} and deptype = 'o'
      and dbid in (0, (select oid from pg_database where datname = current_database()))
    limit ${LIMITS.leftoversMax}`;

/** A function can only be given to a role that may create in its schema, so schemas of the role are opened first. */
const bury = (name: string, oid: number, graveyard: string): string => `
  do $jit$ declare schema_name name; begin
    for schema_name in select nspname from pg_namespace where nspowner = ${oid} loop
      execute format('grant create on schema %I to %I', schema_name, ${literal(graveyard)});
    end loop;
  end $jit$;
  reassign owned by ${ident(name)} to ${ident(graveyard)};
  drop owned by ${ident(name)};
  commit`;
