import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACTION } from '../../src/chat/intent.ts';
import { ask, approveBoth, granted, told } from './acting.ts';
import { clickBody, commandBody, denialBody, type Raw, send, signed, type Signing, valueOf } from './raw.ts';
import { eventually, type Flow, openFlow } from './world.ts';

let flow: Flow;
let size: number;
beforeAll(async () => {
  flow = await openFlow();
});
afterAll(() => flow[Symbol.asyncDispose]());
beforeEach(async () => {
  size = await flow.happened();
});

const DEMAND = 'practice-db:read 1m "INC-40 forged"';

const without = ({ body, headers }: Raw, name: string): Raw => ({
  body,
  headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)),
});

describe('what is not signed by Slack, now, does nothing', () => {
  const tamper: [string, Signing, (raw: Raw) => Raw][] = [
    ['signed with another secret', { secret: 'not-the-secret' }, (raw) => raw],
    ['without a signature', {}, (raw) => without(raw, 'x-slack-signature')],
    ['without a time-stamp', {}, (raw) => without(raw, 'x-slack-request-timestamp')],
    ['six minutes old', { offsetS: -360 }, (raw) => raw],
    ['six minutes from the future', { offsetS: 360 }, (raw) => raw],
    ['changed after it was signed', {}, ({ body, headers }) => ({ body: body.replace('1m', '5m'), headers })],
    [
      'with half a signature',
      {},
      ({ body, headers }) => ({
        body,
        headers: { ...headers, 'x-slack-signature': headers['x-slack-signature']!.slice(0, 40) },
      }),
    ],
    [
      'with more after the signature',
      {},
      ({ body, headers }) => ({
        body,
        headers: { ...headers, 'x-slack-signature': `${headers['x-slack-signature']}=x` },
      }),
    ],
  ];
  it.each(tamper)('%s', async (_, signing, change) => {
    const { status, text } = await send(flow, change(signed(flow, commandBody('U0ANA', DEMAND), signing)));
    expect(status).toBe(401);
    expect(text).toBe('');
    expect(await flow.happened()).toBe(size);
  });

  it('what the workspace itself sends unsigned is refused likewise, and Slack says so to the person', async () => {
    const { ana } = flow.people;
    for (const kind of [
      'bad-signature',
      'missing-signature',
      'stale-timestamp',
      'future-timestamp',
    ] as const) {
      flow.workspace.faults.add({ delivery: 'command', kind });
      expect(await ana.person.command('general', '/elevate', DEMAND)).toMatchObject({
        ok: false,
        problem: 'http_client_error',
      });
    }
    expect(await flow.happened()).toBe(size);
  });

  it('the very same bytes again have one effect', async () => {
    const raw = signed(flow, commandBody('U0ANA', DEMAND));
    const answers = await Promise.all([send(flow, raw), send(flow, raw), send(flow, raw)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ text }) => text.includes('Asked for'))).toHaveLength(1);
    expect(await flow.happened()).toBe(size + 1);
    await flow.people.ana.type('general', 'withdraw');
    expect((await send(flow, raw)).text).toBe('');
    expect(await flow.happened()).toBe(size + 2);
  });

  it('a click that Slack delivers twice counts once', async () => {
    const { ana, cleo } = flow.people;
    const asked = await ask(ana);
    flow.workspace.faults.add({ delivery: 'interaction', kind: 'redeliver' });
    await cleo.press(asked.card, ACTION.approve);
    expect((await flow.state(asked.id)).ballot.approvals).toHaveLength(1);
    expect((await flow.events(asked.id)).map(({ type }) => type)).toEqual([
      'RequestSubmitted',
      'ApprovalRecorded',
    ]);
    await ana.type('general', 'withdraw');
  });
});

