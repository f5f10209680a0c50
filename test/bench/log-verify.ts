import BetterSqlite3 from 'better-sqlite3';
import { leafHash } from '../../src/audit/leaf.ts';
import { Frontier } from '../../src/audit/tree.ts';
import { verifyStored } from '../../src/cli/log-stored.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { parts } from '../store/places.ts';
import { writeLog } from './log-million.ts';

export interface VerifyFigures {
  readonly events: number;
  readonly texts: number;
  readonly s: number;
  /** Every row read and hashed, and nothing else. */
  readonly scanS: number;
  readonly overScan: number;
}

const ROUNDS = 3;

/** A log, verified as `log verify` does, and scanned, in turn; of each the best time. */
export async function benchVerify(file: string, events: number, withTexts: boolean): Promise<VerifyFigures> {
  await writeLog(file, events, withTexts);
  const times = { verify: [] as number[], scan: [] as number[] };
  let texts = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const verify = async (): Promise<void> => {
      texts = await timed(times.verify, () => verified(file));
    };
    const scan = (): Promise<void> => timed(times.scan, async () => scanned(file));
    for (const one of round % 2 === 0 ? [scan, verify] : [verify, scan]) await one();
  }
  const [s, scanS] = [Math.min(...times.verify), Math.min(...times.scan)];
  return { events, texts, s, scanS, overScan: s / scanS };
}

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  into.push((performance.now() - from) / 1_000);
  return result;
}

/** Answers how many texts were opened and held against their events. */
async function verified(file: string): Promise<number> {
  await using reader = await openSqliteReader(file, parts.sealer);
  const verdict = await verifyStored(reader, [], { tell: () => {}, progress: () => {} });
  if (!verdict.ok) throw new Error(`the log does not verify: ${verdict.finding.what}`);
  return verdict.disclosed;
}
/** The least that finds a changed byte: each row read once, leaves hashed, and their hashes up to the root. */
function scanned(file: string): void {
  const database = new BetterSqlite3(file, { readonly: true });
  try {
    const frontier = Frontier.empty();
    for (const { bytes, leaf } of pages<{ bytes: Buffer; leaf: Buffer }>(database, 'events')) {
      if (!leafHash(bytes).equals(leaf)) throw new Error('a row was changed');
      frontier.append(leaf);
    }
    const head = database.prepare('select frontier from log_head').pluck().get() as Buffer;
    if (!frontier.toBytes().equals(head)) throw new Error('the tree was changed');
    for (const { sealed } of pages<{ sealed: Buffer }>(database, 'disclosures'))
      if (sealed.length === 0) throw new Error('a text was changed');
  } finally {
    database.close();
  }
}

function* pages<T>(database: BetterSqlite3.Database, table: string): Generator<T> {
  const page = database.prepare(
    `select rowid as at, * from ${table} where rowid > ? order by rowid limit 1000`,
  );
  for (let after = -1; ; ) {
    const rows = page.all(after) as (T & { at: number })[];
    const last = rows.at(-1);
    if (last === undefined) return;
    yield* rows;
    after = last.at;
  }
}
