import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, idKey, KeySet } from '../../src/audit/verify-keys.ts';

const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';

describe('a set of keys', () => {
  it('knows what was put in, and nothing else, however many they are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(fc.uuid(), fc.string()), { maxLength: 3_000 }),
        fc.integer(),
        (ids, seed) => {
          const set = new KeySet(seed);
          const [known, unknown] = [ids.slice(ids.length / 3), ids.slice(0, ids.length / 3)];
          expect(known.every((id) => set.add(idKey(id)))).toBe(true);
          expect(known.some((id) => set.add(idKey(id)))).toBe(false);
          expect(known.every((id) => set.has(idKey(id)))).toBe(true);
          expect(unknown.some((id) => set.has(idKey(id)))).toBe(false);
          expect(set.size).toBe(known.length);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a key', () => {
  it('of a UUID is the UUID itself', () => {
    const { a, b, c, d } = idKey(uuid);
    const hex = [a, b, c, d].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    expect(hex).toBe(uuid.replaceAll('-', ''));
  });

  it.each([
    ['in upper case', uuid.toUpperCase()],
    ['of another variant', uuid.replace('-a165', '-c165')],
    ['without its dashes', uuid.replaceAll('-', '')],
    ['with a dash elsewhere', uuid.replace('b-d', '-bd')],
    ['with a letter that is no digit', uuid.replace('f8', 'g8')],
    ['with a sign between digits and letters', uuid.replace('f8', ':8')],
  ])('of what is no UUID, such as one %s, is a hash, which no UUID can be', (_, id) => {
    expect(idKey(id)).toEqual(hashKey(id));
    expect(hashKey(id).c >>> 30).toBe(0b01);
    expect(idKey(uuid).c >>> 30).toBe(0b10);
  });
});
