import { eq, sql } from 'drizzle-orm';
import type { SecretChange, SecretShelf } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { secrets } from './schema.ts';

/** Sealed secrets: ciphertext, one a request. `apply` belongs inside the log's transaction. */
export function openSecrets(database: Database) {
  const { orm } = database;
  const byRequest = eq(secrets.request, sql.placeholder('request'));
  const select = orm
    .select({ generation: secrets.generation, sealed: secrets.sealed })
    .from(secrets)
    .where(byRequest)
    .prepare();
  const shred = orm.delete(secrets).where(byRequest).prepare();

  const apply = (changes: readonly SecretChange[]): void => {
    for (const change of changes) {
      if ('shred' in change) {
        shred.run({ request: change.shred.request });
        continue;
      }
      const { request, generation } = change.seal;
      const sealed = Buffer.from(change.seal.sealed);
      orm
        .insert(secrets)
        .values({ request, generation, sealed })
        .onConflictDoUpdate({ target: secrets.request, set: { generation, sealed } })
        .run();
    }
  };
  const port: SecretShelf = {
    sealed: (request) => database.read(() => select.get({ request }) ?? null),
  };
  return { port, apply };
}
