import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ACTION } from '../../src/chat/intent.ts';
import { refusal } from '../../src/practice/login.ts';
import { textOf } from '../../src/practice/people.ts';
import { APPROVERS, approveBoth, aReason, ask, expectToldOnce, granted, reveal, told } from './acting.ts';
import { eventually, type Flow, idIn, openFlow } from './world.ts';

let flow: Flow;
let original: string;
beforeAll(async () => {
  flow = await openFlow({ catalogue: (yaml) => (original = yaml) });
});
afterAll(() => flow[Symbol.asyncDispose]());
afterEach(() => flow.restart(() => original));

const HOUR = 3_600_000;
const swapped = (yaml: string) => yaml.replace('members: [cleo, dev]', 'members: [erin, dev]');

async function askLater() {
  const { ana } = flow.people;
  await ana.type('general', 'practice-db:read');
  await ana.view('What will happen');
  const why = aReason();
  await ana.person.fill(ACTION.duration, '300000');
  await ana.person.fill(ACTION.startAt, Math.floor(flow.clock.now() / 1_000) + 3_600);
  expect(await ana.person.submitView({ [ACTION.justification]: why })).toMatchObject({ ok: true });
  await ana.person.closeView({ all: true });
  const card = await ana.message(APPROVERS, (text) => text.includes(why), 'the card');
  return { card, id: idIn(textOf(card)) };
}

it('an approver who left the group between post and click is refused, and that is on record', async () => {
  const { ana, cleo, dev, erin } = flow.people;
  const asked = await ask(ana);
  await flow.restart(swapped);
  expect(await told(cleo, () => cleo.press(asked.card, ACTION.approve))).toContain("isn't yours to decide");
  expect((await flow.events(asked.id)).map(({ type }) => type)).toEqual([
    'RequestSubmitted',
    'AttemptRefused',
  ]);
  await dev.press(asked.card, ACTION.approve);
  expect((await flow.state(asked.id)).phase).toBe('requested');
  await erin.press(asked.card, ACTION.approve);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('an approver who left between quorum and start no longer counts: it waits for another', async () => {
  const { ana, erin } = flow.people;
  const asked = await askLater();
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'approved');
  await flow.restart(swapped);
  flow.clock.forward(HOUR);
  await flow.until(asked.id, 'requested');
  expect(await flow.roles()).toEqual([]);
  await ana.reply(APPROVERS, asked.card, 'no longer counts');
  await eventually(
    async () => JSON.stringify(asked.card.blocks).includes(ACTION.approve),
    'the buttons again',
  );
  await erin.press(asked.card, ACTION.approve);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});

it('a requester who may not ask any more gets nothing at the start', async () => {
  const { ana } = flow.people;
  const asked = await askLater();
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'approved');
  await flow.restart((yaml) => yaml.replace('members: [ana, ben]', 'members: [ben]'));
  flow.clock.forward(HOUR);
  const state = await flow.until(asked.id, 'failed');
  expect(state.grant).toBeNull();
  expect(await flow.roles()).toEqual([]);
  await ana.note('Not started');
  await expectToldOnce(flow, asked);
});

it('a connector that has left the catalogue still ends what it gave', async () => {
  const { ana } = flow.people;
  const asked = await granted(flow, ana, { duration: '5m' });
  const url = await reveal(ana, asked);
  await flow.restart((yaml) => {
    const catalogue = parse(yaml);
    delete catalogue.connectors['shop-postgres'];
    for (const [key, resource] of Object.entries<{ connector: string }>(catalogue.resources))
      if (resource.connector === 'shop-postgres') delete catalogue.resources[key];
    for (const [key, entitlement] of Object.entries<{ resource: string }>(catalogue.entitlements))
      if (!(entitlement.resource in catalogue.resources)) delete catalogue.entitlements[key];
    return stringify(catalogue);
  });
  expect(await refusal(url)).toBeNull();
  flow.clock.forward(300_000);
  await flow.until(asked.id, 'revoked');
  expect(await refusal(url)).toMatch(/^28P01/);
  await expectToldOnce(flow, asked);
});

it('someone who has left the catalogue loses what they have', async () => {
  const { ana } = flow.people;
  const asked = await granted(flow, ana, { duration: '5m' });
  const url = await reveal(ana, asked);
  await flow.restart((yaml) => {
    const catalogue = parse(yaml);
    delete catalogue.people.ana;
    catalogue.groups.developers.members = ['ben'];
    return stringify(catalogue);
  });
  expect(await told(ana, () => ana.type('general', 'mine'))).toContain("don't know this account");
  expect((await flow.until(asked.id, 'revoked')).revocation?.trigger).toBe('person-left');
  expect(await refusal(url)).toMatch(/^28P01/);
  await expectToldOnce(flow, asked);
});
