import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolder } from '../../src/anchors/folder.ts';
import { openCheckpoint } from '../../src/audit/checkpoint.ts';
import { parseVkey } from '../../src/audit/note.ts';
import { parseTlogProof } from '../../src/audit/tlog-proof.ts';
import { openLogKeys } from '../../src/log-keys.ts';
import type { SignedCheckpoint } from '../../src/ports/audit-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { event, following, subjectOf, withdrawal } from '../contracts/store-samples.ts';
import { ask, type LogInstallation, openLogInstallation } from './log-installation.ts';
import type { Ran } from './process.ts';

let place: LogInstallation;
let store: Store | null;
beforeEach(async () => {
  place = await openLogInstallation();
  store = await place.open();
  await ask(store, 1, 6);
});
afterEach(async () => {
  await store?.close();
  await place[Symbol.asyncDispose]();
});

const log = async (...args: readonly string[]): Promise<Ran> => {
  const ran = await place.run('log', ...args);
  const lines = `${ran.out}${ran.err}`.split('\n');
  if (!args.includes('--json'))
    expect(lines.filter((line) => line.length > 80 && / \S+ /.test(line) && !line.startsWith('—'))).toEqual(
      [],
    );
  expect(ran.err).not.toMatch(/\n\s+at .*\.ts:/);
  return ran;
};
const flat = ({ out, err }: Ran): string => `${out}${err}`.replace(/\s+/g, ' ');
const signer = () => openLogKeys(place.path('keys'));

/** As the bot would: the present head, signed, on its shelf and in the anchor folder. */
async function seal(): Promise<SignedCheckpoint> {
  const head = (await store?.head()) ?? { size: 0, root: '' };
  const checkpoint = { ...head, note: signer().sign(head), at: 0 };
  await store?.saveCheckpoint(checkpoint);
  await createFolder(place.anchors).publish(
    { ...checkpoint, proofFrom: async () => [] },
    AbortSignal.timeout(5_000),
  );
  return checkpoint;
}

