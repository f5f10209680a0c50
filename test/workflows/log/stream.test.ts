import { afterEach, describe, expect, it } from 'vitest';
import { leafHash } from '../../../src/audit/leaf.ts';
import { LIMITS } from '../../../src/limits.ts';
import { type Follower, FollowerFault } from '../../../src/ports/follower.ts';
import type { Mode } from '../../../src/workflows/deps.ts';
import { perform } from '../../../src/workflows/due.ts';
import { streamRow } from '../../../src/workflows/log/stream.ts';
import { FakeFollower } from '../../fakes/follower.ts';
import { fillLog, upTo } from './filled-log.ts';
import { MINUTE, SECOND, World } from '../world.ts';

const failing = (fault: FollowerFault) => async (): Promise<never> => {
  throw fault;
};
const DOWN = new FollowerFault(
  'unreachable',
  'siem.test cannot be reached (ECONNREFUSED)',
  'It is tried again.',
);
const REFUSED = new FollowerFault('refused', 'siem.test answered HTTP 422', 'Mend the endpoint.');

let world: World;
afterEach(() => world.close());

interface Following {
  readonly siem: FakeFollower;
  readonly outside: string[];
  followers: readonly Follower[];
  mode: Mode;
}

/** A world whose log is followed from the start. */
async function follow(working = true): Promise<Following> {
  const siem = new FakeFollower(() => world.clock.now());
  const following: Following = { siem, outside: [], followers: [siem], mode: 'full' };
  world = await World.open({
    working,
    deps: (deps) => ({
      ...deps,
      get followers() {
        return following.followers;
      },
      mode: () => following.mode,
      onOutside: (name, outcome) => void following.outside.push(`${name} ${outcome}`),
    }),
  });
  await put();
  return following;
}
const put = (name = 'siem'): Promise<void> => world.deps.store.put([streamRow(name, world.clock.now())]);
const size = (): Promise<number> => world.deps.store.size();
const row = () => world.due().find(({ kind }) => kind === 'stream');
const logged = (level: string): readonly string[] =>
  world.logLines.filter((line) => line.includes(`"level":"${level}"`) && line.includes('"siem"'));

const fill = (count: number, query?: Readonly<Record<string, string>>): Promise<void> =>
  fillLog(world, count, query);

