import { streamOf } from '../../src/domain/state.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/domain/events.ts';
import type { RequestId } from '../../src/domain/values.ts';
import { perform } from '../../src/workflows/due.ts';
import { expectInvariants } from './invariants.ts';
import { DBA_CHANNEL, HOUR, MINUTE, SECOND, T0, World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

type Failure = Extract<RecordedEvent, { type: 'RevocationFailed' }>;
const failuresOf = async (id: RequestId): Promise<readonly Failure['data'][]> =>
  (await world.events(id)).flatMap((event) => (event.type === 'RevocationFailed' ? [event.data] : []));
const slots = (start: string): readonly string[] =>
  world.chat.messages
    .map((m) => m.key.replace(/^request\/[^/]+\//, ''))
    .filter((slot) => slot.startsWith(start));

describe('a revocation whose target is out of reach', () => {
  it('is tried for as long as it takes, at least every thirty seconds', { timeout: 20_000 }, async () => {
    const id = await world.granted();
    world.target.unreachableUntil = T0 + 6 * HOUR;
    await world.clock.moveTo(T0 + 6 * HOUR - 1);
    expect((await world.state(id)).phase).toBe('revoking');
    const at = world.target.calls.filter((call) => call.call === 'revoke').map((call) => call.at);
    const gaps = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5 * SECOND);
    expect(at.length).toBeGreaterThan(5_000);
    await world.clock.moveBy(5 * SECOND);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.target.names()).toEqual([]);
  });

  it('has its first failures and then each power of two on record, with the true number of the attempt', async () => {
    const id = await world.granted();
    world.target.unreachableUntil = T0 + HOUR;
    await world.clock.moveTo(T0 + HOUR);
    const attempts = (await failuresOf(id)).map((failure) => failure.attempt);
    expect(attempts).toEqual([1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512]);
    await world.clock.moveBy(MINUTE);
    const removed = (await world.events(id)).find((event) => event.type === 'CredentialRemoved');
    expect(removed?.data).toMatchObject({ attempt: world.target.countOf('revoke') });
    await expectInvariants(world, HOUR + MINUTE);
  });

  it('alarms people once, in the channel and not only in the thread, and tells its requester once', async () => {
    const id = await world.granted();
    world.target.unreachableUntil = T0 + HOUR;
    await world.clock.moveBy(2 * MINUTE);
    expect((await failuresOf(id)).map((failure) => failure.escalated)).toContain(true);
    expect(slots('alarm:')).toEqual(['alarm:slack']);
    await world.clock.moveTo(T0 + HOUR + MINUTE);
    expect(slots('alarm:')).toEqual(['alarm:slack']);
    const alarm = world.chat.messages.find((message) => message.key.endsWith('/alarm:slack'));
    expect(alarm).toMatchObject({ conversation: DBA_CHANNEL, thread: null });
    const noted = world.chat.messages.filter(
      ({ notice }) => notice.kind === 'requester-note' && notice.told.type === 'RevocationFailed',
    );
    expect(noted).toHaveLength(1);
  });

  it('does not stop when the process is killed over and over', async () => {
    const id = await world.granted();
    world.target.unreachableUntil = T0 + 10 * MINUTE;
    while (world.clock.now() < T0 + 10 * MINUTE) {
      await world.clock.moveBy(20 * SECOND);
      await world.restart();
    }
    await world.clock.moveBy(MINUTE);
    expect((await world.state(id)).phase).toBe('revoked');
    await expectInvariants(world, 11 * MINUTE);
  });

  it('ends what expired while no process ran, as soon as one runs', async () => {
    const id = await world.granted();
    await world.restart({ downMs: HOUR });
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.target.names()).toEqual([]);
  });
});