describe('a button proves nothing by what it carries', () => {
  it("someone else's request in it: the clicker's own rights decide", async () => {
    const { ana, ben, cleo } = flow.people;
    const asked = await granted(flow, ana);
    const stolen = valueOf(asked.card, ACTION.revoke);
    const before = await flow.happened();
    for (const action of [ACTION.done, ACTION.extend, ACTION.withdraw]) {
      const said = await told(ben, () => send(flow, signed(flow, clickBody('U0BEN', action, stolen))));
      expect(said).toContain('Only the person who asked');
    }
    const attempts = (await flow.events(asked.id)).filter(({ type }) => type === 'AttemptRefused');
    expect(attempts.length).toBe((await flow.happened()) - before);
    expect((await flow.state(asked.id)).phase).toBe('active');
    await cleo.type('general', `revoke ${asked.id} "end of the test"`);
    await flow.until(asked.id, 'revoked');
  });

  it('a digest of something else: not what was shown, so nothing is decided', async () => {
    const { ana, ben, cleo } = flow.people;
    const asked = await ask(ana);
    const other = await ask(ben);
    const [id = ''] = valueOf(asked.card, ACTION.approve).split('|');
    const [, shownOther = ''] = valueOf(other.card, ACTION.approve).split('|');
    const before = await flow.happened();
    for (const shown of ['f'.repeat(64), shownOther]) {
      const said = await told(cleo, () =>
        send(flow, signed(flow, clickBody('U0CLEO', ACTION.approve, `${id}|${shown}`))),
      );
      expect(said).toContain('has changed since');
    }
    for (const junk of [
      '',
      'x',
      id,
      `${id}|`,
      `${id}|${'F'.repeat(64)}`,
      `req_000000000000|${shownOther}`,
      '../../etc',
      '{"a":1}',
    ]) {
      await told(cleo, () => send(flow, signed(flow, clickBody('U0CLEO', ACTION.approve, junk))));
    }
    expect(await flow.happened()).toBe(before);
    for (const desk of [ana, ben]) await desk.type('general', 'withdraw');
  });

  it('the requester cannot approve, nor twice one approver, nor one who is none; each is told why', async () => {
    const { ana, cleo, gus } = flow.people;
    const asked = await ask(ana);
    expect(await told(ana, () => ana.press(asked.card, ACTION.approve))).toContain('You asked for this');
    expect(await told(gus, () => gus.press(asked.card, ACTION.approve))).toContain("isn't yours to decide");
    await cleo.press(asked.card, ACTION.approve);
    expect(await told(cleo, () => cleo.press(asked.card, ACTION.approve))).toContain('already approved');
    const state = await flow.state(asked.id);
    expect(state.ballot.approvals).toHaveLength(1);
    expect(state.phase).toBe('requested');
    expect(await flow.roles()).toEqual([]);
    const kinds = (await flow.events(asked.id)).map((event) =>
      event.type === 'AttemptRefused' ? event.data.code : event.type,
    );
    expect(kinds).toEqual(['RequestSubmitted', 'own-request', 'not-an-approver', 'ApprovalRecorded']);
    await ana.type('general', 'withdraw');
  });
});

describe('clicks at the same moment', () => {
  it('two approvals by one person count once; the quorum is not made by them', async () => {
    const { ana, cleo } = flow.people;
    const asked = await ask(ana);
    const value = valueOf(asked.card, ACTION.approve);
    const click = () => send(flow, signed(flow, clickBody('U0CLEO', ACTION.approve, value)));
    await told(cleo, () => Promise.all([click(), click(), click()]));
    expect((await flow.state(asked.id)).ballot.approvals).toHaveLength(1);
    expect((await flow.state(asked.id)).phase).toBe('requested');
    await ana.type('general', 'withdraw');
  });

  it.each([
    ['approve', 'withdraw'],
    ['withdraw', 'approve'],
    ['approve', 'deny'],
    ['deny', 'approve'],
  ] as const)(
    '%s and %s: the first that is on record wins, and nothing comes of the other',
    async (...order) => {
      const { ana, cleo } = flow.people;
      const asked = await ask(ana);
      await cleo.press(asked.card, ACTION.approve);
      const value = valueOf(asked.card, ACTION.approve);
      const bodies = {
        approve: clickBody('U0DEV', ACTION.approve, value),
        withdraw: clickBody('U0ANA', ACTION.withdraw, value),
        deny: denialBody('U0CLEO', value, 'on second thoughts'),
      };
      const answers = await Promise.all(order.map((each) => send(flow, signed(flow, bodies[each]))));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const types = (await flow.events(asked.id)).map(({ type }) => type);
      const ends = types.filter((type) =>
        ['RequestApproved', 'RequestDenied', 'RequestWithdrawn'].includes(type),
      );
      if (ends[0] === 'RequestApproved' && ends.length === 1) {
        await flow.until(asked.id, 'active');
        await ana.type('general', `done ${asked.id}`);
        await flow.until(asked.id, 'revoked');
      } else {
        // What was approved may still be withdrawn before it starts; what was denied or withdrawn is not approved.
        expect(['RequestApproved,RequestWithdrawn', 'RequestDenied', 'RequestWithdrawn']).toContain(
          ends.join(),
        );
        expect((await flow.state(asked.id)).grant).toBeNull();
      }
      expect(await flow.roles()).toEqual([]);
    },
  );

  it('two at once of the same form make one request', async () => {
    const { ben } = flow.people;
    const before = await flow.happened();
    const again = () =>
      send(flow, signed(flow, commandBody('U0BEN', 'practice-db:read 1m "INC-41 twice at once"')));
    const answers = await Promise.all([again(), again(), again()]);
    expect(answers.filter(({ text }) => text.includes('already asked'))).toHaveLength(2);
    expect(await flow.happened()).toBe(before + 1);
    await ben.type('general', 'withdraw');
  });
});

it('clicks after the end are answered and change nothing', async () => {
  const { ana, cleo } = flow.people;
  const asked = await ask(ana);
  const value = valueOf(asked.card, ACTION.approve);
  await approveBoth(flow, asked);
  await flow.until(asked.id, 'active');
  await ana.type('general', `done ${asked.id}`);
  await flow.until(asked.id, 'revoked');
  await eventually(async () => !JSON.stringify(asked.card.blocks).includes('"actions"'), 'no buttons');
  const before = await flow.happened();
  for (const action of [ACTION.reveal, ACTION.extend, ACTION.done, ACTION.withdraw])
    await send(flow, signed(flow, clickBody('U0ANA', action, value)));
  const said = await told(cleo, () => send(flow, signed(flow, clickBody('U0CLEO', ACTION.approve, value))));
  expect(said).toContain('has ended');
  expect(await flow.happened()).toBe(before);
  expect(await flow.roles()).toEqual([]);
});
