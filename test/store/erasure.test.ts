import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/sqlite/database.ts';
import { openDisclosureWriter } from '../../src/store/sqlite/disclosures.ts';
import { eraseRowsOf } from '../../src/store/sqlite/erasure.ts';
import { emptyWal } from '../../src/store/sqlite/redaction.ts';
import { openSubjectKeys } from '../../src/store/sqlite/subject-keys.ts';
import { parts, sqlitePlace } from './places.ts';

/**
 * What a plain DELETE leaves in the file although secure_delete is on, which is why nothing is forgotten by one: copies
 * of rows that SQLite once moved from page to page. Rare, so the rows are chosen: among these some are left.
 */

let place: Awaited<ReturnType<typeof sqlitePlace>>;
let database: Database;
beforeEach(async () => {
  place = await sqlitePlace();
  database = openDatabase(place.file);
});
afterEach(async () => {
  database.close();
  await place.discard();
});

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const inOneGo = (work: () => void): void => database.raw.transaction(work)();
function leftOf(traces: readonly (string | Buffer)[]): number {
  expect(emptyWal(database)).toBe(true);
  const bytes = readFileSync(place.file);
  return traces.filter((trace) => bytes.includes(trace)).length;
}

describe('who people are', () => {
  const people = Array.from({ length: 800 }, (_, i) => {
    const hex = digest(`17/${i}`).toString('hex');
    const end = 32 + Number.parseInt(hex.charAt(60), 16);
    return { subject: `s:${hex.slice(0, 24)}`, person: `person-${hex.slice(24, end)}` };
  });
  const gone = people.filter((_, i) => i % 2 === 1);
  const traces = gone.flatMap(({ subject, person }) => [subject, person]);
  const insert = () => {
    const statement = database.raw.prepare('INSERT INTO subjects (subject, person) VALUES (?, ?)');
    inOneGo(() => {
      for (const { subject, person } of people) statement.run(subject, person);
    });
  };

  it('is left here and there by a DELETE', () => {
    insert();
    expect(leftOf(traces)).toBe(traces.length);
    const remove = database.raw.prepare('DELETE FROM subjects WHERE subject = ?');
    for (const { subject } of gone) remove.run(subject);
    expect(leftOf(traces)).toBeGreaterThan(0);
  });

  it('is gone when they were erased, and the others are all there', () => {
    insert();
    inOneGo(() => {
      for (const { subject } of gone) expect(eraseRowsOf(database, 'subjects', subject)).toBe(true);
    });
    expect(leftOf(traces)).toBe(0);
    const rest = database.raw.prepare('SELECT subject, person FROM subjects ORDER BY rowid').all();
    expect(rest).toEqual(people.filter((_, i) => i % 2 === 0));
    expect(eraseRowsOf(database, 'subjects', gone[0]?.subject ?? '')).toBe(false);
  });
});

describe('sealed texts', () => {
  const texts = Array.from({ length: 300 }, (_, index) => {
    const piece = digest(`7/${index}`);
    return {
      index,
      piece,
      sealed: Buffer.concat(Array.from({ length: 1 + ((piece[0] ?? 0) % 60) }, () => piece)),
    };
  });
  const gone = texts.toSorted((a, b) => Buffer.compare(a.piece, b.piece)).slice(0, 200);
  const traces = gone.map(({ piece }) => piece);
  const insert = () => {
    database.raw.exec('PRAGMA foreign_keys = OFF; DROP TRIGGER disclosures_no_delete');
    const statement = database.raw.prepare('INSERT INTO disclosures VALUES (?, ?, ?, ?)');
    inOneGo(() => {
      for (const { index, piece, sealed } of texts)
        statement.run(index, 'justification', `s:${piece.toString('hex').slice(0, 24)}`, sealed);
    });
  };

  it('are left here and there by a DELETE', () => {
    insert();
    expect(leftOf(traces)).toBe(traces.length);
    const remove = database.raw.prepare('DELETE FROM disclosures WHERE log_index = ?');
    for (const { index } of gone) remove.run(index);
    expect(leftOf(traces)).toBeGreaterThan(0);
  });

  it('are gone when they were emptied in their place', () => {
    insert();
    const keys = openSubjectKeys(database, parts.sealer, parts.random);
    const { empty } = openDisclosureWriter(database, keys, parts.random);
    for (const { index } of gone) empty(index, 'justification');
    expect(leftOf(traces)).toBe(0);
    const kept = texts.filter((each) => !gone.includes(each));
    expect(leftOf(kept.map(({ piece }) => piece))).toBe(kept.length);
  });
});