/** Changes the database behind the store's back, as whoever can write its file may. */
async function tamper(...statements: readonly string[]): Promise<void> {
  await store?.close();
  store = null;
  const database = new BetterSqlite3(place.database);
  try {
    database.pragma('foreign_keys = OFF');
    const triggers = database.prepare(`select name from sqlite_schema where type = 'trigger'`).pluck().all();
    for (const trigger of triggers) database.exec(`drop trigger ${String(trigger)}`);
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}

describe('log verify, of the database', () => {
  it.each([-1, 99])('finds an event of index %i, which is in no tree', async (index) => {
    await seal();
    await tamper(
      `insert into events select ${index}, 'request/req_0000000stray', 1, bytes, leaf from events where log_index = 0`,
    );
    const { code, out } = await log('verify');
    expect(code).toBe(1);
    expect(out).toContain(`NOT OK at event ${index}`);
    expect(out).toContain('(row_foreign)');
  });

  it('says what it checked, beside the running bot and without it', async () => {
    await seal();
    await ask(store as Store, 7, 8);
    const beside = await log('verify');
    expect(beside.out).toContain('events       all 16');
    expect(beside.out).toContain('8 match their events, 0 redacted on record');
    expect(beside.out).toContain('heads        2 signed before');
    expect(flat(beside)).toMatch(/ok: 16 events, root [0-9a-f]{16}…, as they were signed\./);
    expect(beside.code).toBe(0);

    await store?.close();
    store = null;
    expect((await log('verify')).out).toBe(beside.out);
    const json = JSON.parse((await log('verify', '--json')).out) as object;
    expect(json).toMatchObject({ ok: true, size: 16, streams: 8, disclosed: 8, heads: 2 });
  });

  it('says that there is nothing to hold it against, before anything was signed', async () => {
    expect(flat(await log('verify'))).toContain('and nothing was signed yet to hold them against');
  });

  it('accounts for what was redacted, a text or a whole person', async () => {
    const bot = store as Store;
    const [by, approvedBy] = [subjectOf(8), subjectOf(9)];
    const one = { cause: 'field', targets: [{ index: 4, field: 'justification' }] } as const;
    const whole = { cause: 'person', subject: subjectOf(1) } as const;
    for (let n = 1; n <= 6; n++) await bot.append(following(n, 2, { events: [event(withdrawal())] }));
    for (const [n, choice] of [one, whole].entries()) {
      const redaction = {
        stream: `redaction/${n}`,
        expectedVersion: 0,
        at: 1,
        choice,
        by,
        approvedBy,
        reason: null,
      };
      expect(await bot.redact(redaction)).toMatchObject({ ok: true });
      const { out, code } = await log('verify');
      expect(out).toMatch(n === 0 ? /5 match their events, 1 redacted/ : /0 match their events, 6 redacted/);
      expect(code).toBe(0);
      expect(await log('export', place.path(`out${n}`))).toMatchObject({ code: 0 });
    }
  });

  const edited = `cast(replace(cast(bytes as text), '"round":2', '"round":3') as blob)`;
  it.each<[string, string, string, number | null]>([
    ['the bytes of an event', `update events set bytes = ${edited} where log_index = 5`, 'row_changed', 5],
    ['the hash of an event', `update events set leaf = zeroblob(32) where log_index = 4`, 'row_changed', 4],
    ['the kind of a value', `update events set bytes = 'text' where log_index = 4`, 'row_changed', 4],
    ['where an event is filed', `update events set version = 9 where log_index = 5`, 'row_misfiled', 5],
    ['an event away', `delete from events where log_index = 5`, 'row_missing', 5],
    ['the last events away', `delete from events where log_index > 8`, 'row_missing', 9],
    ['a text away', `update disclosures set sealed = x'' where log_index = 4`, 'disclosure_missing', 4],
    [
      'a text for another',
      `update disclosures set sealed = (select sealed from disclosures where log_index = 2) where log_index = 4`,
      'disclosure_damaged',
      4,
    ],
    ['a key away', `delete from subject_keys`, 'disclosure_damaged', 0],
    ['the head', `update log_head set frontier = zeroblob(64)`, 'tree_differs', null],
  ])('finds who changed %s', async (_, statement, code, index) => {
    await tamper(statement);
    const { out, code: exit } = await log('verify', '--json');
    expect(JSON.parse(out)).toMatchObject({ ok: false, finding: { code, index } });
    expect(exit).toBe(1);
    const told = await log('verify');
    expect(told.out).toContain(index === null ? 'NOT OK: ' : `NOT OK at event ${index}: `);
    expect(flat(told)).toMatch(/[Kk]eep (the database|this copy) as evidence/);
  });

  it('finds a changed hash over many events', async () => {
    await ask(store as Store, 7, 140);
    await tamper('update tree_nodes set hash = zeroblob(32)');
    const { out, code } = await log('verify');
    expect(out).toContain('events 0 to 255 do not give the stored hash over them');
    expect(code).toBe(1);
  });

  it('finds a backup that was restored: what was signed since is not in it', async () => {
    await store?.close();
    await copyFile(place.database, place.path('backup'));
    store = await place.open();
    await ask(store, 7, 9);
    const { note } = await seal();
    await writeFile(place.path('newest'), note);
    await store.close();
    store = null;
    for (const end of ['-wal', '-shm']) await rm(`${place.database}${end}`, { force: true });
    await copyFile(place.path('backup'), place.database);
    const { out, code } = await log('verify');
    expect(flat({ out, err: '', code })).toContain(
      'NOT OK: the head of 18 events in the anchor folder covers 18 events, the log has 12.',
    );
    expect(out).toContain('(older_larger)');
    expect(code).toBe(1);
    expect(flat(await log('verify', '--since', place.path('newest')))).toContain(
      'covers 18 events, the log has 12',
    );
    const refused = await log('checkpoint');
    expect(flat(refused)).toContain(
      'The log is not signed: it has 12 events, and the head of 18 events in the anchor folder covers 18',
    );
    expect(refused).toMatchObject({ code: 1, out: '' });
  });

  it('does not take a foreign head in the anchor folder for ours', async () => {
    const name = `${'12'.padStart(16, '0')}-${'0'.repeat(64)}.checkpoint`;
    await writeFile(join(place.anchors, name), 'x\n', { mode: 0o444 });
    const { err, code } = await log('verify');
    expect(err).toContain('is no signed head');
    expect(code).toBe(1);
  });

  it('is no place for the key of a folder, nor for an older checkpoint that is none', async () => {
    expect(await log('verify', '--key', 'x')).toMatchObject({ code: 2 });
    expect(await log('verify', '--since', 'nowhere')).toMatchObject({ code: 4 });
    await writeFile(place.path('note'), 'x');
    expect(flat(await log('verify', '--since', place.path('note')))).toContain(
      'the older checkpoint is refused',
    );
  });
});

const exported = (name: string): Promise<string> => readFile(place.path(join('out', name)), 'utf8');

describe('log export', () => {
  it('writes what anyone can check, whole or not at all, and leaves nothing beside it', async () => {
    await mkdir(place.path('out'));
    const { out, code } = await log('export', place.path('out'));
    expect(code).toBe(0);
    expect(flat({ out, err: '', code })).toContain('Exported 12 events');
    expect((await readdir(place.folder)).toSorted()).toEqual(['anchors', 'data', 'keys', 'out']);
    const files = ['README.txt', 'checkpoint', 'events.ndjson', 'leaf-hashes', 'log.vkey'];
    expect((await readdir(place.path('out'))).toSorted()).toEqual(files);
    const leaves = (await store?.stored(0, 100)) ?? [];
    expect(await exported('events.ndjson')).toBe(
      leaves.map(({ bytes }) => `${Buffer.from(bytes).toString()}\n`).join(''),
    );
    expect(await readFile(place.path('out/leaf-hashes'))).toEqual(
      Buffer.concat(leaves.map(({ leaf }) => leaf)),
    );
    expect(await exported('log.vkey')).toBe(
      signer()
        .vkeys()
        .map((key) => `${key}\n`)
        .join(''),
    );
    expect((await exported('README.txt')).split('\n').every((line) => line.length <= 80)).toBe(true);

    const verified = await log('verify', place.path('out'), '--key', signer().vkeys()[0] ?? '');
    expect(verified.out).toContain('0 match their events, 0 redacted on record, 6 not given');
    expect(verified.code).toBe(0);
    const json = JSON.parse((await log('verify', place.path('out'), '--json')).out) as object;
    expect(json).toMatchObject({ ok: true, size: 12, withheld: 6 });
  });

  it('does not touch a folder in which something is', async () => {
    await mkdir(place.path('out'));
    await writeFile(place.path('out/mine'), '');
    const { err, code } = await log('export', place.path('out'));
    expect(flat({ out: '', err, code })).toContain('the folder must be new or empty');
    expect(code).toBe(2);
    expect(await readdir(place.path('out'))).toEqual(['mine']);
    expect(await log('export', place.path('nowhere/out'))).toMatchObject({ code: 1 });
    expect(await log('export', place.path('out/mine'))).toMatchObject({ code: 1 });
  });

  it('gives an auditor the texts, which is on record, and nobody else', async () => {
    await store?.close();
    store = null;
    expect(await log('export', place.path('out'), '--as', 'nobody')).toMatchObject({ code: 1, out: '' });
    const refused = await log('export', place.path('out'), '--as', 'ana');
    expect(flat(refused)).toContain('may not read');
    expect(await log('export', place.path('out'), '--as', 'hana')).toMatchObject({ code: 0 });
    const texts = await exported('disclosures.ndjson');
    expect(texts.split('\n')[0]).toMatch(/^\{"index":0,"field":"justification","disclosure":"[\w-]+"\}$/);
    const read = (await exported('events.ndjson'))
      .split('\n')
      .filter((line) => line.includes('"type":"LogRead"'));
    expect(read).toHaveLength(1);
    expect(read[0]).toContain('"what":"export"');
    expect((await log('verify', place.path('out'))).out).toMatch(
      /texts\s+\d+ match their events, 0 redacted on record, 0 not given/,
    );
  });

  it('keeps from a reader what is not for them, and says that it is there', async () => {
    await store?.enter({ stream: 'person/x', expectedVersion: 0, events: [introduced] });
    await store?.close();
    store = null;
    expect(await log('export', place.path('out'), '--as', 'hana')).toMatchObject({ code: 0 });
    const lines = (await exported('disclosures.ndjson')).split('\n');
    expect(lines).toContain('{"index":12,"field":"email","disclosure":null}');
    expect(lines.find((line) => line.startsWith('{"index":12,"field":"name"'))).not.toContain('null');
    expect((await log('verify', place.path('out'))).out).toContain('1 not given');
  });

  it('of a log that grows meanwhile is of the size that was signed', async () => {
    const bot = store as Store;
    const exporting = log('export', place.path('out'));
    await ask(bot, 7, 20);
    expect((await exporting).code).toBe(0);
    const lines = (await exported('events.ndjson')).trimEnd().split('\n').length;
    expect((await exported('checkpoint')).split('\n')[1]).toBe(String(lines));
    expect((await log('verify', place.path('out'))).code).toBe(0);
  });

  it('of a log that does not verify leaves nothing', async () => {
    await tamper(
      `update events set bytes = cast(replace(cast(bytes as text), '"round":2', '"round":3') as blob) where log_index = 5`,
    );
    const { err, code } = await log('export', place.path('out'));
    expect(flat({ out: '', err, code })).toContain('Nothing was exported');
    expect(code).toBe(1);
    expect((await readdir(place.folder)).toSorted()).toEqual(['anchors', 'data', 'keys']);
  });

  it('with tiles writes them as C2SP has them', async () => {
    await ask(store as Store, 7, 150);
    await log('export', place.path('out'), '--tiles');
    const hashes = await readFile(place.path('out/leaf-hashes'));
    const tile = (path: string): Promise<Buffer> => readFile(place.path(`out/tile/${path}`));
    expect(await tile('0/000')).toEqual(hashes.subarray(0, 256 * 32));
    expect(await tile('0/001.p/44')).toEqual(hashes.subarray(256 * 32));
    expect(await tile('1/000.p/1')).toHaveLength(32);
    const lines = (await exported('events.ndjson')).split('\n');
    const bundle = await tile('entries/001.p/44');
    expect(bundle.readUInt16BE(0)).toBe(lines[256]?.length);
    expect(bundle.subarray(2, 2 + bundle.readUInt16BE(0)).toString()).toBe(lines[256]);
  });
});

const introduced = {
  id: 'introduced',
  at: 1,
  type: 'PersonIntroduced',
  data: { subject: 's:000000000000000000000077' },
  personal: { person: 'ana', name: 'Ana Novak', email: 'ana@example.com' },
} as const;

describe('log prove', () => {
  it('proves one event, to be checked with the proof and the event alone', async () => {
    const { out, code } = await log('prove', '#3');
    expect(parseTlogProof(out).index).toBe(3);
    expect(code).toBe(0);
    expect(await log('prove', '3', '--out', place.path('proof'))).toMatchObject({ code: 0 });
    expect(await readFile(place.path('proof'), 'utf8')).toBe(out);

    const [leaf] = (await store?.stored(3, 1)) ?? [];
    await writeFile(place.path('leaf'), leaf?.bytes ?? '');
    const check = (...more: string[]) => log('prove', '--check', place.path('proof'), ...more);
    const ok = await check('--leaf', place.path('leaf'));
    expect(flat(ok)).toMatch(/ok: this is event 3 of the log of 12 events that \S+ signed\./);
    expect(ok.code).toBe(0);
    await log('export', place.path('out'));
    expect(await check('--events', place.path('out'))).toMatchObject({ code: 0 });
    expect(await check('--leaf', place.path('leaf'), '--key', place.path('out/log.vkey'))).toMatchObject({
      code: 0,
    });

    await writeFile(place.path('leaf'), `${Buffer.from(leaf?.bytes ?? '').toString()} `);
    const refused = await check('--leaf', place.path('leaf'));
    expect(flat(refused)).toContain('proves nothing: the inclusion proof does not lead to the root');
    expect(refused.code).toBe(1);
  });

  it.each<[string, readonly string[], number, string]>([
    ['no event', ['99'], 4, 'there is no event 99: the log has 12'],
    ['no number', ['three'], 2, 'three: expected the index of an event'],
    ['nothing', [], 2, 'expected the index of an event, or --check with a proof'],
    ['both', ['3', '--check', 'x'], 2, 'expected the index of an event, or --check'],
    ['a check of no event', ['--check', 'x'], 2, 'expected the event too'],
    ['a check of no proof', ['--check', 'nowhere', '--leaf', 'x'], 4, 'there is no file nowhere'],
    ['a place that is taken', ['3', '--out', '.'], 1, 'cannot be written'],
  ])('says what is wrong with %s', async (_, args, code, expected) => {
    const ran = await log('prove', ...args);
    expect(flat(ran)).toContain(expected);
    expect(ran.code).toBe(code);
  });

  it('says what is wrong with a proof that is none, a key that is none, and a log that has not the event', async () => {
    await writeFile(place.path('junk'), 'x');
    const junk = await log('prove', '--check', place.path('junk'), '--leaf', place.path('junk'));
    expect(flat(junk)).toContain('a tlog-proof is malformed');
    await log('prove', '3', '--out', place.path('proof'));
    const check = (...more: string[]) => log('prove', '--check', place.path('proof'), ...more);
    expect(flat(await check('--leaf', place.path('junk'), '--key', 'x'))).toContain(
      'line 1 of --key is refused',
    );
    await log('export', place.path('out'));
    await writeFile(place.path('out/events.ndjson'), '{}\n');
    expect(flat(await check('--events', place.path('out')))).toContain(
      'has 1 events, and the proof is of event 3',
    );
  });
});

describe('log checkpoint', () => {
  it('is the present head, signed by the log', async () => {
    const { out, code } = await log('checkpoint');
    expect(code).toBe(0);
    const opened = openCheckpoint(out, signer().vkeys().map(parseVkey), signer().origin);
    expect({ size: opened.size, root: opened.root.toString('hex') }).toEqual(await store?.head());
  });

  it('is not signed where the log is another than the one that was signed', async () => {
    await seal();
    const other = `cast(replace(cast(bytes as text), '"round":2', '"round":3') as blob)`;
    await tamper(`update events set bytes = ${other}, leaf = zeroblob(32) where log_index = 5`);
    const { out, err, code } = await log('checkpoint');
    expect(flat({ out, err, code })).toContain('The log is not signed: its first 12 events are not those of');
    expect(code).toBe(1);
  });
});

describe('log consistency', () => {
  it('prints the hashes between two sizes, or two checkpoints', async () => {
    const before = (await log('checkpoint')).out;
    await writeFile(place.path('before'), before);
    await ask(store as Store, 7, 9);
    await writeFile(place.path('now'), (await log('checkpoint')).out);
    const files = await log('consistency', place.path('before'), place.path('now'));
    expect(files.code).toBe(0);
    expect(flat(files)).toContain('The log of 18 events begins with the 12 events it had before: verified');
    expect(files.out.split('\n')[0]).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect((await log('consistency', '12', '18')).out).toBe(files.out);
    const json = JSON.parse((await log('consistency', '12', place.path('now'), '--json')).out) as object;
    expect(json).toMatchObject({ first: 12, second: 18 });
    expect(await log('consistency', '18', '18')).toMatchObject({ code: 0 });
  });

  it.each<[string, readonly [string, string], number, string]>([
    ['the wrong way round', ['5', '3'], 2, 'the first must not be empty, nor larger'],
    ['an empty first', ['0', '3'], 2, 'the first must not be empty'],
    ['more than there is', ['3', '99'], 2, 'the log has 12 events'],
    ['no file', ['3', 'nowhere'], 4, 'neither a size nor a file with a checkpoint'],
  ])('refuses %s', async (_, args, code, expected) => {
    const ran = await log('consistency', ...args);
    expect(flat(ran)).toContain(expected);
    expect(ran.code).toBe(code);
  });

  it('refuses a checkpoint of another log, and one that this log does not begin with', async () => {
    await writeFile(place.path('junk'), 'x');
    expect(flat(await log('consistency', place.path('junk'), '5'))).toContain('is no checkpoint of this log');
    const forged = signer().sign({ size: 4, root: 'ab'.repeat(32) });
    await writeFile(place.path('other'), forged);
    const ran = await log('consistency', place.path('other'), '12');
    expect(flat(ran)).toContain('these are not of one log');
    expect(ran.code).toBe(1);
    await writeFile(place.path('larger'), signer().sign({ size: 40, root: 'ab'.repeat(32) }));
    expect(flat(await log('consistency', '4', place.path('larger')))).toContain(
      'covers 40 events, the log has 12',
    );
  });
});

it('without a database each command says so, and what to do', async () => {
  await store?.close();
  store = null;
  await rm(place.path('data'), { recursive: true });
  for (const args of [
    ['verify'],
    ['export', place.path('out')],
    ['prove', '1'],
    ['checkpoint'],
    ['consistency', '1', '2'],
  ]) {
    const { err, code } = await log(...args);
    expect(err.replaceAll('\n', ' ')).toContain('there is no database at');
    expect(code).toBe(4);
  }
});
