import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestId } from '../../src/domain/values.ts';
import { type FakeMessage, hasButtons } from '../fakes/chat.ts';
import { expectInvariants } from './invariants.ts';
import { DBA_CHANNEL, HOUR, LOG_CHANNEL, MINUTE, SECOND, SECURITY_CHANNEL, T0, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const ANA_DM = 'DU0ANA';
const cards = (conversation: string): readonly FakeMessage[] =>
  world.chat.in(conversation).filter((message) => message.notice.kind === 'request-card');
const posts = (): readonly FakeMessage[] =>
  world.chat.messages.filter((message) => message.notice.kind === 'thread-post');
const noted = (message: FakeMessage): string =>
  message.notice.kind === 'requester-note' ? message.notice.told.type : '';
const versions = async (id: RequestId): Promise<readonly string[]> =>
  (await world.events(id)).map((_, i) => `request/${id}/thread:slack:${i + 1}`);

const WRITE = {
  entitlement: 'orders-db:write',
  duration: '15m',
  justification: 'INC-9: one order is stuck; update orders set state = 2 where id = 7; set it back',
  ticket: 'INC-9',
};

describe('what is shown', () => {
  it('is one card, one post an event in its thread, and one note a change to the requester', async () => {
    const id = await world.granted();
    expect(cards(DBA_CHANNEL)).toHaveLength(1);
    const [card] = cards(DBA_CHANNEL);
    expect(posts().map((post) => post.key)).toEqual(await versions(id));
    for (const post of posts()) expect(post).toMatchObject({ conversation: DBA_CHANNEL, thread: card?.ts });
    expect(world.chat.in(ANA_DM).map(noted)).toEqual([
      'RequestSubmitted',
      'ApprovalRecorded',
      'RequestApproved',
      'CredentialIssued',
    ]);
  });

  it('carries index and leaf hash of each event, as the log has them', async () => {
    const id = await world.granted();
    const events = await world.events(id);
    const told = posts().map(({ notice }) => (notice.kind === 'thread-post' ? notice.told : null));
    expect(told.map((each) => [each?.index, each?.leaf8])).toEqual(
      events.map(({ meta }) => [meta.index, meta.leaf.slice(0, 8)]),
    );
  });

  it('has buttons on the newest note alone', async () => {
    await world.granted();
    expect(world.chat.in(ANA_DM).map(hasButtons)).toEqual([false, false, false, true]);
    await world.clock.moveBy(MINUTE);
    expect(world.chat.in(ANA_DM).some(hasButtons)).toBe(false);
  });

  it('is updated only where something has changed', async () => {
    const id = await world.submit();
    const [card] = cards(DBA_CHANNEL);
    const tried = world.chat.tried.length;
    await world.deps.store.put([
      { key: `show:${id}`, lane: 'chat', kind: 'show', stream: `request/${id}`, dueAt: T0 },
    ]);
    await world.clock.moveBy(SECOND);
    expect(world.chat.tried.length).toBe(tried);
    await world.approve('cleo', id);
    expect(card?.updates).toBe(1);
    expect(posts().map((post) => post.updates)).toEqual([0, 0]);
  });

  it('is a card in the channel of a stage only when that stage has opened, and there for good', async () => {
    const id = await world.submit('ben', WRITE);
    expect(cards(DBA_CHANNEL)).toHaveLength(1);
    expect(cards(SECURITY_CHANNEL)).toEqual([]);
    await world.approve('cleo', id);
    expect(cards(SECURITY_CHANNEL)).toHaveLength(1);
    await world.deny('erin', id);
    for (const channel of [DBA_CHANNEL, SECURITY_CHANNEL]) {
      expect(cards(channel)).toMatchObject([{ notice: { view: { phase: 'denied' } } }]);
      expect(cards(channel).some(hasButtons)).toBe(false);
    }
  });

  it('follows in a channel whose stage is not reached any more', async () => {
    const id = await world.submit('ben', { ...WRITE, startAt: T0 + HOUR });
    await world.approve('cleo', id);
    await world.approve('erin', id);
    await world.restart({
      catalogue: (text) => text.replace('members: [cleo, dev]', 'members: [dev, finn]'),
    });
    await world.clock.moveTo(T0 + HOUR);
    expect((await world.state(id)).phase).toBe('requested');
    await world.as('ben', { kind: 'withdraw', request: id });
    expect(cards(SECURITY_CHANNEL)).toMatchObject([{ notice: { view: { phase: 'withdrawn' } } }]);
  });

  it('tells each stage of what needs nobody in the home channel alone', async () => {
    await world.submit('ana', { entitlement: 'reports-api:read', duration: '30m' });
    expect(cards(LOG_CHANNEL)).toHaveLength(1);
    expect(cards(DBA_CHANNEL)).toEqual([]);
  });
});

describe('a chat in trouble', () => {
  it('has one throttled conversation wait, and no other', async () => {
    world.chat.throttledUntil.set(DBA_CHANNEL, T0 + 20 * SECOND);
    const id = await world.submit();
    expect(world.chat.in(DBA_CHANNEL)).toEqual([]);
    expect(world.chat.in(ANA_DM).map(noted)).toEqual(['RequestSubmitted']);
    await world.clock.moveTo(T0 + 20 * SECOND - 1);
    expect(world.chat.tried.filter((conversation) => conversation === DBA_CHANNEL)).toHaveLength(1);
    await world.clock.moveBy(2);
    expect(posts().map((post) => post.key)).toEqual(await versions(id));
    expect(world.chatFaults).toEqual(['throttled']);
  });

  it('is not sent anything twice whose answer was lost, and shows the newest state', async () => {
    world.chat.loseAnswers = 1;
    const id = await world.submit();
    expect(cards(DBA_CHANNEL)).toHaveLength(1);
    await world.approve('cleo', id);
    await world.clock.moveBy(5 * SECOND);
    expect(cards(DBA_CHANNEL)).toHaveLength(1);
    const [card] = cards(DBA_CHANNEL);
    expect(card?.notice).toMatchObject({
      view: { ballot: { stages: [{ approvedBy: [{ name: 'Cleo Laurent' }] }] } },
    });
    expect(posts().map((post) => post.key)).toEqual(await versions(id));
  });

  it('is told everything in order once it can be reached again', async () => {
    world.chat.unreachable.add('*');
    const id = await world.granted();
    await world.clock.moveBy(10 * MINUTE);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.chat.messages).toEqual([]);
    world.chat.unreachable.clear();
    await world.clock.moveBy(31 * SECOND);
    expect(posts().map((post) => post.key)).toEqual(await versions(id));
    await expectInvariants(world);
  });

  it('does not wedge a request whose requester cannot be written to', async () => {
    world.chat.gone.add(ANA_DM);
    const id = await world.granted();
    await world.clock.moveBy(5 * MINUTE);
    expect(world.chat.in(ANA_DM)).toEqual([]);
    expect(posts().map((post) => post.key)).toEqual(await versions(id));
    expect(world.due()).toEqual([]);
    const tries = world.chat.tried.length;
    await world.clock.moveBy(HOUR);
    expect(world.chat.tried.length).toBe(tries);
    expect(world.logLines.some((line) => line.includes('message cannot be shown'))).toBe(true);
  });

  it('shows a card, and all of its thread, at the next change once the bot is in the channel', async () => {
    world.chat.gone.add(DBA_CHANNEL);
    const id = await world.submit();
    await world.clock.moveBy(SECOND);
    expect(world.dueKinds()).toEqual(['lapse', 'remind']);
    world.chat.gone.clear();
    await world.approve('cleo', id);
    expect(cards(DBA_CHANNEL)).toHaveLength(1);
    expect(posts().map((post) => post.key)).toEqual(await versions(id));
  });

  it('does not have an update refused where the message was deleted by hand', async () => {
    const id = await world.submit();
    world.chat.messages.splice(world.chat.messages.indexOf(cards(DBA_CHANNEL)[0] as FakeMessage), 1);
    await world.approve('cleo', id);
    await world.approve('dev', id);
    await world.clock.moveBy(5 * MINUTE);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.due()).toEqual([]);
  });

  it('never shows the secret, neither in a message nor in a home', async () => {
    const id = await world.granted();
    await world.as('ana', { kind: 'home' });
    const reply = await world.as('ana', { kind: 'reveal', request: id });
    expect(reply.kind).toBe('secret');
    await world.clock.moveBy(5 * MINUTE);
    await expectInvariants(world);
  });
});

