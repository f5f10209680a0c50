import { describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { Frontier } from '../../src/audit/tree.ts';
import type { OlderHead } from '../../src/audit/verify-head.ts';
import {
  type Row,
  type SealedText,
  StoredLog,
  type Subtree,
  subtreeProblem,
} from '../../src/audit/verify-rows.ts';
import { idOf, logOf, rootOf } from './exported.ts';

const SIZE = 600;
const log = logOf(
  Array.from({ length: SIZE }, (_, i) => ({
    stream: `request/${i % 50}`,
    ...(i < 50 && { texts: { justification: `because of ${i}` } }),
    ...(i === 599 && { redacts: [[3, 'justification'] as const] }),
  })),
);
const root = rootOf(log.leaves);
const rows: readonly Row[] = log.leaves.map((bytes, index) => {
  const { stream, version } = JSON.parse(bytes.toString()) as Pick<Row, 'stream' | 'version'>;
  return { index, stream, version, bytes, leaf: leafHash(bytes) };
});
const row = (index: number): Row => rows[index] as Row;

/** As they lie there: each opens for its own event alone. */
const sealed = (texts: typeof log.texts, at: number): readonly SealedText[] =>
  texts
    .filter(({ index }) => index === at)
    .map(({ index, field, disclosure }) => ({
      index,
      field,
      open: (eventId) => (eventId === idOf(index) ? disclosure : null),
    }));

function checked(
  given: readonly Row[],
  { older = [], texts = log.texts }: { older?: readonly OlderHead[]; texts?: typeof log.texts } = {},
): string {
  const stored = new StoredLog({ older, seed: 1 });
  for (const each of given) {
    const problem = stored.next(each, sealed(texts, each.index));
    if (problem !== null) return `${problem.code} at ${problem.index}`;
  }
  const problem = stored.end({ size: SIZE, root });
  return problem === null ? 'ok' : `${problem.code} at ${problem.index}`;
}

describe('a stored log', () => {
  it('that is whole is ok, and every text is accounted for', () => {
    expect(checked(rows)).toBe('ok');
  });

  const edited = Buffer.from(row(70).bytes.toString().replace('"at":1', '"at":2'));
  it.each<[string, readonly Row[], string]>([
    ['bytes were changed', rows.with(70, { ...row(70), bytes: edited }), 'row_changed at 70'],
    ['a hash was changed', rows.with(70, { ...row(70), leaf: Buffer.alloc(32) }), 'row_changed at 70'],
    [
      'both were',
      rows.with(70, { ...row(70), bytes: edited, leaf: leafHash(edited) }),
      'tree_differs at null',
    ],
    ['a row is gone', rows.toSpliced(70, 1), 'row_missing at 70'],
    ['the first is gone', rows.slice(1), 'row_missing at 0'],
    ['the last are gone', rows.slice(0, 590), 'row_missing at 590'],
    ['a row is filed elsewhere', rows.with(70, { ...row(70), stream: 'request/21' }), 'row_misfiled at 70'],
    ['a row is filed under another version', rows.with(70, { ...row(70), version: 3 }), 'row_misfiled at 70'],
  ])('in which %s is refused', (_, given, expected) => {
    expect(checked(given)).toBe(expected);
  });

  it('whose texts are gone or changed is refused where they belong', () => {
    const { texts } = log;
    expect(checked(rows, { texts: texts.slice(1) })).toBe('disclosure_missing at 0');
    const swapped = texts.map((text) =>
      text.index === 7 ? { ...text, disclosure: texts[9]?.disclosure ?? '' } : text,
    );
    expect(checked(rows, { texts: swapped })).toBe('disclosure_foreign at 7');
    const kept = {
      index: 3,
      field: 'justification',
      disclosure: logOf([{ stream: 'x' }]).leaves[0]?.toString('base64url') ?? '',
    };
    expect(checked(rows, { texts: [...texts, kept] })).toBe('disclosure_foreign at 3');
  });

  it('of which a text does not open is refused there', () => {
    const stored = new StoredLog({ older: [], seed: 1 });
    const closed = sealed(log.texts, 0).map((text) => ({ ...text, open: () => null }));
    expect(stored.next(row(0), closed)).toEqual({
      code: 'disclosure_damaged',
      index: 0,
      what: 'the text "justification" of event 0 does not open',
    });
  });

  it('is held against every head that was signed before', () => {
    const head = (size: number, of = log.leaves): OlderHead => ({
      name: `the head of ${size}`,
      size,
      root: rootOf(of.slice(0, size)),
    });
    expect(checked(rows, { older: [head(599), head(1), head(256), head(0), head(600), head(256)] })).toBe(
      'ok',
    );
    expect(checked(rows, { older: [head(5), head(400, log.leaves.toReversed())] })).toBe(
      'older_differs at null',
    );
    expect(checked(rows, { older: [head(5), { ...head(600), size: 601 }] })).toBe('older_larger at null');
  });
});

describe('the hashes stored over a log', () => {
  const stored = new StoredLog({ older: [], seed: 1 });
  for (const each of rows) stored.next(each, sealed(log.texts, each.index));
  const subtrees = stored.completed();
  const hashes = subtrees.map(({ hash }) => hash);

  it('are those of its complete tiles, told once', () => {
    expect(subtrees.map(({ level, index }) => [level, index])).toEqual([
      [8, 0],
      [8, 1],
    ]);
    const tile = Frontier.empty();
    for (const { leaf } of rows.slice(256, 512)) tile.append(leaf);
    expect(hashes[1]).toEqual(tile.root());
    expect(stored.completed()).toEqual([]);
  });

  it('are refused where one differs or is missing, and say over which events', () => {
    expect(subtreeProblem(subtrees, hashes)).toBeNull();
    const what = 'events 256 to 511 do not give the stored hash over them';
    expect(subtreeProblem(subtrees, hashes.with(1, Buffer.alloc(32)))).toMatchObject({
      code: 'tree_differs',
      what,
    });
    expect(subtreeProblem(subtrees, hashes.slice(0, 1))).toMatchObject({ code: 'tree_differs', what });
    const higher: Subtree = { level: 16, index: 1, hash: Buffer.alloc(32) };
    expect(subtreeProblem([higher], [])?.what).toContain('events 65536 to 131071');
  });
});
