import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { forgetRunning, rememberOrStop } from '../../src/cli/running.ts';
import { Desk, textOf } from '../../src/practice/people.ts';
import { type Asked, ask, granted, told } from './acting.ts';
import { runHere } from './command-line.ts';
import type { Ran } from './process.ts';
import { type Flow, openFlow } from './world.ts';

const WHY = 'INC-41 comparing the totals of Mrs Grey';
const REASON = 'the laptop was lost on a train';

let flow: Flow;
let shop: Asked;
let reports: Asked;
beforeAll(async () => {
  flow = await openFlow();
  await rememberOrStop(flow.config().dataFolder, flow.bot.url, flow.bot);
  const { ana, cleo } = flow.people;
  shop = await granted(flow, ana, { why: WHY });
  await cleo.type('general', `revoke ${shop.id} "${REASON}"`);
  await flow.until(shop.id, 'revoked');
  const channel = 'access-log';
  reports = await ask(ana, { entitlement: 'reports-api:read', duration: '30m', channel });
  await flow.until(reports.id, 'active');
});
afterAll(() => flow[Symbol.asyncDispose]());

async function run(...args: readonly string[]): Promise<Ran> {
  const ran = await runHere(args, flow.settings, flow.folder);
  const lines = `${ran.out}${ran.err}`.split('\n');
  if (!args.includes('--json')) expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(ran.err).not.toMatch(/\n\s+at .*\.(ts|js):\d+/);
  return ran;
}
const search = (as: string, ...args: readonly string[]) => run('log', 'search', '--as', as, ...args);
const words = (ran: Ran): string => `${ran.out}${ran.err}`.replace(/\s+/g, ' ');

async function readings() {
  const found = await flow.bot.store.search({ stream: 'log', types: ['LogRead'], limit: 1_000 });
  return found.flatMap((event) => (event.type === 'LogRead' ? [event.data] : []));
}

