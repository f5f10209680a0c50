import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signerFromSeed } from '../src/audit/note.ts';
import { checkpointOf, filesOf, logOf, signer, stranger } from './audit/exported.ts';
import { ID, life } from './evidence/lives.ts';

/** The verifier as it is given to others: one file, run by Node in a folder where there is nothing else. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-verifier-'));
  await build({
    entryPoints: [fileURLToPath(new URL('../src/verifier.ts', import.meta.url))],
    outfile: join(folder, 'countersign-verify.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Nothing of the environment but where Node is; what it prints fits a terminal and is never a stack. */
async function verify(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['countersign-verify.mjs', ...args], { cwd: folder, env: {} });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const long = `${out}${err}`.split('\n').filter((line) => line.length > 80 && line.includes(' '));
  expect(long).toEqual([]);
  expect(`${out}${err}`).not.toMatch(/\n\s+at /);
  return { code, out, err };
}

const inside = (name: string): string => join(folder, 'log', name);
const log = logOf([
  { stream: 'request/1', texts: { justification: 'the disk is full', ticket: 'OPS-1' } },
  { stream: 'person/1', texts: { name: 'Ana' } },
  { stream: 'request/1', texts: { comment: 'go on' } },
  { stream: 'log', redacts: [[0, 'justification']] },
  { stream: 'request/1' },
]);

