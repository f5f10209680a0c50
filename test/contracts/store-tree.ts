import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assemble,
  consistencyPath,
  inclusionPath,
  verifyConsistency,
  verifyInclusion,
} from '../../src/audit/proof.ts';
import { LIMITS } from '../../src/limits.ts';
import type { NewEvent } from '../../src/ports/store.ts';
import { NaiveTree } from '../audit/naive-tree.ts';
import type { Subject } from './store.ts';
import {
  approval,
  event,
  expectSoundTree,
  following,
  introduction,
  opening,
  reading,
  redactionOf,
  streamNumber,
  submission,
} from './store-samples.ts';

export function treeContract(subject: Subject): void {
  describe('the tree over the log', () => {
    heads(subject);
    nodes(subject);
    leaves(subject);
  });
}

function heads(subject: Subject): void {
  it('begins with the root of nothing', async () => {
    const root = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(await subject.store.head()).toEqual({ size: 0, root });
  });

  it('has the root of the very bytes, whatever was appended, entered, forgotten, refused and undone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await Promise.all(steps.map((each) => take(subject, each).catch(() => null)));
        await expectSoundTree(subject.store);
      }),
      { numRuns: 25 },
    );
    expect((await subject.store.head()).size).toBeGreaterThan(10);
  });

  it('is not grown by the half of a commit whose other half is refused', async () => {
    const { store } = subject;
    await store.append(opening(1));
    const half = following(1, 1, { events: [event(approval()), event(unfit)] });
    await expect(store.append(half)).rejects.toMatchObject({ code: 'event_invalid' });
    await store.append(following(1, 1));
    await expectSoundTree(store);
  });

  it('is the same after it is opened again', async () => {
    await fill(subject, 40);
    const before = await subject.store.head();
    const store = await subject.reopen();
    expect(await store.head()).toEqual(before);
    await store.append(opening(1));
    await expectSoundTree(store);
  });
}

function nodes(subject: Subject): void {
  it('answers every node that is complete, below, at and above what it stores', async () => {
    await fill(subject, 600);
    const tree = await naiveTree(subject);
    for (let level = 0; 2 ** level <= 600; level++) {
      const wanted = Array.from({ length: Math.floor(600 / 2 ** level) }, (_, index) => ({ level, index }));
      const hashes = await subject.store.hashes(wanted);
      expect(hashes.map(hex)).toEqual(
        wanted.map(({ index }) => hex(tree.hash(index * 2 ** level, (index + 1) * 2 ** level))),
      );
    }
  });

  it('answers the nodes of any proof, in the order asked', async () => {
    await fill(subject, 600);
    const { store } = subject;
    const tree = await naiveTree(subject);
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 600]) {
      const root = tree.hash(0, size);
      for (const index of [0, 1, 254, 255, 256, 511, size - 1].filter((each) => each < size)) {
        const path = inclusionPath(index, size);
        const proof = assemble(path, await store.hashes(path.flat()));
        expect(verifyInclusion({ index, size, leaf: tree.hash(index, index + 1), root, proof })).toBeNull();
      }
      const path = consistencyPath(size, 600);
      const proof = assemble(path, await store.hashes(path.flat()));
      const [firstRoot, secondRoot] = [root, tree.hash(0, 600)];
      expect(verifyConsistency({ first: size, firstRoot, second: 600, secondRoot, proof })).toBeNull();
    }
  });

  it.each([
    ['is not complete yet', 1, 2, 'node 2 of level 1 is not complete in a log of 5 events'],
    ['begins after the end', 0, 5, 'node 5 of level 0 is not complete in a log of 5 events'],
    ['is of no level', -1, 0, 'node 0 of level -1 is not complete in a log of 5 events'],
    [
      'is of a level that is no number',
      Number.NaN,
      0,
      'node 0 of level NaN is not complete in a log of 5 events',
    ],
    ['comes before the first', 1, -1, 'node -1 of level 1 is not complete in a log of 5 events'],
    ['lies in the middle', 0, 0.5, 'node 0.5 of level 0 is not complete in a log of 5 events'],
    ['is larger than any', 60, 0, 'node 0 of level 60 is not complete in a log of 5 events'],
  ])('refuses a node that %s', async (_name, level, index, message) => {
    await fill(subject, 5);
    await expect(
      subject.store.hashes([
        { level: 0, index: 0 },
        { level, index },
      ]),
    ).rejects.toThrow(message);
  });

  it('refuses more nodes at once than the limit of the house', async () => {
    await fill(subject, 1);
    const nodes = Array.from({ length: LIMITS.treeNodesMax + 1 }, () => ({ level: 0, index: 0 }));
    await expect(subject.store.hashes(nodes)).rejects.toThrow(
      '1001 nodes of the tree were asked for, at most 1000',
    );
    expect(await subject.store.hashes(nodes.slice(1))).toHaveLength(LIMITS.treeNodesMax);
    expect(await subject.store.hashes([])).toEqual([]);
  });
}

