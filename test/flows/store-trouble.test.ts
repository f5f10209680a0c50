import BetterSqlite3 from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { createLogger } from '../../src/logger.ts';
import { databaseFile } from '../../src/base.ts';
import { startBot } from '../../src/main.ts';
import { refusal } from '../../src/practice/login.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/database.ts';
import { storeOn } from '../../src/store/sqlite/store.ts';
import { approveBoth, ask, expectToldOnce, granted, noteOf, reveal, told } from './acting.ts';
import { eventually, type Flow, openFlow } from './world.ts';

let flow: Flow;
let database: Database;
beforeAll(async () => {
  flow = await openFlow({
    openStore: async ({ file, ...rest }) => {
      database = openDatabase(file);
      return storeOn(database, rest);
    },
  });
});
afterAll(() => flow[Symbol.asyncDispose]());
afterEach(() => makeRoom());

/** Not a page more than there are: what SQLite says then is what a full disk makes it say. */
function fillUp(): void {
  const pages = Number(database.raw.pragma('page_count', { simple: true }));
  database.raw.pragma(`max_page_count = ${pages}`);
}
const makeRoom = (): unknown => database.raw.pragma('max_page_count = 1000000');

it('a second process on the same data is refused with what to do, and the first goes on', async () => {
  const silent = createLogger({ level: 'silent', format: 'json' });
  await expect(startBot(flow.config(), silent)).rejects.toMatchObject({
    code: 'store_locked',
    message: expect.stringContaining('in use by another Countersign process'),
    hint: expect.stringContaining('Stop that process first'),
  });
  const asked = await ask(flow.people.ana);
  await flow.people.ana.type('general', 'withdraw');
  await flow.until(asked.id, 'withdrawn');
});

it('a full disk: nothing is half done, each is told so, and work goes on when there is room', async () => {
  const { ana, ben, cleo, dev } = flow.people;
  const asked = await ask(ana);
  await cleo.press(asked.card, ACTION.approve);
  const active = await granted(flow, ben, { duration: '1m' });
  const url = await reveal(ben, active);
  fillUp();
  // Pages that are begun still take a few events; the first that finds no room is what matters.
  const attempt = async (round: number): Promise<string> =>
    round % 2 === 0
      ? told(ana, () => ana.type('general', `orders-db:read 15m "${'y'.repeat(1_400)}"`))
      : told(ana, () => ana.type('general', 'withdraw'));
  let size = 0;
  let said = '';
  for (let round = 0; round < 40 && !said.includes('nothing was done'); round += 1) {
    size = await flow.bot.store.size();
    said = await attempt(round);
  }
  expect(said).toContain('nothing was done');
  expect(await flow.bot.store.size()).toBe(size);
  expect(flow.log.join('')).toContain('the disk is full');
  makeRoom();
  await dev.press(asked.card, ACTION.approve);
  await flow.until(asked.id, 'active');
  flow.clock.forward(60_000);
  await flow.until(active.id, 'revoked');
  expect(await refusal(url)).toMatch(/^28P01/);
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
  await expectToldOnce(flow, active);
  await ana.type('general', 'withdraw');
});

it('another program holding the database: the click is told no, and the expiry comes when it lets go', async () => {
  const { ana, ben, cleo } = flow.people;
  const asked = await ask(ana);
  const active = await granted(flow, ben, { duration: '1m' });
  const url = await reveal(ben, active);
  await noteOf(ben, active.id, 'You have access');
  const size = await flow.bot.store.size();
  const other = new BetterSqlite3(databaseFile(flow.config()));
  other.exec('begin immediate');
  try {
    expect(await told(cleo, () => cleo.press(asked.card, ACTION.approve))).toContain('nothing was done');
    flow.clock.forward(60_000);
    await eventually(
      async () => flow.log.some((line) => line.includes('locked by another program')),
      'the trouble to be logged',
    );
    expect(await flow.bot.store.size()).toBe(size);
    expect((await fetch(`${flow.bot.url}/readyz`)).status).toBe(503);
  } finally {
    other.exec('rollback');
    other.close();
  }
  await flow.until(active.id, 'revoked');
  expect(await refusal(url)).toMatch(/^28P01/);
  expect((await fetch(`${flow.bot.url}/readyz`)).status).toBe(200);
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, active);
});