beforeEach(async () => {
  await rm(join(folder, 'log'), { recursive: true, force: true });
  await mkdir(join(folder, 'log'));
  const { events, checkpoint, leafHashes, disclosures, keys } = filesOf(log);
  const files = {
    'events.ndjson': events,
    checkpoint,
    'leaf-hashes': leafHashes,
    'disclosures.ndjson': disclosures,
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(inside(name), bytes ?? '');
  await writeFile(inside('log.vkey'), keys.map((key) => `${key}\n`).join(''));
});

describe('the standalone verifier', () => {
  it('is one small file that asks for nothing but Node', async () => {
    const text = await readFile(join(folder, 'countersign-verify.mjs'), 'utf8');
    const imports = [...text.matchAll(/from\s*"([^"]+)"/g)].map(([, name]) => name);
    expect(new Set(imports)).toEqual(new Set(['node:crypto', 'node:fs', 'node:util']));
    expect(text.length).toBeLessThan(100_000);
  });

  it('says of an exported log what it checked, and that a key from the same place proves little', async () => {
    const { code, out, err } = await verify('log');
    expect(out).toContain('Exported log in log');
    expect(out).toContain('out of the folder itself');
    expect(out).toContain('3 match their events, 1 redacted on record, 0 not given');
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      /^ok: all 5 events are those that log\.test\/access\+\w{8} signed\.$/,
    );
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  it('takes a key, or a file of keys, from elsewhere', async () => {
    await rm(inside('log.vkey'));
    await writeFile(join(folder, 'known.vkey'), `${stranger.vkey}\n${signer.vkey}\n`);
    for (const key of [signer.vkey, 'known.vkey']) {
      const { code, out } = await verify('log', '--key', key);
      expect(out).toMatch(/as given with\s+--key/);
      expect(code).toBe(0);
    }
    expect(await verify('log')).toMatchObject({
      code: 1,
      out: expect.stringContaining('there is no file log.vkey'),
    });
  });

  it('holds it against an older checkpoint', async () => {
    await writeFile(join(folder, 'older'), checkpointOf(log.leaves.slice(0, 2)));
    expect(await verify('log', '--since', 'older')).toMatchObject({
      code: 0,
      out: expect.stringContaining('since'),
    });
    await writeFile(join(folder, 'older'), checkpointOf(log.leaves.slice(1, 3)));
    const { code, out } = await verify('log', '--since', 'older');
    expect(out).toContain('NOT OK: the first 2 events do not give the root');
    expect(out).toContain('(older_differs)');
    expect(code).toBe(1);
  });

  it('names the event in which one byte was changed, and says what that means', async () => {
    const events = await readFile(inside('events.ndjson'), 'utf8');
    await writeFile(inside('events.ndjson'), events.replace('"version":3}', '"version":4}'));
    const { code, out } = await verify('log');
    expect(out).toContain('NOT OK at event 4: line 5 of the events is not the event that was signed.');
    expect(out).toContain('The event was changed after it was signed, or the file was damaged.');
    expect(out).toContain('(event_changed)');
    expect(code).toBe(1);
  });

  it.each<[string, string, string]>([
    ['a checkpoint', 'checkpoint', 'checkpoint'],
    ['events', 'events.ndjson', 'events.ndjson'],
  ])('an exported log without %s is refused', async (_, name, told) => {
    await rm(inside(name));
    const { code, out } = await verify('log');
    expect(out).toContain(`NOT OK: there is no file ${told}`);
    expect(code).toBe(1);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'huge small files',
      () => truncate(inside('checkpoint'), 50_000_000),
      'there is no file checkpoint, or it is larger',
    ],
    ['a key that is none', () => writeFile(inside('log.vkey'), 'key'), 'line 1 of log.vkey is refused'],
    ['an empty file of keys', () => writeFile(inside('log.vkey'), ''), 'line 1 of log.vkey is refused'],
    [
      'gigabytes without a newline',
      async () => {
        await writeFile(inside('events.ndjson'), '');
        await truncate(inside('events.ndjson'), 3_000_000_000);
      },
      'is longer than 65535 bytes',
    ],
    [
      'a foreign folder',
      () => rename(inside('events.ndjson'), inside('evidence.json')),
      'evidence.json is not of the format',
    ],
  ])('%s are refused with the reason', async (_, spoil, expected) => {
    await spoil();
    const { code, out } = await verify('log');
    expect(out.replace(/\s+/g, ' ')).toContain(expected);
    expect(code).toBe(1);
  });

  it('shows a name that would move the cursor as what it is', async () => {
    const { vkey } = signerFromSeed('a\u001b[2Jb\u202ec', Buffer.alloc(32, 9));
    const { code, out } = await verify('log', '--key', vkey);
    expect(out).toContain('a?[2Jb?c+');
    expect(code).toBe(1);
  });

  it('checks the evidence of a request', async () => {
    await rm(join(folder, 'log'), { recursive: true });
    for (const [path, bytes] of await life('a full life').bundle()) {
      await mkdir(dirname(inside(path)), { recursive: true });
      await writeFile(inside(path), bytes);
    }
    const { code, out } = await verify('log');
    expect(out).toContain('Evidence bundle in log');
    expect(out.replace(/\s+/g, ' ')).toContain(`events of ${ID} are in the log that`);
    expect(out.replace(/\s+/g, ' ')).toContain('RevocationVerified; whether more came later is not told');
    expect(out.replace(/\s+/g, ' ')).toContain(
      'not checked what other files say: nothing vouches for a page',
    );
    expect(code).toBe(0);

    await writeFile(inside('events.ndjson'), 'x\n');
    const mixed = await verify('log');
    expect(mixed.out.replace(/\s+/g, ' ')).toContain(
      'events.ndjson of an exported log and evidence.json of a',
    );
    expect(mixed.code).toBe(1);
    await rm(inside('events.ndjson'));

    await writeFile(join(folder, 'older'), '');
    expect(await verify('log', '--since', 'older')).toMatchObject({ code: 2 });
    await rm(inside('checkpoint'));
    expect(await verify('log')).toMatchObject({ code: 1, out: expect.stringContaining('NOT OK') });
  });
});

describe('a wrong command line ends with 2 and says what is expected', () => {
  it.each<[readonly string[], string]>([
    [[], 'expected one folder'],
    [['a', 'b'], 'expected one folder'],
    [['--colour'], "Unknown option '--colour'"],
    [['log', '--key'], "Option '--key <value>' argument missing"],
    [['nowhere'], 'nowhere cannot be read (ENOENT)'],
    [['countersign-verify.mjs'], 'countersign-verify.mjs cannot be read (ENOTDIR)'],
  ])('%j', async (args, expected) => {
    const { code, out, err } = await verify(...args);
    expect(err).toContain(expected);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('a file that is a folder is said to be none', async () => {
    await rm(inside('events.ndjson'));
    await symlink('.', inside('events.ndjson'));
    expect(await verify('log')).toMatchObject({
      code: 2,
      err: expect.stringContaining('events.ndjson cannot be read'),
    });
  });

  it('asked for help, it gives it', async () => {
    const { code, out } = await verify('--help');
    expect(out).toContain('Usage: node countersign-verify.mjs <folder>');
    expect(code).toBe(0);
  });
});
