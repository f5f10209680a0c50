import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519Key, ed25519Verify } from '../../src/audit/ed25519.ts';
import {
  formatVkey,
  keyId,
  parseNote,
  parseVkey,
  signerFromSeed,
  signNote,
  verifyNote,
} from '../../src/audit/note.ts';
import vectors from '../vectors/tlog.json' with { type: 'json' };
import { anyText, edits } from './edits.ts';
import { refusal } from './refusal.ts';

const { signedNote, ed25519 } = vectors;
const [, peterNote, enochNote] = signedNote.valid.map(({ note }) => note) as [string, string, string];
const [, peter, enoch] = signedNote.valid.map(({ vkey }) => parseVkey(vkey)) as [
  ReturnType<typeof parseVkey>,
  ReturnType<typeof parseVkey>,
  ReturnType<typeof parseVkey>,
];
const goSeed = Buffer.from(signedNote.goSigner.skey.replace(/^(?:[^+]*\+){4}/, ''), 'base64').subarray(1);
const signer = signerFromSeed('example.com/log', Buffer.alloc(32, 1));
const key = parseVkey(signer.vkey);

const text = peterNote.slice(0, peterNote.indexOf('\n\n') + 1);
const peterLine = peterNote.slice(text.length + 1);
const enochLine = enochNote.slice(text.length + 1);

/** The same line of a signature of which one bit is changed. */
function corrupted(line: string): string {
  const [dash, name, encoded] = line.trimEnd().split(' ') as [string, string, string];
  const bytes = Buffer.from(encoded, 'base64');
  bytes[40] = (bytes[40] as number) ^ 1;
  return `${dash} ${name} ${bytes.toString('base64')}\n`;
}

describe('Ed25519', () => {
  it.each(ed25519.cases)('signs and verifies as RFC 8032 does: $msg', ({ sk, pk, msg, sig }) => {
    const pair = ed25519Key(Buffer.from(sk, 'hex'));
    const message = Buffer.from(msg, 'hex');
    expect(pair.publicKey.toString('hex')).toBe(pk);
    expect(pair.sign(message).toString('hex')).toBe(sig);
    expect(ed25519Verify(pair.publicKey, message, Buffer.from(sig, 'hex'))).toBe(true);
    expect(ed25519Verify(pair.publicKey, Buffer.from('other'), Buffer.from(sig, 'hex'))).toBe(false);
  });

  it.each([0, 63, 65])('says no to a signature of %i bytes', (bytes) => {
    expect(ed25519Verify(key.publicKey, Buffer.from(''), Buffer.alloc(bytes))).toBe(false);
  });

  it('says no for a public key that is no point of the curve', () => {
    expect(ed25519Verify(Buffer.alloc(32, 0xff), Buffer.from(''), Buffer.alloc(64))).toBe(false);
  });
});

describe('a verifier key', () => {
  const vkeyOf = (name: string, publicKey: Buffer) =>
    formatVkey({ name, id: keyId(name, 1, publicKey), publicKey, algorithm: 1 });

  it.each(signedNote.valid)('is read and written as published: $vkey', ({ vkey }) => {
    const read = parseVkey(vkey);
    expect(formatVkey(read)).toBe(vkey);
    expect(keyId(read.name, read.algorithm, read.publicKey)).toEqual(read.id);
  });

  it('has another id as the key of a witness', () => {
    const id = keyId(key.name, 4, key.publicKey);
    const vkey = formatVkey({ ...key, id, algorithm: 4 });
    expect(parseVkey(vkey)).toEqual({ ...key, id, algorithm: 4 });
    expect(id).not.toEqual(key.id);
  });

  it.each(signedNote.badVkeys)('is refused where the published tests refuse it: %s', (vkey) => {
    expect(refusal(() => parseVkey(vkey))).toBe('vkey_malformed');
  });

  it('is refused in every part of it, and with any character made the next', () => {
    const { vkey } = signedNote.valid[1] as { vkey: string };
    const mangled: string[] = [];
    for (let from = 0; from <= vkey.length; from++)
      for (let to = from; to <= vkey.length; to++)
        if (to - from < vkey.length) mangled.push(vkey.slice(from, to));
    for (let i = 0; i < vkey.length; i++)
      mangled.push(vkey.slice(0, i) + String.fromCharCode(vkey.charCodeAt(i) + 1) + vkey.slice(i + 1));
    expect(mangled.filter((text) => refusal(() => parseVkey(text)) !== 'vkey_malformed')).toEqual([]);
  });

  it.each([
    ['an id in capitals', signer.vkey.replace(/\+([0-9a-f]{8})\+/, (id) => id.toUpperCase())],
    ['a space in its name', vkeyOf('a b', key.publicKey)],
    ['a wide space in its name', vkeyOf('a\u3000b', key.publicKey)],
    ['a newline after it', `${signer.vkey}\n`],
    ['a public key of 31 bytes', vkeyOf(key.name, key.publicKey.subarray(1))],
    ['another key under its id', formatVkey({ ...key, publicKey: peter.publicKey })],
  ])('is refused with %s', (_what, vkey) => {
    expect(refusal(() => parseVkey(vkey))).toBe('vkey_malformed');
  });

  it('is refused in words', () => {
    expect(() => parseVkey('log')).toThrow('a verifier key is malformed: it must be name+id+key');
    expect(() => parseVkey(signer.vkey.replace('example', 'elsewhere'))).toThrow(
      'a verifier key is malformed: its id is not that of its name and key',
    );
  });
});

