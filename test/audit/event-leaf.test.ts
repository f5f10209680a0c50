import { describe, expect, it } from 'vitest';
import { decodeLeaf, type EventLeaf, encodeLeaf, leafMaxBytes } from '../../src/audit/event-leaf.ts';
import { leafHash } from '../../src/audit/leaf.ts';
import { LIMITS } from '../../src/limits.ts';
import vectors from '../vectors/leaf.json' with { type: 'json' };

const leaf: EventLeaf = {
  id: 'evt_1',
  type: 'RequestWithdrawn',
  v: 1,
  at: 1_795_000_000_000,
  stream: 'request/req_000000000001',
  version: 2,
  data: { by: 's:000000000000000000000001' },
  sd: { reason: 'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0' },
};

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a leaf', () => {
  it.each(vectors.rfc6962.hash)(
    'of "$leafData" hashes as RFC 6962 says',
    ({ leafData, leafHash: expected }) => {
      expect(leafHash(Buffer.from(leafData, 'hex')).toString('hex')).toBe(expected);
    },
  );

  it('is the canonical JSON of its event, and nothing that only the log knows', () => {
    expect(encodeLeaf(leaf).toString()).toBe(
      '{"at":1795000000000,"data":{"by":"s:000000000000000000000001"},"id":"evt_1",' +
        '"sd":{"reason":"X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"},' +
        '"stream":"request/req_000000000001","type":"RequestWithdrawn","v":1,"version":2}',
    );
  });

  it('reads back as the event it was made of', () => {
    expect(decodeLeaf(encodeLeaf(leaf))).toEqual(leaf);
  });

  it('takes 65,535 bytes and not one more', () => {
    expect(leafMaxBytes).toBe(LIMITS.leafMaxBytes);
    const padded = (length: number) => ({ ...leaf, data: { pad: 'x'.repeat(length) } });
    const room = leafMaxBytes - encodeLeaf(padded(0)).length;
    expect(encodeLeaf(padded(room))).toHaveLength(65_535);
    expect(thrown(() => encodeLeaf(padded(room + 1)))).toMatchObject({
      code: 'leaf_too_large',
      message: `event RequestWithdrawn of ${leaf.stream} takes 65536 bytes, a leaf takes at most 65535`,
    });
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['what is not JSON', Buffer.from('{')],
    ['an array', Buffer.from('[]')],
    ['a leaf without an id', Buffer.from(JSON.stringify({ ...leaf, id: undefined }))],
    ['a version that is no integer', Buffer.from(JSON.stringify({ ...leaf, version: 1.5 }))],
    ['data that is no object', Buffer.from(JSON.stringify({ ...leaf, data: [] }))],
    ['digests that are not text', Buffer.from(JSON.stringify({ ...leaf, sd: { reason: 1 } }))],
  ])('is not read from %s', (_name, bytes) => {
    expect(thrown(() => decodeLeaf(bytes))).toMatchObject({ code: 'leaf_malformed' });
  });
});
