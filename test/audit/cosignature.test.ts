import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cosign, verifyCosignature } from '../../src/audit/cosignature.ts';
import { ed25519Key } from '../../src/audit/ed25519.ts';
import {
  keyId,
  parseNote,
  parseVkey,
  signerFromSeed,
  verifyNote,
  type VerifierKey,
} from '../../src/audit/note.ts';
import vectors from '../vectors/tlog.json' with { type: 'json' };
import { refusal } from './refusal.ts';

const example = vectors.cosignature;
const text = example.signedMessage.replace(/^.*\n.*\n/, '');
const name = 'witness.example.com/w1';
const seed = Buffer.alloc(32, 7);
const { publicKey } = ed25519Key(seed);
const key: VerifierKey = { name, id: keyId(name, 4, publicKey), publicKey, algorithm: 4 };

const line = cosign(text, { name, seed }, example.timestamp);
const signatureOf = (signatureLine: string) => {
  const [signature] = parseNote(`${text}\n${signatureLine}`).signatures;
  if (signature === undefined) throw new Error('the line has no signature');
  return signature;
};
const ours = signatureOf(line);

describe('a cosignature', () => {
  it('is framed as in the example of the specification', () => {
    const theirs = signatureOf(`${example.line}\n`);
    expect(theirs.id.toString('hex')).toBe(example.keyId);
    expect(ours.name).toBe(theirs.name);
    expect(ours.signature).toHaveLength(theirs.signature.length);
    expect(ours.signature.subarray(0, 8)).toEqual(theirs.signature.subarray(0, 8));
    expect(Number(ours.signature.readBigUInt64BE())).toBe(example.timestamp);
  });

  it('is over exactly the message of the example', () => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
    const plain = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verify(null, Buffer.from(example.signedMessage), plain, ours.signature.subarray(8))).toBe(true);
  });

  it('tells its time', () => {
    expect(verifyCosignature(text, ours, key)).toBe(example.timestamp);
    expect(verifyNote(`${text}\n${line}`, [key]).verifiedBy).toEqual([key]);
  });

  it.each([
    ['of another text', () => verifyCosignature(text.replace('208', '209'), ours, key)],
    ['of another name', () => verifyCosignature(text, { ...ours, name: 'witness.example.com/w2' }, key)],
    ['of another key id', () => verifyCosignature(text, { ...ours, id: Buffer.alloc(4) }, key)],
    [
      'of another key',
      () => verifyCosignature(text, ours, { ...key, publicKey: ed25519Key(Buffer.alloc(32)).publicKey }),
    ],
    ['under a key that is no witness', () => verifyCosignature(text, ours, { ...key, algorithm: 1 })],
    [
      'without a signature',
      () => verifyCosignature(text, { ...ours, signature: ours.signature.subarray(0, 8) }, key),
    ],
    ['of no bytes', () => verifyCosignature(text, { ...ours, signature: Buffer.alloc(0) }, key)],
    [
      'with a byte more',
      () =>
        verifyCosignature(
          text,
          { ...ours, signature: Buffer.concat([ours.signature, Buffer.alloc(1)]) },
          key,
        ),
    ],
  ])('is refused %s', (_what, act) => {
    expect(refusal(act)).toBe('cosignature_invalid');
  });

  it('is refused after any one bit changed, of its time or of its signature', () => {
    const held: number[] = [];
    for (let bit = 0; bit < ours.signature.length * 8; bit++) {
      const signature = Buffer.from(ours.signature);
      signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7));
      if (refusal(() => verifyCosignature(text, { ...ours, signature }, key)) !== 'cosignature_invalid')
        held.push(bit);
    }
    expect(held).toEqual([]);
  });

  it("is no signature of the log, nor the log's one of it", () => {
    const log = signerFromSeed(name, seed);
    const plain = log.sign(text);
    expect(plain.subarray(0, 4)).not.toEqual(key.id);
    const posing = { name, id: key.id, signature: Buffer.concat([Buffer.alloc(8, 1), plain.subarray(4)]) };
    expect(refusal(() => verifyCosignature(text, posing, key))).toBe('cosignature_invalid');
    expect(refusal(() => verifyNote(`${text}\n${line}`, [parseVkey(log.vkey)]))).toBe('note_unsigned');
  });

  it('names its witness when it is refused', () => {
    expect(() => verifyCosignature('other\n', ours, key)).toThrow(
      'the cosignature of witness.example.com/w1 is invalid: it does not verify',
    );
  });

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN])('is not made at time %d', (timeS) => {
    expect(refusal(() => cosign(text, { name, seed }, timeS))).toBe('cosignature_invalid');
  });

  it('is refused at time 0, though it be signed so', () => {
    const zero = Buffer.alloc(8);
    const signed = ed25519Key(seed).sign(Buffer.from(`cosignature/v1\ntime 0\n${text}`));
    const signature = Buffer.concat([zero, signed]);
    expect(refusal(() => verifyCosignature(text, { ...ours, signature }, key))).toBe('cosignature_invalid');
  });
});
