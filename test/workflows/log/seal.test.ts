import { afterEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/audit/checkpoint.ts';
import { parseVkey } from '../../../src/audit/note.ts';
import { logStream } from '../../../src/domain/journal.ts';
import type { RequestId } from '../../../src/domain/values.ts';
import { LIMITS } from '../../../src/limits.ts';
import { acceptanceText } from '../../../src/workflows/log/accepted.ts';
import { record } from '../../../src/workflows/log/journal.ts';
import { sealHead, sealLast } from '../../../src/workflows/log/seal.ts';
import { firstSealRow } from '../../../src/workflows/log/seal-row.ts';
import type { FakeAnchor } from '../../fakes/anchor.ts';
import { testSigner } from '../../fakes/log.ts';
import { newest, SealedWorld, signer } from '../sealed-world.ts';
import { HOUR, MINUTE, SECOND, T0, type World } from '../world.ts';

const SOON = 10 * SECOND;

let log: SealedWorld;
let world: World;
afterEach(() => world.close());

async function open(...args: Parameters<typeof SealedWorld.open>): Promise<SealedWorld> {
  log = await SealedWorld.open(...args);
  world = log.world;
  return log;
}

describe('a seal', () => {
  it.each<[string, (id: RequestId) => Promise<unknown>]>([
    ['an approval', (id) => world.approve('cleo', id)],
    ['a grant', async (id) => [await world.approve('cleo', id), await world.approve('dev', id)]],
    [
      'a revocation',
      async (id) => {
        await world.approve('cleo', id);
        await world.approve('dev', id);
        await world.clock.moveBy(SOON);
        await world.as('ana', { kind: 'done', request: id });
      },
    ],
  ])('follows %s within seconds: what happened is under a head that left', async (_, act) => {
    const { anchors } = await open();
    const id = await world.submit();
    await act(id);
    const then = await log.size();
    await world.clock.moveBy(LIMITS.sealWindowMs + SECOND);
    const [anchor] = anchors as [FakeAnchor];
    expect(newest(anchor)).toBeGreaterThanOrEqual(then);
    const opened = openCheckpoint(
      anchor.heads.at(-1)?.note ?? '',
      signer.vkeys().map(parseVkey),
      signer.origin,
    );
    expect(opened.root.toString('hex')).toBe(anchor.heads.at(-1)?.root);
    expect(await world.deps.store.newestReceipt('near')).toMatchObject({
      anchor: 'near',
      size: newest(anchor),
      receipt: `near/${newest(anchor)}`,
    });
  });

  it('does not follow what gives nobody anything', async () => {
    await open();
    await world.submit();
    expect(log.seals()).toEqual([]);
  });

  it('is shared by all that happens within its window', async () => {
    const { anchors } = await open();
    for (const person of ['ana', 'ben']) await world.granted(person);
    expect(log.seals()).toHaveLength(1);
    expect(log.seals()[0]?.dueAt).toBe(T0 + LIMITS.sealWindowMs);
    await world.clock.moveBy(LIMITS.sealWindowMs);
    expect(anchors[0]?.sizes).toEqual([await log.size()]);
    expect(log.seals()).toEqual([]);
  });

  it('is not put off by what goes on happening', async () => {
    const { anchor } = await open();
    const sizes: number[] = [];
    for (let second = 0; second < 30; second += 1) {
      const id = await world.submit(second % 2 === 0 ? 'ana' : 'ben', { duration: '10s' });
      await world.approve('cleo', id);
      await world.approve('dev', id);
      await world.as(second % 2 === 0 ? 'ana' : 'ben', { kind: 'done', request: id });
      sizes.push(await log.size());
      await world.clock.moveBy(SECOND);
      const tenSecondsAgo = sizes.at(-11);
      if (tenSecondsAgo !== undefined) expect(newest(anchor)).toBeGreaterThanOrEqual(tenSecondsAgo);
    }
    expect(anchor.sizes.length).toBeLessThan(12);
  });

  it('is made every hour, and at start, whatever happens', async () => {
    const { anchor } = await open();
    await world.submit();
    await world.deps.store.put([firstSealRow(world.clock.now())]);
    await world.clock.moveBy(SECOND);
    const first = newest(anchor);
    expect(first).toBeGreaterThan(0);
    await world.submit('ben');
    await world.clock.moveBy(HOUR - MINUTE);
    expect(newest(anchor)).toBe(first);
    await world.clock.moveBy(2 * MINUTE);
    expect(newest(anchor)).toBe(await log.size());
    expect(log.seals().map(({ dueAt }) => dueAt - T0)).toEqual([
      expect.toSatisfy((ms: number) => ms >= 2 * HOUR && ms < 2 * HOUR + 5 * SECOND),
    ]);
  });

  it('puts on record which keys sign', async () => {
    await open();
    for (let start = 0; start < 2; start += 1) {
      await world.deps.store.put([firstSealRow(world.clock.now())]);
      await world.clock.moveBy(SECOND);
    }
    const events = await world.deps.store.search({ types: ['SigningKeyChanged'], limit: 10 });
    expect(events.map(({ data }) => data)).toEqual([{ change: 'added', vkey: signer.vkeys()[0] }]);
  });

  it('of an empty log is none', async () => {
    const { anchors } = await open(['near'], { working: false });
    await world.deps.store.put([firstSealRow(T0)]);
    const claim = await world.claim('log', 'seal');
    expect(await sealHead({ ...world.deps, signer: testSigner() }, claim)).toEqual({ kind: 'complete' });
    expect(await world.deps.store.newestCheckpoint()).toBeNull();
    expect(anchors[0]?.tried).toBe(0);
  });

  it('is not made while only ending access is done', async () => {
    await open();
    await world.submit();
    log.mode = 'revoke-only';
    await world.deps.store.put([firstSealRow(T0)]);
    await world.clock.moveBy(MINUTE);
    await sealLast(world.deps);
    expect(await world.deps.store.newestCheckpoint()).toBeNull();
  });

  it.each([
    [
      'larger than the log',
      { size: 1_000, root: 'ab'.repeat(32) },
      /has \d+ events, and a head of 1000 is signed/,
    ],
    [
      'of other events',
      { size: 2, root: 'ab'.repeat(32) },
      /does not follow from its signed head of 2 events/,
    ],
  ])('is refused when a head is signed that is %s, and people are told once', async (_, lost, message) => {
    const { anchors, outside } = await open();
    await world.submit();
    await world.submit('ben');
    await world.deps.store.saveCheckpoint({ ...lost, note: signer.sign(lost), at: T0 });
    await world.deps.store.put([firstSealRow(T0)]);
    await world.clock.moveBy(5 * MINUTE);
    expect(await world.deps.store.newestCheckpoint()).toMatchObject(lost);
    expect(anchors[0]?.tried).toBe(0);
    expect(log.alarms()).toEqual(['failing seal']);
    expect(world.logLines.join('')).toMatch(message);
    expect(outside).toContain('seal failed');
  });

  it('is refused for another tree than it followed before, though the database has forgotten that one', async () => {
    const { anchors } = await open();
    await world.submit();
    await sealLast(world.deps);
    await world.submit('ben');
    const sizes = anchors[0]?.sizes;
    const [root, leaf] = ['ab'.repeat(32), Buffer.alloc(32, 0xab)];
    const rewritten = Object.assign(world.deps.store, {
      newestCheckpoint: async () => null,
      head: async () => ({ size: 2, root }),
      hashes: async (nodes: readonly unknown[]) => nodes.map(() => leaf),
    });
    await sealLast({ ...world.deps, store: rewritten });
    expect(anchors[0]?.sizes).toEqual(sizes);
    expect(world.logLines.join('')).toContain('does not follow from its signed head');
  });

  it('is refused though the database says that people accepted another tree', async () => {
    const { anchors } = await open();
    await world.submit();
    const lost = { size: 1_000, root: 'ab'.repeat(32) };
    await world.deps.store.saveCheckpoint({ ...lost, note: signer.sign(lost), at: T0 });
    const [by, approvedBy] = [`s:${'1'.repeat(24)}`, `s:${'2'.repeat(24)}`] as const;
    const tree = await world.deps.store.head();
    const accepted = { tree, anchors: [{ anchor: 'database', head: lost }], by, approvedBy };
    const accept = (signatures: string) =>
      record(world.deps, logStream, { type: 'TreeAccepted', data: { ...accepted, signatures } });
    const text = acceptanceText(signer.origin, accepted);
    await accept(testSigner(9).signText(text));
    await sealLast(world.deps);
    expect(await world.deps.store.newestCheckpoint()).toMatchObject(lost);
    await accept(signer.signText(text));
    await sealLast(world.deps);
    expect(await world.deps.store.newestCheckpoint()).toMatchObject({ size: tree.size + 2 });
    expect(anchors[0]?.sizes).toEqual([tree.size + 2]);
  });

  it('goes by what is signed, not by what the database says beside it', async () => {
    const { anchors } = await open();
    await world.submit();
    const note = signer.sign({ size: 1_000, root: 'ab'.repeat(32) });
    await world.deps.store.saveCheckpoint({ ...(await world.deps.store.head()), size: 1, note, at: T0 });
    await world.deps.store.put([firstSealRow(T0)]);
    await world.clock.moveBy(MINUTE);
    expect(anchors[0]?.tried).toBe(0);
    expect(world.logLines.join('')).toMatch(/a head of 1000 is signed/);
  });
});

describe('before a stop', () => {
  it('the head as it is leaves to every anchor', async () => {
    const { anchors } = await open(['near', 'far']);
    await world.submit();
    await sealLast(world.deps);
    for (const anchor of anchors) expect(anchor.sizes).toEqual([await log.size()]);
    await sealLast(world.deps);
    expect(anchors.map(({ tried }) => tried)).toEqual([1, 1]);
  });

  it('nobody waits long for an anchor that does not answer', async () => {
    const { anchors } = await open(['near', 'far']);
    (anchors[1] as FakeAnchor).publish = () => new Promise<never>(() => {});
    await world.submit();
    const last = sealLast(world.deps);
    await world.clock.moveBy(LIMITS.anchorLastWordMs);
    await last;
    expect(anchors[0]?.sizes).toEqual([await log.size()]);
    expect(log.logged('did not reach every anchor')).toBe(1);
  });

  it('a log that cannot be signed keeps nobody from stopping', async () => {
    await open();
    await world.submit();
    const sign = (): string => {
      throw new Error('no key');
    };
    await sealLast({ ...world.deps, signer: { ...signer, sign } });
    expect(log.logged('the last head could not be signed')).toBe(1);
  });
});