describe('a home tab', () => {
  it('is kept fresh for the requester and for who may decide, once they have opened it', async () => {
    await world.as('cleo', { kind: 'home' });
    const id = await world.submit();
    await world.clock.moveBy(SECOND);
    expect(world.chat.homes.get('U0CLEO')?.waitingForMe.map((view) => view.id)).toEqual([id]);
    expect(world.chat.homesPublished).not.toContain('U0ANA');
    await world.as('ana', { kind: 'home' });
    await world.approve('cleo', id);
    await world.clock.settle();
    expect(world.chat.homes.get('U0CLEO')?.waitingForMe).toEqual([]);
    expect(world.chat.homes.get('U0ANA')?.mine).toMatchObject([{ id, phase: 'requested' }]);
    await world.approve('dev', id);
    await world.clock.moveBy(5 * MINUTE);
    expect(world.chat.homes.get('U0ANA')).toMatchObject({ mine: [], recent: [{ id, phase: 'revoked' }] });
  });

  it('is tried again while it cannot be reached, and let be when its owner is gone', async () => {
    await world.as('ana', { kind: 'home' });
    world.chat.unreachable.add('home U0ANA');
    const id = await world.submit();
    await world.clock.moveBy(10 * SECOND);
    expect(world.dueKinds()).toContain('home');
    world.chat.unreachable.clear();
    await world.clock.moveBy(31 * SECOND);
    expect(world.chat.homes.get('U0ANA')?.mine).toMatchObject([{ id }]);
    world.chat.gone.add('home U0ANA');
    await world.as('ana', { kind: 'withdraw', request: null });
    await world.clock.moveBy(SECOND);
    expect(world.due()).toEqual([]);
  });
});
