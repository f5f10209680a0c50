import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExceptionRegistry } from '../../src/ports/identity.ts';
import { StoreError, type TokenRegistry } from '../../src/ports/store.ts';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { openExceptions } from '../../src/store/sqlite/exceptions.ts';
import { openTokens } from '../../src/store/sqlite/tokens.ts';

/** What connectors keep with us, in a database of the test's own. */
export interface OwnStores {
  readonly tokens: TokenRegistry;
  readonly exceptions: ExceptionRegistry;
}

export async function openOwnStores(): Promise<OwnStores & { close(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-own-'));
  const database = openDatabase(path.join(folder, 'own.db'));
  return {
    tokens: openTokens(database),
    exceptions: openExceptions(database),
    close: async () => {
      database.close();
      await rm(folder, { recursive: true });
    },
  };
}

type Call = <T>(call: () => Promise<T>) => Promise<T>;

const through = (tokens: TokenRegistry, exceptions: ExceptionRegistry, step: Call): OwnStores => ({
  tokens: {
    put: (record) => step(() => tokens.put(record)),
    revoke: (name, at) => step(() => tokens.revoke(name, at)),
    get: (name) => step(() => tokens.get(name)),
    living: (prefix, now, limit) => step(() => tokens.living(prefix, now, limit)),
  },
  exceptions: {
    put: (record) => step(() => exceptions.put(record)),
    end: (name, at) => step(() => exceptions.end(name, at)),
    get: (name) => step(() => exceptions.get(name)),
    inForce: (subject, at) => step(() => exceptions.inForce(subject, at)),
    open: () => step(() => exceptions.open()),
  },
});

const busy = (): StoreError => new StoreError('store_busy', 'the database is locked', 'wait');

/** They refuse every call. */
export const failing = ({ tokens, exceptions }: OwnStores): OwnStores =>
  through(tokens, exceptions, async () => {
    throw busy();
  });

/** They take every call and never answer. */
export const silent = ({ tokens, exceptions }: OwnStores): OwnStores =>
  through(tokens, exceptions, () => new Promise(() => {}));

/** Their `nth` call fails, before it was made or after. */
export function cutting(
  { tokens, exceptions }: OwnStores,
  nth: number,
  when: 'before' | 'after',
): OwnStores & { hasCut(): boolean } {
  let calls = 0;
  const step: Call = async (call) => {
    calls += 1;
    const mine = calls === nth;
    if (mine && when === 'before') throw busy();
    const answer = await call();
    if (mine) throw busy();
    return answer;
  };
  return { ...through(tokens, exceptions, step), hasCut: () => calls >= nth };
}
