import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { parseVkey } from '../../src/audit/note.ts';
import { verifyTlogProof } from '../../src/audit/tlog-proof.ts';
import { LIMITS } from '../../src/limits.ts';
import { drift } from '../../src/reports/drift.ts';
import { grants } from '../../src/reports/grants.ts';
import type { MadeReport } from '../../src/reports/made.ts';
import { sampled } from '../../src/reports/proofs.ts';
import { HOUR, T0 } from '../domain/facts.ts';
import { Book, made, periodOf, VKEY } from './book.ts';
import { bookOf, end, grant } from './lives.ts';

const asked = { period: periodOf('2026-11-20', '2026-11-20', 'Europe/Vienna'), now: T0 + 48 * HOUR };

describe('proofs', () => {
  const verify = ({ proofs }: MadeReport): readonly number[] =>
    proofs.map(({ event, leaf, index, proof }) => {
      const hash = leafHash(Buffer.from(event));
      expect(hash.toString('hex')).toBe(leaf);
      expect(verifyTlogProof(proof, hash, [parseVkey(VKEY)]).index).toBe(index);
      return index;
    });

  it('are there for every row of a short report, and hold', async () => {
    const report = await made(grants, bookOf(3), asked);
    expect(verify(report)).toEqual(report.rows.map(({ event }) => event?.index));
  });

  it('are of the first row, the last, and some between of a long one', async () => {
    const report = await made(grants, bookOf(60), asked);
    const rows = report.proofs.map(({ row }) => row);
    expect(verify(report)).toHaveLength(21);
    expect([rows.slice(0, 3), rows.at(-1)]).toEqual([[1, 4, 7], 60]);
  });

  it('are at most 25, the first and the last among them, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (count) => {
        const places = sampled(count);
        expect(places.length).toBeLessThanOrEqual(LIMITS.reportProofsMax);

        expect([places[0], places.at(-1)]).toEqual([0, count - 1]);
        expect(new Set(places).size).toBe(places.length);
      }),
    );
    expect(sampled(0)).toEqual([]);
    expect(sampled(25)).toHaveLength(25);
  });

  it('bring an event once that several rows stand on', async () => {
    const book = new Book();
    grant(book, 1, { at: T0 });
    end(book, 1, { at: T0 + HOUR, leftovers: ['one', 'two'] });
    const report = await made(drift, book, asked);
    expect(report.rows).toHaveLength(2);
    expect(verify(report)).toEqual([7]);
    expect(report.proofs.map(({ row }) => row)).toEqual([1]);
  });
});
