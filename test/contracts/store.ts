import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { dueContract } from './store-due.ts';
import { logContract } from './store-log.ts';
import { projectionsContract } from './store-projections.ts';
import { tablesContract } from './store-tables.ts';

/** An empty place for a store. `open` may be called again once the store before has been closed. */
export interface Place {
  open(): Promise<Store>;
  /** Removes all of it. */
  discard(): Promise<void>;
}

/** The store under test, and the same one closed and opened again. */
export interface Subject {
  readonly store: Store;
  reopen(): Promise<Store>;
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
      reopen: async () => {
        await store.close();
        store = await here.open();
        return store;
      },
    };
    logContract(subject);
    dueContract(subject);
    projectionsContract(subject);
    tablesContract(subject);
  });
}
