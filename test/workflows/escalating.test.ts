import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStages } from '../../src/domain/approval.ts';
import type { RequestId } from '../../src/domain/values.ts';
import type { Reply } from '../../src/ports/intent.ts';
import { lookForStuck } from '../../src/workflows/stuck.ts';
import { LIMITS } from '../../src/limits.ts';
import { expectInvariants } from './invariants.ts';
import { type FakeMessage, hasButtons } from '../fakes/chat.ts';
import { DBA_CHANNEL, MINUTE, SECOND, SECURITY_CHANNEL, T0, World } from './world.ts';

const STAGE = "group: dba, quorum: 2 }\n    justification: { template: '', minimum: 5 }";
const stages = (first: string) => (text: string) =>
  text.replace(STAGE, STAGE.replace('group: dba, quorum: 2', first));
const ESCALATES = stages('group: dba, quorum: 2, escalate: { after: 4m, to: security }');
const WITHOUT_CHANNEL = (text: string) =>
  text.replace('members: [cleo, dev]\n    channel: db-approvals', 'members: [cleo, dev]');
/** Its members are known to a source that has never said anything: the catalogue itself refuses an empty one. */
const EMPTIED = (text: string) => text.replace('members: [cleo, dev]', 'source: { scim: dba }');

let world: World;
afterEach(() => world.close());

const code = (reply: Reply): string => (reply.kind === 'refused' ? reply.refusal.code : reply.kind);
const cards = (conversation: string): readonly FakeMessage[] =>
  world.chat.in(conversation).filter((message) => message.notice.kind === 'request-card');
const toldIn = (conversation: string): readonly string[] =>
  world.chat
    .in(conversation)
    .flatMap(({ notice }) =>
      notice.kind === 'thread-post' || notice.kind === 'requester-note' ? [notice.told.type] : [],
    );
const escalations = async (id: RequestId) =>
  (await world.events(id)).flatMap(({ type, data }) => (type === 'StageEscalated' ? [data] : []));

describe('a stage that waits too long', () => {
  beforeEach(async () => {
    world = await World.open({ catalogue: ESCALATES });
  });

  it('is opened to the next group when its time has come, and shown in that group’s channel', async () => {
    const id = await world.submit();
    await world.clock.moveTo(T0 + 4 * MINUTE - 1);
    expect(await escalations(id)).toEqual([]);
    expect(cards(SECURITY_CHANNEL)).toEqual([]);
    await world.clock.moveBy(SECOND);
    expect(await escalations(id)).toMatchObject([{ stage: 0, to: 'security', cause: 'waited' }]);
    expect(cards(SECURITY_CHANNEL)).toHaveLength(1);
    expect(cards(SECURITY_CHANNEL).every(hasButtons)).toBe(true);
    expect(toldIn(DBA_CHANNEL)).toContain('StageEscalated');
    expect(toldIn('DU0ANA')).toContain('StageEscalated');
    expect(world.chat.text()).toContain('Security');
  });

  it('takes either group’s consent from then on, and as many as before', async () => {
    const id = await world.submit();
    expect(code(await world.approve('erin', id))).toBe('not-an-approver');
    await world.clock.moveBy(4 * MINUTE);
    await world.approve('erin', id);
    expect((await world.state(id)).phase).toBe('requested');
    await world.approve('cleo', id);
    expect((await world.state(id)).phase).toBe('active');
    expect((await world.state(id)).approvers).toHaveLength(2);
  });

  it('is not opened once it is decided, withdrawn or has lapsed', async () => {
    const granted = await world.granted();
    const withdrawn = await world.submit('ben');
    await world.as('ben', { kind: 'withdraw', request: withdrawn });
    expect(world.dueKinds()).not.toContain('escalate');
    await world.clock.moveBy(5 * MINUTE);
    expect(await escalations(granted)).toEqual([]);
    expect(await escalations(withdrawn)).toEqual([]);
  });

  it('lapses as any other when nobody answers after it either', async () => {
    const id = await world.submit();
    await world.clock.moveBy(11 * MINUTE);
    expect((await world.types(id)).filter((type) => type === 'StageEscalated')).toHaveLength(1);
    expect((await world.state(id)).phase).toBe('lapsed');
    await expectInvariants(world);
  });

  it('has the further group’s consent count no more where today’s rules name no such group', async () => {
    const id = await world.submit('ana', { startAt: T0 + 20 * MINUTE });
    await world.clock.moveBy(4 * MINUTE + SECOND);
    await world.approve('erin', id);
    await world.approve('finn', id);
    expect((await world.state(id)).phase).toBe('approved');
    await world.restart({ catalogue: stages('group: dba, quorum: 1') });
    await world.clock.moveTo(T0 + 20 * MINUTE + SECOND);
    expect(await world.state(id)).toMatchObject({ phase: 'failed', failure: 'consent-changed' });
  });

  it('is opened once, whatever dies in between', async () => {
    const id = await world.submit();
    await world.restart({ downMs: 5 * MINUTE });
    await world.clock.moveBy(2 * SECOND);
    await world.restart({ downMs: SECOND });
    await world.clock.moveBy(MINUTE);
    expect(await escalations(id)).toHaveLength(1);
  });
});

