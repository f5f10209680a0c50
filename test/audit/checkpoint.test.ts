import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../src/audit/checkpoint.ts';
import { cosign } from '../../src/audit/cosignature.ts';
import { ed25519Key } from '../../src/audit/ed25519.ts';
import { keyId, parseVkey, signerFromSeed, signNote, type VerifierKey } from '../../src/audit/note.ts';
import vectors from '../vectors/tlog.json' with { type: 'json' };
import { anyText, edits } from './edits.ts';
import { refusal } from './refusal.ts';

const origin = 'example.com/log';
const signer = signerFromSeed(origin, Buffer.alloc(32, 1));
const next = signerFromSeed(origin, Buffer.alloc(32, 2));
const foreign = signerFromSeed('example.com/other', Buffer.alloc(32, 1));
const key = parseVkey(signer.vkey);
const nextKey = parseVkey(next.vkey);
const foreignKey = parseVkey(foreign.vkey);

const checkpoint: Checkpoint = { origin, size: 20852163, root: Buffer.alloc(32, 0xab), extensions: [] };
const text = formatCheckpoint(checkpoint);
const root = checkpoint.root.toString('base64');

describe("a checkpoint's text", () => {
  it('is origin, size and root, a line each', () => {
    expect(text).toBe(`example.com/log\n20852163\n${root}\n`);
  });

  it('is read as in the example of the specification', () => {
    const example = vectors.cosignature.signedMessage.replace(/^.*\n.*\n/, '');
    expect(parseCheckpoint(example)).toEqual({
      origin: 'example.com/behind-the-sofa',
      size: 20852163,
      root: Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64'),
      extensions: [],
    });
    expect(formatCheckpoint(parseCheckpoint(example))).toBe(example);
  });

  it('carries origin, size, root and extensions there and back', () => {
    const line = fc.string({ minLength: 1, unit: 'grapheme-ascii' });
    const any = fc.record({
      origin: line,
      size: fc.maxSafeNat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
      extensions: fc.array(line),
    });
    fc.assert(
      fc.property(any, (given) => {
        expect(parseCheckpoint(formatCheckpoint(given))).toEqual(given);
      }),
    );
  });

  it.each(vectors.checkpointParse.invalid)(
    'is refused where the published tests refuse it: %j',
    (invalid) => {
      expect(refusal(() => parseCheckpoint(invalid))).toBe('checkpoint_malformed');
    },
  );

  it.each([
    ['a size with a leading zero', text.replace('\n2', '\n02')],
    ['a size with a sign', text.replace('\n2', '\n+2')],
    ['a size in exponents', text.replace('20852163', '2e7')],
    ['a size in other digits', text.replace('20852163', '٣')],
    ['a size of 2^53', text.replace('20852163', '9007199254740992')],
    ['no size', text.replace('20852163', '')],
    ['a space before its size', text.replace('\n2', '\n 2')],
    ['a root of 31 bytes', text.replace(root, Buffer.alloc(31).toString('base64'))],
    ['a root of 33 bytes', text.replace(root, Buffer.alloc(33).toString('base64'))],
    ['a root without padding', text.replace('=\n', '\n')],
    ['a root in base64url', text.replace(root, Buffer.alloc(32, 0xff).toString('base64url'))],
    ['a carriage return', text.replaceAll('\n', '\r\n')],
    ['an empty extension', `${text}\n`],
    ['an empty extension among others', `${text}one\n\ntwo\n`],
    ['no last newline', text.slice(0, -1)],
    ['another character for its last newline', `${text.slice(0, -1)}x`],
    ['nothing', ''],
  ])('is refused with %s', (_what, malformed) => {
    expect(refusal(() => parseCheckpoint(malformed))).toBe('checkpoint_malformed');
  });

  it.each([
    ['an origin of two lines', { origin: `a\n7\n${root}` }],
    ['no origin', { origin: '' }],
    ['an extension of two lines', { extensions: ['one\ntwo'] }],
    ['an empty extension', { extensions: [''] }],
    ['a negative size', { size: -1 }],
    ['a fractional size', { size: 1.5 }],
    ['a size beyond 2^53 - 1', { size: 2 ** 53 }],
    ['a root of 20 bytes', { root: Buffer.alloc(20) }],
  ])('is not written with %s', (_what, change) => {
    expect(refusal(() => formatCheckpoint({ ...checkpoint, ...change }))).toBe('checkpoint_malformed');
  });

  it('is refused in words', () => {
    expect(() => parseCheckpoint('log\nmany\n')).toThrow(
      'a checkpoint is malformed: it must have the lines origin, size and root',
    );
    expect(() => parseCheckpoint(text.replace('20852163', '-1'))).toThrow(
      'a checkpoint is malformed: its size must be a decimal below 2^53',
    );
  });

  it('is read, or refused as malformed, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, edits(text)), (any) => {
        expect(['taken', 'checkpoint_malformed']).toContain(refusal(() => parseCheckpoint(any)));
      }),
    );
  });
});

