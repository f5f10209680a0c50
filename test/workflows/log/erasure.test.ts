import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leafHash } from '../../../src/audit/leaf.ts';
import { Frontier } from '../../../src/audit/tree.ts';
import { narrate } from '../../../src/chat/narrate.ts';
import { personStream } from '../../../src/domain/journal.ts';
import type { RequestId } from '../../../src/domain/values.ts';
import type { Deps } from '../../../src/workflows/deps.ts';
import { perform } from '../../../src/workflows/due.ts';
import { agreeByOrder, proposeErasure } from '../../../src/workflows/log/erasure.ts';
import { record } from '../../../src/workflows/log/journal.ts';
import { type FakeMessage, hasButtons } from '../../fakes/chat.ts';
import { DBA_CHANNEL, HOUR, LOG_CHANNEL, MINUTE, SECOND, World } from '../world.ts';

const SOON = 3 * SECOND;
const FORGOTTEN = 'Someone who has been forgotten';
const SECRET = 'CANARY-OF-ANA: the orders of Mrs Grey';

let world: World;
const withAudit = (deps: Deps): Deps => ({
  ...deps,
  auditChannel: () => deps.directory.channel('access-log'),
});
beforeEach(async () => {
  world = await World.open({ deps: withAudit });
});
afterEach(() => world.close());

const read = ({ notice }: FakeMessage): string => JSON.stringify(narrate(notice));
const size = async (): Promise<number> => (await world.leaves()).length;
const cards = (): readonly FakeMessage[] =>
  world.chat.in(LOG_CHANNEL).filter(({ notice }) => notice.kind === 'erasure-card');

/** Asked for by Ana, denied by Cleo. */
async function denied(who = 'ana'): Promise<RequestId> {
  const id = await world.submit(who, { justification: SECRET });
  await world.deny('cleo', id);
  return id;
}

async function propose(person = 'ana', as = 'finn', reason = 'has left, and asks for it'): Promise<string> {
  const answer = await proposeErasure(world.deps, { as, person, reason });
  if (answer.kind !== 'proposed') throw new Error(JSON.stringify(answer));
  await world.clock.moveBy(SOON);
  return answer.erasure;
}

async function agree(who: string, erasure: string) {
  const reply = await world.as(who, { kind: 'approve-erasure', erasure });
  await world.clock.moveBy(SOON);
  return reply;
}

describe('a proposal', () => {
  it('is told in the audit channel: who, by whom, why, what goes, and a button', async () => {
    await denied();
    const answer = await proposeErasure(world.deps, { as: 'finn', person: 'ana', reason: 'has left' });
    expect(answer).toMatchObject({
      kind: 'proposed',
      goes: { texts: 3, requests: 1 },
      channel: 'access-log',
    });
    await world.clock.moveBy(SOON);
    const [card, ...more] = cards();
    expect(more).toEqual([]);
    expect(hasButtons(card!)).toBe(true);
    for (const part of ['Ana Novak is to be forgotten', 'Finn Berg', 'has left', '3 texts', '1 request'])
      expect(read(card!)).toContain(part);
  });

  it('names someone who has left as the record does', async () => {
    await denied();
    const subject = (await world.deps.store.known('ana'))!;
    const event = { type: 'PersonIntroduced', data: { subject }, personal: { name: 'Ana Novak' } } as const;
    await record(world.deps, personStream(subject), event);
    await world.restart({
      catalogue: (text) =>
        text.replace(/ {2}ana:\n(?: {4}.*\n)+/, '').replace('members: [ana, ben]', 'members: [ben]'),
    });
    const erasure = await propose();
    expect(read(cards()[0]!)).toContain('Ana Novak is to be forgotten');
    await agree('erin', erasure);
    expect(read(cards()[0]!)).not.toContain('Ana Novak');
  });

  it('is for operators, of someone on record, with a reason, and not while a request is open', async () => {
    const before = await size();
    const refusal = async (as: string, person: string, reason = 'left') => {
      const answer = await proposeErasure(world.deps, { as, person, reason });
      return answer.kind === 'refused' ? answer.refusal : null;
    };
    expect(await refusal('cleo', 'ana')).toEqual({ code: 'not-an-operator' });
    expect(await refusal('finn', 'ana')).toEqual({ code: 'nobody-to-forget' });
    expect(await size()).toBe(before);
    const open = await world.submit('ana', { justification: SECRET });
    expect(await refusal('finn', 'ana')).toEqual({ code: 'open-requests', requests: [open] });
    await world.deny('cleo', open);
    expect(await refusal('finn', 'ana', ' ')).toEqual({ code: 'reason-unfit' });
    expect(await refusal('finn', 'ana')).toBeNull();
  });

  it('lapses after seven days: its card says so, and nobody can agree any more', async () => {
    await world.restart({ working: false });
    await denied();
    const { erasure } = (await proposeErasure(world.deps, {
      as: 'finn',
      person: 'ana',
      reason: 'left',
    })) as { erasure: string };
    const show = async () => perform(world.deps, await world.claim('chat', 'erasure'));
    const shown = await show();
    expect(shown).toEqual({ kind: 'retry', at: world.clock.now() + 7 * 24 * HOUR });
    await world.clock.moveBy(7 * 24 * HOUR);
    expect(await show()).toEqual({ kind: 'complete' });
    expect(cards().map(hasButtons)).toEqual([false]);
    expect(read(cards()[0]!)).toContain('Nobody agreed in time');
    expect(await world.as('erin', { kind: 'approve-erasure', erasure })).toMatchObject({
      refusal: { code: 'erasure-lapsed' },
    });
    expect(world.eventsOnDisk().map(({ type }) => type)).not.toContain('DisclosuresRedacted');
  });
});