describe('a stage that nobody is left to fill', () => {
  it('is opened at once to the next group, where it names one', async () => {
    world = await World.open({ catalogue: ESCALATES });
    const id = await world.submit();
    await lookForStuck(world.deps);
    expect(await escalations(id)).toEqual([]);
    await world.restart({ catalogue: (text) => EMPTIED(ESCALATES(text)) });
    await lookForStuck(world.deps);
    await world.clock.moveBy(SECOND);
    expect(await escalations(id)).toMatchObject([{ to: 'security', cause: 'nobody-left' }]);
    await world.approve('erin', id);
    await world.approve('finn', id);
    expect((await world.state(id)).phase).toBe('active');
  });

  it('is told where it names none: in the thread, to who asked, to the owner, once', async () => {
    world = await World.open({ catalogue: (text) => text.replace(/owner: cleo/g, 'owner: dev') });
    const id = await world.submit();
    await world.restart({ catalogue: (text) => EMPTIED(text.replace(/owner: cleo/g, 'owner: dev')) });
    await lookForStuck(world.deps);
    await lookForStuck(world.deps);
    await world.clock.moveBy(SECOND);
    expect(await escalations(id)).toMatchObject([{ to: null, cause: 'nobody-left' }]);
    for (const place of [DBA_CHANNEL, 'DU0ANA', 'DU0DEV'])
      expect(toldIn(place).filter((type) => type === 'StageEscalated')).toHaveLength(1);
    expect(world.chat.text()).toContain('Nobody can approve this');
    expect(world.chat.text()).toContain('Dev Sharma');
  });

  it('lapses all the same, and is never skipped', async () => {
    world = await World.open();
    const id = await world.submit();
    await world.restart({ catalogue: EMPTIED });
    await lookForStuck(world.deps);
    const state = await world.state(id);
    expect(openStages(state.ballot.consent, state.ballot.approvals)).toEqual([0]);
    await world.clock.moveBy(11 * MINUTE);
    expect((await world.state(id)).phase).toBe('lapsed');
    await expectInvariants(world);
  });

  it('is looked for by what can be looked up: one failure keeps nothing else from it', async () => {
    world = await World.open();
    const [first, second] = [await world.submit('ana'), await world.submit('ben')];
    await world.restart({ catalogue: EMPTIED });
    let asked = 0;
    const stuckStage: World['deps']['policy']['stuckStage'] = (question) => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('no answer')) : world.deps.policy.stuckStage(question);
    };
    await lookForStuck({ ...world.deps, policy: { ...world.deps.policy, stuckStage } });
    const told = await Promise.all([first, second].map(escalations));
    expect(told.flat()).toHaveLength(1);
    expect(world.logLines.join('\n')).toContain('who is left to approve could not be looked up');
  });

  it('is not looked for while the log is in doubt', async () => {
    world = await World.open();
    const id = await world.submit();
    await world.restart({ catalogue: EMPTIED });
    await lookForStuck({ ...world.deps, mode: () => 'revoke-only' });
    expect(await escalations(id)).toEqual([]);
  });
});

