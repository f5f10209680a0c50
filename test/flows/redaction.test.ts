import { readdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leafHash } from '../../src/audit/leaf.ts';
import { Frontier } from '../../src/audit/tree.ts';
import { ACTION } from '../../src/chat/intent.ts';
import { forgetRunning, rememberOrStop } from '../../src/cli/running.ts';
import type { RequestState } from '../../src/domain/state.ts';
import { type Desk, textOf } from '../../src/practice/people.ts';
import { APPROVERS, type Asked, ask, cardNow, noteOf, threadOf, told } from './acting.ts';
import { runHere } from './command-line.ts';
import { type Ran, settingsOf } from './process.ts';
import { clickBody, send, signed } from './raw.ts';
import { eventually, type Flow, openFlow } from './world.ts';

const AUDIT = 'access-log';
const FORGOTTEN = 'Someone who has been forgotten';

let flow: Flow;
beforeAll(async () => {
  flow = await openFlow({
    catalogue: (yaml) => yaml.replace('internal: 180d', 'internal: 30d'),
  });
  await rememberOrStop(flow.config().dataFolder, flow.bot.url, flow.bot);
});
afterAll(() => flow[Symbol.asyncDispose]());

async function run(...args: readonly string[]): Promise<Ran> {
  const ran = await runHere(args, flow.settings, flow.folder);
  const lines = `${ran.out}${ran.err}`.split('\n');
  if (!args.includes('--json')) expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(ran.err).not.toMatch(/\n\s+at .*\.(ts|js):\d+/);
  return ran;
}

/** In one line, as the words are. */
const words = (ran: Ran): string => `${ran.out}${ran.err}`.replace(/\s+/g, ' ');

/** Whether any file of the database holds these bytes. Not by `expect`, whose message would hold them all. */
function isOnDisk(part: string): boolean {
  const { dataFolder } = flow.config();
  const files = readdirSync(dataFolder).filter((name) => name.startsWith('countersign.db'));
  return files.some((name) => readFileSync(join(dataFolder, name)).includes(part));
}

/** What everyone in the workspace can read, card, threads, notes and homes, and what the process has logged. */
function readable(): string {
  const { cleo } = flow.people;
  const channels = [APPROVERS, AUDIT, 'security-approvals'].flatMap((channel) => {
    const messages = cleo.person.messages(channel);
    return [...messages, ...messages.flatMap(({ ts }) => cleo.person.thread(channel, ts))];
  });
  const own = Object.values(flow.people).flatMap(({ person }) => [...person.dm(), person.home()]);
  return [...channels, ...own].map((each) => textOf(each)).join('\n') + flow.log.join('\n');
}
const isGone = (part: string) => eventually(async () => !readable().includes(part), `"${part}" to be gone`);

async function verify(): Promise<void> {
  const { store } = flow.bot;
  const { size, root } = await store.head();
  const frontier = Frontier.empty();
  for (const { bytes, leaf } of await store.stored(0, size)) {
    expect(leafHash(bytes)).toEqual(leaf);
    frontier.append(leafHash(bytes));
  }
  expect(frontier.root().toString('hex')).toBe(root);
  const verified = await run('log', 'verify');
  expect(verified, words(verified)).toMatchObject({ code: 0 });
}

/** Asked for by someone, denied by Cleo with a reason. */
async function denied(desk: Desk, why: string, reason: string): Promise<Asked> {
  const asked = await ask(desk, { why });
  await flow.people.cleo.press(asked.card, ACTION.deny);
  await flow.people.cleo.view('Why not?');
  await flow.people.cleo.person.submitView({ [ACTION.reason]: reason });
  await flow.until(asked.id, 'denied');
  await flow.people.cleo.reply(APPROVERS, asked.card, reason);
  await noteOf(desk, asked.id, reason);
  return asked;
}

const indexOf = async ({ id }: Asked, type: string): Promise<string> =>
  String((await flow.events(id)).find((event) => event.type === type)!.meta.index);