describe('a signed checkpoint', () => {
  const note = signCheckpoint(checkpoint, [signer]);

  it('opens with the key of its log', () => {
    expect(openCheckpoint(note, [foreignKey, key], origin)).toEqual({ ...checkpoint, verifiedBy: [key] });
    expect(openCheckpoint(Buffer.from(note), [key])).toEqual({ ...checkpoint, verifiedBy: [key] });
  });

  it('opens with either key while keys are rotated, and with none after its own is gone', () => {
    const both = signCheckpoint(checkpoint, [signer, next]);
    expect(openCheckpoint(both, [key]).verifiedBy).toEqual([key]);
    expect(openCheckpoint(both, [nextKey]).verifiedBy).toEqual([nextKey]);
    expect(openCheckpoint(both, [key, nextKey]).verifiedBy).toEqual([key, nextKey]);
    expect(refusal(() => openCheckpoint(note, [nextKey]))).toBe('note_unsigned');
  });

  it('does not open as that of another log', () => {
    expect(() => openCheckpoint(note, [key], 'example.com/other')).toThrow(
      'the checkpoint is of another log than example.com/other',
    );
    expect(refusal(() => openCheckpoint(note, [key], 'example.com/other'))).toBe('checkpoint_origin');
  });

  it('does not open when the key that signed it is that of another log', () => {
    const forged = signCheckpoint(checkpoint, [foreign]);
    expect(() => openCheckpoint(forged, [key, foreignKey])).toThrow(
      'the checkpoint is not signed by a key of the log that it names',
    );
    expect(refusal(() => openCheckpoint(forged, [key, foreignKey], origin))).toBe('note_unsigned');
  });

  it("does not open with a witness's cosignature alone, even of the log's own name", () => {
    const seed = Buffer.alloc(32, 9);
    const { publicKey } = ed25519Key(seed);
    const witness: VerifierKey = { name: origin, id: keyId(origin, 4, publicKey), publicKey, algorithm: 4 };
    const line = cosign(text, { name: origin, seed }, 1_700_000_000);
    expect(refusal(() => openCheckpoint(`${text}\n${line}`, [key, witness]))).toBe('note_unsigned');
    expect(openCheckpoint(note + line, [key, witness]).verifiedBy).toEqual([key, witness]);
  });

  it('does not open when it is a note of something else', () => {
    expect(refusal(() => openCheckpoint(signNote('hello\n', [signer]), [key]))).toBe('checkpoint_malformed');
  });

  it('does not open with one byte changed, wherever it is', () => {
    const bytes = Buffer.from(note);
    const opened: number[] = [];
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      if (refusal(() => openCheckpoint(changed, [key], origin)) === 'taken') opened.push(at);
    }
    expect(opened).toEqual([]);
  });
});
