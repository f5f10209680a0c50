import type { Database } from './database.ts';

export interface Head {
  readonly size: number;
  readonly fence: number;
  readonly frontier: Buffer;
}

/** The log's size and the last fence given out, which only ever rise, and its frontier. To be called inside `write`. */
export function openHead(database: Database) {
  const { raw } = database;
  raw.exec('INSERT INTO log_head (id, size, fence, projection) VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING');
  const update = raw.prepare<[number, number, Buffer]>(
    'UPDATE log_head SET size = ?, fence = ?, frontier = ?',
  );
  const raise = raw.prepare<[], number>('UPDATE log_head SET fence = fence + 1 RETURNING fence').pluck();

  const get = openHeadReader(database);
  const set = ({ size, fence, frontier }: Head): void => void update.run(size, fence, frontier);
  /** One fence serves a whole transaction: within it no row is both put and held. */
  const nextFence = (): number => raise.get() ?? lost();
  return { get, set, nextFence };
}
export type HeadRow = ReturnType<typeof openHead>;

export function openHeadReader({ raw }: Database): () => Head {
  const select = raw.prepare<[], Head>('SELECT size, fence, frontier FROM log_head');
  return () => select.get() ?? lost();
}

function lost(): never {
  throw new Error('log_head has lost its row');
}
