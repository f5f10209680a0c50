import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseFile } from '../../src/base.ts';
import { ACTION } from '../../src/chat/intent.ts';
import { logAccept } from '../../src/cli/log-accept.ts';
import { openLogKeys } from '../../src/log-keys.ts';
import { refusal } from '../../src/practice/login.ts';
import { textOf } from '../../src/practice/people.ts';
import { startTimeStampServer, type TimeStampServer } from '../fakes/time-stamp-server.ts';
import { startWitness, type WitnessServer } from '../fakes/witness-server.ts';
import { approveBoth, ask, expectToldOnce, granted, reveal, told } from './acting.ts';
import { eventually, type Flow, openFlow } from './world.ts';

const LOG = 'access-log';

let flow: Flow;
let stamps: TimeStampServer;
let witness: WitnessServer;

beforeAll(async () => {
  stamps = await startTimeStampServer();
  witness = await startWitness(() => {
    const keys = openLogKeys(flow.config().keysFolder);
    return { origin: keys.origin, vkeys: keys.vkeys() };
  });
  flow = await openFlow({
    settings: {
      COUNTERSIGN_TIMESTAMP_URL: stamps.url,
      COUNTERSIGN_WITNESS_URL: witness.url,
      COUNTERSIGN_WITNESS_VKEY: witness.vkey,
    },
  });
});
afterAll(async () => {
  await flow[Symbol.asyncDispose]();
  await stamps.close();
  await witness.close();
});
afterEach(() => {
  witness.behave('well');
  stamps.behave('well');
});

const folder = (): string => join(flow.config().dataFolder, 'anchors');
const largestFile = async (): Promise<number> =>
  Math.max(0, ...(await readdir(folder())).map((name) => Number(name.split('-', 1)[0])));
const posts = (part: string): string[] =>
  flow.people.finn.person
    .messages(LOG)
    .map((message) => textOf(message))
    .filter((text) => text.includes(part));
const largestPost = (): number =>
  Math.max(0, ...posts('Signed head').map((text) => Number(/·\s+(\d+) events?/.exec(text)?.[1])));
const largestStamp = async (): Promise<number> =>
  (await flow.bot.store.newestReceipt('time-stamp'))?.size ?? 0;

/** A head that has the event is in each of the four places. */
const everywhere = (index: number): Promise<true> =>
  eventually(
    async () => {
      const sizes = [await largestFile(), largestPost(), await largestStamp(), witness.seen.size];
      return Math.min(...sizes) > index ? true : null;
    },
    async () =>
      `a head beyond ${index}: folder ${await largestFile()}, channel ${largestPost()}, time-stamp ${await largestStamp()}, witness ${witness.seen.size}`,
  );

const readyz = async (): Promise<unknown> => (await fetch(`${flow.bot.url}/readyz`)).json();
const events = (): number => {
  const raw = new BetterSqlite3(databaseFile(flow.config()), { readonly: true });
  const count = Number(raw.prepare('SELECT count(*) FROM events').pluck().get());
  raw.close();
  return count;
};

describe('a signed head', () => {
  it('is in the channel, the folder, the time-stamp and the witness within 10 s of an approval', async () => {
    const { ana, cleo } = flow.people;
    const asked = await ask(ana);
    await cleo.press(asked.card, ACTION.approve);
    const approval = (await flow.events(asked.id)).find(({ type }) => type === 'ApprovalRecorded');
    if (approval === undefined) throw new Error('no approval');
    const from = flow.clock.now();
    flow.clock.forward(4_000);
    await everywhere(approval.meta.index);
    expect(flow.clock.now() - from).toBeLessThan(10_000);

    const receipt = await flow.bot.store.newestReceipt('time-stamp');
    const name = (await readdir(folder())).find((each) => Number(each.split('-', 1)[0]) === receipt?.size);
    const note = await readFile(join(folder(), name ?? ''), 'utf8');
    expect(await stamps.verify(note, receipt?.receipt ?? '')).toContain('Verification: OK');
    expect(posts(note.split('\n')[2] ?? '')).toHaveLength(1);
    await ana.type('general', 'withdraw');
  });

  it('waits for a witness that is down: people are told once, and when it works again', async () => {
    const { ben } = flow.people;
    witness.behave('fail');
    const before = witness.seen.size;
    const asked = await granted(flow, ben, { duration: '5m' });
    await eventually(async () => {
      flow.clock.forward(1_000);
      return posts('The witness').length > 0;
    }, 'an alarm');
    expect(posts('fails again and again')).toEqual([expect.stringContaining('The witness witness.test/w1')]);
    expect(witness.seen.size).toBe(before);
    expect(await (await fetch(`${flow.bot.url}/metrics`)).text()).toMatch(
      /countersign_outside_failing_seconds\{name="witness:witness.test\/w1"\} [1-9]/,
    );
    witness.behave('well');
    await eventually(async () => {
      flow.clock.forward(1_000);
      return posts('works again').length > 0;
    }, 'the all-clear');
    const active = (await flow.events(asked.id)).findLast(({ type }) => type === 'CredentialIssued');
    await everywhere(active?.meta.index ?? 0);
    flow.clock.forward(60_000);
    expect(posts('fails again and again')).toHaveLength(1);
    await ben.type('general', 'done');
    await flow.until(asked.id, 'revoked');
  });

  it('leaves at a stop, with all that had happened', async () => {
    const { ana } = flow.people;
    const asked = await granted(flow, ana);
    await ana.type('general', 'done');
    await flow.until(asked.id, 'revoked');
    await flow.stop();
    expect(await largestFile()).toBe(events());
    expect(witness.seen.size).toBe(events());
    expect(largestPost()).toBe(events());
    await flow.start();
    expect(await readyz()).toMatchObject({ status: 'ready', mode: 'full' });
  });
});

