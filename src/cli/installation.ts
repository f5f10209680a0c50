import { type Config, loadConfig } from '../config.ts';
import { databaseFile } from '../base.ts';
import type { Catalogue } from '../ports/catalogue.ts';
import type { Subject } from '../domain/values.ts';
import { rulesInForce } from './in-force.ts';
import { openSqliteReader, type Reader } from '../store/sqlite/reader.ts';

/** What the reading commands look at: the database as it is, also while the bot runs. */
export interface Installation extends AsyncDisposable {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly store: Reader;
  /** A person's name, their key, or the pseudonym when nobody knows them any more. */
  readonly nameOf: (subject: Subject) => Promise<string>;
}

export async function openInstallation(): Promise<Installation> {
  const config = loadConfig();
  const store = await openSqliteReader(databaseFile(config));
  const { catalogue } = await rulesInForce(config, store);
  return {
    config,
    catalogue,
    store,
    nameOf: async (subject) => {
      const key = await store.personOf(subject);
      return key === null ? subject : (catalogue.people.get(key)?.name ?? key);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