describe('a follower', () => {
  it('is given every event in the order of the log, once', async () => {
    const { siem, outside } = await follow();
    await world.granted();
    await world.clock.moveBy(MINUTE);
    expect(siem.indices).toEqual(upTo(await size()));
    expect(await world.deps.store.cursor('siem')).toBe(await size());
    expect(new Set(outside)).toEqual(new Set(['siem taken']));
  });

  it('is given what is appended while it has everything, within the time of a poll', async () => {
    const { siem } = await follow();
    await world.clock.moveBy(MINUTE);
    await world.submit();
    await world.clock.moveBy(LIMITS.streamPollMs);
    expect(siem.indices).toEqual(upTo(await size()));
  });

  it('sees with each event the request as it was after it, and the leaf that the log has', async () => {
    const { siem } = await follow();
    const id = await world.granted();
    await world.clock.moveBy(2 * SECOND);
    const all = siem.batches.flat();
    const ofRequest = all.filter(({ event }) => event.meta.stream === `request/${id}`);
    expect(ofRequest.map(({ event, state }) => [event.type, state?.phase])).toEqual([
      ['RequestSubmitted', 'requested'],
      ['ApprovalRecorded', 'requested'],
      ['ApprovalRecorded', 'requested'],
      ['RequestApproved', 'approved'],
      ['ProvisioningStarted', 'provisioning'],
      ['CredentialIssued', 'active'],
    ]);
    for (const { event, bytes, state } of all) {
      expect(leafHash(bytes).toString('hex')).toBe(event.meta.leaf);
      if (state !== null) expect(state.version).toBe(event.meta.version);
    }
    const digests = ofRequest.map((one) => (one.state === null ? null : one.justificationDigest));
    expect(new Set(digests)).toEqual(new Set([ofRequest[0]?.event.meta.sd['justification']]));
    expect(digests[0]).toMatch(/^[\w-]{43}$/);
  });

  it('is given what is not of a request as well', async () => {
    const { siem } = await follow();
    await fill(1);
    await world.clock.moveBy(LIMITS.streamPollMs);
    expect(siem.batches.flat().at(-1)).toMatchObject({ state: null, event: { type: 'LogRead' } });
  });

  it('catches up in batches, one after the other, without a rest between', async () => {
    const { siem } = await follow(false);
    await fill(2 * LIMITS.streamBatchMax + 1);
    await put();
    const before = world.clock.now();
    for (let turn = 0; turn < 3; turn += 1) await perform(world.deps, await world.claim('follow', 'stream'));
    expect(siem.batches.map((batch) => batch.length)).toEqual([200, 200, 1]);
    expect(siem.times).toEqual([before, before, before]);
    expect(row()?.dueAt).toBe(before + LIMITS.streamPollMs);
  });

  it('is given batches that are not too large, but one event at least', async () => {
    const { siem } = await follow(false);
    await fill(10, { person: 'x'.repeat(60_000) });
    await put();
    for (let turn = 0; turn < 3; turn += 1) await perform(world.deps, await world.claim('follow', 'stream'));
    expect(siem.batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
  });

  it('goes on following while only what ends access is done', async () => {
    const following = await follow();
    following.mode = 'revoke-only';
    await fill(3);
    await world.clock.moveBy(LIMITS.streamPollMs);
    expect(following.siem.indices).toEqual(upTo(await size()));
  });

  it('that is gone leaves no work behind', async () => {
    const following = await follow();
    expect(row()).toBeDefined();
    following.followers = [];
    await world.clock.moveBy(LIMITS.streamPollMs);
    expect(row()).toBeUndefined();
  });
});

describe('a follower that takes nothing', () => {
  it('is tried again, rarer and rarer, and loses nothing', async () => {
    const { siem, outside } = await follow();
    siem.answers = failing(DOWN);
    await world.submit();
    await world.clock.moveBy(10 * MINUTE);
    expect(siem.batches).toEqual([]);
    const rests = siem.times.slice(1).map((at, i) => at - (siem.times[i] ?? at));
    expect(rests.slice(0, 6)).toEqual(rests.slice(0, 6).toSorted((a, b) => a - b));
    expect(Math.max(...rests)).toBeLessThanOrEqual(LIMITS.retryCapMs);
    expect(outside.every((each) => each === 'siem failed')).toBe(true);
    siem.answers = async () => {};
    await world.clock.moveBy(LIMITS.retryCapMs);
    expect(siem.indices).toEqual(upTo(await size()));
  });

  it.each([
    ['cannot be reached', DOWN],
    ['refuses', REFUSED],
  ])('and %s alarms once, and says when it is over', async (_, fault) => {
    const { siem } = await follow();
    siem.answers = failing(fault);
    await world.submit();
    await world.clock.moveBy(10 * MINUTE);
    expect(logged('error')).toHaveLength(1);
    expect(logged('error')[0]).toContain(fault.message);
    expect(logged('info')).toEqual([]);
    siem.answers = async () => {};
    await world.clock.moveBy(MINUTE);
    expect(logged('error')).toHaveLength(1);
    expect(logged('info')).toHaveLength(1);
    expect(siem.indices).toEqual(upTo(await size()));
  });

  it('alarms again when it fails again later', async () => {
    const { siem } = await follow();
    for (let outage = 1; outage <= 2; outage += 1) {
      siem.answers = failing(DOWN);
      await fill(1);
      await world.clock.moveBy(10 * MINUTE);
      expect(logged('error')).toHaveLength(outage);
      siem.answers = async () => {};
      await world.clock.moveBy(MINUTE);
    }
  });

  it('does not alarm for a few failures', async () => {
    const { siem } = await follow();
    let failures = 0;
    siem.answers = async () => {
      failures += 1;
      if (failures < LIMITS.anchorAlarmAfter) throw DOWN;
    };
    await fill(1);
    await world.clock.moveBy(MINUTE);
    expect(siem.indices).toEqual(upTo(await size()));
    expect(logged('error')).toEqual([]);
  });

  it('is left alone for as long as it asks', async () => {
    const { siem } = await follow();
    siem.answers = failing(
      new FollowerFault('throttled', 'siem.test answered HTTP 429', 'It is tried again.', {
        retryAfterMs: 5 * MINUTE,
      }),
    );
    await fill(1);
    await world.clock.moveBy(5 * MINUTE);
    expect(siem.times).toHaveLength(1);
    await world.clock.moveBy(SECOND);
    expect(siem.times).toHaveLength(2);
  });

  it('and never answers is given up on in time', async () => {
    const { siem } = await follow();
    siem.answers = () => new Promise(() => {});
    await fill(1);
    await world.clock.moveBy(LIMITS.streamTimeoutMs + LIMITS.streamPollMs);
    siem.answers = async () => {};
    await world.clock.moveBy(LIMITS.retryCapMs);
    expect(siem.indices).toEqual(upTo(await size()));
  });

  it('does not hold up others', async () => {
    const following = await follow();
    const other = new FakeFollower(() => world.clock.now(), 'archive');
    following.followers = [following.siem, other];
    following.siem.answers = () => new Promise(() => {});
    await put('archive');
    await fill(1);
    await world.clock.moveBy(2 * LIMITS.streamPollMs);
    expect(other.indices).toEqual(upTo(await size()));
  });
});