const accept = async (): Promise<string> => {
  const out: string[] = [];
  for (const [name, value] of Object.entries(flow.settings)) vi.stubEnv(name, value);
  vi.spyOn(process, 'cwd').mockReturnValue(flow.folder);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  try {
    await logAccept({ as: 'finn', with: 'erin', reason: 'disk lost, Tuesday’s backup restored' });
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  return out.join('');
};

describe('a restored backup', () => {
  it('lets nothing be given, says why and how to go on, and still ends what is to end', async () => {
    const { ana, ben, cleo } = flow.people;
    const asked = await ask(ana);
    const active = await granted(flow, ben, { duration: '1m' });
    const url = await reveal(ben, active);
    await flow.stop();
    const backup = join(flow.folder, 'backup.db');
    await copyFile(databaseFile(flow.config()), backup);
    await flow.start();
    await ask(ana, { entitlement: 'orders-db:read', duration: '15m' });
    await flow.stop();
    const lost = events();
    for (const suffix of ['', '-wal', '-shm'])
      await rm(`${databaseFile(flow.config())}${suffix}`, { force: true });
    await copyFile(backup, databaseFile(flow.config()));

    expect(events()).toBeLessThan(lost);
    await flow.start();
    expect(await readyz()).toMatchObject({ status: 'ready', mode: 'revoke-only' });
    expect(flow.log.join('')).toContain('only what ends access is done');
    await eventually(async () => posts('Only ending access works now').length > 0, 'a word to the operators');
    const [word = ''] = posts('Only ending access works now');
    expect(word).toContain(`a signed head of ${lost} is held by`);
    expect(word).toContain('countersign log accept');
    const size = await flow.bot.store.size();
    expect(await told(cleo, () => cleo.press(asked.card, ACTION.approve))).toContain(
      'Only ending access works right now',
    );
    expect(await told(ana, () => ana.type('general', 'practice-db:read 5m "now more than ever"'))).toContain(
      'Only ending access works right now',
    );
    expect(await flow.bot.store.size()).toBe(size);

    flow.clock.forward(60_000);
    await flow.until(active.id, 'revoked');
    expect(await refusal(url)).toMatch(/^28P01/);
    await expectToldOnce(flow, active);
    const files = await readdir(folder());
    await flow.stop();
    expect(await readdir(folder())).toEqual(files);

    const said = await accept();
    // What has ended meanwhile is on record: the log has grown beyond the head that it does not fit.
    expect(said).toContain(`The first ${lost} events of the log are not those of a signed head`);
    expect(said).toMatch(/Accepted, as event \d+/);
    await flow.start();
    expect(await readyz()).toMatchObject({ mode: 'full' });
    await approveBoth(flow, asked);
    await flow.until(asked.id, 'active');
    await eventually(async () => {
      flow.clock.forward(1_000);
      const [newest, taken] = [
        await flow.bot.store.newestCheckpoint(),
        await flow.bot.store.newestReceipt('folder'),
      ];
      return newest !== null && taken?.root === newest.root;
    }, 'a head of the log as it is now, in the folder');
    await ana.type('general', 'done');
    await flow.until(asked.id, 'revoked');
  });
});

it('one byte of an event changed in the file: only ending access, with the position', async () => {
  const active = await granted(flow, flow.people.ben, { duration: '1m' });
  await flow.stop();
  const raw = new BetterSqlite3(databaseFile(flow.config()));
  for (const name of raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all())
    raw.exec(`DROP TRIGGER ${String(name)}`);
  const { bytes } = raw.prepare('SELECT bytes FROM events WHERE log_index = 5').get() as { bytes: Buffer };
  bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
  raw.prepare('UPDATE events SET bytes = ? WHERE log_index = 5').run(bytes);
  raw.close();
  await flow.start();
  expect(await readyz()).toMatchObject({ mode: 'revoke-only' });
  expect(flow.log.join('')).toContain('Event 5 is damaged: its bytes do not give its hash.');
  flow.clock.forward(60_000);
  await flow.until(active.id, 'revoked');
  await flow.stop();
  await expect(accept()).rejects.toMatchObject({ message: expect.stringContaining('Event 5 is damaged') });
});

it('an anchor folder that is gone: only ending access, until it is back', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'countersign-anchors-'));
  const [here, away] = [join(parent, 'here'), join(parent, 'away')];
  await mkdir(here);
  await using other = await openFlow({ settings: { COUNTERSIGN_ANCHOR_FOLDER: here } });
  const { ana, cleo } = other.people;
  const asked = await ask(ana);
  await other.stop();
  expect(await readdir(here)).not.toEqual([]);
  await rename(here, away);
  await other.start();
  expect(await told(cleo, () => cleo.press(asked.card, ACTION.approve))).toContain(
    'Only ending access works',
  );
  expect(other.log.join('')).toContain(`the anchor folder ${here} cannot be used (ENOENT)`);
  await rename(away, here);
  await eventually(async () => {
    other.clock.forward(1_000);
    const answer = await fetch(`${other.bot.url}/readyz`);
    return ((await answer.json()) as { mode: string }).mode === 'full';
  }, 'the bot to see the folder again');
  await approveBoth(other, asked);
  await other.until(asked.id, 'active');
  await rm(parent, { recursive: true });
});
