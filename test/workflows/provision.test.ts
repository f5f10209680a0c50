import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../src/ports/store.ts';
import { expectInvariants } from './invariants.ts';
import { HOUR, MINUTE, SECOND, T0, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const reveal = async (person: string, id: `req_${string}`) =>
  world.as(person, { kind: 'reveal', request: id });

describe('provisioning', () => {
  it.each(['before', 'after'] as const)('converges when it failed %s it happened', async (how) => {
    world.target.fail('provision', how, { times: 2 });
    const id = await world.granted();
    expect((await world.state(id)).phase).toBe('provisioning');
    await world.clock.moveBy(3 * SECOND);
    expect((await world.state(id)).phase).toBe('active');
    expect(world.target.names()).toHaveLength(1);
    const reply = await reveal('ana', id);
    if (reply.kind !== 'secret') throw new Error(reply.kind);
    const [{ name } = { name: '' }] = [...world.target.credentials.values()];
    expect(world.target.logsIn(name, reply.secret.expose()[0]?.value ?? '')).toBe(true);
    expect(world.violations).toEqual([]);
  });

  it('gives up after five attempts, undoes what may be there, and says so once', async () => {
    world.target.fail('verifyActive', 'before', { code: 'conflict', times: 9 });
    const id = await world.granted('ana', { duration: '5m' });
    await world.clock.moveBy(30 * SECOND);
    const state = await world.state(id);
    expect(state).toMatchObject({ phase: 'failed', failure: 'provisioning-failed' });
    expect(state.grant).toMatchObject({ provisionAttempts: 5, issuedAt: null });
    expect(world.target.names()).toEqual([]);
    const told = world.chat.messages.filter(
      ({ notice }) => notice.kind === 'requester-note' && notice.told.type === 'ProvisioningFailed',
    );
    expect(told).toHaveLength(1);
    await world.clock.moveBy(2 * MINUTE);
    await expectInvariants(world);
  });

  it.each(['invalid', 'unsupported'] as const)('does not try %s again', async (code) => {
    world.target.fail('provision', 'before', { code });
    const id = await world.granted();
    await world.clock.moveBy(SECOND);
    expect((await world.state(id)).phase).toBe('failed');
    expect(world.target.countOf('provision')).toBe(1);
  });

  it('does not call a failure of our own store one of the target', async () => {
    let broken = true;
    await world.restart({
      deps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          tokens: deps.store.tokens,
          append: async (commit) => {
            if (broken && commit.events.some((event) => event.type === 'CredentialIssued'))
              throw new StoreError('store_full', 'no room', 'Make room.');
            return deps.store.append(commit);
          },
        },
      }),
    });
    const id = await world.granted('ana', { duration: '5m' });
    await world.clock.moveBy(MINUTE);
    expect((await world.state(id)).phase).toBe('provisioning');
    expect(await world.types(id)).not.toContain('ProvisioningFailed');
    broken = false;
    await world.clock.moveBy(MINUTE);
    expect((await world.state(id)).phase).toBe('active');
    expect((await reveal('ana', id)).kind).toBe('secret');
  });

  it('ends at the expiry that was on record first, when it never comes about', async () => {
    world.target.fail('provision', 'hang', { times: 9 });
    const id = await world.granted('ana', { duration: '10s' });
    await world.clock.moveBy(20 * SECOND);
    expect(await world.state(id)).toMatchObject({ phase: 'revoked', revocation: { trigger: 'expired' } });
    expect(world.dueKinds()).toEqual(['undo']);
  });

  it('says "granted" only when the credential works', async () => {
    world.target.fail('verifyActive', 'before');
    const id = await world.granted();
    const issued = () =>
      world.chat.messages.some(
        ({ notice }) => notice.kind === 'requester-note' && notice.told.type === 'CredentialIssued',
      );
    expect(issued()).toBe(false);
    await world.clock.moveBy(SECOND);
    expect(issued()).toBe(true);
    expect((await world.state(id)).phase).toBe('active');
  });
});

