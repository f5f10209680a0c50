import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logStream } from '../../../src/domain/journal.ts';
import type { HeadSigner, Held } from '../../../src/ports/anchor.ts';
import type { TreeHead } from '../../../src/ports/audit-log.ts';
import { acceptanceText } from '../../../src/workflows/log/accepted.ts';
import { type Comparison, compareWithAnchors } from '../../../src/workflows/log/compare.ts';
import { record } from '../../../src/workflows/log/journal.ts';
import { FakeAnchor } from '../../fakes/anchor.ts';
import { testSigner } from '../../fakes/log.ts';
import { World } from '../world.ts';

const signer = testSigner(1);
const BY = `s:${'1'.repeat(24)}` as const;
const OTHER = `s:${'2'.repeat(24)}` as const;
const FORGED = 'ab'.repeat(32);

let world: World;
let anchor: FakeAnchor;
beforeEach(async () => {
  anchor = new FakeAnchor('folder');
  world = await World.open({
    working: false,
    deps: (deps) => ({ ...deps, anchors: [anchor], signer }),
  });
  const event = { type: 'CatalogueLoaded', data: { digest: 'cd'.repeat(32), previous: null } } as const;
  for (let i = 0; i < 9; i += 1) await record(world.deps, logStream, event);
});
afterEach(() => world.close());

const compare = (): Promise<Comparison> =>
  compareWithAnchors(world.deps, { turn: async () => {}, progress: () => {} });
const head = (): Promise<TreeHead> => world.deps.store.head();
const hold = (one: TreeHead): void => void anchor.heads.push({ ...one, note: signer.sign(one) });
const tell = (...held: readonly Held[]): void => {
  anchor.held = async () => held;
};

describe('what two people have accepted', () => {
  const accept = async (
    anchors: readonly { anchor: string; head: { size: number; root: string | null } }[],
    by: HeadSigner | null = signer,
    tree?: TreeHead,
  ) => {
    const accepted = {
      tree: tree ?? (await head()),
      anchors: [...anchors],
      by: BY,
      approvedBy: OTHER,
    };
    const signatures = by?.signText(acceptanceText(signer.origin, accepted)) ?? '';
    await record(world.deps, logStream, { type: 'TreeAccepted', data: { ...accepted, signatures } });
  };

  it('is not held against the log again, and nothing else is let go of with it', async () => {
    hold({ size: 30, root: FORGED });
    await accept([{ anchor: 'folder', head: { size: 30, root: FORGED } }]);
    expect((await compare()).kind).toBe('same');
    hold({ size: 31, root: FORGED });
    expect(await compare()).toMatchObject({ kind: 'different', against: [{ size: 31 }] });
  });

  it.each([
    ['another root', { anchor: 'folder', head: { size: 30, root: 'cd'.repeat(32) } }],
    ['another size', { anchor: 'folder', head: { size: 29, root: FORGED } }],
    ['another anchor', { anchor: 'channel', head: { size: 30, root: FORGED } }],
    ['a size alone', { anchor: 'folder', head: { size: 30, root: null } }],
  ])('does not cover %s', async (_, accepted) => {
    hold({ size: 30, root: FORGED });
    await accept([accepted]);
    expect((await compare()).kind).toBe('different');
  });

  it.each<[string, (accepted: { anchor: string; head: TreeHead }) => Promise<void>]>([
    ['nobody has signed', (one) => accept([one], null)],
    ['a key has signed that is not ours', (one) => accept([one], testSigner(9))],
    [
      'was signed for other heads',
      async (one) => {
        const signed = { tree: await head(), anchors: [], by: BY, approvedBy: OTHER };
        const signatures = signer.signText(acceptanceText(signer.origin, signed));
        const data = { ...signed, anchors: [one], signatures };
        await record(world.deps, logStream, { type: 'TreeAccepted', data });
      },
    ],
  ])('is nothing that %s: whoever writes the database alone accepts nothing', async (_, forge) => {
    hold({ size: 30, root: FORGED });
    await forge({ anchor: 'folder', head: { size: 30, root: FORGED } });
    expect((await compare()).kind).toBe('different');
  });

  it('is the tree that was there then, and no other', async () => {
    hold({ size: 30, root: FORGED });
    await accept([{ anchor: 'folder', head: { size: 30, root: FORGED } }], signer, {
      size: 9,
      root: 'cd'.repeat(32),
    });
    expect(await compare()).toMatchObject({
      kind: 'different',
      against: [{ anchor: 'what was accepted', size: 9 }],
    });
  });

  it('covers how far a witness has seen', async () => {
    tell({ kind: 'size', size: 40 });
    await accept([{ anchor: 'folder', head: { size: 40, root: null } }]);
    expect((await compare()).kind).toBe('same');
  });
});
