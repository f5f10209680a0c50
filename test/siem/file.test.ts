import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toFile } from '../../src/siem/file.ts';
import { messages } from './samples.ts';
import { faultOf, never, transportContract } from './transport-contract.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-siem-'));
  file = join(folder, 'events.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every line must be whole. */
const kept = (path = file): readonly number[] => {
  const text = statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : '';
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line is torn');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
};

transportContract(
  'a file',
  async () => {
    const own = join(folder, 'siem');
    const path = join(own, 'events.ndjson');
    mkdirSync(own);
    return {
      send: toFile(path),
      kept: async () => kept(path),
      trouble: async (next) => {
        rmSync(own, { recursive: true, force: true });
        if (next !== 'down') mkdirSync(own);
        if (next === 'refusing') writeFileSync(path, 'a key of somebody’s');
      },
      heard: async () => {},
      close: async () => {},
    };
  },
  {
    silent: 'a disk that hangs cannot be made; the workflow bounds it',
    'lost answer': 'what is written and not told of is a crash, see below',
  },
);

it('is made for its owner alone', async () => {
  await toFile(file)(messages(0, 1), never);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('survives being rotated away', async () => {
  const send = toFile(file);
  await send(messages(0, 2), never);
  renameSync(file, `${file}.1`);
  await send(messages(2, 2), never);
  expect([kept(`${file}.1`), kept()]).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

it('is whole after a crash at any byte of a batch, once the batch came again', async () => {
  const lines = (from: number, count: number): string =>
    messages(from, count)
      .map(({ json }) => `${json}\n`)
      .join('');
  const second = Buffer.from(lines(2, 3));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: second.length }), async (bytes) => {
      writeFileSync(file, lines(0, 2));
      appendFileSync(file, second.subarray(0, bytes));
      await toFile(file)(messages(2, 3), never);
      const found = kept();
      expect(found.slice(0, 2)).toEqual([0, 1]);
      expect(found.slice(-3)).toEqual([2, 3, 4]);
      expect([...new Set(found)]).toEqual([0, 1, 2, 3, 4]);
    }),
    { numRuns: 60 },
  );
});

it('cuts a first line that a crash has torn', async () => {
  writeFileSync(file, '{"sequence":0,"mess');
  await toFile(file)(messages(0, 1), never);
  expect(kept()).toEqual([0]);
});

it.each([
  ['ends with something else', 'a key of somebody’s\nwithout an end'],
  ['is something else', 'root:x:0:0'],
])('leaves a file alone that %s', async (_, content) => {
  writeFileSync(file, content);
  const fault = await faultOf(toFile(file)(messages(0, 1), never));
  expect(fault).toMatchObject({ code: 'refused', hint: expect.stringContaining('COUNTERSIGN_SIEM_URL') });
  expect(readFileSync(file, 'utf8')).toBe(content);
});

it('does not write to what is no file', async () => {
  expect(await faultOf(toFile('/dev/null')(messages(0, 1), never))).toMatchObject({ code: 'refused' });
});
