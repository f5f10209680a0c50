import { z } from 'zod';
import { LIMITS } from '../../limits.ts';
import type { Owned } from '../../ports/connector.ts';
import type { Room } from './room.ts';
import { literal, ownName } from './sql.ts';

const commentSchema = z.object({ jit: z.object({ expiresAt: z.int() }) });

/**
 * Every role of this installation, at most `ownedListMax`. The expiry is the server's own; of a fenced role, whose
 * is minus infinity, the one its comment tells; null when neither does.
 */
export async function listOwned(room: Room, signal: AbortSignal): Promise<readonly Owned[]> {
  const { prefix } = room.context;
  const rows = await room.target.work('list roles', signal, (session) =>
    session.rows(`
      select rolname as name, shobj_description(oid, 'pg_authid') as comment,
        case when isfinite(rolvaliduntil) then extract(epoch from rolvaliduntil)::float8 * 1000 end as until
      from pg_roles where starts_with(rolname, ${literal(prefix)}) order by rolname limit ${LIMITS.ownedListMax}`),
  );
  const own = ownName(prefix);
  return rows
    .filter((row) => own.test(String(row['name'])))
    .map((row) => ({
      name: String(row['name']),
      expiresAt: typeof row['until'] === 'number' ? Math.round(row['until']) : expiryIn(row['comment']),
    }));
}

function expiryIn(comment: unknown): number | null {
  if (typeof comment !== 'string') return null;
  try {
    return commentSchema.parse(JSON.parse(comment)).jit.expiresAt;
  } catch {
    return null;
  }
}
