import BetterSqlite3 from 'better-sqlite3';
import { evolve } from '../../src/domain/evolve.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { parts } from '../store/places.ts';
import { lifeOf } from './log-life.ts';
import { p50 } from './statistics.ts';

/** One commit by the store, and a plain insert of the rows that it writes. */
export interface Appended {
  readonly samples: number;
  readonly p50Ms: number;
  readonly plainP50Ms: number;
  /** Of the two medians. */
  readonly overPlain: number;
}
export interface AppendFigures {
  /** The commit that opens a request, with two texts. */
  readonly opening: Appended;
  /** Each of those that follow in its life. */
  readonly later: Appended;
  /** Of a whole life: the one that opens it and those that follow. */
  readonly overPlainMean: number;
}

const WARM_UP = 20;
const LIVES = 150;

/**
 * Lives of requests, each commit by the store and by prepared statements, which of them first changing with each. The
 * plain side writes into a database of its own, of the same tables, the very rows that the store wrote a life before.
 */
export async function benchAppend(file: string, plainFile: string): Promise<AppendFigures> {
  const store = await openSqliteStore({ file, ...parts, evolve });
  await (await openSqliteStore({ file: plainFile, ...parts, evolve })).close();
  const plain = new PlainWriter(file, plainFile);
  const times: Times[] = lifeOf(0).commits.map(() => ({ ours: [], plain: [] }));
  try {
    let rows: readonly Rows[] = [];
    for (let n = 0; n < WARM_UP + LIVES; n++)
      rows = await live(
        store,
        plain,
        n,
        rows,
        n < WARM_UP ? times.map(() => ({ ours: [], plain: [] })) : times,
      );
  } finally {
    plain.close();
    await store.close();
  }
  const [first, ...others] = times;
  const opening = compared(first?.ours ?? [], first?.plain ?? []);
  const later = compared(
    others.flatMap(({ ours }) => ours),
    others.flatMap((each) => each.plain),
  );
  const ofLife = (one: number, each: number): number => one + others.length * each;
  const overPlainMean = ofLife(opening.p50Ms, later.p50Ms) / ofLife(opening.plainP50Ms, later.plainP50Ms);
  return { opening, later, overPlainMean };
}

interface Times {
  readonly ours: number[];
  readonly plain: number[];
}

const compared = (ours: readonly number[], plain: readonly number[]): Appended => ({
  samples: ours.length,
  p50Ms: p50(ours),
  plainP50Ms: p50(plain),
  overPlain: p50(ours) / p50(plain),
});

/** Answers the rows that the store wrote, commit by commit. */
async function live(
  store: Store,
  plain: PlainWriter,
  n: number,
  before: readonly Rows[],
  times: readonly Times[],
): Promise<readonly Rows[]> {
  const { stream, commits } = lifeOf(n);
  const written: Rows[] = [];
  let version = 0;
  for (const [i, events] of commits.entries()) {
    const [rows, into] = [before[i], times[i]];
    const ours = async (): Promise<void> => {
      const from = performance.now();
      const { ok } = await store.append({ stream, expectedVersion: version, events });
      into?.ours.push(performance.now() - from);
      if (!ok) throw new Error(`commit ${i} of life ${n} was refused`);
    };
    const theirs = (): void => {
      if (rows === undefined) return;
      const from = performance.now();
      plain.write(rows);
      into?.plain.push(performance.now() - from);
    };
    if ((n + i) % 2 === 0) theirs();
    await ours();
    if ((n + i) % 2 === 1) theirs();
    version += events.length;
    written.push(plain.newRows());
  }
  return written;
}

/** By table, as they stand in it. */
type Rows = Readonly<Record<Table, readonly unknown[][]>>;
type Table = (typeof GROWING)[number] | 'requests' | 'log_head';
const GROWING = ['events', 'disclosures', 'subject_keys', 'tree_nodes', 'credentials'] as const;

class PlainWriter {
  readonly #source: BetterSqlite3.Database;
  readonly #plain: BetterSqlite3.Database;
  readonly #seen = new Map<string, number>();
  readonly write: (rows: Rows) => void;

  constructor(source: string, plain: string) {
    this.#source = new BetterSqlite3(source, { readonly: true });
    this.#plain = new BetterSqlite3(plain);
    for (const pragma of ['synchronous = FULL', 'foreign_keys = ON', 'secure_delete = ON'])
      this.#plain.pragma(pragma);
    this.write = this.#writer();
  }

  /** What has come since it was asked before; of the tables of one row for each request or in all, what is there. */
  newRows(): Rows {
    const rows = GROWING.map((table) => {
      const after = this.#seen.get(table) ?? -1;
      const found = this.#select(`select * from ${table} where rowid > ? order by rowid`, after);
      const last = this.#source.prepare(`select coalesce(max(rowid), -1) from ${table}`).pluck().get();
      this.#seen.set(table, Number(last));
      return [table, found] as const;
    });
    return {
      ...(Object.fromEntries(rows) as Record<(typeof GROWING)[number], unknown[][]>),
      requests: this.#select('select * from requests order by first_index desc limit 1'),
      log_head: this.#select('select * from log_head'),
    };
  }

  #select(sql: string, ...values: number[]): unknown[][] {
    return this.#source
      .prepare(sql)
      .raw()
      .all(...values) as unknown[][];
  }

  #writer(): (rows: Rows) => void {
    const tables = [...GROWING, 'requests', 'log_head'] as const;
    const statements = tables.map((table) => {
      const columns = this.#plain.pragma(`table_info(${table})`) as unknown[];
      const how = table === 'requests' || table === 'log_head' ? 'insert or replace' : 'insert';
      return [
        table,
        this.#plain.prepare(`${how} into ${table} values (${columns.map(() => '?').join()})`),
      ] as const;
    });
    const inOneGo = this.#plain.transaction((rows: Rows) => {
      for (const [table, statement] of statements) for (const row of rows[table]) statement.run(...row);
    });
    return (rows) => inOneGo.immediate(rows);
  }

  close(): void {
    this.#source.close();
    this.#plain.close();
  }
}
