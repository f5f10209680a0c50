import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/audit/checkpoint.ts';
import { parseVkey } from '../src/audit/note.ts';
import { LIMITS } from '../src/limits.ts';
import { createLogKeys, openLogKeys, retireLogKey, rotateLogKeys } from '../src/log-keys.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'countersign-log-keys-')), 'keys');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const INSTALLATION = 'abcdef0123456789abcdef0123456789';
const HEAD = { size: 7, root: 'ab'.repeat(32) };
const create = (origin: string | null = null, now = 1) =>
  createLogKeys(folder, { installation: INSTALLATION, origin }, { now });
const file = () => join(folder, 'log-keys.json');
const signersOf = (note: string, vkeys: readonly string[]) =>
  openCheckpoint(note, vkeys.map(parseVkey)).verifiedBy.map(({ id }) => id.toString('hex'));

describe('making them', () => {
  it('names the log after the installation, once', () => {
    const keys = create();
    expect(keys.origin).toBe('countersign/abcdef01');
    expect(keys.keys()).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{8}$/), vkey: keys.vkeys()[0], createdAt: 1, retiredAt: null },
    ]);
    expect(create(null, 2).keys()).toEqual(keys.keys());
    expect(openLogKeys(folder).keys()).toEqual(keys.keys());
  });

  it.skipIf(process.platform === 'win32')('leaves one file for its owner alone', () => {
    create();
    rotateLogKeys(folder, { now: 2 });
    expect(readdirSync(folder)).toEqual(['log-keys.json']);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    chmodSync(file(), 0o640);
    const unsafe = expect.objectContaining({ code: 'keys_unsafe', hint: `Run: chmod 600 ${file()}` });
    expect(() => openLogKeys(folder)).toThrow(unsafe);
    expect(() => rotateLogKeys(folder, { now: 3 })).toThrow(unsafe);
  });

  it('takes the origin that is wanted, and keeps the one there is', () => {
    expect(create('access.example.com/log').origin).toBe('access.example.com/log');
    expect(create('access.example.com/log').origin).toBe('access.example.com/log');
    expect(() => create('other.example.com/log')).toThrow(
      expect.objectContaining({
        code: 'keys_invalid',
        message: expect.stringContaining('has an origin already'),
      }),
    );
    expect(openLogKeys(folder).origin).toBe('access.example.com/log');
  });

  it.each(['', 'two words', 'a+b', 'line\nbreak', 'bell\u0007', 'x'.repeat(201)])(
    'refuses the origin %j',
    (origin) => {
      expect(() => create(origin)).toThrow(
        expect.objectContaining({
          code: 'keys_invalid',
          message: expect.stringContaining('1 to 200 characters'),
        }),
      );
    },
  );

  it('does not happen unasked: an installation of before is told what to do', () => {
    const missing = expect.objectContaining({
      code: 'keys_missing',
      hint: 'Make those that sign the log; the others stay as they are: countersign keys init',
    });
    expect(() => openLogKeys(folder)).toThrow(missing);
    expect(() => rotateLogKeys(folder, { now: 1 })).toThrow(missing);
  });
});

describe('signing', () => {
  it('is a note that C2SP reads, of every key that has not ended', () => {
    const first = create();
    expect(signersOf(first.sign(HEAD), first.vkeys())).toEqual([first.keys()[0]?.id]);
    const two = rotateLogKeys(folder, { now: 2 });
    expect(signersOf(two.sign(HEAD), two.vkeys())).toEqual(two.keys().map(({ id }) => id));
    const [old = '', young = ''] = two.keys().map(({ id }) => id);
    const one = retireLogKey(folder, old, 3);
    expect(signersOf(one.sign(HEAD), one.vkeys())).toEqual([young]);
    expect(openCheckpoint(one.sign(HEAD), one.vkeys().map(parseVkey))).toMatchObject({
      origin: 'countersign/abcdef01',
      size: 7,
      root: Buffer.from(HEAD.root, 'hex'),
    });
  });

  it('lists those that sign first, and those that signed after them', () => {
    create();
    const [old] = rotateLogKeys(folder, { now: 2 }).keys();
    const keys = retireLogKey(folder, old?.id ?? '', 3);
    expect(keys.keys().map(({ createdAt, retiredAt }) => [createdAt, retiredAt])).toEqual([
      [1, 3],
      [2, null],
    ]);
    expect(keys.vkeys()).toEqual([keys.keys()[1]?.vkey, old?.vkey]);
    expect(keys.signing()).toEqual([keys.keys()[1]?.vkey]);
  });

  it('takes up what another process has changed', () => {
    const running = create();
    expect(running.signing()).toHaveLength(1);
    rotateLogKeys(folder, { now: 2 });
    expect(running.signing()).toHaveLength(2);
    expect(signersOf(running.sign(HEAD), running.vkeys())).toHaveLength(2);
  });

  it('stops when the keys are gone or broken, and goes on when they are back', () => {
    const running = create();
    const content = readFileSync(file());
    writeFileSync(file(), '{"canary"');
    expect(() => running.sign(HEAD)).toThrow(expect.objectContaining({ code: 'keys_invalid' }));
    rmSync(file());
    expect(() => running.sign(HEAD)).toThrow(expect.objectContaining({ code: 'keys_missing' }));
    writeFileSync(file(), content, { mode: 0o600 });
    expect(signersOf(running.sign(HEAD), running.vkeys())).toHaveLength(1);
  });
});

