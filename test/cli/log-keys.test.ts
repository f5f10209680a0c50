import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseVkey } from '../../src/audit/note.ts';
import { runHere } from '../flows/command-line.ts';
import type { Ran } from '../flows/process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-cli-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = async (...args: string[]): Promise<Ran> => {
  const ran = await runHere(['keys', ...args], { COUNTERSIGN_DATA: 'practice' }, folder);
  const lines = `${ran.out}${ran.err}`.split('\n').filter((line) => line.includes(' '));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(ran.err).not.toMatch(/\n\s+at .*\.ts:\d+/);
  return ran;
};
const vkeysIn = ({ out }: Ran): string[] =>
  out.split('\n').filter((line) => /^\S+\+[0-9a-f]{8}\+\S+$/.test(line));

describe('countersign keys', () => {
  it('init names the log; list shows what verifies it', async () => {
    const made = await run('init', '--origin', 'access.example.com/log');
    expect(made.out).toContain('The log signs its heads as access.example.com/log');
    const listed = await run('list');
    expect(listed.out).toMatch(/^Origin: access\.example\.com\/log\n/);
    const [vkey = ''] = vkeysIn(listed);
    expect(parseVkey(vkey)).toMatchObject({ name: 'access.example.com/log', algorithm: 1 });
    expect(listed.out).toMatch(/\n {2}[0-9a-f]{8} signs, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\n$/);
  });

  it('rotate adds one that signs beside the first, retire ends the first', async () => {
    await run('init');
    const [old = ''] = vkeysIn(await run('list'));
    const rotated = await run('rotate');
    expect(vkeysIn(rotated)).toEqual([old, expect.any(String)]);
    expect(rotated.out).toContain('a bot that runs takes it');
    const id = parseVkey(old).id.toString('hex');
    const retired = await run('retire', id);
    expect(retired.out).toMatch(new RegExp(`\\n {2}${id} signed from \\S+ \\S+Z to \\S+ \\S+Z\\n`));
    expect(vkeysIn(retired)).toEqual(vkeysIn(rotated));
  });

  it.each<[string[], string, number]>([
    [['list'], 'there are no keys at', 3],
    [['rotate'], 'there are no keys at', 3],
    [['retire', '00000000'], 'there are no keys at', 3],
    [['init', '--origin', 'two words'], 'an origin must be 1 to 200 characters without spaces and "+"', 3],
    [['retire'], "missing required argument 'id'", 2],
  ])('%j where it cannot be says why', async (args, message, exit) => {
    const { code, out, err } = await run(...args);
    expect(err.replace(/\s+/g, ' ')).toContain(message);
    expect([code, out]).toEqual([exit, '']);
  });

  it('never ends the last, nor one that is not there; another origin is refused', async () => {
    await run('init');
    const [only = ''] = vkeysIn(await run('list'));
    const last = await run('retire', parseVkey(only).id.toString('hex'));
    expect(last.err).toContain('First: countersign keys rotate');
    expect((await run('retire', '00000000')).err).toContain('no key 00000000 signs the log');
    expect((await run('init', '--origin', 'other.example.com/log')).err).toContain('has an origin already');
  });
});
