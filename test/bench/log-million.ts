import { randomBytes } from 'node:crypto';
import BetterSqlite3 from 'better-sqlite3';
import { disclose, disclosureDigest } from '../../src/audit/disclosure.ts';
import { encodeLeaf } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { Frontier, type Node } from '../../src/audit/tree.ts';
import type { NewEvent } from '../../src/ports/store.ts';
import { keyContext, nonceBytes, sealDisclosure, subjectKeyBytes } from '../../src/store/sealing.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { parts } from '../store/places.ts';
import { lifeOf } from './log-life.ts';

/** Writes a log of `size` events into `file`, row for row as the store would have, with or without their texts. */
export async function writeLog(file: string, size: number, texts: boolean): Promise<void> {
  await (await openSqliteStore({ file, ...parts })).close();
  const database = new BetterSqlite3(file);
  try {
    database.pragma('synchronous = OFF');
    const writer = new RowWriter(database);
    const inOneGo = database.transaction((from: number) => {
      for (let n = from; n < from + LIVES_AT_ONCE && writer.size < size; n++) writer.life(n, size, texts);
    });
    for (let n = 0; writer.size < size; n += LIVES_AT_ONCE) inOneGo(n);
    writer.end();
  } finally {
    database.close();
  }
}

const LIVES_AT_ONCE = 5_000;

class RowWriter {
  readonly #frontier = Frontier.empty();
  readonly #keys = new Map<string, Uint8Array>();
  readonly #insert: Readonly<Record<'event' | 'text' | 'node' | 'key' | 'head', BetterSqlite3.Statement>>;

  constructor(database: BetterSqlite3.Database) {
    this.#insert = {
      event: database.prepare('insert into events values (?, ?, ?, ?, ?)'),
      text: database.prepare('insert into disclosures values (?, ?, ?, ?)'),
      node: database.prepare('insert into tree_nodes values (?, ?, ?)'),
      key: database.prepare('insert into subject_keys values (?, ?)'),
      head: database.prepare('update log_head set size = ?, frontier = ?'),
    };
  }

  get size(): number {
    return this.#frontier.size;
  }

  life(n: number, size: number, texts: boolean): void {
    const { stream, commits } = lifeOf(n);
    const [first] = commits.flat();
    const subject = first?.type === 'RequestSubmitted' ? first.data.requester : '';
    for (const [i, event] of commits.flat().entries())
      if (this.size < size) this.#event(stream, i + 1, texts ? event : { ...event, personal: {} }, subject);
  }

  end(): void {
    this.#insert.head.run(this.size, this.#frontier.toBytes());
  }

  #event(
    stream: string,
    version: number,
    { id, type, at, data, personal = {} }: NewEvent,
    subject: string,
  ): void {
    const index = this.size;
    const texts = Object.entries(personal).map(([field, text]) => ({
      field,
      disclosure: disclose(randomBytes(16), field, text),
    }));
    const sd = Object.fromEntries(
      texts.map(({ field, disclosure }) => [field, disclosureDigest(disclosure)]),
    );
    const bytes = encodeLeaf({ id, type, v: 1, at, stream, version, data, sd });
    const leaf = leafHash(bytes);
    this.#insert.event.run(index, stream, version, bytes, leaf);
    for (const { field, disclosure } of texts) {
      const sealed = sealDisclosure(this.#key(subject), randomBytes(nonceBytes), disclosure, {
        eventId: id,
        field,
      });
      this.#insert.text.run(index, field, subject, sealed);
    }
    this.#frontier.append(leaf, this.#keep);
  }

  readonly #keep = ({ level, index }: Node, hash: Buffer): void => {
    if (level % 8 === 0) this.#insert.node.run(level, index, hash);
  };

  #key(subject: string): Uint8Array {
    const known = this.#keys.get(subject);
    if (known !== undefined) return known;
    const key = randomBytes(subjectKeyBytes);
    this.#keys.set(subject, key);
    this.#insert.key.run(subject, Buffer.from(parts.sealer.seal(key, keyContext(subject))));
    return key;
  }
}
