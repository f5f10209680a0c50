import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { Desk } from '../../src/practice/people.ts';
import type { UserOptions } from '../../src/workspace/server.ts';
import { type Asked, ask, told } from './acting.ts';
import { clickBody, commandBody, send, signed, valueOf } from './raw.ts';
import { type Flow, openFlow } from './world.ts';

let flow: Flow;
let asked: Asked;
let size: number;
beforeAll(async () => {
  flow = await openFlow();
  asked = await ask(flow.people.ana, { entitlement: 'orders-db:read', duration: '1h' });
});
afterAll(() => flow[Symbol.asyncDispose]());
beforeEach(async () => {
  size = await flow.happened();
});
afterEach(async () => {
  expect(await flow.happened()).toBe(size);
  expect((await flow.state(asked.id)).ballot.approvals).toEqual([]);
});

const DEMAND = 'practice-db:read 1m "INC-50 let me in"';

describe('an account that may take no part can neither ask nor approve', () => {
  const change = (id: string, to: Partial<UserOptions>) => flow.workspace.updateUser(id, to);

  it.each<[string, Partial<UserOptions>, string]>([
    ['a guest', { isRestricted: true }, 'Guests'],
    ['a guest of one channel', { isUltraRestricted: true }, 'Guests'],
    ['one that was deactivated', { deleted: true }, 'deactivated'],
    ['a bot', { isBot: true }, 'Bots'],
    ['one of a connected company', { isStranger: true }, 'other workspaces'],
    ['one whose home is another workspace', { teamId: 'T0ELSEWHERE' }, ''],
  ])('%s', async (_, to, expected) => {
    const { cleo } = flow.people;
    const back = {
      isRestricted: false,
      isUltraRestricted: false,
      deleted: false,
      isBot: false,
      isStranger: false,
      teamId: 'T0COUNTER',
    };
    for (const id of ['U0CLEO', 'U0BEN']) await change(id, to);
    try {
      const value = valueOf(asked.card, ACTION.approve);
      const said = await told(cleo, () =>
        send(flow, signed(flow, clickBody('U0CLEO', ACTION.approve, value))),
      );
      expect(said).toContain(expected);
      const answer = await send(flow, signed(flow, commandBody('U0BEN', DEMAND)));
      expect(answer.text).toContain(expected);
      expect(answer.text).not.toContain('Asked for');
    } finally {
      for (const id of ['U0CLEO', 'U0BEN']) await change(id, back);
    }
  });

  it('one that no person of the catalogue has', async () => {
    await change('U0GUEST', { isRestricted: false });
    const gil = new Desk(flow.workspace, 'U0GUEST', 'Gil');
    expect(await told(gil, () => gil.type('general', DEMAND))).toContain("don't know this account");
    expect(await told(gil, () => gil.press(asked.card, ACTION.approve))).toContain("don't know this account");
    await change('U0GUEST', { isRestricted: true });
  });

  it('a known id in the envelope of another workspace', async () => {
    const value = valueOf(asked.card, ACTION.approve);
    const cleo = clickBody('U0CLEO', ACTION.approve, value, { team: 'T0ELSEWHERE' });
    expect((await send(flow, signed(flow, cleo))).status).toBe(200);
    const answer = await send(flow, signed(flow, commandBody('U0ANA', DEMAND, 'T0ELSEWHERE')));
    expect(answer.text).toContain('other workspaces');
  });
});

describe('an account that cannot be checked may do nothing', () => {
  beforeEach(() => flow.clock.forward(61_000));
  afterEach(() => flow.workspace.faults.clear());

  it.each([
    ['Slack fails', { kind: 'error', status: 500 }],
    ['Slack limits our rate', { kind: 'rate-limit', retryAfterS: 1 }],
    ['the answer is lost', { kind: 'lost-answer' }],
    ['Slack is slow', { kind: 'latency', ms: 2_000 }],
    ['Slack refuses', { kind: 'slack-error', error: 'internal_error' }],
  ] as const)('%s', async (_, fault) => {
    const { cleo } = flow.people;
    flow.workspace.faults.add({ method: 'users.info', times: 100, ...fault });
    const said = await told(cleo, () => cleo.press(asked.card, ACTION.approve));
    expect(said).toContain("couldn't check your account");
    expect(said).toContain('Nothing was done');
  });

  it('and is let in again when Slack answers', async () => {
    const { gus } = flow.people;
    expect(await told(gus, () => gus.type('general', 'mine'))).toContain('Nothing at the moment');
  });
});