describe('a signer', () => {
  it("signs exactly as Go's does", () => {
    const go = signerFromSeed('PeterNeumann', goSeed);
    expect(go.vkey).toBe(formatVkey(peter));
    expect(signNote(text, [go])).toBe(signedNote.goSigner.note);
  });

  it.each([
    ['no name', ''],
    ['a space', 'a b'],
    ['a plus', 'a+b'],
    ['a newline', 'a\nb'],
    ['a next-line character', 'a\u0085b'],
    ['a lone surrogate', 'a\ud800'],
  ])('is refused with a name of %s', (_what, name) => {
    expect(refusal(() => signerFromSeed(name, goSeed))).toBe('vkey_malformed');
  });

  it.each([0, 31, 33, 64])('is refused with a seed of %i bytes', (bytes) => {
    expect(refusal(() => signerFromSeed('log', Buffer.alloc(bytes)))).toBe('seed_malformed');
  });

  it.each([
    ['without a newline at its end', 'text'],
    ['with a control character', 'te\txt\n'],
    ['that would end in a signature of another', `${text}\n${peterLine.trimEnd()}`],
    ['with a lone surrogate', 'te\ud800xt\n'],
  ])('does not sign a text %s', (_what, unsignable) => {
    expect(refusal(() => signNote(unsignable, [signer]))).toBe('note_malformed');
  });

  it('is needed for a note, and at most a hundred of them', () => {
    expect(refusal(() => signNote(text, []))).toBe('note_malformed');
    expect(
      refusal(() =>
        signNote(
          text,
          Array.from({ length: 101 }, () => signer),
        ),
      ),
    ).toBe('note_malformed');
  });
});

