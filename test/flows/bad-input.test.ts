import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import type { Desk } from '../../src/practice/people.ts';
import type { StoredMessage } from '../../src/workspace/server.ts';
import { APPROVERS, granted, SECURITY, told } from './acting.ts';
import { eventually, type Flow, openFlow, type Who } from './world.ts';

let flow: Flow;
let size: number;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());
beforeEach(async () => {
  size = await flow.happened();
});

const WHY = '"INC-30 comparing the totals of the week"';
const LONG = 'x'.repeat(1_501);

describe('a command that cannot be carried out is answered to its author, and nothing is stored', () => {
  afterEach(async () => {
    expect(await flow.happened()).toBe(size);
    expect(await flow.roles()).toEqual([]);
  });

  it.each<[string, Who, string, string]>([
    ['an entitlement that does not exist', 'ana', `orders-db:raed 1h ${WHY}`, 'Did you mean'],
    ['one that nobody could mean', 'ana', `zzz:zzz 1h ${WHY}`, "don't know zzz:zzz"],
    ['one that is for others', 'gus', `practice-db:read 1m ${WHY}`, "groups don't include this"],
    [
      'one that an approver may not ask for',
      'cleo',
      `practice-db:read 1m ${WHY}`,
      "groups don't include this",
    ],
    ['no time at all', 'ana', `practice-db:read 0m ${WHY}`, 'longer than nothing'],
    ['negative time', 'ana', `practice-db:read -5m ${WHY}`, "can't read"],
    ['more time than the cap', 'ana', `practice-db:read 6m ${WHY}`, 'more than the 5 min'],
    ['absurd time', 'ana', `practice-db:read 99999999999999d ${WHY}`, ''],
    ['time in no unit', 'ana', `practice-db:read 45 ${WHY}`, "can't read"],
    ['too short a reason', 'ana', 'practice-db:read 1m "x"', 'at least 5 characters'],
    ['too long a reason', 'ana', `practice-db:read 1m "${LONG}"`, '1501 characters, and 1500 is the most'],
    [
      'a missing ticket',
      'ana',
      `orders-db:write 15m "no ticket, but words enough to be a reason"`,
      'needs a ticket',
    ],
    ['text that runs backwards', 'ana', 'practice-db:read 1m "INC-1 \u202Edaer ylno"', 'read differently'],
    ['invisible text', 'ana', 'practice-db:read 1m "INC-1 read\u200Bonly please"', 'read differently'],
    ['a request that does not exist', 'ana', 'show req_000000000000', "can't find that request"],
    ['an id that is none', 'ana', 'done yesterday', "isn't a request's id"],
    ['a command that does not exist', 'ana', 'please', "don't understand"],
    ['markup for a command', 'ana', '<!channel> & <b>', "don't understand"],
  ])('%s', async (_, who, typed, expected) => {
    const desk = flow.people[who];
    const text = await told(desk, () => desk.type('general', typed));
    expect(text).toContain(expected);
    expect(text).not.toMatch(/undefined|NaN|\[object|Error:/);
    expect(pingsAnywhere()).toEqual([]);
  });

  it('3,000 hostile characters in a command', async () => {
    const { ana } = flow.people;
    const text = await told(ana, () =>
      ana.type('general', `practice-db:read 1m "${'<!channel> '.repeat(272)}"`),
    );
    expect(text).toContain('1500 is the most');
    expect(pingsAnywhere()).toEqual([]);
  });
});

describe('a form that cannot be accepted keeps what was typed, with the error under its field', () => {
  afterEach(async () => {
    expect(await flow.happened()).toBe(size);
  });

  it.each<[string, string, string, string]>([
    ['the template alone', 'orders-db:read', 'What happened:\nWhat I will look at:', 'still the template'],
    ['blanks', 'practice-db:read', ' \n \t ', 'at least 5 characters'],
    [
      'a fitting length of nothing',
      'practice-db:read',
      '\u200B\u200B\u200B\u200B\u200B\u200B',
      'read differently',
    ],
    ['right-to-left overrides', 'practice-db:read', 'read \u202Eelbat\u202C only', 'read differently'],
    ['control characters', 'practice-db:read', 'read \u0007 only', 'read differently'],
    [
      'stacked marks',
      'practice-db:read',
      `read e${'\u0301\u0302\u0303\u0304\u0305\u0306'} only`,
      'read differently',
    ],
  ])('%s', async (_, entitlement, justification, expected) => {
    const { ana } = flow.people;
    await ana.type('general', entitlement);
    await ana.view('What will happen');
    const outcome = await ana.person.submitView({
      [ACTION.duration]: entitlement === 'orders-db:read' ? '900000' : '60000',
      [ACTION.justification]: justification,
    });
    if (!outcome.ok && outcome.problem === 'incomplete') return;
    expect(outcome).toMatchObject({ ok: false, problem: 'errors' });
    expect(Object.values(ana.person.viewErrors()).join()).toContain(expected);
    await ana.person.closeView({ all: true });
  });
});

/** What approvers read, letter for letter, whatever it tries. */
const HOSTILE = [
  '<!channel> <!here> <!everyone> <!subteam^S1>',
  '<@U0CLEO> <#C0GENERAL> @channel @here',
  '<http://evil.example|http://good.example> http://evil.example/x',
  '*bold* _italic_ ~struck~ `code` ```block``` > quote &lt;!channel&gt; &amp;',
  '[link](http://evil.example) :boom: <mailto:a@b|c> \\ "quoted" \'so\'',
].join('\n');

describe('hostile text', () => {
  it('is shown letter for letter to everyone who reads it, and pings nobody', async () => {
    const { ana, cleo, dev } = flow.people;
    const asked = await asksInForm(ana, HOSTILE);
    const quoted = quotesOf(asked.card);
    expect(quoted).toContain(HOSTILE);
    expect(linksOf(asked.card)).toEqual([]);
    await cleo.press(asked.card, ACTION.deny);
    await cleo.view('Why not?');
    expect(await cleo.person.submitView({ [ACTION.reason]: HOSTILE.slice(0, 400) })).toMatchObject({
      ok: true,
    });
    const reply = await dev.reply(APPROVERS, asked.card, '<!channel> <!here>');
    expect(quotesOf(reply)).toContain(HOSTILE.slice(0, 400));
    await ana.note('<!channel> <!here>');
    await ana.person.openHome();
    await told(ana, () => ana.type('general', `show ${asked.id}`));
    expect(pingsAnywhere()).toEqual([]);
  });

  it('of 1,500 characters that all need escaping still fits whole', async () => {
    const { ana } = flow.people;
    const asked = await asksInForm(ana, '&<>'.repeat(500));
    expect(quotesOf(asked.card)).toContain('&<>'.repeat(500));
    await ana.type('general', 'withdraw');
    await flow.until(asked.id, 'withdrawn');
  });

  it('in a reason to revoke is quoted too; a reason too long or invisible ends nothing', async () => {
    const { ben, cleo } = flow.people;
    const asked = await granted(flow, ben);
    for (const bad of ['a\u202Eb', '\u200B', 'x'.repeat(501), ' ']) {
      await told(cleo, () => cleo.type('general', `revoke ${asked.id} "${bad}"`));
      expect((await flow.state(asked.id)).phase).toBe('active');
    }
    await cleo.type('general', `revoke ${asked.id} "<!channel> *now* <http://evil.example|good>"`);
    await flow.until(asked.id, 'revoked');
    await cleo.reply(APPROVERS, asked.card, 'now <http://evil.example|good>');
    expect(pingsAnywhere()).toEqual([]);
  });
});

async function asksInForm(desk: Desk, why: string) {
  await desk.type('general', 'practice-db:read');
  await desk.view('What will happen');
  const outcome = await desk.person.submitView({ [ACTION.duration]: '60000', [ACTION.justification]: why });
  expect(outcome).toMatchObject({ ok: true });
  await desk.person.closeView({ all: true });
  const [newest] = await flow.bot.store.requests({ limit: 1 });
  const card = await desk.message(APPROVERS, (text) => text.includes(newest!.id), 'the card');
  return { id: newest!.id, card };
}

/** All that stands in quotes, as plain leaves: nothing in them is parsed. */
function quotesOf({ blocks = [] }: StoredMessage): string[] {
  const found: string[] = [];
  const walk = (value: unknown, inQuote: boolean): void => {
    if (Array.isArray(value)) for (const each of value) walk(each, inQuote);
    else if (typeof value === 'object' && value !== null) {
      const { type, text } = value as { type?: string; text?: unknown };
      const quote = inQuote || type === 'rich_text_quote';
      if (inQuote && type === 'text' && typeof text === 'string') found.push(text);
      for (const inner of Object.values(value)) walk(inner, quote);
    }
  };
  walk(blocks, false);
  return found;
}

/** Whatever in a message leads somewhere or calls someone, be it by element or by markup. */
function linksOf({ blocks = [] }: StoredMessage): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    const { type, text } = value as { type?: string; text?: unknown };
    if (['link', 'user', 'channel', 'usergroup', 'broadcast'].includes(type ?? '')) found.push(String(type));
    if (type === 'mrkdwn') found.push(...(String(text).match(/<(?!!date)[^>]*>/g) ?? []));
    Object.values(value).forEach(walk);
  };
  walk(blocks);
  return found;
}

function pingsAnywhere(): string[] {
  const { workspace, people } = flow;
  const conversations = ['general', APPROVERS, SECURITY, 'access-log'].map((name) => workspace.history(name));
  const direct = Object.values(people).map((desk) => [...desk.person.dm(), ...desk.person.ephemerals()]);
  return [...conversations, ...direct]
    .flat()
    .flatMap((message) => ('pings' in message ? (message.pings ?? []) : []));
}

it('the check for pings sees one', async () => {
  await flow.people.ana.person.post('general', '<!channel> hello');
  await eventually(async () => pingsAnywhere().includes('!channel'), 'the ping');
});