describe('reading the log', () => {
  it('is a table of events, with the texts under each', async () => {
    const { out, code } = await search('hana', '--request', shop.id);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^#\s+LEAF\s+WHEN\s+EVENT\s+BY$/);
    expect(out).toMatch(/\d+\s+[0-9a-f]{8}\s+\S+ \S+Z\s+RequestSubmitted\s+Ana Novak\n\s+req_\w{12}\n/);
    expect(out).toContain(`justification: ${WHY}`);
    expect(out).toContain(`reason: ${REASON}`);
    const events = await flow.events(shop.id);
    expect(out.match(/^\d+\s/gm)).toHaveLength(events.length);
  });

  it('is on record before anything is shown: who, as what, and what for, in ids and times alone', async () => {
    const before = (await readings()).length;
    await search('hana', '--person', 'ana', '--from', '2026-01-01', '--type', 'RequestSubmitted');
    const subject = await flow.bot.store.known('ana');
    expect((await readings()).slice(before)).toEqual([
      {
        by: await flow.bot.store.known('hana'),
        what: 'search',
        as: 'auditor',
        query: { person: subject, from: '2026-01-01', type: 'RequestSubmitted' },
        request: null,
      },
    ]);
  });

  it('does not happen when it cannot be put on record', async () => {
    const { dataFolder } = flow.config();
    await forgetRunning(dataFolder);
    const ran = await search('hana');
    await rememberOrStop(dataFolder, flow.bot.url, flow.bot);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(words(ran)).toContain('Nothing is shown, for it could not be put on record that you read');
    expect(words(ran)).toContain('in use by another Countersign process');
  });

  it('does not happen on the word of something else that answers in the place of the bot', async () => {
    let claimed = 0;
    const other = createServer((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify({ kind: 'recorded', index: claimed })));
    });
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as AddressInfo;
    await rememberOrStop(flow.config().dataFolder, `http://127.0.0.1:${port}`, flow.bot);
    try {
      const [old] = await flow.bot.store.search({ types: ['LogRead'], limit: 1 });
      for (claimed of [0, old?.meta.index ?? 0, 1_000_000]) {
        const ran = await search('hana', '--request', shop.id);
        expect(ran.code).not.toBe(0);
        expect(words(ran)).toContain('the log does not have it that you read');
        expect(words(ran)).not.toContain(WHY);
      }
    } finally {
      other.close();
      await rememberOrStop(flow.config().dataFolder, flow.bot.url, flow.bot);
    }
  });

  it('as an owner is of what they own: one role at a time, unless a request is named', async () => {
    const requestsSeenBy = async (as: string, ...args: readonly string[]) => {
      const rows = JSON.parse((await search(as, '--json', ...args)).out) as { request: string | null }[];
      return [...new Set(rows.map(({ request }) => request))];
    };
    expect(await requestsSeenBy('dev')).toEqual([reports.id]);
    expect((await readings()).at(-1)).toMatchObject({ as: 'owner', request: null });
    expect(await requestsSeenBy('dev', '--request', shop.id)).toEqual([shop.id]);
    expect((await readings()).at(-1)).toMatchObject({ as: 'approver', request: shop.id });
    expect(await requestsSeenBy('dev', '--entitlement', 'practice-db:read')).toEqual([shop.id]);
    expect(await requestsSeenBy('cleo')).toEqual([shop.id]);
    expect((await readings()).at(-1)).toMatchObject({ as: 'owner' });
  });

  it('in JSON has each text as its reader gets it', async () => {
    const { out } = await search('hana', '--json', '--type', 'RevocationStarted');
    const rows = JSON.parse(out) as { request: string; by: { name: string }; texts: object }[];
    expect(rows).toMatchObject([
      { request: shop.id, by: { name: 'Cleo Laurent' }, texts: { reason: { kind: 'clear', value: REASON } } },
    ]);
  });

  it.each([
    ['ana', [], '--as ana: may not read the record'],
    ['gus', [], '--as gus: may not read the record'],
    ['dev', ['--entitlement', 'billing-db:write'], 'No events.'],
    ['gil', [], '--as gil: the catalogue names nobody by that key'],
  ])('by %s %j', async (as, args, expected) => {
    const before = (await readings()).length;
    const ran = await search(as, ...args);
    expect(words(ran)).toContain(expected);
    if (ran.code !== 0) expect((await readings()).length).toBe(before);
  });

  it('shows what the installation put on record of itself to auditors alone', async () => {
    expect((await search('hana', '--type', 'RulesLoaded')).out).toContain('RulesLoaded');
    expect((await search('hana', '--type', 'PersonIntroduced')).out).toMatch(/name: +Ana Novak/);
    expect((await search('hana', '--type', 'PersonIntroduced')).out).toContain('email: masked for auditors');
    expect((await search('cleo', '--type', 'RulesLoaded')).out).toBe('No events.\n');
  });

  it('says when there is more than was asked for', async () => {
    const { out } = await search('hana', '--request', shop.id, '--limit', '2');
    expect(out).toContain('Only the first 2: narrow it down, or ask for more with --limit.');
    const all = String((await flow.events(shop.id)).length);
    expect((await search('hana', '--request', shop.id, '--limit', all)).out).not.toContain('Only the first');
  });

  it.each([
    [['--limit', '0'], '--limit 0: expected a whole number from 1 to 1000'],
    [['--type', 'RequestSubmited'], 'did you mean "RequestSubmitted"?'],
    [['--request', 'req_1'], '--request req_1: expected req_ and 12 characters'],
    [['--entitlement', 'a b'], '--entitlement a b: expected an id such as orders-db:read'],
    [['--from', 'yesterday'], '--from yesterday: expected a day such as 2026-11-01'],
    [['--to', '2026-02-30'], '--to 2026-02-30: there is no such day or time'],
    [['--from', '2026-11-02', '--to', '2026-11-01'], '--from 2026-11-02 is not before --to 2026-11-01'],
  ])('%j is told what was expected, and nothing is recorded', async (args, expected) => {
    const before = (await readings()).length;
    const ran = await search('hana', ...args);
    expect(words(ran)).toContain(expected);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect((await readings()).length).toBe(before);
  });

  it('works beside a stopped bot, and is recorded there too', async () => {
    const { dataFolder } = flow.config();
    const before = (await readings()).length;
    await flow.stop();
    await forgetRunning(dataFolder);
    const { out, code } = await search('hana', '--request', shop.id);
    expect(out).toContain(WHY);
    expect(code).toBe(0);
    await flow.start();
    await rememberOrStop(dataFolder, flow.bot.url, flow.bot);
    expect((await readings()).length).toBe(before + 1);
  });
});

describe('a request at the command line', () => {
  it('shows what people wrote only to someone who says who they are', async () => {
    const { out } = await run('request', 'show', shop.id);
    expect(out).toMatch(/Why\s+masked; --as PERSON shows/);
    expect(out).not.toContain('Mrs Grey');
    expect((await run('request', 'show', shop.id, '--json')).out).not.toContain('Mrs Grey');
    const before = (await readings()).length;
    expect((await run('request', 'show', shop.id, '--as', 'hana')).out).toContain(WHY);
    expect((await readings()).length).toBe(before + 1);
    const ben = await run('request', 'show', shop.id, '--as', 'ben');
    expect(words(ben)).toContain(`--as ben: may not read ${shop.id}`);
  });
});

describe('a request in chat', () => {
  it('is shown to an auditor, on record, and opens no dialog for them', async () => {
    const hana = new Desk(flow.workspace, 'U0HANA', 'hana');
    const before = (await readings()).length;
    expect(await told(hana, () => hana.type('general', `show ${shop.id}`))).toContain(WHY);
    expect((await readings()).slice(before)).toMatchObject([{ as: 'auditor', request: shop.id }]);
    const asked = await ask(flow.people.ana);
    await hana.press(asked.card, ACTION.deny);
    expect(textOf(await hana.view(''))).toContain("This one isn't yours to decide.");
    expect((await readings()).length).toBe(before + 1);
  });
});