describe('approvers whose group has no channel', () => {
  it('are asked each by a message of their own, which follows the request', async () => {
    world = await World.open({ catalogue: WITHOUT_CHANNEL });
    const id = await world.submit();
    for (const who of ['DU0CLEO', 'DU0DEV']) expect(cards(who).map(hasButtons)).toEqual([true]);
    await world.approve('cleo', id);
    await world.deny('dev', id);
    for (const who of ['DU0CLEO', 'DU0DEV']) {
      expect(cards(who)).toMatchObject([{ notice: { view: { phase: 'denied' } } }]);
      expect(cards(who).some(hasButtons)).toBe(false);
    }
  });

  it('are asked once, whatever dies in between', async () => {
    world = await World.open({ catalogue: WITHOUT_CHANNEL });
    world.chat.loseAnswers = 1;
    await world.submit();
    await world.restart();
    await world.clock.moveBy(MINUTE);
    for (const who of ['DU0CLEO', 'DU0DEV']) expect(cards(who)).toHaveLength(1);
  });

  it('are not asked when they are not to be pinged, and find it in their home', async () => {
    const quiet = (text: string) =>
      text.replace(
        'members: [cleo, dev]\n    channel: db-approvals',
        'members: [cleo, dev]\n    quiet: [dev]',
      );
    world = await World.open({ catalogue: quiet });
    const id = await world.submit();
    expect(cards('DU0CLEO')).toHaveLength(1);
    expect(world.chat.in('DU0DEV')).toEqual([]);
    expect(await world.as('dev', { kind: 'home' })).toMatchObject({ home: { waitingForMe: [{ id }] } });
    await world.clock.moveBy(2 * MINUTE);
    expect(world.chat.in('DU0DEV')).toEqual([]);
  });

  it('are reminded, until they have decided', async () => {
    world = await World.open({ catalogue: WITHOUT_CHANNEL });
    const id = await world.submit();
    await world.approve('cleo', id);
    await world.clock.moveBy(MINUTE + SECOND);
    expect(toldIn('DU0DEV')).toEqual(['ApproversReminded']);
    expect(toldIn('DU0CLEO')).toEqual([]);
    await world.clock.moveBy(MINUTE + 2 * SECOND);
    expect(toldIn('DU0DEV')).toEqual(['ApproversReminded', 'ApproversReminded']);
  });

  it('are no more than a bound: the others see it in their home', async () => {
    const people = Array.from({ length: LIMITS.askedDirectlyMax + 5 }, (_, i) => `m${i}`);
    const entries = people.map(
      (key) => `  ${key}: { name: ${key}, accounts: { slack: T0COUNTER/U0${key.toUpperCase()} } }\n`,
    );
    const many = (text: string) =>
      WITHOUT_CHANNEL(text)
        .replace('people:\n', `people:\n${entries.join('')}`)
        .replace('members: [cleo, dev]', `members: [cleo, dev, ${people.join(', ')}]`);
    world = await World.open({ catalogue: many });
    await world.submit();
    const asked = new Set(
      world.chat.messages.filter((m) => m.key.includes('/ask:')).map((m) => m.conversation),
    );
    expect(asked.size).toBe(LIMITS.askedDirectlyMax);
  });
});

describe('who holds a role', () => {
  it('is asked by a message of their own, and decides', async () => {
    world = await World.open({ catalogue: stages('role: owner') });
    const id = await world.submit();
    expect(cards('DU0CLEO').map(hasButtons)).toEqual([true]);
    expect(cards('DU0DEV')).toEqual([]);
    expect(code(await world.approve('dev', id))).toBe('not-an-approver');
    await world.approve('cleo', id);
    expect((await world.state(id)).phase).toBe('active');
  });
});

