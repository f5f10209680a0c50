import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import { LIMITS } from '../../limits.ts';
import type { ExceptionRecord, ExceptionRegistry } from '../../ports/identity.ts';
import type { Database } from './database.ts';
import { exceptions } from './schema.ts';

export function openExceptions(database: Database): ExceptionRegistry {
  const { orm } = database;
  const { name, subject, overrides, entitlement, expiresAt, endedAt } = exceptions;
  const record = { name, subject, overrides, entitlement, expiresAt };
  const byName = eq(name, sql.placeholder('name'));
  const inForce = and(
    eq(subject, sql.placeholder('subject')),
    isNull(endedAt),
    gt(expiresAt, sql.placeholder('at')),
  );
  const byNameAscending = asc(name);
  const statements = {
    get: orm
      .select({ ...record, endedAt })
      .from(exceptions)
      .where(byName)
      .prepare(),
    inForce: orm.select(record).from(exceptions).where(inForce).orderBy(byNameAscending).prepare(),
  };

  const put = (told: ExceptionRecord): void => {
    const { expiresAt: until } = told;
    orm
      .insert(exceptions)
      .values(told)
      .onConflictDoUpdate({ target: name, set: { expiresAt: until } })
      .run();
  };
  const end = (which: string, at: number): 'revoked' | 'absent' => {
    const alive = and(eq(name, which), isNull(endedAt));
    if (orm.update(exceptions).set({ endedAt: at }).where(alive).run().changes === 1) return 'revoked';
    const nobodys = { name: which, subject: '', overrides: '', expiresAt: at, endedAt: at };
    orm.insert(exceptions).values(nobodys).onConflictDoNothing().run();
    return 'absent';
  };

  return {
    put: (told) => database.write(() => put(told)),
    end: (which, at) => database.write(() => end(which, at)),
    get: (which) => database.read(() => statements.get.get({ name: which }) ?? null),
    inForce: (whose, at) => database.read(() => statements.inForce.all({ subject: whose, at })),
    open: () =>
      database.read(() =>
        orm
          .select(record)
          .from(exceptions)
          .where(isNull(endedAt))
          .orderBy(byNameAscending)
          .limit(LIMITS.ownedListMax)
          .all(),
      ),
  };
}