function leaves(subject: Subject): void {
  it('gives leaves in order from an index, no more than asked for nor than the limit of the house', async () => {
    await fill(subject, LIMITS.leavesMax + 1);
    const indexes = async (from: number, limit: number) =>
      (await subject.store.stored(from, limit)).map((leaf) => leaf.index);
    expect(await indexes(0, 2)).toEqual([0, 1]);
    expect(await indexes(LIMITS.leavesMax - 1, 10)).toEqual([LIMITS.leavesMax - 1, LIMITS.leavesMax]);
    expect(await indexes(LIMITS.leavesMax + 1, 10)).toEqual([]);
    expect(await indexes(0, -1)).toEqual([]);
    expect(await indexes(0, 9_999)).toHaveLength(LIMITS.leavesMax);
  });
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** As many events as there should be, in few commits. */
async function fill({ store }: Subject, count: number): Promise<void> {
  for (let stored = 0, n = 100; stored < count; n++) {
    const more = Math.min(32, count - stored);
    const events: NewEvent[] = [
      event(submission()),
      ...Array.from({ length: more - 1 }, () => event(approval())),
    ];
    await store.append({ stream: streamNumber(n), expectedVersion: 0, events });
    stored += more;
  }
}

async function naiveTree({ store }: Subject): Promise<NaiveTree> {
  return new NaiveTree((await store.stored(0, 1_000)).map(({ bytes }) => Buffer.from(bytes)));
}

const unfit = { ...approval(), personal: { reason: 'of another type' } } as never;

interface Step {
  readonly kind: 'open' | 'broken' | 'half' | 'follow' | 'enter' | 'meet' | 'forget';
  readonly n: number;
}
const step = fc.record<Step>({
  kind: fc.constantFrom('open', 'broken', 'half', 'follow', 'enter', 'meet', 'forget'),
  n: fc.integer({ min: 1, max: 40 }),
});

/** Most of these can be refused, depending on what came before; `broken` is, by the fold, after rows were written. */
function take({ store }: Subject, { kind, n }: Step): Promise<unknown> {
  switch (kind) {
    case 'open':
      return store.append(opening(n));
    case 'broken':
      return store.append(following(n + 100, 0));
    case 'half':
      return store.append(following(n, n, { events: [event(approval()), event(unfit)] }));
    case 'follow':
      return store.append(following(n, n));
    case 'enter':
      return store.enter({ stream: 'log', expectedVersion: n % 2 === 0 ? n : null, events: [reading()] });
    case 'meet':
      return store.enter({
        stream: introduction(n).stream,
        expectedVersion: 0,
        events: introduction(n).events,
      });
    case 'forget':
      return store.redact(redactionOf({ cause: 'field', targets: [{ index: n, field: 'justification' }] }));
  }
}
