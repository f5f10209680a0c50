import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { textOf } from '../../src/practice/people.ts';
import { ask, cardNow, expectToldOnce, SECURITY, threadOf, told } from './acting.ts';
import { eventually, type Flow, openFlow } from './world.ts';

const MINUTE = 60_000;
const PRACTICE = "quorum: 2 }\n    justification: { template: '', minimum: 5 }";
const DEMAND = `
@id("demand.practice-security") @stage("security:1")
permit (principal, action == Action::"demand", resource == Entitlement::"practice-db:read");
`;

let flow: Flow;
beforeAll(async () => {
  const escalate = 'quorum: 2, escalate: { after: 4m, to: release }';
  flow = await openFlow({
    bot: 'absent',
    catalogue: (yaml) => yaml.replace(PRACTICE, PRACTICE.replace('quorum: 2', escalate)),
  });
  await writeFile(join(flow.folder, 'policies', 'practice.cedar'), DEMAND);
  await flow.start();
});
afterAll(() => flow[Symbol.asyncDispose]());

it('a stage that waits is opened to the next group, and what a rule demands besides must be given too', async () => {
  const { ana, cleo, finn, erin } = flow.people;
  const asked = await ask(ana);
  const { ballot } = await flow.state(asked.id);
  expect(ballot.consent.stages.map(({ group, quorum }) => [group, quorum])).toEqual([
    ['dba', 2],
    ['security', 1],
  ]);
  await cleo.press(asked.card, ACTION.approve);
  const early = await told(finn, () => finn.press(asked.card, ACTION.approve));
  expect(early).toContain("isn't your group's turn");

  flow.clock.forward(4 * MINUTE);
  const opened = async () => (await flow.state(asked.id)).ballot.opened.length > 0;
  await eventually(opened, 'the stage to be opened to the release managers');
  await eventually(async () => cardNow(cleo, asked).includes('Release managers'), 'the card to say so');
  const inThread = () => threadOf(cleo, asked).some((text) => text.includes('may as well now'));
  await eventually(async () => inThread(), 'the thread to say so');

  await finn.press(asked.card, ACTION.approve);
  const inSecurity = () => erin.person.messages(SECURITY).find((one) => textOf(one).includes(asked.id));
  const card = await eventually(async () => inSecurity(), 'the card of the stage that the rule demands');
  expect((await flow.state(asked.id)).phase).toBe('requested');

  await finn.press(card, ACTION.approve);
  expect((await flow.state(asked.id)).phase).toBe('requested');
  await erin.press(card, ACTION.approve);
  const state = await flow.until(asked.id, 'active');
  expect(state.approvers).toHaveLength(3);
  const rules = (await flow.events(asked.id)).flatMap(({ data }) =>
    'policy' in data ? data.policy.ids : [],
  );
  expect(rules).toContain('demand.practice-security');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await expectToldOnce(flow, asked);
});
