import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Env } from '../../src/config.ts';
import { runHere } from './command-line.ts';
import { type Ran, runAlone } from './process.ts';

/** The command line where there is nothing yet: no database, no bot, at most keys. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (args: string, env: Env = {}): Promise<Ran> => {
  const ran = await runHere(args.split(' ').filter(Boolean), env, folder);
  if (!args.includes('--json')) expectReadable(ran);
  return ran;
};

function expectReadable({ out, err }: Ran): void {
  const lines = `${out}${err}`.split('\n').filter((line) => line.includes(' '));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(err).not.toMatch(/\n\s+at .*\.(ts|js):\d+/);
}

describe('help', () => {
  it.each([
    '--help',
    'help',
    'request --help',
    'request list --help',
    'revoke --help',
    'keys init --help',
    'demo --help',
  ])('%s is printed, and is no failure', async (args) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(0);
    expect(out).toContain('Usage: countersign');
    expect(err).toBe('');
  });

  it('teaches by example and says what an exit code means', async () => {
    const { out } = await run('--help');
    expect(out).toContain('countersign request list --phase active');
    expect(out).toContain('Exit codes: 0 done, 1 failed, 2 wrong command line, 3 configuration refused');
  });
});

describe('a wrong command line', () => {
  it.each([
    ['', 'Usage: countersign'],
    ['frobnicate', "unknown command 'frobnicate'"],
    ['request', 'Usage: countersign request'],
    ['request show', "missing required argument 'request'"],
    ['request show abc', '"abc" is no request id: expected req_ and 12 characters'],
    ['request list --limit 0', '--limit 0: expected a whole number from 1 to 200'],
    ['request list --phase over', '--phase over: expected one of requested'],
    ['request list --colour', "unknown option '--colour'"],
    ['revoke req_0123456789ab --reason x', "required option '--as <person>' not specified"],
    ['revoke req_0123456789ab --as finn --reason x --wait soon', '--wait soon: expected seconds'],
    ['demo --keep .', '--keep .: the folder must be new or empty'],
  ])('%s exits 2, says what is expected, and where help is', async (args, expected) => {
    await writeFile(join(folder, 'something'), '');
    const { code, out, err } = await run(args);
    expect(err).toContain(expected);
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});

describe('with no database yet', () => {
  it.each([
    'request list',
    'request show req_0123456789ab',
    'grant list',
    'projections rebuild',
    'revoke req_0123456789ab --as finn --reason x',
  ])('%s says so, what to do, and makes none', async (args) => {
    for (const round of [1, 2]) {
      const { code, out, err } = await run(args);
      expect(err.replaceAll('\n', ' '), String(round)).toContain('there is no database at');
      expect(err).toContain('Start the bot first');
      expect(code).toBe(4);
      expect(out).toBe('');
    }
  });
});

const SLACK = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  COUNTERSIGN_KEYS: '/nowhere/keys',
};

describe('start refuses what contradicts itself, naming the setting and the remedy', () => {
  it.each<[string, Env, readonly string[]]>([
    [
      'two ways in',
      { ...SLACK, SLACK_APP_TOKEN: 'xapp-1' },
      ['SLACK_MODE is missing', 'Set SLACK_MODE to http or socket'],
    ],
    [
      'a slip in a name',
      { COUNTERSIGN_PORTT: '1' },
      ['COUNTERSIGN_PORTT is no setting of ours', 'Did you mean COUNTERSIGN_PORT?'],
    ],
    [
      'half of Slack',
      { SLACK_SIGNING_SECRET: SLACK.SLACK_SIGNING_SECRET },
      ['SLACK_BOT_TOKEN is missing', 'COUNTERSIGN_KEYS is missing'],
    ],
    [
      'a port that is none',
      { COUNTERSIGN_PORT: '70000' },
      ['COUNTERSIGN_PORT must be a whole number from 0 to 65535'],
    ],
    [
      'practice open to all',
      { COUNTERSIGN_HOST: '0.0.0.0' },
      ['COUNTERSIGN_HOST must be loopback in practice mode'],
    ],
    [
      'keys beside the data',
      { ...SLACK, COUNTERSIGN_KEYS: '.countersign/keys' },
      ['COUNTERSIGN_KEYS is inside the data folder'],
    ],
    [
      'keys that are not there',
      { ...SLACK, SHOP_ADMIN_URL: 'postgres://x@127.0.0.1:1/x' },
      ['there are no keys at /nowhere/keys', 'countersign keys init'],
    ],
    ['a catalogue that is not there', { COUNTERSIGN_CATALOGUE: 'none.yaml' }, ['none.yaml']],
  ])('%s', async (_, env, expected) => {
    const { code, err } = await runAlone(['start'], env, folder);
    expect(code).toBe(3);
    for (const part of expected) expect(err.replace(/\s+/g, ' ')).toContain(part);
    expect(err).not.toContain(SLACK.SLACK_SIGNING_SECRET);
  });

  it('a broken catalogue: file, line, what is expected', async () => {
    await writeFile(
      join(folder, 'bad.yaml'),
      'version: 1\nzone: Europe/Vienna\npeople:\n  ana:\n    name: 7\n',
    );
    const { code, err } = await runAlone(['start'], { COUNTERSIGN_CATALOGUE: 'bad.yaml' }, folder);
    expect(code).toBe(3);
    expect(err).toContain('bad.yaml:5');
  });
});

describe('doctor and keys in practice mode', () => {
  it('keys init makes them once, and says what they are for', async () => {
    const env = { COUNTERSIGN_DATA: 'practice' };
    const first = await run('keys init', env);
    const second = await run('keys init', env);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/Names on targets begin with jit_\w{4}_/);
    expect(second.out).toBe(first.out);
  });

  it('without a target it says what practice does, and how to have one looked at', async () => {
    const { code, out } = await run('doctor', { COUNTERSIGN_DATA: 'practice' });
    expect(code).toBe(0);
    expect(out).toContain('SHOP_ADMIN_URL is not set');
    expect(out.replace(/\s+/g, ' ')).toContain('to check a real target, set SHOP_ADMIN_URL');
    expect(out).toContain('All is well.');
  });

  it('a target that is down is an error, with a remedy and exit code 1; --json says the same', async () => {
    const env = {
      COUNTERSIGN_DATA: 'practice',
      SHOP_ADMIN_URL: 'postgres://jit_admin:secret-of-the-admin@127.0.0.1:1/shop',
    };
    const { code, out } = await run('doctor', env);
    expect(code).toBe(1);
    expect(out).toContain('✗ target shop-postgres');
    expect(out).toContain('→');
    expect(out).toContain('1 to mend.');
    const parsed = JSON.parse((await run('doctor --json', env)).out) as { part: string; level: string }[];
    expect(parsed).toContainEqual(expect.objectContaining({ part: 'target shop-postgres', level: 'error' }));
    expect(out + JSON.stringify(parsed)).not.toContain('secret-of-the-admin');
  });
});
