import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disclose } from '../../src/audit/disclosure.ts';
import { textLine } from '../../src/audit/verify-texts.ts';
import {
  checkpointOf,
  type Files,
  filesOf,
  found,
  type Log,
  linesOf,
  logOf,
  saltOf,
  stranger,
  type Written,
} from './exported.ts';

/** What one event of a random log is made from; `redacts` chooses among the texts before it. */
const step = fc.record({
  stream: fc.constantFrom('request/1', 'request/2', 'log'),
  data: fc.dictionary(fc.string({ maxLength: 4 }), fc.oneof(fc.string({ unit: 'grapheme' }), fc.nat())),
  texts: fc.dictionary(
    fc.constantFrom('comment', 'name', 'reason'),
    fc.string({ unit: 'grapheme', maxLength: 9 }),
  ),
  redacts: fc.option(fc.nat(), { freq: 3 }),
});

const anyLog: fc.Arbitrary<Log> = fc.array(step, { minLength: 1, maxLength: 14 }).map((steps) => {
  const events: Written[] = [];
  const before: [number, string][] = [];
  for (const [index, { redacts, ...event }] of steps.entries()) {
    const target = redacts === null ? undefined : before[redacts % before.length];
    events.push({ ...event, ...(target && { redacts: [target] }) });
    before.push(...Object.keys(event.texts).map((field): [number, string] => [index, field]));
  }
  return logOf(events);
});

/** A log, and a number to choose with. */
const check = (property: (log: Log, files: Files, n: number) => void): void =>
  fc.assert(
    fc.property(anyLog, fc.nat(), (log, n) => property(log, filesOf(log), n)),
    { numRuns: 150 },
  );

const lineAt = (events: Buffer, byte: number): number =>
  events.subarray(0, byte).filter((each) => each === 0x0a).length;
const flipped = (bytes: Buffer, n: number): Buffer => {
  const at = (n >> 3) % bytes.length;
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << (n & 7))) as Buffer;
};

describe('any log', () => {
  it('is ok as it was written, with and without the files that it may lack', () => {
    check((_, files, n) => {
      expect(found(files, 1 + (n % 400))).toBe('ok');
      expect(found({ ...files, leafHashes: null })).toBe('ok');
      expect(found({ ...files, disclosures: null })).toBe('ok');
    });
  });

  it('begins with what it was at any earlier size', () => {
    check(({ leaves }, files, n) => {
      const since = checkpointOf(leaves.slice(0, n % (leaves.length + 1)));
      expect(found({ ...files, since })).toBe('ok');
    });
  });
});
const at = (files: Files): number | null | 'ok' => {
  const answer = found(files);
  return answer === 'ok' ? answer : answer.endsWith('null') ? null : Number(answer.split(' ').at(-1));
};

describe('one edit of the events is found where it is', () => {
  it('a flipped bit', () => {
    check((_, files, n) => {
      const events = flipped(files.events, n);
      expect(at({ ...files, events })).toBe(lineAt(files.events, (n >> 3) % events.length));
      expect(at({ ...files, events, leafHashes: null })).toBeNull();
    });
  });

  it('a byte taken out, put in, or the end cut off', () => {
    check((_, files, n) => {
      const { events } = files;
      const byte = n % events.length;
      const line = lineAt(events, byte);
      const out = Buffer.concat([events.subarray(0, byte), events.subarray(byte + 1)]);
      const more = Buffer.concat([events.subarray(0, byte), Buffer.from('\u0001'), events.subarray(byte)]);
      expect(at({ ...files, events: more })).toBe(line);
      expect(at({ ...files, events: out })).toBe(line);
      expect(at({ ...files, events: events.subarray(0, byte) })).toBe(line);
    });
  });

  it('an event taken out, doubled or swapped with another, or a foreign one put in', () => {
    check(({ leaves }, files, n) => {
      const [one, other] = [n % leaves.length, (n >> 8) % leaves.length];
      const [a, b] = [leaves[one] as Buffer, leaves[other] as Buffer];
      const lines = (changed: readonly Buffer[]) => at({ ...files, events: linesOf(changed) });
      expect(lines(leaves.toSpliced(one, 1))).toBe(one);
      expect(lines(leaves.toSpliced(one, 0, b))).toBe(one === other ? one + 1 : one);
      expect(lines(leaves.toSpliced(one, 0, Buffer.from('{}')))).toBe(one);
      if (one !== other) expect(lines(leaves.with(one, b).with(other, a))).toBe(Math.min(one, other));
    });
  });
});

describe('one edit beside the events is refused', () => {
  it('of the checkpoint, anywhere in it', () => {
    check((_, files, n) => {
      expect(at({ ...files, checkpoint: flipped(files.checkpoint, n) })).toBeNull();
      const cut = files.checkpoint.subarray(0, n % files.checkpoint.length);
      expect(at({ ...files, checkpoint: cut })).toBeNull();
    });
  });

  it('of who signed it, of its size or its root', () => {
    check(({ leaves }, files) => {
      expect(found({ ...files, checkpoint: checkpointOf(leaves, stranger) })).toBe(
        'checkpoint_unsigned at null',
      );
      expect(at({ ...files, checkpoint: checkpointOf(leaves.slice(1)) })).not.toBe('ok');
      expect(at({ ...files, checkpoint: checkpointOf([...leaves, Buffer.from('{}')]) })).not.toBe('ok');
    });
  });

  it('of a text: edited, moved, dropped, or its line damaged', () => {
    check(({ texts }, files, n) => {
      const text = texts[n % texts.length];
      if (text === undefined) return;
      const { index, field } = text;
      const lines = (changed: typeof texts) =>
        at({ ...files, disclosures: Buffer.from(changed.map(textLine).join('')) });
      const other = disclose(saltOf(index, field), field, 'something else altogether');
      expect(lines(texts.map((t) => (t === text ? { ...t, disclosure: other } : t)))).toBe(index);
      expect(lines(texts.filter((t) => t !== text))).toBe(index);
      expect(lines(texts.map((t) => (t === text ? { ...t, field: `${field}s` } : t)))).toBe(index);
      expect(lines(texts.map((t) => (t === text ? { ...t, index: 99 } : t)))).not.toBe('ok');
      const disclosures = flipped(files.disclosures as Buffer, n);
      expect(at({ ...files, disclosures })).not.toBe('ok');
    });
  });
});