describe('agreeing', () => {
  it('erases all that is theirs; decisions stand, pseudonyms stay, names are gone', async () => {
    await world.as('cleo', { kind: 'home' });
    const id = await denied();
    const ended = await world.granted('ana', { justification: SECRET });
    await world.clock.moveBy(5 * MINUTE);
    const before = [await world.state(id), await world.state(ended)];
    const erasure = await propose();
    expect(await agree('erin', erasure)).toMatchObject({ kind: 'erased' });

    expect([await world.state(id), await world.state(ended)]).toEqual(before);
    const shown = world.chat.text();
    for (const gone of ['CANARY-OF', 'Ana Novak', 'not today']) expect(shown).not.toContain(gone);
    expect(world.chat.in(DBA_CHANNEL).map(read).join()).toContain(FORGOTTEN);
    expect(cards().map(hasButtons)).toEqual([false]);
    expect(read(cards()[0]!)).toContain('Erin Walsh');
    const { requester } = before[0]!;
    expect(await world.deps.store.personOf(requester)).toBeNull();
    expect(world.eventsOnDisk().some(({ data }) => data['requester'] === requester)).toBe(true);

    const leaves = await world.leaves();
    const frontier = Frontier.empty();
    for (const { bytes } of leaves) frontier.append(leafHash(bytes));
    expect(await world.deps.store.head()).toEqual({
      size: leaves.length,
      root: frontier.root().toString('hex'),
    });
  });

  it('leaves nothing of where they could be written to', async () => {
    const id = await denied();
    const conversations = async () =>
      (await world.deps.store.posted(`request/${id}`)).map(({ conversation }) => conversation);
    expect(await conversations()).toContain('DU0ANA');
    await agree('erin', await propose());
    expect(await conversations()).not.toContain('DU0ANA');
    expect(world.chat.in('DU0ANA').map(read).join()).toContain('(redacted)');
    const tries = world.chat.tried.length;
    await world.deps.store.put([
      { key: `show:${id}`, lane: 'chat', kind: 'show', stream: `request/${id}`, dueAt: world.clock.now() },
    ]);
    await world.clock.moveBy(SOON);
    expect(world.chat.tried.length).toBe(tries);
    expect(world.due()).toEqual([]);
  });

  it('takes their name out of what they decided for others, whose texts stay', async () => {
    await world.granted('ana', { justification: SECRET });
    await world.clock.moveBy(5 * MINUTE);
    expect(world.chat.text()).toContain('Dev Sharma');
    await agree('erin', await propose('dev'));
    expect(world.chat.text()).not.toContain('Dev Sharma');
    for (const stays of ['Ana Novak', 'Cleo Laurent', SECRET]) expect(world.chat.text()).toContain(stays);
  });

  it('leaves the same human with a new pseudonym, should they ask again', async () => {
    const id = await denied();
    await agree('erin', await propose());
    const again = await world.submit('ana');
    expect((await world.state(again)).requester).not.toBe((await world.state(id)).requester);
  });

  it.each([
    ['the proposer', 'finn', 'own-proposal'],
    ['someone who is no operator', 'cleo', 'not-an-operator'],
    ['the person who would be forgotten', 'ana', 'not-an-operator'],
  ])('is not for %s, and leaves no trace', async (_, who, code) => {
    await denied();
    const erasure = await propose();
    const before = await size();
    expect(await agree(who, erasure)).toMatchObject({ kind: 'refused', refusal: { code } });
    expect(await size()).toBe(before);
    expect(world.chat.text()).toContain(SECRET);
  });

  it('is not for an operator who would be forgotten themselves', async () => {
    await world.as('erin', { kind: 'mine' });
    const erasure = await propose('erin');
    expect(await agree('erin', erasure)).toMatchObject({ refusal: { code: 'own-erasure' } });
  });

  it('is not for a guest of the workspace, nor for an account that is not linked', async () => {
    await denied();
    const erasure = await propose();
    const before = await size();
    world.chat.standings.set('U0ERIN', { kind: 'refused', why: 'guest' });
    expect(await agree('erin', erasure)).toMatchObject({
      refusal: { code: 'account-refused', why: 'guest' },
    });
    expect(await agree('stranger', erasure)).toMatchObject({ refusal: { code: 'account-refused' } });
    expect(await size()).toBe(before);
  });

  it('needs an operator of now on both sides', async () => {
    await denied();
    const erasure = await propose();
    await world.restart({
      catalogue: (text) => text.replace('U0FINN }\n    operator: true', 'U0FINN }'),
    });
    expect(await agree('erin', erasure)).toMatchObject({ refusal: { code: 'proposer-no-operator' } });
    await world.restart({
      catalogue: (text) => text.replace('U0ERIN }\n    operator: true', 'U0ERIN }'),
    });
    expect(await agree('erin', erasure)).toMatchObject({ refusal: { code: 'not-an-operator' } });
  });

  it('is refused while a request is open, naming it', async () => {
    await denied();
    const erasure = await propose();
    const open = await world.submit('ana');
    expect(await agree('erin', erasure)).toMatchObject({
      refusal: { code: 'open-requests', requests: [open] },
    });
    await world.as('ana', { kind: 'withdraw', request: open });
    expect(await agree('erin', erasure)).toMatchObject({ kind: 'erased' });
  });

  it('happens once, however many press at the same moment', async () => {
    await world.restart({
      catalogue: (text) => text.replace('U0CLEO }\n', 'U0CLEO }\n    operator: true\n'),
    });
    await denied();
    const erasure = await propose();
    const replies = await Promise.all(
      ['erin', 'cleo', 'erin'].map((who) => world.as(who, { kind: 'approve-erasure', erasure })),
    );
    expect(replies.filter(({ kind }) => kind === 'erased')).toHaveLength(1);
    for (const reply of replies.filter(({ kind }) => kind !== 'erased'))
      expect(reply).toMatchObject({ refusal: { code: 'already-erased' } });
    expect(await agree('erin', erasure)).toMatchObject({ refusal: { code: 'already-erased' } });
    const told = world.eventsOnDisk().filter(({ type }) => type === 'DisclosuresRedacted');
    expect(told).toHaveLength(1);
  });

  it('of what was never proposed, or is no proposal, is nothing', async () => {
    const nothing = 'c8a1d1ea-9df7-4f0a-8b8b-6f8f0a5a2d11';
    expect(await agree('erin', nothing)).toMatchObject({ refusal: { code: 'no-such-erasure' } });
  });

  it('at the command line is for where there is no chat to agree in', async () => {
    await denied();
    const erasure = await propose();
    expect(await agreeByOrder(world.deps, { as: 'erin', erasure })).toMatchObject({
      refusal: { code: 'agree-in-chat', channel: 'access-log' },
    });
    const alone: Deps = { ...world.deps, chats: [] };
    expect(await agreeByOrder(alone, { as: 'finn', erasure })).toMatchObject({
      refusal: { code: 'own-proposal' },
    });
    expect(await agreeByOrder(alone, { as: 'erin', erasure })).toMatchObject({ kind: 'erased' });
  });
});
