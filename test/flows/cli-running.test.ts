import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { refusal } from '../../src/practice/login.ts';
import { textOf } from '../../src/practice/people.ts';
import { APPROVERS, type Asked, ask, expectToldOnce, reveal } from './acting.ts';
import { runHere } from './command-line.ts';
import { BotProcess, type Ran, runAlone, settingsOf } from './process.ts';
import { type Flow, openFlow } from './world.ts';

let flow: Flow;
let bot: BotProcess;
let first: Asked;
let url: string;
beforeAll(async () => {
  flow = await openFlow({ bot: 'absent' });
  bot = new BotProcess(flow);
  await run('keys', 'init');
  await bot.start();
  first = await grantTo('ana');
  url = await reveal(flow.people.ana, first);
});
afterAll(async () => {
  await bot.kill();
  await flow[Symbol.asyncDispose]();
});

async function grantTo(who: 'ana' | 'ben'): Promise<Asked> {
  const { cleo, dev } = flow.people;
  const asked = await ask(flow.people[who], { duration: '5m' });
  for (const desk of [cleo, dev]) await desk.press(asked.card, ACTION.approve);
  await flow.until(asked.id, 'active');
  return asked;
}

async function run(...args: readonly string[]): Promise<Ran> {
  const ran = await runHere(args, settingsOf(flow), flow.folder);
  if (!args.includes('--json'))
    expect(
      `${ran.out}${ran.err}`.split('\n').filter((line) => line.length > 80 && line.includes(' ')),
    ).toEqual([]);
  return ran;
}

it('lists and shows requests and grants beside the running bot; --json parses', async () => {
  const list = await run('request', 'list');
  expect(list.out.split('\n')[0]).toMatch(/^REQUEST\s+PHASE\s+ASKED\s+BY\s+ENTITLEMENT$/);
  expect(list.out).toMatch(
    new RegExp(`${first.id}\\s+active\\s+\\S+ \\S+Z\\s+Ana Novak\\s+practice-db:read`),
  );
  expect((await run('request', 'list', '--phase', 'denied')).out).toBe('No requests.\n');
  expect((await run('request', 'list', '--person', 'ana')).out).toContain(first.id);
  expect(await run('request', 'list', '--person', 'nobody')).toMatchObject({ code: 4, out: '' });
  expect((await run('grant', 'list')).out).toContain('UNTIL');
  const shown = await run('request', 'show', first.id);
  for (const part of [
    'Asked by',
    'Approved by  Cleo Laurent, Dev Sharma',
    'CredentialIssued',
    'SecretRevealed',
  ])
    expect(shown.out).toContain(part);
  expect(shown.out).not.toContain(new URL(url).password);
  const missing = await run('request', 'show', 'req_000000000000');
  expect(missing).toMatchObject({ code: 4, out: '' });
  expect(missing.err).toContain('there is no request req_000000000000');

  const json = JSON.parse((await run('request', 'show', first.id, '--json')).out);
  expect(json.state.id).toBe(first.id);
  expect(json.events[0].type).toBe('RequestSubmitted');
  expect(JSON.parse((await run('request', 'list', '--json')).out)).toHaveLength(1);
  expect(JSON.parse((await run('grant', 'list', '--json')).out)[0].phase).toBe('active');
});

it('doctor with everything right says so of each part', async () => {
  const { code, out } = await run('doctor');
  expect(out).toContain('✓ target shop-postgres');
  expect(out).toContain('✓ slack');
  expect(out).toContain('All is well.');
  expect(code).toBe(0);
});

it('projections are not rebuilt beside the running bot, nor does a second bot start', async () => {
  const rebuild = await run('projections', 'rebuild');
  expect(rebuild.code).toBe(3);
  expect(rebuild.err.replace(/\s+/g, ' ')).toContain(
    'in use by another Countersign process Stop that process first',
  );
  const second = await runAlone(['start'], settingsOf(flow), flow.folder);
  expect(second.code).toBe(3);
  expect(second.err.replace(/\s+/g, ' ')).toContain('in use by another Countersign process');
  expect((await flow.state(first.id)).phase).toBe('active');
});

it('revoke refuses who is no operator, then ends it through the running bot and shows the proof', async () => {
  const refused = await run('revoke', first.id, '--as', 'ana', '--reason', 'x');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.err).toContain('no operator');
  expect(await refusal(url)).toBeNull();

  const { code, out } = await run(
    'revoke',
    first.id,
    '--as',
    'finn',
    '--reason',
    'the laptop <!channel> was lost',
  );
  expect(out.replace(/\s+/g, ' ')).toMatch(new RegExp(`${first.id}: gone\\. .*0 sessions left`));
  expect(code).toBe(0);
  expect(await refusal(url)).toMatch(/^28P01/);
  const reply = await flow.people.cleo.reply(APPROVERS, first.card, 'the laptop <!channel> was lost');
  expect(reply.pings).toEqual([]);
  await expectToldOnce(flow, first);
  const again = await run('revoke', first.id, '--as', 'finn', '--reason', 'x');
  expect(again).toMatchObject({ code: 1 });
  expect(again.err).toContain('has no access to end');
  expect((await run('revoke', 'req_000000000000', '--as', 'finn', '--reason', 'x')).code).toBe(4);
});

it('SIGTERM drains and exits 0; then revoke does the bot’s work, and the bot tells it when it is back', async () => {
  const asked = await grantTo('ben');
  const second = await reveal(flow.people.ben, asked);
  expect(await bot.stop()).toBe(0);
  expect(bot.log).not.toContain('did not stop cleanly');

  const { code, out } = await run('revoke', asked.id, '--as', 'finn', '--reason', 'nobody is at home');
  expect(out).toContain('No bot is running');
  expect(out).toContain(': gone.');
  expect(code).toBe(0);
  expect(await refusal(second)).toMatch(/^28P01/);
  const rebuilt = await run('projections', 'rebuild');
  expect(rebuilt.out).toMatch(/^Rebuilt 2 requests from \d+ events\.\n$/);
  expect(rebuilt.code).toBe(0);
  expect((await run('request', 'show', asked.id)).out).toContain('Proof');

  await bot.start();
  await flow.people.cleo.reply(APPROVERS, asked.card, 'nobody is at home');
  await flow.people.cleo.message(
    APPROVERS,
    (text) => text.includes(asked.id) && text.includes('Proven gone'),
    'the card',
  );
  await expectToldOnce(flow, asked);
  expect(textOf(asked.card)).toContain('Finn Berg');
});

it('killed, its address is left behind: revoke is not misled by it', async () => {
  const asked = await grantTo('ana');
  await bot.kill();
  const { code, out } = await run('revoke', asked.id, '--as', 'finn', '--reason', 'the host died');
  expect(out).toContain('No bot is running');
  expect(code).toBe(0);
  expect(await flow.roles()).toEqual([]);
  await bot.start();
  await expectToldOnce(flow, asked);
});