describe('a note', () => {
  it.each(signedNote.valid)('verifies as published: $vkey', ({ vkey, note }) => {
    const known = parseVkey(vkey);
    const verified = verifyNote(note, [known]);
    expect(verified.text).toBe(note.slice(0, note.lastIndexOf('\n\n') + 1));
    expect(verified.verifiedBy).toEqual([known]);
    expect(verified.unverified).toBe(0);
    expect(verifyNote(Buffer.from(note), [known])).toEqual(verified);
  });

  it('tells who signed it, in the order of the lines, and counts who is not known', () => {
    const both = `${text}\n${peterLine}${enochLine}`;
    expect(verifyNote(both, [enoch, peter])).toEqual({ text, verifiedBy: [peter, enoch], unverified: 0 });
    expect(verifyNote(both, [peter])).toEqual({ text, verifiedBy: [peter], unverified: 1 });
    expect(verifyNote(both, [peter, peter]).verifiedBy).toEqual([peter]);
  });

  it('is refused when no known key has signed it', () => {
    expect(refusal(() => verifyNote(peterNote, []))).toBe('note_unsigned');
    expect(refusal(() => verifyNote(peterNote, [enoch]))).toBe('note_unsigned');
    expect(refusal(() => verifyNote(peterNote, [{ ...peter, name: 'PeterNeuman' }]))).toBe('note_unsigned');
    expect(refusal(() => verifyNote(peterNote, [{ ...peter, id: enoch.id }]))).toBe('note_unsigned');
  });

  it('is refused when a known key has not signed this text', () => {
    const changed = peterNote.replace('cryptography', 'Cryptography');
    expect(() => verifyNote(changed, [peter])).toThrow(
      "the note's signature of key PeterNeumann does not verify",
    );
    expect(refusal(() => verifyNote(`${text}\n${corrupted(peterLine)}`, [peter]))).toBe(
      'note_signature_invalid',
    );
  });

  it('is refused for one bad signature of a known key among good ones', () => {
    const notes = [
      `${text}\n${enochLine}${corrupted(peterLine)}`,
      `${text}\n${peterLine}${enochLine}${corrupted(peterLine)}`,
    ];
    for (const note of notes)
      expect(refusal(() => verifyNote(note, [peter, enoch]))).toBe('note_signature_invalid');
    expect(verifyNote(notes[0] as string, [enoch]).unverified).toBe(1);
  });

  it('is refused when the signature of a key is of another kind than the key', () => {
    const asWitness = { ...key, algorithm: 4 as const };
    expect(refusal(() => verifyNote(signNote(text, [signer]), [asWitness]))).toBe('note_signature_invalid');
  });

  it('tells equal signatures once', () => {
    const note = `${text}\n${peterLine}${peterLine}${enochLine}${enochLine}${corrupted(enochLine)}`;
    expect(verifyNote(note, [peter])).toEqual({ text, verifiedBy: [peter], unverified: 2 });
  });

  it('has at most a hundred signatures', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) => peterLine.replace('PeterNeumann', `unknown${i}`)).join('');
    expect(verifyNote(`${text}\n${peterLine}${lines(99)}`, [peter]).unverified).toBe(99);
    expect(() => parseNote(`${text}\n${peterLine}${lines(100)}`)).toThrow(
      'a note is malformed: it may have at most 100 signatures',
    );
    expect(refusal(() => parseNote(`${text}\n${peterLine.repeat(101)}`))).toBe('note_malformed');
  });

  it('is parted from its signatures by its last blank line', () => {
    const blanks = '\n\none\n\n\n\u2014 no signature\n\n';
    expect(parseNote(signNote(blanks, [signer])).text).toBe(blanks);
  });

  it('carries any text there and back', () => {
    const line = fc.string({
      unit: fc.constantFrom('a', ' ', '+', '\n', '\u2014', '\u007f', '\u0085', '\ufeff', '😀'),
    });
    fc.assert(
      fc.property(line, (lines) => {
        const note = signNote(`${lines}\n`, [signer]);
        expect(verifyNote(Buffer.from(note), [key]).text).toBe(`${lines}\n`);
      }),
    );
  });

  it.each([
    ['is only its text', text],
    ['has no signature', `${text}\n`],
    ['ends before its last newline', peterNote.slice(0, -1)],
    ['has a control character', `\u0001${peterNote}`],
    ['ends in another character than a newline', `${peterNote.slice(0, -1)}x`],
    ['has a carriage return in its text', `\r${peterNote}`],
    ['has carriage returns', peterNote.replaceAll('\n', '\r\n')],
    ['has a lone surrogate', `\ud800${peterNote}`],
    ['has a name with a space', `${text}\n${peterLine.replace('Peter', 'Peter ')}`],
    ['has a name with a wide space', `${text}\n${peterLine.replace('Peter', 'Peter\u2003')}`],
    ['has a name with a plus', `${text}\n${peterLine.replace('Peter', 'Peter+')}`],
    ['has no name', `${text}\n${peterLine.replace('PeterNeumann ', '')}`],
    ['has a hyphen for the em dash', `${text}\n${peterLine.replace('\u2014', '-')}`],
    ['has a line that is no signature', `${text}\n${peterLine}Unexpected line.\n`],
    ['has a signature that is not base64', `${text}\n${peterLine.replace('x08g', 'x!8g')}`],
    ['has base64 without padding', `${text}\n${peterLine.replace('AM=', 'AM')}`],
    ['has base64 with stray bits', `${text}\n${peterLine.replace('AM=', 'AN=')}`],
    ['has a space after a signature', `${text}\n${peterLine.replace('\n', ' \n')}`],
    ['has a signature of no byte after the key id', `${text}\n\u2014 PeterNeumann x08goA==\n`],
  ])('is refused when it %s', (_what, note) => {
    expect(refusal(() => parseNote(note))).toBe('note_malformed');
    expect(refusal(() => verifyNote(note, [peter]))).toBe('note_malformed');
  });

  it.each([
    ['a stray byte', Buffer.concat([Buffer.from([0xff]), Buffer.from(peterNote)])],
    ['an overlong form', Buffer.concat([Buffer.from([0xc0, 0x8a]), Buffer.from(peterNote)])],
    ['a surrogate', Buffer.concat([Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(peterNote)])],
    ['a cut character', Buffer.from(peterNote).subarray(0, text.length + 2)],
  ])('is refused when its bytes are not UTF-8: %s', (_what, note) => {
    expect(refusal(() => parseNote(note))).toBe('note_malformed');
  });

  it('does not verify after any one edit, whatever it is', () => {
    const note = signNote('origin\n5\nroot\n', [signer]);
    fc.assert(
      fc.property(edits(note), (edited) => {
        expect(['note_malformed', 'note_signature_invalid', 'note_unsigned']).toContain(
          refusal(() => verifyNote(edited, [key])),
        );
      }),
    );
  });

  it('is read, or refused as malformed, whatever its bytes are', () => {
    const bytes = fc.oneof(fc.uint8Array(), anyText, edits(peterNote));
    fc.assert(
      fc.property(bytes, (note) => {
        expect(['taken', 'note_malformed']).toContain(refusal(() => parseNote(note)));
      }),
    );
  });
});
