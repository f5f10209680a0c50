import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { exceptionRegistryContract } from './exception-registry.ts';
import { groupShelfContract } from './group-shelf.ts';
import { scimShelfContract } from './scim-shelf.ts';
import { dueContract } from './store-due.ts';
import { journalContract } from './store-journal.ts';
import { logContract } from './store-log.ts';
import { projectionsContract } from './store-projections.ts';
import { redactionContract } from './store-redaction.ts';
import { searchContract } from './store-search.ts';
import { shelfContract } from './store-shelf.ts';
import { tablesContract } from './store-tables.ts';
import { treeContract } from './store-tree.ts';

interface Options {
  readonly introduce?: (person: string) => Readonly<Record<string, string>>;
}

/** An empty place for a store. `open` may be called again once the store before has been closed. */
export interface Place {
  open(more?: Options): Promise<Store>;
  /** Removes all of it. */
  discard(): Promise<void>;
}

/** The store under test, and the same one closed and opened again. */
export interface Subject {
  readonly store: Store;
  reopen(more?: Options): Promise<Store>;
}

/** What every store owes, whatever it is made of. Each test has a place of its own. */
export function storeContract(name: string, place: () => Promise<Place>): void {
  describe(name, () => {
    let here: Place;
    let store: Store;
    beforeEach(async () => {
      here = await place();
      store = await here.open();
    });
    afterEach(async () => {
      await store.close();
      await here.discard();
    });
    const subject: Subject = {
      get store() {
        return store;
      },
      reopen: async (more) => {
        await store.close();
        store = await here.open(more);
        return store;
      },
    };
    logContract(subject);
    treeContract(subject);
    journalContract(subject);
    searchContract(subject);
    redactionContract(subject);
    shelfContract(subject);
    dueContract(subject);
    projectionsContract(subject);
    tablesContract(subject);
    groupShelfContract(subject);
    scimShelfContract(subject);
    exceptionRegistryContract(subject);
  });
}
