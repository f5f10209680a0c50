import type BetterSqlite3 from 'better-sqlite3';

interface Member {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The writes of one turn of the event loop share a transaction, so that a busy turn costs one fsync and not one for
 * each of them. Each is a savepoint: what throws undoes itself alone. What keeps the transaction from being committed
 * undoes them all, and every one of them hears of it. Nobody hears of success before the commit is on disk.
 */
export function groupCommit(raw: BetterSqlite3.Database, toError: (error: unknown) => unknown) {
  const inTransaction = raw.transaction((work: () => unknown) => work());
  let waiting: Member[] = [];

  const run = ({ work, resolve }: Member): (() => void) => {
    const value = work();
    return () => resolve(value);
  };
  const attempt = (member: Member): (() => void) => {
    try {
      return inTransaction(() => run(member)) as () => void;
    } catch (error) {
      // A full disk can undo more than the savepoint; going on would write outside of any transaction.
      if (!raw.inTransaction) throw error;
      return () => member.reject(toError(error));
    }
  };

  const flush = (): void => {
    const members = waiting;
    waiting = [];
    if (members.length === 0) return;
    // Whoever is alone needs no savepoint: the transaction undoes it.
    const step = members.length === 1 ? run : attempt;
    try {
      const tell = inTransaction.immediate(() => members.map(step)) as (() => void)[];
      for (const each of tell) each();
    } catch (error) {
      for (const { reject } of members) reject(toError(error));
    }
  };

  const write = <T>(work: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ work, resolve: (value) => resolve(value as T), reject });
    });
  return { write, flush };
}
