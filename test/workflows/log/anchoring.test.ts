import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/limits.ts';
import { anchorHead } from '../../../src/workflows/log/anchoring.ts';
import { sealHead } from '../../../src/workflows/log/seal.ts';
import { firstSealRow } from '../../../src/workflows/log/seal-row.ts';
import type { FakeAnchor } from '../../fakes/anchor.ts';
import { newest, SealedWorld } from '../sealed-world.ts';
import { MINUTE, SECOND, T0, type World } from '../world.ts';

const SOON = 10 * SECOND;

let log: SealedWorld;
let world: World;
afterEach(() => world.close());

async function open(...args: Parameters<typeof SealedWorld.open>): Promise<SealedWorld> {
  log = await SealedWorld.open(...args);
  world = log.world;
  return log;
}

describe('an anchor', () => {
  it('that is down is tried again until it takes the newest head; people are told once, and when it works', async () => {
    const { anchors, outside } = await open(['near', 'far']);
    const [near, far] = anchors as [FakeAnchor, FakeAnchor];
    far.how = 'down';
    await world.granted();
    await world.clock.moveBy(SOON);
    expect(newest(near)).toBe(await log.size());
    expect(log.alarms()).toEqual([]);
    await world.clock.moveBy(10 * MINUTE);
    expect(far.tried).toBeGreaterThan(20);
    expect(far.tried).toBeLessThan(60);
    expect(log.alarms()).toEqual(['failing far']);
    expect(log.logged('people are told')).toBe(1);
    await world.granted('ben');
    await world.clock.moveBy(10 * MINUTE);
    expect(log.alarms()).toEqual(['failing far']);
    far.how = 'well';
    await world.clock.moveBy(MINUTE);
    expect(far.sizes).toEqual([newest(near)]);
    expect(log.alarms()).toEqual(['failing far', 'working far']);
    await world.clock.moveBy(10 * MINUTE);
    expect(log.alarms()).toHaveLength(2);
    expect(outside.filter((one) => one === 'far taken')).toHaveLength(1);
    expect(outside.filter((one) => one === 'near failed')).toEqual([]);
  });

  it('that is down is told of although heads go on being signed', async () => {
    const { anchor } = await open();
    anchor.how = 'down';
    for (let round = 0; round < 40; round += 1) {
      const other = await world.submit('ben');
      await world.approve('cleo', other);
      await world.as('ben', { kind: 'withdraw', request: other });
      await world.clock.moveBy(LIMITS.sealWindowMs);
    }
    expect(log.alarms()).toEqual(['failing near']);
    expect(anchor.tried).toBeLessThan(20);
  });

  it('that is slow gets the head that was signed meanwhile next', async () => {
    const { anchor } = await open();
    const publish = anchor.publish.bind(anchor);
    anchor.publish = async (head, signal) => {
      await world.clock.wait(6 * SECOND);
      return publish(head, signal);
    };
    const id = await world.granted();
    await world.clock.moveBy(LIMITS.sealWindowMs + SECOND);
    await world.as('ana', { kind: 'done', request: id });
    await world.clock.moveBy(MINUTE);
    expect(anchor.sizes).toHaveLength(2);
    expect(newest(anchor)).toBe((await world.deps.store.newestCheckpoint())?.size);
  });

  it('that fails a second time after it worked is told of a second time', async () => {
    const { anchor } = await open();
    for (const person of ['ana', 'ben']) {
      anchor.how = 'down';
      await world.granted(person);
      await world.clock.moveBy(5 * MINUTE);
      anchor.how = 'well';
      await world.clock.moveBy(MINUTE);
    }
    expect(log.alarms()).toEqual(['failing near', 'working near', 'failing near', 'working near']);
  });

  it('that fails for a moment is nobody’s business', async () => {
    const { anchor } = await open();
    anchor.how = 'down';
    await world.granted();
    await world.clock.moveBy(SOON);
    anchor.how = 'well';
    await world.clock.moveBy(MINUTE);
    expect(newest(anchor)).toBe(await log.size());
    expect(log.alarms()).toEqual([]);
  });

  it('is told of once although chat was down as well, and a restart came between', async () => {
    const { anchor } = await open();
    anchor.how = 'down';
    world.chat.unreachable.add('*');
    await world.granted();
    await world.clock.moveBy(5 * MINUTE);
    expect(log.alarms()).toEqual([]);
    world.chat.loseAnswers = 1;
    world.chat.unreachable.clear();
    await world.clock.moveBy(MINUTE);
    expect(log.alarms()).toEqual(['failing near']);
    await world.restart();
    await world.deps.store.put([firstSealRow(world.clock.now())]);
    await world.clock.moveBy(10 * MINUTE);
    expect(log.alarms()).toEqual(['failing near']);
  });

  it('whose answer was lost has each head once', async () => {
    const { anchor } = await open();
    anchor.how = 'losing answers';
    await world.granted();
    await world.clock.moveBy(SOON);
    anchor.how = 'well';
    await world.clock.moveBy(MINUTE);
    expect(anchor.sizes.length).toBe(new Set(anchor.sizes).size);
    expect(await world.deps.store.newestReceipt('near')).toMatchObject({ size: newest(anchor) });
  });

  it('that never answers holds up neither the others nor what ends access', async () => {
    const { anchors } = await open(['near', 'far']);
    const [near, far] = anchors as [FakeAnchor, FakeAnchor];
    far.how = 'hanging';
    far.publish = async () => {
      far.tried += 1;
      return new Promise<never>(() => {});
    };
    const id = await world.granted();
    await world.clock.moveBy(2 * MINUTE);
    expect((await world.state(id)).phase).toBe('revoked');
    expect(newest(near)).toBe(await log.size());
    expect(far.tried).toBeGreaterThan(3);
  });

  it('that was taken out of the settings is forgotten', async () => {
    const { anchors } = await open(['near', 'far'], { working: false });
    await world.submit();
    await world.deps.store.put([firstSealRow(T0)]);
    await sealHead(world.deps, await world.claim('log', 'seal'));
    const claims = await world.deps.store.claim('log', T0, 10, MINUTE);
    for (const claim of claims) {
      if (claim.kind !== 'anchor') continue;
      expect(await anchorHead({ ...world.deps, anchors: anchors.slice(0, 1) }, claim)).toEqual({
        kind: 'complete',
      });
    }
    expect(anchors.map(({ tried }) => tried)).toEqual([1, 0]);
  });

  it('that holds another tree is not overwritten, and people are told', async () => {
    const { anchor } = await open();
    await world.granted();
    anchor.heads.push({ size: await log.size(), root: 'ab'.repeat(32), note: 'another' });
    await world.clock.moveBy(5 * MINUTE);
    expect(anchor.heads.filter(({ note }) => note === 'another')).toHaveLength(1);
  });

  it('has every head that was signed last, whatever process died between', async () => {
    const { anchors } = await open();
    await world.granted();
    await world.clock.moveBy(LIMITS.sealWindowMs - 1);
    await world.restart();
    await world.deps.store.put([firstSealRow(world.clock.now())]);
    await world.clock.moveBy(SECOND);
    expect(newest(anchors[0] as FakeAnchor)).toBe(await log.size());
  });
});