describe('a revocation', () => {
  it('is recorded though something else was recorded while the target worked on it', async () => {
    const id = await world.granted();
    world.target.fail('revoke', 'late');
    await world.as('ana', { kind: 'done', request: id });
    await world.as('ben', { kind: 'reveal', request: id });
    expect((await world.types(id)).at(-1)).toBe('AttemptRefused');
    world.target.finishLate();
    await world.clock.moveBy(SECOND);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.target.countOf('revoke')).toBe(1);
  });

  it('is not verified by a target that still lets in, however often it says it has removed', async () => {
    const id = await world.granted();
    world.target.stubborn = 200;
    await world.clock.moveBy(10 * MINUTE);
    expect((await world.state(id)).phase).toBe('revoking');
    // What still lets in is cleaned again before each look, whether or not the failure goes on record.
    expect(world.target.countOf('revoke')).toBeGreaterThanOrEqual(20);
    expect((await world.events(id)).length).toBeLessThan(40);
    await world.clock.moveBy(20 * MINUTE);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(world.target.names()).toEqual([]);
  });

  it('is not verified while a session lives, though the login is gone', async () => {
    const id = await world.granted();
    world.target.ghostSessions = 3;
    await world.clock.moveBy(30 * SECOND);
    expect((await world.state(id)).phase).toBe('revoking');
    expect(world.target.names()).toEqual([]);
    await world.clock.moveBy(MINUTE);
    const { phase, revocation } = await world.state(id);
    expect(phase).toBe('revoked');
    expect(revocation?.proof).toMatchObject({ absent: true, loginRefused: 'yes', liveSessions: 0 });
    // The third of these looks was the sixth attempt, which is not one of those that go on record.
    expect((await failuresOf(id)).map(({ step, attempt }) => [step, attempt])).toEqual([
      ['verify', 2],
      ['verify', 4],
    ]);
  });

  it('takes a target that hangs for one out of reach, and tries again', async () => {
    const id = await world.granted();
    world.target.fail('revoke', 'hang', { times: 2 });
    await world.clock.moveTo(T0 + 30 * SECOND + 62 * SECOND);
    expect((await failuresOf(id)).map((failure) => failure.fault)).toEqual(['unreachable', 'unreachable']);
    expect((await world.state(id)).phase).toBe('revoked');
  });

  it.each(['before', 'after'] as const)('goes on when the removal fails %s it happened', async (how) => {
    const id = await world.granted();
    world.target.fail('revoke', how);
    await world.clock.moveBy(31 * SECOND);
    expect((await world.state(id)).phase).toBe('revoked');
    const removed = (await world.events(id)).find((event) => event.type === 'CredentialRemoved');
    expect(removed?.data).toMatchObject({ outcome: how === 'before' ? 'revoked' : 'absent', attempt: 2 });
  });

  it('keeps what could not be cleaned on record, within bounds', async () => {
    const id = await world.granted();
    world.target.leftovers.push(...Array.from({ length: 60 }, (_, i) => `table ${i} ${'x'.repeat(400)}`));
    await world.clock.moveBy(31 * SECOND);
    const { revocation } = await world.state(id);
    expect(revocation?.leftovers).toHaveLength(20);
    expect(revocation?.leftovers.every((text) => text.length <= 200)).toBe(true);
  });

  it('says that it was gone before we came, for it may be another server that we asked', async () => {
    const id = await world.granted();
    world.target.credentials.clear();
    await world.clock.moveBy(31 * SECOND);
    expect(await world.state(id)).toMatchObject({
      phase: 'revoked',
      revocation: { leftovers: ['not there any more: removed by hand, or this is another server'] },
    });
  });

  it('does not wonder at what an earlier attempt of ours removed', async () => {
    const id = await world.granted();
    await world.restart({ working: false });
    await world.as('ana', { kind: 'done', request: id });
    await world.claim('revocation', 'revoke');
    // The process dies once the target has done it.
    world.target.credentials.clear();
    await world.restart({ working: true });
    await world.clock.moveBy(SECOND);
    expect(await world.state(id)).toMatchObject({ phase: 'revoked', revocation: { leftovers: [] } });
  });

  it('is proven though the proof is told in too many words', async () => {
    await world.restart({
      deps: (deps) => ({ ...deps, connectors: { ...deps.connectors, open: async () => wordy() } }),
    });
    const wordy = () => {
      const plain = world.target.connector();
      const verifyRevoked: typeof plain.verifyRevoked = async (...asked) => ({
        ...(await plain.verifyRevoked(...asked)),
        method: `\ud800${'x'.repeat(100_000)}`,
      });
      return { ...plain, verifyRevoked };
    };
    const id = await world.granted();
    await world.clock.moveBy(31 * SECOND);
    const { phase, revocation } = await world.state(id);
    expect(phase).toBe('revoked');
    expect(revocation?.proof?.method).toHaveLength(500);
  });

  it('does not put what the target said into the log of the process, where nothing is erased', async () => {
    const id = await world.granted();
    world.target.fail('revoke', 'before');
    await world.clock.moveBy(31 * SECOND);
    const [failure] = await world.deps.store
      .disclosures(streamOf(id))
      .then((all) => all.filter((d) => d.field === 'detail'));
    expect(failure?.value).toBeTruthy();
    expect(world.logLines.join('')).toContain('revocation failed');
    expect(world.logLines.join('')).not.toContain(failure?.value);
  });

  it('waits no longer than the cap, though a target asks for an hour', async () => {
    const id = await world.granted();
    await world.restart({ working: false });
    await world.as('ana', { kind: 'done', request: id });
    world.target.fail('revoke', 'before', { code: 'throttled' });
    await perform(world.deps, await world.claim('revocation', 'revoke'));
    expect((await failuresOf(id)).map((failure) => failure.nextAttemptAt - world.clock.now())).toEqual([375]);
  });

  it('of one grant leaves another of the same person on the same target alone', async () => {
    const short = await world.granted('ana', { duration: '10s' });
    await world.clock.moveBy(6 * SECOND);
    const long = await world.granted('ana', { duration: '30s' });
    const names = await Promise.all(
      [short, long].map(async (id) => (await world.state(id)).grant?.handle.name),
    );
    expect(new Set(names).size).toBe(2);
    await world.clock.moveTo(T0 + 11 * SECOND);
    expect((await world.state(short)).phase).toBe('revoked');
    expect((await world.state(long)).phase).toBe('active');
    expect(world.target.names()).toEqual([names[1]]);
    await world.clock.moveBy(3 * MINUTE);
    await expectInvariants(world);
  });
});