describe('someone who is away', () => {
  const AWAY = (text: string) =>
    WITHOUT_CHANNEL(text)
      .replace(
        'accounts: { slack: T0COUNTER/U0CLEO }',
        'accounts: { slack: T0COUNTER/U0CLEO }\n    away: { until: 2026-11-20T10:10, delegate: gus }',
      )
      .replace(STAGE, STAGE.replace('quorum: 2', 'quorum: 1'));

  it('is not asked; who stands in for them is, and says so when they decide', async () => {
    world = await World.open({ catalogue: AWAY });
    const id = await world.submit();
    expect(cards('DU0CLEO')).toEqual([]);
    expect(cards('DU0GUS')).toMatchObject([{ notice: { standInFor: { name: 'Cleo Laurent' } } }]);
    expect(await world.as('gus', { kind: 'home' })).toMatchObject({
      home: { waitingForMe: [{ id }], standInFor: { [id]: { name: 'Cleo Laurent' } } },
    });
    await world.approve('gus', id);
    const approval = (await world.events(id)).find(({ type }) => type === 'ApprovalRecorded');
    const cleo = await world.deps.store.known('cleo');
    expect(approval?.data).toMatchObject({ insteadOf: cleo });
    expect((await world.state(id)).phase).toBe('active');
    expect(world.chat.text()).toContain('as stand-in for ');
  });

  it('has nobody decide in their place on what they ask for themselves', async () => {
    const asks = (text: string) => AWAY(text).replace('members: [ana, ben]', 'members: [ana, ben, cleo]');
    world = await World.open({ catalogue: asks });
    const id = await world.submit('cleo');
    expect(code(await world.approve('gus', id))).toBe('not-an-approver');
    expect((await world.state(id)).phase).toBe('requested');
    expect(cards('DU0GUS')).toEqual([]);
  });

  it('has their place taken by one alone', async () => {
    const two = (text: string) => AWAY(text).replace(STAGE.replace('quorum: 2', 'quorum: 1'), STAGE);
    world = await World.open({ catalogue: two });
    const id = await world.submit();
    await world.approve('gus', id);
    await world.restart({ catalogue: (text) => two(text).replace(/\n    away: .*/, '') });
    expect(code(await world.approve('cleo', id))).toBe('already-decided');
    expect((await world.state(id)).phase).toBe('requested');
  });

  it('is asked again where they are back before it starts: the consent in their place counts no more', async () => {
    world = await World.open({ catalogue: AWAY });
    const id = await world.submit('ana', { startAt: T0 + 20 * MINUTE });
    await world.approve('gus', id);
    expect((await world.state(id)).phase).toBe('approved');
    await world.clock.moveTo(T0 + 20 * MINUTE + SECOND);
    expect((await world.state(id)).phase).toBe('requested');
    expect(cards('DU0CLEO')).toHaveLength(1);
  });

  it('is not stood in for by a consent that was given in the place of someone else', async () => {
    world = await World.open({ catalogue: AWAY });
    const id = await world.submit('ana', { startAt: T0 + 20 * MINUTE });
    await world.approve('gus', id);
    const away = '\n    away: { until: 2026-11-20T10:10, delegate: gus }';
    await world.restart({
      catalogue: (text) =>
        AWAY(text)
          .replace(away, '')
          .replace('U0DEV }', `U0DEV }${away.replace('10:10', '11:00')}`),
    });
    await world.clock.moveTo(T0 + 20 * MINUTE + SECOND);
    expect((await world.state(id)).phase).toBe('requested');
  });
});

it('a message to someone who has been forgotten leaves no address behind', async () => {
  world = await World.open({ catalogue: WITHOUT_CHANNEL });
  const id = await world.submit();
  await world.as('ana', { kind: 'withdraw', request: id });
  const subject = await world.deps.store.known('dev');
  expect(await world.deps.store.streamsWith(`ask:${subject}`)).toEqual([`request/${id}`]);
  await world.restart({
    deps: (deps) => ({
      ...deps,
      store: { ...deps.store, personOf: async (of) => (of === subject ? null : deps.store.personOf(of)) },
    }),
  });
  await world.deps.store.put([
    { key: `show:${id}`, lane: 'chat', kind: 'show', stream: `request/${id}`, dueAt: T0 },
  ]);
  await world.clock.moveBy(SECOND);
  const posted = await world.deps.store.posted(`request/${id}`);
  const own = posted.filter(({ slot }) => slot === `ask:${subject}`);
  expect(own).toMatchObject([{ conversation: '', ts: '-' }]);
  expect(posted.filter(({ slot }) => slot.startsWith('ask:') && slot !== `ask:${subject}`)).not.toMatchObject(
    [{ conversation: '' }],
  );
});