describe('the opening of a window', () => {
  const later = T0 + HOUR;
  const scheduled = () => world.granted('ana', { startAt: later });
  const without = (member: string) => (text: string) =>
    text.replace('members: [cleo, dev]', `members: [${member}, finn]`);

  it('is waited for, and the time of the grant runs from then', async () => {
    const id = await scheduled();
    await world.clock.moveTo(later - 1);
    expect((await world.state(id)).phase).toBe('approved');
    await world.clock.moveTo(later);
    expect((await world.state(id)).grant?.expiresAt).toBe(later + 30 * SECOND);
  });

  it('finds that a consent no longer counts whose giver may not give it any more', async () => {
    const id = await scheduled();
    await world.restart({ catalogue: without('dev') });
    await world.clock.moveTo(later);
    expect(await world.types(id)).toContain('ApprovalsVoided');
    expect(await world.state(id)).toMatchObject({ phase: 'requested', ballot: { approvals: [{}] } });
    expect(world.target.calls).toEqual([]);
    expect(world.dueKinds()).toEqual(expect.arrayContaining(['lapse', 'remind']));
    await world.approve('finn', id);
    expect((await world.state(id)).phase).toBe('active');
  });

  it('finds that a consent no longer counts whose giver’s account was closed', async () => {
    const id = await scheduled();
    world.chat.standings.set('U0DEV', { kind: 'refused', why: 'deleted' });
    await world.clock.moveTo(later);
    expect(await world.state(id)).toMatchObject({ phase: 'requested', ballot: { approvals: [{}] } });
    expect(world.target.calls).toEqual([]);
  });

  it('is refused for good when its requester’s account was closed', async () => {
    const id = await scheduled();
    world.chat.standings.set('U0ANA', { kind: 'refused', why: 'deleted' });
    await world.clock.moveTo(later);
    expect(await world.state(id)).toMatchObject({ phase: 'failed', failure: 'account-refused' });
  });

  it('waits while nobody can say whose accounts are still open, and then goes on', async () => {
    const id = await scheduled();
    world.chat.standings.set('U0DEV', { kind: 'unavailable' });
    await world.clock.moveTo(later + 2 * SECOND);
    expect((await world.state(id)).phase).toBe('approved');
    expect(world.target.calls).toEqual([]);
    world.chat.standings.delete('U0DEV');
    await world.clock.moveBy(MINUTE);
    expect(await world.types(id)).toContain('CredentialIssued');
  });

  it('is refused for good when today nobody may have it', async () => {
    const id = await scheduled();
    await world.restart({ catalogue: (text) => text.replace('members: [ana, ben]', 'members: [ben]') });
    await world.clock.moveTo(later);
    expect(await world.state(id)).toMatchObject({ phase: 'failed', failure: 'not-eligible' });
    expect(world.target.calls).toEqual([]);
    expect(world.due()).toEqual([]);
  });

  it('is refused when its connector has gone', async () => {
    const id = await scheduled();
    await world.restart({ deps: (deps) => ({ ...deps, connectorSnapshot: () => null }) });
    await world.clock.moveTo(later);
    expect(await world.state(id)).toMatchObject({ phase: 'failed', failure: 'connector-gone' });
  });

  it('is tried again, and refused to nobody, while the rules cannot be asked', async () => {
    const id = await scheduled();
    let down = true;
    await world.restart({
      deps: (deps) => ({
        ...deps,
        policy: {
          ...deps.policy,
          answer: async (question) => {
            if (down) throw new Error('directory is down');
            return deps.policy.answer(question);
          },
        },
      }),
    });
    await world.clock.moveTo(later + MINUTE);
    expect((await world.state(id)).phase).toBe('approved');
    down = false;
    await world.clock.moveBy(30 * SECOND);
    expect((await world.state(id)).phase).toBe('active');
  });
});

describe('an extension', () => {
  const extend = (extraMs: number | null = 20 * SECOND) =>
    world.as('ana', { kind: 'extend', request: null, extraMs });

  it('moves the expiry of the target first and then ours', async () => {
    const id = await world.granted();
    world.target.fail('extend', 'before');
    await extend();
    expect((await world.state(id)).grant?.expiresAt).toBe(T0 + 30 * SECOND);
    await world.clock.moveBy(SECOND);
    expect((await world.state(id)).grant?.expiresAt).toBe(T0 + 50 * SECOND);
    expect([...world.target.credentials.values()].map((each) => each.expiresAt)).toEqual([T0 + 50 * SECOND]);
    await world.clock.moveTo(T0 + 50 * SECOND - 1);
    expect((await world.state(id)).phase).toBe('active');
    await world.clock.moveBy(1);
    expect((await world.state(id)).phase).toBe('revoked');
  });

  it('is given up at the expiry when the target never takes it, and access ends as agreed', async () => {
    const id = await world.granted();
    world.target.fail('extend', 'before', { times: 99 });
    await extend();
    await world.clock.moveTo(T0 + 30 * SECOND);
    expect(await world.state(id)).toMatchObject({ phase: 'revoked', grant: { expiresAt: T0 + 30 * SECOND } });
    await world.clock.moveBy(2 * MINUTE);
    await expectInvariants(world);
  });

  it('is over at once when the target cannot do it', async () => {
    const id = await world.granted();
    world.target.fail('extend', 'before', { code: 'unsupported' });
    await extend();
    await world.clock.moveBy(100);
    expect(await world.state(id)).toMatchObject({ phase: 'active', extension: null });
    expect(await world.types(id)).toContain('ExtensionFailed');
  });

  it('does not reach the target when its requester may not ask any more', async () => {
    const id = await world.granted();
    world.target.fail('extend', 'before');
    await extend();
    const without = (text: string): string => text.replace('members: [ana, ben]', 'members: [ben]');
    await world.restart({ catalogue: without, downMs: SECOND });
    await world.clock.moveBy(SECOND);
    expect(await world.state(id)).toMatchObject({ phase: 'active', extension: null });
    expect(world.target.countOf('extend')).toBe(1);
    expect([...world.target.credentials.values()].map((each) => each.expiresAt)).toEqual([T0 + 30 * SECOND]);
    await world.clock.moveTo(T0 + 30 * SECOND);
    expect((await world.state(id)).phase).toBe('revoked');
  });

  it('that takes consent lapses with the grant when nobody gives it', async () => {
    const id = await world.submit('ben', {
      entitlement: 'orders-db:write',
      duration: '15m',
      justification: 'INC-9: one order is stuck; update orders set state = 2 where id = 7; set it back',
      ticket: 'INC-9',
    });
    await world.approve('cleo', id);
    await world.approve('erin', id);
    expect((await world.state(id)).phase).toBe('active');
    await world.as('ben', { kind: 'extend', request: id, extraMs: 5 * MINUTE });
    expect(world.dueKinds()).toContain('lapse-extension');
    await world.approve('dev', id);
    await world.clock.moveTo(T0 + 15 * MINUTE);
    expect((await world.state(id)).phase).toBe('revoked');
    await world.clock.moveBy(SECOND);
    await expectInvariants(world);
  });
});