describe('a target that hangs', () => {
  it('does not hold up the revocations of another, however many of its own wait', {
    timeout: 60_000,
  }, async () => {
    const hanging: RequestId[] = [];
    for (let round = 0; round < 26; round += 1) {
      for (const person of ['ana', 'ben']) hanging.push(await world.granted(person, { duration: '5m' }));
      await world.clock.moveBy(6 * SECOND);
    }
    const other = await world.submit('ana', { entitlement: 'reports-api:read', duration: '30m' });
    world.target.fail('revoke', 'hang', { times: 100 });
    for (const id of hanging) await world.as('finn', { kind: 'revoke', request: id, reason: 'incident' });
    await world.as('ana', { kind: 'done', request: other });
    await world.clock.moveBy(4 * SECOND);
    expect((await world.state(other)).phase).toBe('revoked');
    await world.clock.moveBy(10 * MINUTE);
    for (const id of hanging) expect((await world.state(id)).phase).toBe('revoked');
    expect(world.target.names()).toEqual([]);
  });
});

describe('a provision that ends after its revocation', () => {
  it('is undone though the grant was proven gone', async () => {
    world.target.fail('provision', 'late');
    const id = await world.granted();
    await world.as('ana', { kind: 'done', request: id });
    expect((await world.state(id)).phase).toBe('revoked');
    world.target.finishLate();
    await world.clock.moveBy(SECOND);
    expect(world.target.names()).toEqual([]);
    expect(world.logLines.some((line) => line.includes('credential came after its revocation'))).toBe(true);
    expect(await world.types(id)).not.toContain('CredentialIssued');
    await world.clock.moveBy(2 * MINUTE);
    await expectInvariants(world, 2 * MINUTE);
  });

  it('is undone by the second look when the process that began it is dead', async () => {
    world.target.fail('provision', 'late');
    const id = await world.granted();
    await world.restart();
    await world.as('ana', { kind: 'done', request: id });
    await world.clock.moveBy(SECOND);
    expect((await world.state(id)).phase).toBe('revoked');
    world.target.finishLate();
    await world.clock.moveBy(SECOND);
    expect(world.target.names()).toHaveLength(1);
    await world.clock.moveBy(90 * SECOND);
    expect(world.target.names()).toEqual([]);
  });

  it('is undone after its time-out too, as often as the target needs to be tried', async () => {
    world.target.fail('provision', 'late', { times: 5 });
    const id = await world.granted('ana', { duration: '5m' });
    await world.clock.moveBy(4 * MINUTE);
    expect((await world.state(id)).phase).toBe('failed');
    world.target.finishLate();
    world.target.unreachableUntil = T0 + 10 * MINUTE;
    await world.clock.moveTo(T0 + 10 * MINUTE);
    expect(world.target.names()).toHaveLength(1);
    await world.clock.moveBy(MINUTE);
    expect(world.target.names()).toEqual([]);
    expect(world.due()).toEqual([]);
  });
});
