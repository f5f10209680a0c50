import { and, asc, eq, gt, gte, isNull, sql } from 'drizzle-orm';
import { LIMITS } from '../../limits.ts';
import type { TokenRegistry } from '../../ports/store.ts';
import { atMost, type Database } from './database.ts';
import { tokens } from './schema.ts';

export function openTokens(database: Database): TokenRegistry {
  const { orm } = database;
  const revoke = (name: string, at: number): 'revoked' | 'absent' => {
    const alive = and(eq(tokens.name, name), isNull(tokens.revokedAt));
    if (orm.update(tokens).set({ revokedAt: at }).where(alive).run().changes === 1) return 'revoked';
    orm.insert(tokens).values({ name, expiresAt: at, revokedAt: at }).onConflictDoNothing().run();
    return 'absent';
  };
  return {
    put: (record) =>
      database.write(() => {
        const { expiresAt } = record;
        orm
          .insert(tokens)
          .values(record)
          .onConflictDoUpdate({ target: tokens.name, set: { expiresAt } })
          .run();
      }),
    revoke: (name, at) => database.write(() => revoke(name, at)),
    get: (name) => database.read(() => orm.select().from(tokens).where(eq(tokens.name, name)).get() ?? null),
    living: (prefix, now, limit) =>
      database.read(() =>
        orm
          .select()
          .from(tokens)
          // Not LIKE: `_` is a letter of our names and a wildcard there.
          .where(
            and(
              gte(tokens.name, prefix),
              sql`substr(${tokens.name}, 1, ${prefix.length}) = ${prefix}`,
              isNull(tokens.revokedAt),
              gt(tokens.expiresAt, now),
            ),
          )
          .orderBy(asc(tokens.name))
          .limit(atMost(limit, LIMITS.ownedListMax))
          .all(),
      ),
  };
}
