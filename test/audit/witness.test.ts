import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../src/audit/witness.ts';
import { anyText, edits } from './edits.ts';
import { refusal } from './refusal.ts';

const checkpoint = 'example.com/log\n9\nroot\n\n\u2014 example.com/log c2ln\n';
const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const body = formatAddCheckpoint({ old: 5, proof: [one, two], checkpoint });
const line = one.toString('base64');

describe('an add-checkpoint request', () => {
  it('is the old size, the proof, a blank line and the checkpoint', () => {
    expect(body).toBe(`old 5\n${line}\n${two.toString('base64')}\n\n${checkpoint}`);
    expect(parseAddCheckpoint(body)).toEqual({ old: 5, proof: [one, two], checkpoint });
  });

  it('has no proof where the witness has seen nothing yet', () => {
    const first = formatAddCheckpoint({ old: 0, proof: [], checkpoint });
    expect(first).toBe(`old 0\n\n${checkpoint}`);
    expect(parseAddCheckpoint(first)).toEqual({ old: 0, proof: [], checkpoint });
  });

  it('has at most 63 lines of proof', () => {
    const proof = Array.from({ length: 63 }, () => one);
    expect(parseAddCheckpoint(formatAddCheckpoint({ old: 1, proof, checkpoint })).proof).toHaveLength(63);
    expect(() => formatAddCheckpoint({ old: 1, proof: [...proof, two], checkpoint })).toThrow(
      'an add-checkpoint request is malformed: its proof must be at most 63 lines, each base64 of 32 bytes',
    );
    expect(refusal(() => parseAddCheckpoint(`old 1\n${`${line}\n`.repeat(64)}\n${checkpoint}`))).toBe(
      'add_checkpoint_malformed',
    );
  });

  it.each([
    ['nothing', ''],
    ['no blank line', `old 5\n${line}\n`],
    ['no checkpoint', `old 5\n${line}\n\n`],
    ['no old size', `${line}\n\n${checkpoint}`],
    ['an old size with a leading zero', body.replace('5', '05')],
    ['a negative old size', body.replace('5', '-5')],
    ['an old size of 2^53', body.replace('5', '9007199254740992')],
    ['two spaces before its old size', body.replace('old ', 'old  ')],
    ['a hash of 31 bytes', body.replace(line, Buffer.alloc(31).toString('base64'))],
    ['a hash that is not base64', body.replace(line, line.replace('A', '!'))],
    ['carriage returns', body.replaceAll('\n', '\r\n')],
  ])('is refused with %s', (_what, malformed) => {
    expect(refusal(() => parseAddCheckpoint(malformed))).toBe('add_checkpoint_malformed');
  });

  it.each([
    ['a negative size', { old: -1 }],
    ['a fractional size', { old: 0.5 }],
    ['a hash of 31 bytes', { proof: [Buffer.alloc(31)] }],
    ['no checkpoint', { checkpoint: '' }],
  ])('is not written with %s', (_what, change) => {
    expect(refusal(() => formatAddCheckpoint({ old: 5, proof: [one], checkpoint, ...change }))).toBe(
      'add_checkpoint_malformed',
    );
  });

  it('is read, or refused as malformed, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, edits(body)), (any) => {
        expect(['taken', 'add_checkpoint_malformed']).toContain(refusal(() => parseAddCheckpoint(any)));
      }),
    );
  });
});