describe('a text that should not have been written', () => {
  it('is redacted from everywhere; that it was there, what was decided, and the proofs stay', async () => {
    const { ana, cleo } = flow.people;
    const [why, reason] = ['INC-31 the diagnosis of Mrs Grey-Canary', 'her doctor is Dr Canary-Two'];
    await cleo.person.openHome();
    const waiting = await ask(ana, { why, entitlement: 'orders-db:read', duration: '15m' });
    await eventually(async () => textOf(cleo.person.home()).includes(why), 'the home to show it');
    await cleo.press(waiting.card, ACTION.deny);
    await cleo.view('Why not?');
    await cleo.person.submitView({ [ACTION.reason]: reason });
    const before: RequestState = await flow.until(waiting.id, 'denied');
    await noteOf(ana, waiting.id, reason);

    for (const [type, field] of [
      ['RequestSubmitted', 'justification'],
      ['RequestDenied', 'reason'],
    ] as const) {
      const index = await indexOf(waiting, type);
      const args = ['--event', index, '--field', field, '--reason', 'names a patient'];
      const ran = await run('log', 'redact', '--as', 'finn', ...args);
      expect(words(ran)).toMatch(
        new RegExp(`^Redacted: "${field}" of event #${index}, on record as #\\d+\\.`),
      );
      expect(ran.code).toBe(0);
      expect(await run('log', 'redact', '--as', 'finn', ...args)).toMatchObject({ code: 1 });
    }
    await isGone('Grey-Canary');
    await isGone('Canary-Two');
    expect(cardNow(cleo, waiting)).toContain('(redacted)');
    expect(threadOf(cleo, waiting).join('\n')).toContain('(redacted)');
    expect(textOf(await noteOf(ana, waiting.id, '(redacted)'))).toContain('Cleo Laurent said no');
    await eventually(async () => !isOnDisk('Canary'), 'the files to be empty of it');

    expect(await flow.state(waiting.id)).toEqual(before);
    expect((await run('request', 'show', waiting.id, '--as', 'hana')).out).toMatch(
      /Why\s+redacted \(#\d+\)[^]*Reason\s+redacted \(#\d+\)/,
    );
    const found = await run('log', 'search', '--as', 'hana', '--request', waiting.id);
    expect(found.out).toMatch(/justification: redacted \(#\d+\)/);
    expect(found.out).toMatch(/reason: redacted \(#\d+\)/);
    await told(ana, () => ana.type('general', `show ${waiting.id}`)).then((card) =>
      expect(card).toContain('(redacted)'),
    );
    await verify();
  });

  it.each([
    [['--event', '1'], 'missing --field: expected one of'],
    [['--event', 'first', '--field', 'reason'], '--event first: expected the index of an event, such as 12'],
    [['--event', '1', '--field', 'secret'], '--field secret: expected one of'],
    [[], 'expected one of --event with --field, --person, and --approve'],
    [['--event', '1', '--field', 'reason', '--person', 'ana'], 'expected one of --event with --field'],
    [['--approve', 'yes'], '--approve yes: expected the id that the proposal printed'],
  ])('%j is no way to say which', async (args, expected) => {
    const ran = await run('log', 'redact', '--as', 'finn', '--reason', 'x', ...args);
    expect(words(ran)).toContain(expected);
    expect(ran.code).toBe(2);
  });

  it('needs an operator, a reason, and to be there', async () => {
    const size = await flow.bot.store.size();
    const text = ['--event', '0', '--field', 'justification'];
    const refused = async (...args: readonly string[]) => words(await run('log', 'redact', ...args));
    expect(await refused('--as', 'cleo', ...text, '--reason', 'x')).toContain('is for operators');
    expect(await refused('--as', 'finn', ...text)).toContain('missing --reason');
    expect(await refused('--as', 'finn', ...text, '--reason', ' ')).toContain('It takes a reason');
    expect(await refused('--as', 'finn', ...text, '--reason', 'x')).toContain('has no text "justification"');
    expect(await flow.bot.store.size()).toBe(size);
  });
});

describe('a person who is to be forgotten', () => {
  let erasure: string;
  let asked: Asked;

  it('is proposed by one operator, once nothing of theirs is open, and shown in the audit channel', async () => {
    const { ben, cleo } = flow.people;
    asked = await denied(ben, 'INC-32 what Ben-Canary typed', 'a reason about Ben-Canary');
    const open = await ask(ben);
    const early = await run('log', 'redact', '--as', 'finn', '--person', 'ben', '--reason', 'left');
    expect(words(early)).toContain(`They have requests that have not ended: ${open.id}.`);
    expect(early.code).toBe(1);
    await ben.type('general', `withdraw ${open.id}`);
    await flow.until(open.id, 'withdrawn');

    const ran = await run('log', 'redact', '--as', 'finn', '--person', 'ben', '--reason', 'left, and asks');
    expect(words(ran)).toContain('agrees with the button in #access-log.');
    erasure = /Id: (\S+)/.exec(ran.out)?.[1] ?? '';
    const card = await cleo.message(AUDIT, (text) => text.includes('to be forgotten'), 'the card');
    for (const part of ['Ben Okafor', 'Finn Berg', 'left, and asks', 'beside 2 requests'])
      expect(textOf(card)).toContain(part);
  });

  it('stays for everyone who may not agree: the proposer, strangers, and a second name at one keyboard', async () => {
    const { finn, ana, erin } = flow.people;
    const size = await flow.bot.store.size();
    const card = erin.person.messages(AUDIT).findLast((each) => textOf(each).includes('to be forgotten'))!;
    expect(await told(finn, () => finn.press(card, ACTION.agreeToErasure))).toContain('you have proposed it');
    expect(await told(ana, () => ana.press(card, ACTION.agreeToErasure))).toContain('is for operators');
    const ran = await run('log', 'redact', '--as', 'erin', '--approve', erasure);
    expect(words(ran)).toContain('Two names typed at one keyboard are not two people. Agree with the button');
    const body = clickBody('U0ERIN', ACTION.agreeToErasure, erasure, { channel: 'C0ACCESSLOG' });
    expect((await send(flow, signed(flow, body, { secret: 'not-ours' }))).status).toBe(401);
    const guest = clickBody('U0GUEST', ACTION.agreeToErasure, erasure, { channel: 'C0ACCESSLOG' });
    await send(flow, signed(flow, guest));
    expect(await flow.bot.store.size()).toBe(size);
  });

  it('is forgotten when another operator presses: names and texts go, pseudonyms and decisions stay', async () => {
    const { erin, ben, cleo } = flow.people;
    const before = await flow.state(asked.id);
    const card = erin.person.messages(AUDIT).findLast((each) => textOf(each).includes('to be forgotten'))!;
    expect(await told(erin, () => erin.press(card, ACTION.agreeToErasure))).toMatch(/Erased: \d+ texts/);
    expect(await told(erin, () => erin.press(card, ACTION.agreeToErasure))).toContain(
      'has been done already',
    );
    await isGone('Ben-Canary');
    await isGone('Ben Okafor');
    expect(cardNow(cleo, asked)).toContain(FORGOTTEN);
    await eventually(async () => !isOnDisk('Ben-Canary'), 'the files to be empty of it');
    expect(isOnDisk('Ben Okafor')).toBe(false);

    expect(await flow.state(asked.id)).toEqual(before);
    expect((await run('request', 'show', asked.id, '--as', 'hana')).out).toContain(before.requester);
    expect(await run('log', 'search', '--as', 'hana', '--person', 'ben')).toMatchObject({ code: 4, out: '' });
    const again = await ask(ben);
    expect((await flow.state(again.id)).requester).not.toBe(before.requester);
    await verify();
  });
});

describe('beside a stopped bot', () => {
  it('a text is redacted all the same, and chat follows when the bot is back', async () => {
    const asked = await denied(flow.people.ana, 'INC-34 Night-Canary', 'no, thank you');
    const index = await indexOf(asked, 'RequestSubmitted');
    await flow.stop();
    await forgetRunning(flow.config().dataFolder);
    const args = ['--event', index, '--field', 'justification', '--reason', 'names someone'];
    const ran = await run('log', 'redact', '--as', 'finn', ...args);
    expect(words(ran)).toContain('Redacted: "justification"');
    expect(isOnDisk('Night-Canary')).toBe(false);
    expect(cardNow(flow.people.cleo, asked)).toContain('Night-Canary');
    await flow.start();
    await isGone('Night-Canary');
    expect(cardNow(flow.people.cleo, asked)).toContain('(redacted)');
  });

  it('a second name at one keyboard is no second person either', async () => {
    const { dataFolder } = flow.config();
    await flow.stop();
    await cp(join(dataFolder, 'keys'), join(flow.folder, 'keys'), { recursive: true });
    const alone = (...args: readonly string[]) =>
      runHere(['log', 'redact', ...args], settingsOf(flow), flow.folder);
    const ran = await alone('--as', 'finn', '--person', 'cleo', '--reason', 'left');
    expect(words(ran)).toContain('agrees with the button in #access-log.');
    const id = /Id: (\S+)/.exec(ran.out)?.[1] ?? '';
    expect(words(await alone('--as', 'erin', '--approve', id))).toContain('Agree with the button');
    await flow.start();
    const { erin } = flow.people;
    await erin.message(AUDIT, (text) => text.includes('Cleo Laurent is to be forgotten'), 'the card');
  });
});

describe('texts that were kept for long enough', () => {
  it('go by themselves, by the term of the catalogue, while those of other classifications stay', async () => {
    const { ana } = flow.people;
    const asked = await denied(ana, 'INC-33 Old-Canary of the archive', 'no, Old-Canary');
    flow.clock.forward(31 * 24 * 3_600_000);
    await isGone('Old-Canary');
    await eventually(async () => !isOnDisk('Old-Canary'), 'the files to be empty of it');
    const found = await flow.bot.store.search({ types: ['DisclosuresRedacted'], limit: 100 });
    const rules = found.flatMap((event) =>
      event.type === 'DisclosuresRedacted' && event.data.retention !== null ? [event.data.retention] : [],
    );
    expect(rules).toContainEqual({ classification: 'internal', afterMs: 30 * 24 * 3_600_000 });
    expect(cardNow(flow.people.cleo, asked)).toContain('(redacted)');
    expect((await flow.state(asked.id)).phase).toBe('denied');
    await verify();
  });
});
