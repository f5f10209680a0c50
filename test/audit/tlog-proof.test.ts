import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { parseVkey, signerFromSeed } from '../../src/audit/note.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../src/audit/tlog-proof.ts';
import { anyText, edits } from './edits.ts';
import { NaiveTree } from './naive-tree.ts';
import { refusal } from './refusal.ts';

const origin = 'example.com/log';
const signer = signerFromSeed(origin, Buffer.alloc(32, 1));
const keys = [parseVkey(signer.vkey)];
const tree = NaiveTree.ofSize(11);
const headOf = (size: number) =>
  signCheckpoint({ origin, size, root: tree.hash(0, size), extensions: [] }, [signer]);

const [index, size] = [6, 11];
const leaf = tree.hash(index, index + 1);
const proof = tree.path(index, size);
const checkpoint = headOf(size);
const text = formatTlogProof({ index, proof, checkpoint });
const lines = proof.map((hash) => `${hash.toString('base64')}\n`);

describe('a tlog-proof', () => {
  it('is header, index, proof, a blank line and the checkpoint', () => {
    expect(text).toBe(`c2sp.org/tlog-proof@v1\nindex 6\n${lines.join('')}\n${checkpoint}`);
    expect(parseTlogProof(text)).toEqual({ index, proof, checkpoint });
  });

  it('has its extra data between header and index', () => {
    const extra = Buffer.from('extra data');
    const withExtra = formatTlogProof({ index, proof, checkpoint, extra });
    expect(withExtra).toBe(text.replace('\n', '\nextra ZXh0cmEgZGF0YQ==\n'));
    expect(parseTlogProof(withExtra)).toEqual({ index, proof, checkpoint, extra });
    expect(verifyTlogProof(withExtra, leaf, keys).index).toBe(index);
  });

  it('verifies for every leaf of every tree to 11 leaves', () => {
    for (let leaves = 1; leaves <= 11; leaves++)
      for (let at = 0; at < leaves; at++) {
        const any = formatTlogProof({ index: at, proof: tree.path(at, leaves), checkpoint: headOf(leaves) });
        expect(verifyTlogProof(any, tree.hash(at, at + 1), keys, origin)).toEqual({
          index: at,
          origin,
          size: leaves,
          root: tree.hash(0, leaves),
          extensions: [],
          verifiedBy: keys,
        });
      }
  });

  it.each([
    ['another leaf', 'proof_root', () => verifyTlogProof(text, tree.hash(5, 6), keys)],
    ['another index', 'proof_root', () => verifyTlogProof(text.replace('index 6', 'index 7'), leaf, keys)],
    [
      'an index beyond the tree',
      'proof_range',
      () => verifyTlogProof(text.replace('index 6', 'index 11'), leaf, keys),
    ],
    [
      'a hash too few',
      'proof_length',
      () => verifyTlogProof(text.replace(lines[3] as string, ''), leaf, keys),
    ],
    [
      'a hash too many',
      'proof_length',
      () => verifyTlogProof(text.replace(lines[0] as string, lines[0] + (lines[0] as string)), leaf, keys),
    ],
    [
      'hashes in another order',
      'proof_root',
      () => verifyTlogProof(formatTlogProof({ index, proof: proof.toReversed(), checkpoint }), leaf, keys),
    ],
    ['a leaf hash of 20 bytes', 'proof_hash_size', () => verifyTlogProof(text, leaf.subarray(12), keys)],
    [
      'a checkpoint of another size',
      'proof_root',
      () => verifyTlogProof(formatTlogProof({ index, proof, checkpoint: headOf(10) }), leaf, keys),
    ],
    ['no known key', 'note_unsigned', () => verifyTlogProof(text, leaf, [])],
    ['another origin', 'checkpoint_origin', () => verifyTlogProof(text, leaf, keys, 'example.com/other')],
    [
      'a changed checkpoint',
      'note_signature_invalid',
      () => verifyTlogProof(text.replace('\n11\n', '\n12\n'), leaf, keys),
    ],
  ])('does not verify with %s', (_what, code, act) => {
    expect(refusal(act)).toBe(code);
  });

  it.each([
    ['nothing', ''],
    ['another version', text.replace('@v1', '@v2')],
    ['something before its header', `\n${text}`],
    ['no index', text.replace('index 6\n', '')],
    ['an index that is no number', text.replace('index 6', 'index six')],
    ['a negative index', text.replace('index 6', 'index -6')],
    ['an index with a leading zero', text.replace('index 6', 'index 06')],
    ['an index of 2^53', text.replace('index 6', 'index 9007199254740992')],
    ['extra data that is not base64', text.replace('\n', '\nextra !!not!!\n')],
    ['extra data after the index', text.replace('index 6\n', 'index 6\nextra AAAA\n')],
    ['a hash that is not base64', text.replace(lines[0] as string, '!!not!!\n')],
    ['a hash of 64 bytes', text.replace(lines[0] as string, `${Buffer.alloc(64).toString('base64')}\n`)],
    ['64 hashes', text.replace(lines[0] as string, (lines[0] as string).repeat(61))],
    ['no checkpoint', text.slice(0, text.indexOf('\n\n') + 2)],
    ['no blank line', text.slice(0, text.indexOf('\n\n') + 1)],
    ['carriage returns', text.replaceAll('\n', '\r\n')],
  ])('is refused with %s', (_what, malformed) => {
    expect(refusal(() => parseTlogProof(malformed))).toBe('tlog_proof_malformed');
    expect(refusal(() => verifyTlogProof(malformed, leaf, keys))).toBe('tlog_proof_malformed');
  });

  it('is refused in words', () => {
    expect(() => parseTlogProof(text.replace('@v1', '@v2'))).toThrow(
      'a tlog-proof is malformed: its first line must be "c2sp.org/tlog-proof@v1"',
    );
  });

  it.each([
    ['a negative index', { index: -1 }],
    ['a hash of 31 bytes', { proof: [Buffer.alloc(31)] }],
    ['no checkpoint', { checkpoint: '' }],
  ])('is not written with %s', (_what, change) => {
    expect(refusal(() => formatTlogProof({ index, proof, checkpoint, ...change }))).toBe(
      'tlog_proof_malformed',
    );
  });

  it('does not verify after any one edit, whatever it is', () => {
    fc.assert(
      fc.property(edits(text), (edited) => {
        expect(refusal(() => verifyTlogProof(edited, leaf, keys, origin))).not.toBe('taken');
      }),
    );
  });

  it('is read, or refused as malformed, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, edits(text)), (any) => {
        expect(['taken', 'tlog_proof_malformed']).toContain(refusal(() => parseTlogProof(any)));
      }),
    );
  });
});