describe('changing them', () => {
  it('never ends the last that signs, nor one that is not there', () => {
    const [only] = create().keys();
    expect(() => retireLogKey(folder, only?.id ?? '', 2)).toThrow(
      expect.objectContaining({ code: 'keys_invalid', hint: 'First: countersign keys rotate' }),
    );
    rotateLogKeys(folder, { now: 2 });
    retireLogKey(folder, only?.id ?? '', 3);
    for (const id of [only?.id ?? '', '00000000', ''])
      expect(() => retireLogKey(folder, id, 4)).toThrow(
        expect.objectContaining({ code: 'keys_invalid', hint: expect.stringContaining('keys list') }),
      );
    expect(openLogKeys(folder).signing()).toHaveLength(1);
  });

  it('does not let there be more that sign than a reader can take, nor more than there may ever be', () => {
    create();
    for (let i = 1; i < LIMITS.logKeysSigningMax; i += 1) rotateLogKeys(folder, { now: i });
    const refused = { code: 'keys_invalid', hint: 'First: countersign keys retire ID' };
    expect(() => rotateLogKeys(folder, { now: 9 })).toThrow(expect.objectContaining(refused));
    const content = JSON.parse(readFileSync(file(), 'utf8'));
    const [one] = content.keys;
    content.keys = Array.from({ length: LIMITS.logKeysMax }, (_, i) => ({
      ...one,
      retiredAt: i === 0 ? null : 1,
    }));
    writeFileSync(file(), JSON.stringify(content));
    expect(() => rotateLogKeys(folder, { now: 9 })).toThrow(
      /the log may not have more keys: there have been 100/,
    );
  });

  it('refuses a second change at once, and tells of one that was cut off', () => {
    create();
    let second: unknown = null;
    const random = (size: number) => {
      try {
        rotateLogKeys(folder, { now: 2 });
      } catch (error) {
        second = error;
      }
      return new Uint8Array(size).fill(9);
    };
    expect(rotateLogKeys(folder, { now: 2, random }).keys()).toHaveLength(2);
    expect(second).toMatchObject({ code: 'keys_unwritable', hint: expect.stringContaining('remove') });
    expect(readdirSync(folder)).toEqual(['log-keys.json']);
  });

  it('leaves the keys as they were when it is refused', () => {
    const before = create().keys();
    expect(() => retireLogKey(folder, before[0]?.id ?? '', 2)).toThrow();
    expect(openLogKeys(folder).keys()).toEqual(before);
    expect(readdirSync(folder)).toEqual(['log-keys.json']);
  });

  it.each<[string, (content: { keys: { seed: string; retiredAt: number | null }[] }) => void]>([
    ['none that signs', ({ keys }) => keys.forEach((key) => (key.retiredAt = 1))],
    ['a short seed', ({ keys }) => keys.forEach((key) => (key.seed = 'AAAA'))],
    ['no list', (content) => delete (content as Partial<typeof content>).keys],
  ])('a file with %s is refused, and not quoted', (_, change) => {
    create();
    const content = JSON.parse(readFileSync(file(), 'utf8'));
    change(content);
    writeFileSync(file(), JSON.stringify(content));
    expect(() => openLogKeys(folder)).toThrow(expect.objectContaining({ code: 'keys_invalid' }));
  });

  it('hands out no seed', () => {
    const keys = create();
    const { seed } = JSON.parse(readFileSync(file(), 'utf8')).keys[0];
    expect(JSON.stringify([keys, keys.keys(), keys.vkeys()])).not.toContain(seed);
  });
});
