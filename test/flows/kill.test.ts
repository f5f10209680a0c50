import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import type { EventType } from '../../src/domain/events.ts';
import type { RequestId } from '../../src/domain/values.ts';
import { refusal } from '../../src/practice/login.ts';
import { type Desk, textOf } from '../../src/practice/people.ts';
import { APPROVERS, type Asked, expectToldOnce, noteOf, threadOf } from './acting.ts';
import { BotProcess, runAlone, settingsOf } from './process.ts';
import { eventually, type Flow, idIn, openFlow } from './world.ts';

let flow: Flow;
let bot: BotProcess;
beforeAll(async () => {
  flow = await openFlow({ bot: 'absent' });
  bot = new BotProcess(flow);
  expect(await runAlone(['keys', 'init'], settingsOf(flow), flow.folder)).toMatchObject({ code: 0 });
  await bot.start();
});
afterAll(async () => {
  await bot.kill();
  await flow[Symbol.asyncDispose]();
});

/** How long access may last after its end, or after the bot is back to end it. */
const GRACE_MS = 5_000;

const types = async (id: RequestId): Promise<readonly EventType[]> =>
  (await flow.events(id)).map(({ type }) => type);

const recorded = (id: RequestId, type: EventType): Promise<true> =>
  eventually(async () => (await types(id)).includes(type) || null, `${type} of ${id}`, 40_000);

/** Kills it at this very moment, and starts it again on the same data. */
async function crash(): Promise<void> {
  await bot.kill();
  await bot.start();
}

/** As a person does it: presses until it is taken. What was taken is on record from then on. */
async function insist(act: () => Promise<{ ok: boolean }>): Promise<void> {
  await eventually(async () => (await act()).ok || null, 'Slack to bring it to the bot', 30_000);
}

async function asked(desk: Desk, why: string, duration: string): Promise<Asked> {
  await insist(() => desk.person.command('general', '/elevate', `practice-db:read ${duration} "${why}"`));
  const said = await eventually(
    async () => desk.person.ephemerals().findLast((one) => textOf(one).includes('req_')),
    'an answer',
  );
  const id = idIn(textOf(said));
  expect(await types(id)).toContain('RequestSubmitted');
  return { id, card: said as never };
}

const cardOf = (id: RequestId): Promise<Asked> =>
  eventually(
    async () => {
      const card = flow.people.cleo.person.messages(APPROVERS).find((one) => textOf(one).includes(id));
      return card === undefined ? null : { id, card };
    },
    `the card of ${id}`,
    30_000,
  );

it('killed after each step of a life, it goes on: nothing is lost, nothing is told twice, access ends', {
  timeout: 150_000,
}, async () => {
  const { ana, cleo, dev } = flow.people;
  const { id } = await asked(ana, 'INC-70 killed after each step', '5m');
  await crash();
  const request = await cardOf(id);
  await crash();
  for (const desk of [cleo, dev]) {
    await insist(() => desk.person.click(request.card, ACTION.approve));
    expect((await types(id)).filter((type) => type === 'ApprovalRecorded')).toHaveLength(
      desk === cleo ? 1 : 2,
    );
    await crash();
  }
  await recorded(id, 'ProvisioningStarted');
  await crash();
  await eventually(async () => (await flow.roles()).length === 1, 'the role', 20_000);
  await crash();
  await recorded(id, 'CredentialIssued');
  await crash();
  const note = await noteOf(ana, id, 'You have access');
  await insist(() => ana.person.click(note, ACTION.reveal));
  const url = /postgres:\/\/\S+/.exec(textOf(await ana.view('postgres://')))![0];
  expect(await types(id)).toContain('SecretRevealed');
  await crash();
  expect(await refusal(url)).toBeNull();
  await insist(() => ana.person.command('general', '/elevate', `done ${id}`));
  expect(await types(id)).toContain('RevocationStarted');
  await crash();
  await recorded(id, 'CredentialRemoved');
  await crash();
  await recorded(id, 'RevocationVerified');
  await crash();
  await expectEnded(request);
  expect(await refusal(url)).toMatch(/^28P01/);
  expect(bot.kills).toBeGreaterThanOrEqual(11);
});

/** mulberry32: the same moments at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

it('killed at any moment while several live, it brings each to its proven end', {
  timeout: 150_000,
}, async () => {
  const random = seeded(20_261_120);
  const { ana, ben } = flow.people;
  const before = bot.kills;
  const living = Promise.all([lives(ana, 'INC-71 killed at random'), lives(ben, 'INC-72 killed at random')]);
  let alive = true;
  const done = living.finally(() => (alive = false));
  for (let round = 0; round < 9 && alive; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 900));
    await crash();
  }
  const requests = await done;
  expect(bot.kills - before).toBeGreaterThanOrEqual(5);
  for (const request of requests) await expectEnded(request);
  expect(await flow.roles()).toEqual([]);
});

/** Asked, approved twice, and left to run out: long enough to be killed often, a start takes seconds. */
async function lives(desk: Desk, why: string): Promise<Asked> {
  const { cleo, dev } = flow.people;
  const { id } = await asked(desk, why, '20s');
  const request = await cardOf(id);
  for (const [index, approver] of [cleo, dev].entries()) {
    await insist(() => approver.person.click(request.card, ACTION.approve));
    expect((await types(id)).filter((type) => type === 'ApprovalRecorded').length).toBeGreaterThan(index);
  }
  await recorded(id, 'RevocationVerified');
  return request;
}

async function expectEnded(request: Asked): Promise<void> {
  const state = await flow.until(request.id, 'revoked', 30_000);
  const name = state.grant!.handle.name;
  expect(await flow.roles()).not.toContain(name);
  const since = bot.starts.filter((start) => start <= state.closedAt!);
  expect(state.closedAt! - Math.max(state.grant!.expiresAt, ...since)).toBeLessThan(GRACE_MS);
  expect(state.revocation?.proof).toMatchObject({ absent: true, loginRefused: 'yes', liveSessions: 0 });
  expect((await types(request.id)).filter((type) => type === 'CredentialIssued')).toHaveLength(1);
  await eventually(
    async () => threadOf(flow.people.cleo, request).length >= (await types(request.id)).length,
    'the thread',
    30_000,
  );
  await expectToldOnce(flow, request);
  const cards = flow.people.cleo.person.messages(APPROVERS).filter((one) => textOf(one).includes(request.id));
  expect(cards).toHaveLength(1);
}

it('the command line tells the whole life of one, from the database', async () => {
  const shown = flow.people.cleo.person.messages(APPROVERS).map((one) => idIn(textOf(one)));
  const { code, out } = await runAlone(
    ['request', 'show', shown[0]!, '--as', 'hana'],
    settingsOf(flow),
    flow.folder,
  );
  expect(code).toBe(0);
  for (const part of ['RequestSubmitted', 'CredentialIssued', 'RevocationVerified', 'Ana Novak', 'INC-70'])
    expect(out).toContain(part);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
